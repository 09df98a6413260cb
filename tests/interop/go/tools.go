//go:build tools

// Package interop names the gRPC project's interoperability client, so that its version is kept.
package interop

import _ "google.golang.org/grpc/interop/client"

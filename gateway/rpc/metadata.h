// The small texts of gRPC, gRPC-Web and Connect: timeouts, percent-encoded messages, binary
// metadata. Pure functions.
#ifndef MUNIMENT_GATEWAY_RPC_METADATA_H_
#define MUNIMENT_GATEWAY_RPC_METADATA_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gateway/net/headers.h"
#include "google/rpc/status.pb.h"

namespace muniment::rpc {

// "100m": up to eight digits and a unit of H M S m u n. INVALID_ARGUMENT "request.timeout".
absl::StatusOr<absl::Duration> ParseGrpcTimeout(absl::string_view text);
// Milliseconds, up to ten digits.
absl::StatusOr<absl::Duration> ParseConnectTimeout(absl::string_view text);

// grpc-message: UTF-8, everything but printable ASCII (and '%') as %XX.
std::string PercentEncode(absl::string_view text);

// Base64 of either alphabet, padded or not; false for anything else.
bool DecodeBase64(absl::string_view text, std::string& out);
std::string EncodeBase64Unpadded(absl::string_view bytes);

// The bytes of a "-bin" header; of several joined by commas the first. INVALID_ARGUMENT
// "request.metadata".
absl::StatusOr<std::string> DecodeBinaryHeader(absl::string_view value);

// Adds metadata as sent: the value of a "-bin" name as base64. Names that no application may set
// (invalid, or HTTP's own) are dropped.
void AddMetadata(absl::string_view name, absl::string_view value, net::Headers& out);

// grpc-status, grpc-message, grpc-status-details-bin.
void AddGrpcStatus(const google::rpc::Status& status, net::Headers& out);

// "application/grpc+proto; charset=utf-8" -> "application/grpc+proto", lower case.
std::string MediaType(absl::string_view content_type);

// Whether a request's encoding is gzip; UNIMPLEMENTED "request.compression" for what is no other than
// identity.
absl::StatusOr<bool> IsGzip(absl::string_view encoding);

// True when a comma-separated list of codings offers gzip.
bool AcceptsGzip(absl::string_view accept);

}  // namespace muniment::rpc

#endif  // MUNIMENT_GATEWAY_RPC_METADATA_H_

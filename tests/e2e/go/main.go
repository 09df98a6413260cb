// Go's stock gRPC client. usage: client TARGET TOKEN
//
// It knows nothing of the interface: descriptors come from the server's reflection service,
// messages are made from them at run time. Prints a line a test.
package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

const (
	organizations = "zitadel.org.v2.OrganizationService"
	users         = "zitadel.user.v2.UserService"
)

type client struct {
	connection *grpc.ClientConn
	ctx        context.Context
	token      string
	interfaces *reflected
}

// call sends a request in JSON and answers the response's message.
func (c *client) call(service, method, request, token string) (protoreflect.Message, error) {
	descriptor, err := c.interfaces.method(service, method)
	if err != nil {
		return nil, err
	}
	in := dynamicpb.NewMessage(descriptor.Input())
	if err := protojson.Unmarshal([]byte(request), in); err != nil {
		return nil, err
	}
	ctx := c.ctx
	if token != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
	}
	out := dynamicpb.NewMessage(descriptor.Output())
	err = c.connection.Invoke(ctx, "/"+service+"/"+method, in, out)
	return out, err
}

func text(message protoreflect.Message, field string) string {
	return message.Get(message.Descriptor().Fields().ByName(protoreflect.Name(field))).String()
}

func expect(err error, code codes.Code) error {
	if status.Code(err) != code {
		return fmt.Errorf("expected %v, got %v", code, err)
	}
	return nil
}

func reason(err error) string {
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			return info.Reason
		}
	}
	return ""
}

func (c *client) health() error {
	answer, err := grpc_health_v1.NewHealthClient(c.connection).Check(
		c.ctx, &grpc_health_v1.HealthCheckRequest{})
	if err == nil && answer.Status != grpc_health_v1.HealthCheckResponse_SERVING {
		err = fmt.Errorf("it is %v", answer.Status)
	}
	return err
}

func (c *client) life() error {
	made, err := c.call(organizations, "AddOrganization", `{"name": "Acme of Go"}`, c.token)
	if err != nil {
		return err
	}
	request := fmt.Sprintf(`{"organizationId": %q, "username": "job-of-go", "machine": {"name": "A job"}}`,
		text(made, "organization_id"))
	user, err := c.call(users, "CreateUser", request, c.token)
	if err != nil {
		return err
	}
	read, err := c.call(users, "GetUserByID", fmt.Sprintf(`{"userId": %q}`, text(user, "id")), c.token)
	if err != nil {
		return err
	}
	inner := read.Get(read.Descriptor().Fields().ByName("user")).Message()
	if name := text(inner, "username"); name != "job-of-go" {
		return fmt.Errorf("the user is called %q", name)
	}
	_, err = c.call(users, "CreateUser", request, c.token)
	if wrong := expect(err, codes.AlreadyExists); wrong != nil {
		return wrong
	}
	if !strings.HasPrefix(reason(err), "user.") {
		return fmt.Errorf("the reason is %q", reason(err))
	}
	return nil
}

func (c *client) strangers() error {
	for _, token := range []string{"", "none"} {
		_, err := c.call(users, "ListUsers", "{}", token)
		if wrong := expect(err, codes.Unauthenticated); wrong != nil {
			return wrong
		}
	}
	empty := dynamicpb.NewMessage((&grpc_health_v1.HealthCheckRequest{}).ProtoReflect().Descriptor())
	err := c.connection.Invoke(c.ctx, "/"+users+"/Nothing", empty, empty)
	return expect(err, codes.Unimplemented)
}

func (c *client) deadline() error {
	ctx, cancel := context.WithTimeout(c.ctx, time.Nanosecond)
	defer cancel()
	late := *c
	late.ctx = ctx
	_, err := late.call(users, "ListUsers", "{}", c.token)
	return expect(err, codes.DeadlineExceeded)
}

func main() {
	connection, err := grpc.NewClient(os.Args[1],
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		fmt.Printf("not ok Go: connect: %v\n", err)
		os.Exit(1)
	}
	defer connection.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c := &client{connection: connection, ctx: ctx, token: os.Args[2]}
	failed := false
	run := func(name string, test func() error) {
		if err := test(); err != nil {
			failed = true
			fmt.Printf("not ok Go: %s: %s\n", name, strings.ReplaceAll(err.Error(), "\n", " "))
			return
		}
		fmt.Printf("ok Go: %s\n", name)
	}
	run("health is answered", c.health)
	run("reflection describes the services", func() (err error) {
		c.interfaces, err = reflect(ctx, connection, organizations, users)
		return err
	})
	if !failed {
		run("an organization and a machine are created and read", c.life)
		run("calls without a token and unknown methods are refused", c.strangers)
		run("a deadline that has passed ends the call", c.deadline)
	}
	if failed {
		os.Exit(1)
	}
}

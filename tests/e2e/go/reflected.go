package main

import (
	"context"
	"fmt"

	"google.golang.org/grpc"
	reflection "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
)

// reflected is what a server says of its own interface.
type reflected struct {
	files *protoregistry.Files
}

// reflect asks the server for the files of services and of all that they import.
func reflect(ctx context.Context, connection *grpc.ClientConn, services ...string) (*reflected, error) {
	stream, err := reflection.NewServerReflectionClient(connection).ServerReflectionInfo(ctx)
	if err != nil {
		return nil, err
	}
	known := map[string]*descriptorpb.FileDescriptorProto{}
	var missing []string
	ask := func(request *reflection.ServerReflectionRequest) error {
		if err := stream.Send(request); err != nil {
			return err
		}
		answer, err := stream.Recv()
		if err != nil {
			return err
		}
		if refused := answer.GetErrorResponse(); refused != nil {
			return fmt.Errorf("%d %s", refused.ErrorCode, refused.ErrorMessage)
		}
		for _, bytes := range answer.GetFileDescriptorResponse().GetFileDescriptorProto() {
			file := &descriptorpb.FileDescriptorProto{}
			if err := proto.Unmarshal(bytes, file); err != nil {
				return err
			}
			known[file.GetName()] = file
			missing = append(missing, file.GetDependency()...)
		}
		return nil
	}
	for _, service := range services {
		if err := ask(&reflection.ServerReflectionRequest{
			MessageRequest: &reflection.ServerReflectionRequest_FileContainingSymbol{
				FileContainingSymbol: service}}); err != nil {
			return nil, err
		}
	}
	for len(missing) > 0 {
		name := missing[0]
		missing = missing[1:]
		if known[name] != nil {
			continue
		}
		if err := ask(&reflection.ServerReflectionRequest{
			MessageRequest: &reflection.ServerReflectionRequest_FileByFilename{
				FileByFilename: name}}); err != nil {
			return nil, err
		}
	}
	if err := stream.CloseSend(); err != nil {
		return nil, err
	}
	set := &descriptorpb.FileDescriptorSet{}
	for _, file := range known {
		set.File = append(set.File, file)
	}
	files, err := protodesc.NewFiles(set)
	return &reflected{files}, err
}

func (r *reflected) method(service, method string) (protoreflect.MethodDescriptor, error) {
	found, err := r.files.FindDescriptorByName(protoreflect.FullName(service))
	if err != nil {
		return nil, err
	}
	descriptor := found.(protoreflect.ServiceDescriptor).Methods().ByName(protoreflect.Name(method))
	if descriptor == nil {
		return nil, fmt.Errorf("%s has no method %s", service, method)
	}
	return descriptor, nil
}

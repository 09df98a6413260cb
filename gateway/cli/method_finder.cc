#include "gateway/cli/method_finder.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "gateway/cli/generic_call.h"
#include "gateway/config_value.h"
#include "gateway/services.h"
#include "google/protobuf/descriptor.pb.h"
#include "grpc/reflection/v1/reflection.pb.h"

namespace muniment::gateway {
namespace {

using google::protobuf::FileDescriptorProto;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;
using grpc::reflection::v1::ServerReflectionRequest;
using grpc::reflection::v1::ServerReflectionResponse;

constexpr absl::Duration kReflectionTimeout = absl::Seconds(10);

absl::Status UnknownMethod(absl::string_view name, const std::vector<std::string>& candidates) {
  const auto nearest = Nearest(name, candidates);
  return Error(absl::StatusCode::kNotFound, "call.unknown_method",
               absl::StrCat("There is no ", name, ".",
                            nearest ? absl::StrCat(" Did you mean ", *nearest, "?") : "",
                            " `muniment call --list` names all that this program knows."));
}

absl::StatusOr<const MethodDescriptor*> MethodOf(const ServiceDescriptor* service,
                                                 absl::string_view method) {
  const MethodDescriptor* found = service->FindMethodByName(std::string(method));
  if (found != nullptr) return found;
  std::vector<std::string> names;
  for (int i = 0; i < service->method_count(); ++i) names.push_back(service->method(i)->name());
  return UnknownMethod(method, names);
}

}  // namespace

MethodFinder::MethodFinder(std::shared_ptr<grpc::Channel> channel, Headers headers)
    : channel_(std::move(channel)), headers_(std::move(headers)) {}

absl::StatusOr<const MethodDescriptor*> MethodFinder::Find(absl::string_view name) {
  const size_t slash = name.rfind('/');
  if (slash == absl::string_view::npos || slash == 0 || slash + 1 == name.size()) {
    return Error(absl::StatusCode::kInvalidArgument, "call.unknown_method",
                 absl::StrCat("A method is named SERVICE/METHOD, not \"", name, "\"."));
  }
  const absl::string_view service = name.substr(0, slash);
  const absl::string_view method = name.substr(slash + 1);
  const std::vector<const ServiceDescriptor*> ours = LinkedServices(service);
  if (ours.size() == 1) return MethodOf(ours[0], method);
  if (ours.size() > 1) {
    std::vector<std::string> names;
    for (const ServiceDescriptor* candidate : ours) names.push_back(candidate->full_name());
    return Error(absl::StatusCode::kInvalidArgument, "call.ambiguous_method",
                 absl::StrCat(service, " may be ", absl::StrJoin(names, " or "), "."));
  }
  const auto theirs = AskServer(service);
  if (theirs.ok()) return MethodOf(*theirs, method);
  if (!absl::IsNotFound(theirs.status()) && !absl::IsUnimplemented(theirs.status())) {
    return theirs.status();
  }
  std::vector<std::string> names;
  for (const ServiceDescriptor* candidate : LinkedServices("")) {
    names.push_back(candidate->full_name());
    names.push_back(candidate->name());
  }
  return UnknownMethod(service, names);
}

std::unique_ptr<google::protobuf::Message> MethodFinder::NewMessage(
    const google::protobuf::Descriptor* descriptor) {
  return std::unique_ptr<google::protobuf::Message>(factory_.GetPrototype(descriptor)->New());
}

// Both versions of the service have the same messages.
absl::StatusOr<std::string> MethodFinder::Reflect(const std::string& request_bytes) {
  absl::Status status;
  for (const char* version : {"v1", "v1alpha"}) {
    GenericRequest request;
    request.path =
        absl::StrCat("/grpc.reflection.", version, ".ServerReflection/ServerReflectionInfo");
    request.headers = headers_;
    request.message = request_bytes;
    request.timeout = kReflectionTimeout;
    std::string answer;
    status = CallMethod(channel_, request, [&answer](absl::string_view bytes) {
      answer.assign(bytes.data(), bytes.size());
      return absl::OkStatus();
    });
    if (status.ok()) return answer;
    if (!absl::IsUnimplemented(status)) break;
  }
  return status;
}

absl::Status MethodFinder::FetchFiles(const std::string& request_bytes) {
  ASSIGN_OR_RETURN(const std::string bytes, Reflect(request_bytes));
  ServerReflectionResponse response;
  if (!response.ParseFromString(bytes)) {
    return absl::InternalError("The server's reflection cannot be read.");
  }
  if (response.has_error_response()) {
    return absl::Status(static_cast<absl::StatusCode>(response.error_response().error_code()),
                        response.error_response().error_message());
  }
  for (const std::string& file_bytes : response.file_descriptor_response().file_descriptor_proto()) {
    FileDescriptorProto file, known;
    if (!file.ParseFromString(file_bytes)) {
      return absl::InternalError("The server's descriptors cannot be read.");
    }
    if (fetched_.FindFileByName(file.name(), &known)) continue;
    fetched_.Add(file);
    for (const std::string& dependency : file.dependency()) {
      if (fetched_.FindFileByName(dependency, &known)) continue;
      ServerReflectionRequest request;
      request.set_file_by_filename(dependency);
      RETURN_IF_ERROR(FetchFiles(request.SerializeAsString()));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> MethodFinder::FullName(absl::string_view service) {
  ServerReflectionRequest request;
  request.set_list_services("*");
  ASSIGN_OR_RETURN(const std::string bytes, Reflect(request.SerializeAsString()));
  ServerReflectionResponse response;
  if (!response.ParseFromString(bytes)) {
    return absl::InternalError("The server's reflection cannot be read.");
  }
  for (const auto& candidate : response.list_services_response().service()) {
    if (EndsWithWords(candidate.name(), service)) return candidate.name();
  }
  return absl::NotFoundError(absl::StrCat("The server has no ", service, "."));
}

absl::StatusOr<const ServiceDescriptor*> MethodFinder::AskServer(absl::string_view service) {
  ASSIGN_OR_RETURN(const std::string full_name, FullName(service));
  ServerReflectionRequest request;
  request.set_file_containing_symbol(full_name);
  RETURN_IF_ERROR(FetchFiles(request.SerializeAsString()));
  const ServiceDescriptor* found = pool_.FindServiceByName(full_name);
  if (found == nullptr) return absl::InternalError("The server's descriptors do not fit together.");
  return found;
}

}  // namespace muniment::gateway

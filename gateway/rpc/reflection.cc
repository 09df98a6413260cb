#include "gateway/rpc/reflection.h"

#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "base/error.h"
#include "grpc/reflection/v1/reflection.pb.h"
#include "grpc/reflection/v1alpha/reflection.pb.h"

namespace muniment::rpc {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using grpc::reflection::v1::ServerReflectionRequest;
using grpc::reflection::v1::ServerReflectionResponse;

const DescriptorPool& Pool() { return *DescriptorPool::generated_pool(); }

const MethodDescriptor* Method(const FileDescriptor* file) {
  return file->FindServiceByName("ServerReflection")->FindMethodByName("ServerReflectionInfo");
}

void NotFound(ServerReflectionResponse& response) {
  auto* error = response.mutable_error_response();
  error->set_error_code(static_cast<int>(absl::StatusCode::kNotFound));
  error->set_error_message("There is no such descriptor.");
}

// A file's bytes, made once.
const std::string& BytesOf(const FileDescriptor* file) {
  static absl::Mutex mutex;
  static auto& all = *new std::map<const FileDescriptor*, std::string>;
  absl::MutexLock lock(&mutex);
  std::string& bytes = all[file];
  if (bytes.empty()) {
    google::protobuf::FileDescriptorProto proto;
    file->CopyTo(&proto);
    bytes = proto.SerializeAsString();
  }
  return bytes;
}

// The file and all it imports, so that one question is enough.
void AddFile(const FileDescriptor* file, std::set<const FileDescriptor*>& seen,
             ServerReflectionResponse& response) {
  if (!seen.insert(file).second) return;
  response.mutable_file_descriptor_response()->add_file_descriptor_proto(BytesOf(file));
  for (int i = 0; i < file->dependency_count(); ++i) {
    AddFile(file->dependency(i), seen, response);
  }
}

void AddFileOrError(const FileDescriptor* file, ServerReflectionResponse& response) {
  std::set<const FileDescriptor*> seen;
  if (file == nullptr) {
    NotFound(response);
  } else {
    AddFile(file, seen, response);
  }
}

void AddExtension(const grpc::reflection::v1::ExtensionRequest& request,
                  ServerReflectionResponse& response) {
  const auto* type = Pool().FindMessageTypeByName(request.containing_type());
  const FieldDescriptor* extension =
      type == nullptr ? nullptr : Pool().FindExtensionByNumber(type, request.extension_number());
  AddFileOrError(extension == nullptr ? nullptr : extension->file(), response);
}

void AddNumbers(const std::string& name, ServerReflectionResponse& response) {
  const auto* type = Pool().FindMessageTypeByName(name);
  if (type == nullptr) return NotFound(response);
  std::vector<const FieldDescriptor*> extensions;
  Pool().FindAllExtensions(type, &extensions);
  auto* numbers = response.mutable_all_extension_numbers_response();
  numbers->set_base_type_name(name);
  for (const auto* extension : extensions) numbers->add_extension_number(extension->number());
}

class Reflection : public Dispatcher {
 public:
  explicit Reflection(const std::vector<std::shared_ptr<Dispatcher>>& of) {
    for (const auto& dispatcher : of) {
      for (const auto* method : dispatcher->Methods()) {
        services_.insert(method->service()->full_name());
      }
    }
    for (const auto* method : Methods()) services_.insert(method->service()->full_name());
  }

  std::vector<const MethodDescriptor*> Methods() const override {
    return {Method(ServerReflectionRequest::descriptor()->file()),
            Method(grpc::reflection::v1alpha::ServerReflectionRequest::descriptor()->file())};
  }

  void Call(CallContext, std::unique_ptr<Message>, std::shared_ptr<Responder> responder) override {
    responder->Finish(Error(absl::StatusCode::kInternal, "call.not_streaming",
                            "Reflection is a stream of questions."));
  }

  std::shared_ptr<Incoming> Open(CallContext context,
                                 std::shared_ptr<Responder> responder) override;

  ServerReflectionResponse Answer(const ServerReflectionRequest& request) const {
    ServerReflectionResponse response;
    response.set_valid_host(request.host());
    *response.mutable_original_request() = request;
    switch (request.message_request_case()) {
      case ServerReflectionRequest::kFileByFilename:
        AddFileOrError(Pool().FindFileByName(request.file_by_filename()), response);
        break;
      case ServerReflectionRequest::kFileContainingSymbol:
        AddFileOrError(Pool().FindFileContainingSymbol(request.file_containing_symbol()), response);
        break;
      case ServerReflectionRequest::kFileContainingExtension:
        AddExtension(request.file_containing_extension(), response);
        break;
      case ServerReflectionRequest::kAllExtensionNumbersOfType:
        AddNumbers(request.all_extension_numbers_of_type(), response);
        break;
      case ServerReflectionRequest::kListServices:
        for (const std::string& name : services_) {
          response.mutable_list_services_response()->add_service()->set_name(name);
        }
        break;
      default: NotFound(response); break;
    }
    return response;
  }

 private:
  std::set<std::string> services_;
};

// The two versions differ in name only, so v1alpha goes through its bytes. Anybody may ask, and an
// answer is large: so many ask at once, and nobody who does not take what he asked for.
class Questions : public Incoming {
 public:
  Questions(const Reflection& reflection, bool alpha, std::shared_ptr<Responder> responder)
      : reflection_(reflection), alpha_(alpha), responder_(std::move(responder)) {
    ++open_;
  }
  ~Questions() override { --open_; }
  static bool Busy() { return open_.load() >= kMostOpen; }

  void OnMessage(std::unique_ptr<Message> message) override {
    if (!responder_->Ready()) {
      return responder_->Finish(Error(absl::StatusCode::kResourceExhausted, "reflection.unread",
                                      "Take the answers before asking on."));
    }
    if (!alpha_) {
      responder_->Send(reflection_.Answer(static_cast<const ServerReflectionRequest&>(*message)));
      return;
    }
    ServerReflectionRequest request;
    grpc::reflection::v1alpha::ServerReflectionResponse response;
    request.ParseFromString(message->SerializeAsString());
    response.ParseFromString(reflection_.Answer(request).SerializeAsString());
    responder_->Send(response);
  }
  void OnEnd() override { responder_->Finish(absl::OkStatus()); }

 private:
  static constexpr int kMostOpen = 64;
  static inline std::atomic<int> open_{0};

  const Reflection& reflection_;
  const bool alpha_;
  const std::shared_ptr<Responder> responder_;
};

std::shared_ptr<Incoming> Reflection::Open(CallContext context,
                                           std::shared_ptr<Responder> responder) {
  if (Questions::Busy()) {
    responder->Finish(Error(absl::StatusCode::kResourceExhausted, "reflection.busy",
                            "Too many ask at once. Try again soon."));
    return nullptr;
  }
  const bool alpha = context.method->service()->full_name() ==
                     "grpc.reflection.v1alpha.ServerReflection";
  return std::make_shared<Questions>(*this, alpha, std::move(responder));
}

}  // namespace

std::shared_ptr<Dispatcher> NewReflection(const std::vector<std::shared_ptr<Dispatcher>>& of) {
  return std::make_shared<Reflection>(of);
}

}  // namespace muniment::rpc

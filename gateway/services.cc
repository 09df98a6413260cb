#include "gateway/services.h"

#include <algorithm>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor_database.h"

namespace muniment::gateway {

using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

bool EndsWithWords(absl::string_view name, absl::string_view ending) {
  if (ending.empty() || name == ending) return true;
  return absl::EndsWith(name, absl::StrCat(".", ending));
}

std::vector<const ServiceDescriptor*> LinkedServices(absl::string_view ending) {
  // The pool itself cannot be listed, only the database behind it.
  std::vector<std::string> files;
  DescriptorPool::internal_generated_database()->FindAllFileNames(&files);
  std::vector<const ServiceDescriptor*> services;
  for (const std::string& name : files) {
    const FileDescriptor* file = DescriptorPool::generated_pool()->FindFileByName(name);
    if (file == nullptr) continue;
    for (int i = 0; i < file->service_count(); ++i) {
      if (EndsWithWords(file->service(i)->full_name(), ending)) {
        services.push_back(file->service(i));
      }
    }
  }
  std::sort(services.begin(), services.end(),
            [](const auto* a, const auto* b) { return a->full_name() < b->full_name(); });
  return services;
}

std::vector<const MethodDescriptor*> PublishedMethods() {
  std::vector<const MethodDescriptor*> methods;
  for (const ServiceDescriptor* service : LinkedServices()) {
    if (absl::StartsWith(service->full_name(), "grpc.")) continue;
    for (int i = 0; i < service->method_count(); ++i) methods.push_back(service->method(i));
  }
  return methods;
}

}  // namespace muniment::gateway

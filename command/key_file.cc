#include "command/key_file.h"

#include "base/check.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"

namespace muniment::command {

std::string KeyFile(std::initializer_list<std::pair<absl::string_view, absl::string_view>> fields) {
  google::protobuf::Struct file;
  for (const auto& [name, value] : fields) {
    (*file.mutable_fields())[std::string(name)].set_string_value(std::string(value));
  }
  std::string json;
  MUNIMENT_CHECK(google::protobuf::util::MessageToJsonString(file, &json).ok());
  return json;
}

}  // namespace muniment::command

#include "gateway/config_yaml.h"

#include <yaml-cpp/yaml.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/error.h"

namespace muniment::gateway {
namespace {

constexpr int kMaxDepth = 16;

absl::Status Invalid(absl::string_view where, absl::string_view what) {
  return Error(absl::StatusCode::kInvalidArgument, "config.invalid_file",
               absl::StrCat(where, ": ", what));
}

std::string Where(const std::string& path, const YAML::Node& node) {
  return absl::StrCat(path, " line ", node.Mark().line + 1);
}

absl::StatusOr<std::string> ListText(const std::string& path, const YAML::Node& node) {
  std::vector<std::string> elements;
  for (const YAML::Node& element : node) {
    if (!element.IsScalar()) return Invalid(Where(path, element), "a list holds only texts");
    if (element.Scalar().find(',') != std::string::npos) {
      return Invalid(Where(path, element), "an element of a list holds no comma");
    }
    elements.push_back(element.Scalar());
  }
  return absl::StrJoin(elements, ",");
}

absl::Status Flatten(const std::string& path, const YAML::Node& node, const std::string& prefix,
                     int depth, std::vector<YamlValue>& out) {
  if (depth > kMaxDepth) return Invalid(Where(path, node), "nested too deep");
  std::set<std::string> seen;
  for (const auto& entry : node) {
    if (!entry.first.IsScalar()) return Invalid(Where(path, entry.first), "a key is a text");
    const std::string name = prefix + entry.first.Scalar();
    if (!seen.insert(name).second) {
      return Invalid(Where(path, entry.first), absl::StrCat(name, " stands twice"));
    }
    YamlValue value{name, "", Where(path, entry.first)};
    if (entry.second.IsMap()) {
      RETURN_IF_ERROR(Flatten(path, entry.second, name + ".", depth + 1, out));
      continue;
    }
    if (entry.second.IsSequence()) {
      ASSIGN_OR_RETURN(value.value, ListText(path, entry.second));
    } else if (entry.second.IsScalar()) {
      value.value = entry.second.Scalar();
    }
    out.push_back(std::move(value));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<YamlValue>> ReadYaml(const std::string& path) {
  const auto unreadable = [&path](absl::string_view why) {
    return Error(absl::StatusCode::kNotFound, "config.invalid_file",
                 absl::StrCat("The configuration file ", path, " cannot be read: ", why, "."));
  };
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return unreadable("it is a directory");
  errno = 0;
  std::ifstream file(path);
  if (!file) return unreadable(std::strerror(errno));
  std::vector<YamlValue> values;
  try {
    const YAML::Node root = YAML::Load(file);
    if (root.IsNull()) return values;
    if (!root.IsMap()) return Invalid(path, "not a map of keys");
    RETURN_IF_ERROR(Flatten(path, root, "", 0, values));
  } catch (const YAML::Exception& error) {
    return Invalid(absl::StrCat(path, " line ", error.mark.line + 1), error.msg);
  }
  return values;
}

std::string YamlText(absl::string_view text) {
  YAML::Emitter emitter;
  emitter << std::string(text);
  return emitter.c_str();
}

}  // namespace muniment::gateway

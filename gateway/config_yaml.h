// Reads a YAML file as a flat list of dotted names. The only user of yaml-cpp, whose exceptions end
// here.
#ifndef MUNIMENT_GATEWAY_CONFIG_YAML_H_
#define MUNIMENT_GATEWAY_CONFIG_YAML_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace muniment::gateway {

struct YamlValue {
  std::string name;    // "TLS.CertPath"
  std::string value;   // a list's elements with commas between
  std::string origin;  // "muniment.yaml line 3"
};

// NOT_FOUND or INVALID_ARGUMENT "config.invalid_file" for a file that cannot be read, is no YAML,
// says one key twice, or holds something other than texts, lists of texts and maps of them.
absl::StatusOr<std::vector<YamlValue>> ReadYaml(const std::string& path);

// Quoted where a plain word would be read as something else.
std::string YamlText(absl::string_view text);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_CONFIG_YAML_H_

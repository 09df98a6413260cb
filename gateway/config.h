// The configuration of a process: defaults, then YAML files in the order given, then environment
// variables, then flags; the later wins. The keys stand in config_keys.h.
//
//   ConfigSources sources;
//   sources.files = {"/etc/muniment/muniment.yaml"};
//   sources.environment = EnvironmentVariables();
//   ASSIGN_OR_RETURN(const Config config, Config::Load(sources));
//   Listen(config.Count(Key::kPort));
//
// Every value is checked when it is loaded, so the getters cannot fail; asking for a key as another
// type than its own is a broken invariant. Immutable, thread-safe, copied freely.
// Errors: INVALID_ARGUMENT "config.unknown_key", "config.invalid_value", "config.invalid_file",
// "config.masked_secret" for a secret that is the mask which Describe shows; UNIMPLEMENTED
// "config.unserved_key". Messages name the key and where it stood, and never show a secret.
#ifndef MUNIMENT_GATEWAY_CONFIG_H_
#define MUNIMENT_GATEWAY_CONFIG_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gateway/config_keys.h"

namespace muniment::gateway {

// What config_keys.h says of one key.
struct KeyInfo {
  Key key;
  const char* name;
  KeyType type;
  const char* fallback;
  KeyClass key_class;
  const char* help;
};

const std::vector<KeyInfo>& AllKeys();
const KeyInfo& Info(Key key);
std::string EnvironmentName(const KeyInfo& info);  // MUNIMENT_TLS_CERTPATH
std::string FlagName(const KeyInfo& info);         // --tls.cert-path

struct ConfigSources {
  std::vector<std::string> files;
  // Variables that begin with MUNIMENT_.
  std::map<std::string, std::string> environment;
  // (key's name, value).
  std::vector<std::pair<std::string, std::string>> flags;
};

// Those of this process that begin with MUNIMENT_.
std::map<std::string, std::string> EnvironmentVariables();

class Config {
 public:
  static absl::StatusOr<Config> Load(const ConfigSources& sources);

  const std::string& Text(Key key) const;
  bool Switch(Key key) const;
  uint64_t Count(Key key) const;
  uint64_t Bytes(Key key) const;
  absl::Duration Duration(Key key) const;
  absl::Time Time(Key key) const;
  std::vector<std::string> List(Key key) const;

  std::string Host(Key key) const;  // as requests name it (base/host_name.h)

  // Whether a file, the environment or a flag says it, and where: "flag", "/etc/m.yaml line 3".
  bool IsSet(Key key) const;
  const std::string& Origin(Key key) const;
  // Whether it says something else than what is without it.
  bool Changed(Key key) const;

  // Paths that default to a place in DataDir.
  std::string MasterKeyPath() const;
  std::string PatPath() const;
  std::string MachineKeyPath() const;
  std::string LoginClientPatPath() const;
  uint64_t ExternalPort(uint64_t listening) const;

  // YAML with every key, its value (secrets masked) and where that came from.
  std::string Describe() const;

 private:
  struct Value {
    std::string text;
    std::string origin;
  };
  Config();
  const Value& At(Key key, KeyType type) const;
  std::string PathInDataDir(Key key, absl::string_view name) const;
  absl::Status Set(absl::string_view name, absl::string_view value, absl::string_view origin);
  absl::Status AddEnvironment(const std::map<std::string, std::string>& environment);
  absl::Status CheckMasks() const;
  absl::Status CheckTogether() const;
  absl::Status CheckMachines() const;
  // A key that stands alone where the rule wants more.
  absl::Status Refuse(absl::string_view rule, Key key) const;

  std::vector<Value> values_;  // by Key
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_CONFIG_H_

#include "gateway/config.h"

#include <algorithm>
#include <array>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/check.h"
#include "base/error.h"
#include "base/host_name.h"
#include "gateway/config_value.h"
#include "gateway/config_yaml.h"

extern char** environ;

namespace muniment::gateway {
namespace {

constexpr absl::string_view kPrefix = "MUNIMENT_";
constexpr char kDefaultOrigin[] = "default";
// What `muniment config` shows for a secret.
constexpr char kMask[] = "********";
// Read by the command line itself.
constexpr std::array<absl::string_view, 3> kReserved = {"MUNIMENT_CONFIG", "MUNIMENT_TOKEN",
                                                        "MUNIMENT_URL"};

// Keys that operators know from elsewhere and that wait for what they configure.
struct Unserved {
  absl::string_view prefix;
  absl::string_view waits_for;
};
constexpr Unserved kUnserved[] = {
    {"FirstInstance.TrustedDomains", "virtual instances"},
};

absl::Status UnknownKey(absl::string_view name, absl::string_view origin) {
  for (const Unserved& unserved : kUnserved) {
    if (name == unserved.prefix || absl::StartsWith(name, absl::StrCat(unserved.prefix, "."))) {
      return Error(absl::StatusCode::kUnimplemented, "config.unserved_key",
                   absl::StrCat(name, " (", origin, ") waits for ", unserved.waits_for,
                                "; leave it out."));
    }
  }
  std::vector<std::string> names;
  for (const KeyInfo& info : AllKeys()) names.emplace_back(info.name);
  const std::optional<std::string> nearest = Nearest(name, names);
  return Error(absl::StatusCode::kInvalidArgument, "config.unknown_key",
               absl::StrCat(name, " (", origin, ") is no key of the configuration.",
                            nearest ? absl::StrCat(" Did you mean ", *nearest, "?") : "",
                            " `muniment config` lists all."));
}

bool IsReserved(absl::string_view variable) {
  return std::find(kReserved.begin(), kReserved.end(), variable) != kReserved.end();
}

}  // namespace

const std::vector<KeyInfo>& AllKeys() {
  static const std::vector<KeyInfo> keys = {
#define X(id, name, type, fallback, key_class, help) \
  {Key::k##id, name, KeyType::type, fallback, KeyClass::key_class, help},
      MUNIMENT_CONFIG_KEYS(X)
#undef X
  };
  return keys;
}

const KeyInfo& Info(Key key) { return AllKeys()[static_cast<size_t>(key)]; }

std::string EnvironmentName(const KeyInfo& info) {
  return absl::StrCat(kPrefix, absl::AsciiStrToUpper(absl::StrReplaceAll(info.name, {{".", "_"}})));
}

std::string FlagName(const KeyInfo& info) {
  const absl::string_view name = info.name;
  std::string flag = "--";
  for (size_t i = 0; i < name.size(); ++i) {
    const bool word = i > 0 && name[i - 1] != '.' && absl::ascii_isupper(name[i]) &&
                      !absl::ascii_isupper(name[i - 1]);
    if (word) flag += '-';
    flag += absl::ascii_tolower(name[i]);
  }
  return flag;
}

std::map<std::string, std::string> EnvironmentVariables() {
  std::map<std::string, std::string> found;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::pair<absl::string_view, absl::string_view> split =
        absl::StrSplit(*entry, absl::MaxSplits('=', 1));
    if (absl::StartsWith(split.first, kPrefix)) found.emplace(split.first, split.second);
  }
  return found;
}

Config::Config() {
  for (const KeyInfo& info : AllKeys()) {
    MUNIMENT_CHECK(!Mismatch(info.type, info.fallback).has_value());
    values_.push_back({info.fallback, kDefaultOrigin});
  }
}

absl::Status Config::Set(absl::string_view name, absl::string_view value,
                         absl::string_view origin) {
  for (const KeyInfo& info : AllKeys()) {
    if (name != info.name) continue;
    auto expected = Refused(info.key, value);
    if (!expected.has_value()) expected = Mismatch(info.type, value);
    if (expected.has_value()) {
      const bool masked = info.key_class == KeyClass::kSecret;
      return Error(absl::StatusCode::kInvalidArgument, "config.invalid_value",
                   absl::StrCat(name, " (", origin, ") is ", *expected,
                                masked ? "." : absl::StrCat(", not \"", value, "\".")));
    }
    values_[static_cast<size_t>(info.key)] = {std::string(value), std::string(origin)};
    return absl::OkStatus();
  }
  return UnknownKey(name, origin);
}

absl::Status Config::AddEnvironment(const std::map<std::string, std::string>& environment) {
  for (const auto& [variable, value] : environment) {
    if (IsReserved(variable)) continue;
    const auto& keys = AllKeys();
    const auto info = std::find_if(keys.begin(), keys.end(), [&variable](const KeyInfo& key) {
      return EnvironmentName(key) == variable;
    });
    if (info != keys.end()) {
      RETURN_IF_ERROR(Set(info->name, value, absl::StrCat("environment ", variable)));
      continue;
    }
    // What all have in common says nothing of how near two are.
    std::vector<std::string> names;
    for (const KeyInfo& key : keys) names.push_back(EnvironmentName(key).substr(kPrefix.size()));
    const auto nearest = Nearest(absl::string_view(variable).substr(kPrefix.size()), names);
    return Error(
        absl::StatusCode::kInvalidArgument, "config.unknown_key",
        absl::StrCat("The environment variable ", variable, " sets no key.",
                     nearest ? absl::StrCat(" Did you mean ", kPrefix, *nearest, "?") : "",
                     " `muniment config` lists all."));
  }
  return absl::OkStatus();
}

absl::Status Config::Refuse(absl::string_view rule, Key key) const {
  return Error(absl::StatusCode::kInvalidArgument, "config.invalid_value",
               absl::StrCat(rule, "; here ", Info(key).name, " (",
                            values_[static_cast<size_t>(key)].origin, ") stands alone."));
}

absl::Status Config::CheckMasks() const {
  for (const KeyInfo& info : AllKeys()) {
    const Value& value = values_[static_cast<size_t>(info.key)];
    if (info.key_class != KeyClass::kSecret || value.text != kMask) continue;
    return Error(absl::StatusCode::kInvalidArgument, "config.masked_secret",
                 absl::StrCat(info.name, " (", value.origin, ") is the mask that `muniment config` shows "
                              "in place of the secret. Put the secret there, or leave the key out."));
  }
  return absl::OkStatus();
}

// What a machine of the first instance gets goes with the machine.
absl::Status Config::CheckMachines() const {
  constexpr std::pair<Key, Key> kRests[] = {
      {Key::kMachineKeyType, Key::kMachineUsername},
      {Key::kMachineKeyExpiration, Key::kMachineUsername},
      {Key::kMachineKeyPath, Key::kMachineUsername},
      {Key::kLoginClientName, Key::kLoginClientUsername},
      {Key::kLoginClientPatExpiration, Key::kLoginClientUsername},
      {Key::kLoginClientPatPath, Key::kLoginClientUsername}};
  for (const auto& [key, machine] : kRests) {
    if (!Text(machine).empty() || !Changed(key)) continue;
    return Refuse(absl::StrCat(Info(key).name, " goes with ", Info(machine).name), key);
  }
  return absl::OkStatus();
}

absl::Status Config::CheckTogether() const {
  RETURN_IF_ERROR(CheckMasks());
  RETURN_IF_ERROR(CheckMachines());
  constexpr std::pair<Key, Key> kPairs[] = {{Key::kTlsCertPath, Key::kTlsKeyPath},
                                            {Key::kSmtpHost, Key::kSmtpFrom},
                                            {Key::kSmtpUser, Key::kSmtpPassword},
                                            {Key::kMailEndpoint, Key::kMailSigningKey},
                                            {Key::kSmsEndpoint, Key::kSmsSigningKey}};
  for (const auto& [one, other] : kPairs) {
    if (Text(one).empty() == Text(other).empty()) continue;
    RETURN_IF_ERROR(Refuse(absl::StrCat(Info(one).name, " and ", Info(other).name,
                                        " are given together or not at all"),
                           Text(one).empty() ? other : one));
  }
  for (const Key key : {Key::kSmtpUser, Key::kSmtpFromName, Key::kSmtpReplyTo, Key::kSmtpTls}) {
    if (!Text(Key::kSmtpHost).empty() || !Changed(key)) continue;
    return Refuse(absl::StrCat(Info(key).name, " goes with SMTP.Host"), key);
  }
  if ((Text(Key::kAttestation) == "trusted") != !Text(Key::kAttestationRoots).empty()) {
    return Error(absl::StatusCode::kInvalidArgument, "config.invalid_value",
                 "WebAuthn.Attestation trusted and WebAuthn.RootsPath are given together or not at "
                 "all.");
  }
  if (!Text(Key::kSmtpHost).empty() && !Text(Key::kMailEndpoint).empty()) {
    return Error(absl::StatusCode::kInvalidArgument, "config.invalid_value",
                 "SMTP.Host and Mail.HTTP.Endpoint are two ways for mail: give one.");
  }
  return absl::OkStatus();
}

absl::StatusOr<Config> Config::Load(const ConfigSources& sources) {
  Config config;
  for (const std::string& file : sources.files) {
    ASSIGN_OR_RETURN(const std::vector<YamlValue> values, ReadYaml(file));
    for (const YamlValue& value : values) {
      RETURN_IF_ERROR(config.Set(value.name, value.value, value.origin));
    }
  }
  RETURN_IF_ERROR(config.AddEnvironment(sources.environment));
  for (const auto& [name, value] : sources.flags) {
    RETURN_IF_ERROR(config.Set(name, value, "flag"));
  }
  RETURN_IF_ERROR(config.CheckTogether());
  return config;
}

const Config::Value& Config::At(Key key, KeyType type) const {
  MUNIMENT_CHECK(Info(key).type == type);
  return values_[static_cast<size_t>(key)];
}

const std::string& Config::Text(Key key) const { return At(key, KeyType::kText).text; }

bool Config::Switch(Key key) const { return At(key, KeyType::kSwitch).text == "true"; }

uint64_t Config::Count(Key key) const {
  uint64_t number = 0;
  MUNIMENT_CHECK(absl::SimpleAtoi(At(key, KeyType::kCount).text, &number));
  return number;
}

uint64_t Config::Bytes(Key key) const { return *ParseBytes(At(key, KeyType::kBytes).text); }

absl::Duration Config::Duration(Key key) const {
  absl::Duration duration;
  MUNIMENT_CHECK(absl::ParseDuration(At(key, KeyType::kDuration).text, &duration));
  return duration;
}

absl::Time Config::Time(Key key) const {
  absl::Time time;
  MUNIMENT_CHECK(
      absl::ParseTime(absl::RFC3339_full, At(key, KeyType::kTime).text, &time, nullptr));
  return time;
}

std::vector<std::string> Config::List(Key key) const {
  MUNIMENT_CHECK(IsList(Info(key).type));
  return SplitList(values_[static_cast<size_t>(key)].text);
}

std::string Config::Host(Key key) const { return *HostName(At(key, KeyType::kHost).text); }

const std::string& Config::Origin(Key key) const {
  return values_[static_cast<size_t>(key)].origin;
}

bool Config::IsSet(Key key) const {
  return Origin(key) != kDefaultOrigin;
}

bool Config::Changed(Key key) const {
  return values_[static_cast<size_t>(key)].text != Info(key).fallback;
}

std::string Config::PathInDataDir(Key key, absl::string_view name) const {
  const std::string& path = Text(key);
  return path.empty() ? absl::StrCat(Text(Key::kDataDir), "/", name) : path;
}

std::string Config::MasterKeyPath() const {
  return PathInDataDir(Key::kMasterKeyPath, "master.key");
}

std::string Config::PatPath() const { return PathInDataDir(Key::kPatPath, "admin.pat"); }

std::string Config::MachineKeyPath() const {
  return PathInDataDir(Key::kMachineKeyPath, "admin-key.json");
}

std::string Config::LoginClientPatPath() const {
  return PathInDataDir(Key::kLoginClientPatPath, "login-client.pat");
}

uint64_t Config::ExternalPort(uint64_t listening) const {
  const uint64_t port = Count(Key::kExternalPort);
  return port == 0 ? listening : port;
}

std::string Config::Describe() const {
  std::string out;
  std::vector<std::string> open;
  for (const KeyInfo& info : AllKeys()) {
    std::vector<std::string> path = absl::StrSplit(info.name, '.');
    const std::string leaf = path.back();
    path.pop_back();
    size_t common = 0;
    while (common < open.size() && common < path.size() && open[common] == path[common]) ++common;
    for (size_t i = common; i < path.size(); ++i) {
      absl::StrAppend(&out, std::string(2 * i, ' '), path[i], ":\n");
    }
    const Value& value = values_[static_cast<size_t>(info.key)];
    std::string shown = YamlText(value.text);
    if (IsList(info.type)) {
      shown = absl::StrCat("[", absl::StrJoin(List(info.key), ", ",
                                              [](std::string* to, const std::string& element) {
                                                absl::StrAppend(to, YamlText(element));
                                              }), "]");
    }
    if (info.key_class == KeyClass::kSecret && !value.text.empty()) {
      shown = absl::StrCat("'", kMask, "'");
    }
    const std::string indent(2 * path.size(), ' ');
    absl::StrAppend(&out, indent, "# ", info.help, "\n", indent, leaf, ": ", shown, "  # ",
                    value.origin, "\n");
    open = std::move(path);
  }
  return out;
}

}  // namespace muniment::gateway

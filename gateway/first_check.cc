#include "gateway/first_check.h"

#include <unistd.h>

#include <filesystem>
#include <initializer_list>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/error.h"
#include "base/language.h"
#include "base/limits.h"
#include "base/names.h"
#include "base/password_complexity.h"
#include "base/text.h"
#include "command/org/default_domain.h"
#include "command/user/profile.h"
#include "gateway/first_instance.h"
#include "gateway/owner.h"
#include "gateway/storage.h"
#include "zitadel/org/v2/org_service.pb.h"

namespace muniment::gateway {
namespace {

// Which key a request's field comes from.
struct Source {
  absl::string_view field;
  Key key;
};

absl::Status Refuse(const Config& config, Key key, absl::string_view why) {
  return Error(absl::StatusCode::kInvalidArgument, "config.invalid_value",
               absl::StrCat(Info(key).name, " (", config.Origin(key), "): ", why));
}

absl::Status ByKey(const Config& config, const absl::Status& status, Key key) {
  return status.ok() ? status : Refuse(config, key, status.message());
}

// What the limits of a request say, by the key that its field comes from.
absl::Status Check(const Config& config, const google::protobuf::Message& request,
                   std::initializer_list<Source> sources) {
  const absl::Status status = CheckRequest(request);
  for (const auto& [name, field] : ErrorFacts(status)) {
    if (name != "field") continue;
    for (const Source& source : sources) {
      absl::string_view why = status.message();
      if (source.field != field) continue;
      absl::ConsumePrefix(&why, absl::StrCat(field, ": "));
      return Refuse(config, source.key, why);
    }
  }
  return status;
}

absl::Status CheckUsername(const Config& config, Key key) {
  if (ValidUsername(config.Text(key))) return absl::OkStatus();
  return Refuse(config, key,
                "a user name is of letters, digits and marks, with single spaces between its parts; "
                "not of / \\ < > \" or dots alone");
}

absl::Status CheckAdministrator(const Config& config, const FirstInstance& wanted) {
  const std::string domain = command::DefaultDomain(wanted.organization, "0", wanted.domains.front(),
                                                    /*distinct=*/false);
  const auto request = AdministratorRequest(wanted, domain);
  // Before the address, which may be made of it.
  RETURN_IF_ERROR(CheckUsername(config, Key::kHumanUserName));
  RETURN_IF_ERROR(Check(config, request,
                        {{"username", Key::kHumanUserName},
                         {"profile.given_name", Key::kHumanFirstName},
                         {"profile.family_name", Key::kHumanLastName},
                         {"profile.preferred_language", Key::kHumanLanguage},
                         {"email.email", Key::kHumanEmail},
                         {"password.password", Key::kHumanPassword}}));
  RETURN_IF_ERROR(
      ByKey(config, command::NewProfile(request.profile()).status(), Key::kHumanLanguage));
  return ByKey(config, CheckPassword({}, wanted.password.reveal()), Key::kHumanPassword);
}

// Where a secret goes, and the key that says so.
struct Destination {
  Key key;
  std::string path;
};

std::vector<Destination> DestinationsOf(const Config& config, const FirstInstance& wanted) {
  std::vector<Destination> places;
  if (!wanted.machine.username.empty()) {
    places.push_back({Key::kPatPath, config.PatPath()});
    if (WantsMachineKey(config)) places.push_back({Key::kMachineKeyPath, config.MachineKeyPath()});
  }
  if (!wanted.login_client.username.empty()) {
    places.push_back({Key::kLoginClientPatPath, config.LoginClientPatPath()});
  }
  return places;
}

std::filesystem::path Absolute(const std::string& path) {
  std::error_code error;
  const auto absolute = std::filesystem::absolute(path, error);
  // The same place by a link is the same place; what is still to make has none.
  const auto resolved = std::filesystem::weakly_canonical(absolute, error);
  return error ? absolute.lexically_normal() : resolved;
}

// What a start keeps for itself, and what it writes beside a file before it takes its place.
bool IsOurs(const Config& config, const std::filesystem::path& path) {
  const auto folder = Absolute(config.Text(Key::kDataDir) + "/");
  std::vector<std::filesystem::path> ours = {Absolute(config.MasterKeyPath())};
  for (const char* name : {"first-start", "log", "models", "lock"}) ours.push_back(folder / name);
  return std::any_of(ours.begin(), ours.end(), [&path](const std::filesystem::path& each) {
    return path == each || path == std::filesystem::path(each.string() + ".new");
  });
}

// The file is written after the commit, when it is too late to refuse it.
absl::Status CheckDestination(const Config& config, const Destination& place) {
  if (config.Text(place.key).empty()) return absl::OkStatus();
  std::error_code error;
  const auto path = Absolute(place.path);
  if (IsOurs(config, path)) {
    return Refuse(config, place.key, absl::StrCat(path.string(), " is the installation's own"));
  }
  if (std::filesystem::is_directory(path, error)) {
    return Refuse(config, place.key, absl::StrCat(path.string(), " is a directory"));
  }
  const auto folder = path.parent_path();
  // Which may be still to make.
  if (folder / "" == Absolute(config.Text(Key::kDataDir) + "/")) return absl::OkStatus();
  if (access(folder.c_str(), W_OK | X_OK) == 0) return absl::OkStatus();
  return Refuse(config, place.key,
                absl::StrCat("no file can be made in ", folder.string(), ", or it is not there"));
}

absl::Status CheckDestinations(const Config& config, const FirstInstance& wanted) {
  const std::vector<Destination> places = DestinationsOf(config, wanted);
  for (size_t i = 0; i < places.size(); ++i) {
    RETURN_IF_ERROR(CheckDestination(config, places[i]));
    for (size_t j = 0; j < i; ++j) {
      if (Absolute(places[i].path) != Absolute(places[j].path)) continue;
      return Refuse(config, places[i].key,
                    absl::StrCat("the file is ", Info(places[j].key).name, "'s already"));
    }
  }
  return absl::OkStatus();
}

struct MachineKeys {
  Key username, name, expiration;
};

absl::Status CheckMachine(const Config& config, const NewMachine& machine, const MachineKeys& keys,
                          absl::Time now) {
  if (machine.username.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(CheckUsername(config, keys.username));
  RETURN_IF_ERROR(Check(config, MachineRequest("0", machine),
                        {{"username", keys.username}, {"machine.name", keys.name}}));
  if (machine.token_expiration > now) return absl::OkStatus();
  return Refuse(config, keys.expiration, "the time is past, and the token would open nothing");
}

absl::Status CheckMachines(const Config& config, const FirstInstance& wanted, absl::Time now) {
  RETURN_IF_ERROR(CheckMachine(
      config, wanted.machine,
      {Key::kMachineUsername, Key::kMachineName, Key::kPatExpiration}, now));
  RETURN_IF_ERROR(CheckMachine(
      config, wanted.login_client,
      {Key::kLoginClientUsername, Key::kLoginClientName, Key::kLoginClientPatExpiration}, now));
  if (WantsMachineKey(config) && config.Time(Key::kMachineKeyExpiration) <= now) {
    return Refuse(config, Key::kMachineKeyExpiration,
                  "the time is past, and nobody could sign in by the key");
  }
  return CheckDestinations(config, wanted);
}

// Each needs one of its own.
absl::Status CheckNames(const Config& config) {
  constexpr Key kNames[] = {Key::kHumanUserName, Key::kMachineUsername, Key::kLoginClientUsername};
  std::map<std::string, Key> taken;
  for (const Key key : kNames) {
    if (config.Text(key).empty()) continue;
    const auto [other, free] = taken.emplace(FoldName(config.Text(key)), key);
    if (free) continue;
    return Refuse(config, key,
                  absl::StrCat("the machine needs another user name than that of ",
                               Info(other->second).name));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckFirstInstance(const Config& config, absl::Time now) {
  const std::string& configured = config.Text(Key::kHumanPassword);
  const FirstInstance wanted = WantedFirstInstance(
      config, configured.empty() ? NewAdministratorPassword() : Secret(configured));
  zitadel::org::v2::AddOrganizationRequest organization;
  organization.set_name(wanted.organization);
  RETURN_IF_ERROR(Check(config, organization, {{"name", Key::kOrgName}}));
  RETURN_IF_ERROR(
      ByKey(config, FindSupportedLanguage(wanted.language).status(), Key::kDefaultLanguage));
  if (!WebKeyAlgorithmNamed(config.Text(Key::kWebKeyType)).has_value()) {
    return Refuse(config, Key::kWebKeyType, "it is one of rsa, ecdsa and ed25519");
  }
  RETURN_IF_ERROR(CheckAdministrator(config, wanted));
  RETURN_IF_ERROR(CheckNames(config));
  return CheckMachines(config, wanted, now);
}

absl::Status CheckFreshStart(const Config& config, absl::Time now) {
  if (config.Switch(Key::kFirstSkip) || IsShared(config) || StoreStands(config)) {
    return absl::OkStatus();
  }
  return CheckFirstInstance(config, now);
}

}  // namespace muniment::gateway

#include "gateway/first_start.h"

#include "absl/time/clock.h"
#include "base/error.h"
#include "command/org/org.h"
#include "gateway/first_check.h"
#include "gateway/first_instance.h"
#include "gateway/first_secrets.h"
#include "gateway/log.h"

namespace muniment::gateway {
namespace {

constexpr absl::Duration kCommandTime = absl::Minutes(1);

absl::StatusOr<std::optional<FirstStart>> Tell(const Config& config, const FirstSecrets& secrets,
                                               bool late) {
  RETURN_IF_ERROR(HandOver(config, secrets));
  FirstStart first;
  first.login_name = secrets.login_name;
  first.password = secrets.password;
  if (!secrets.token.empty()) first.pat_path = config.PatPath();
  if (!secrets.key_file.empty()) first.key_path = config.MachineKeyPath();
  if (!secrets.login_token.empty()) first.login_pat_path = config.LoginClientPatPath();
  first.late = late;
  return first;
}

// Of several nodes another may have been first: then these open nothing.
absl::StatusOr<bool> OpenWhatStands(const FirstStartPorts& ports, const FirstSecrets& secrets) {
  bool stands = false;
  RETURN_IF_ERROR(ports.run({.name = "muniment.FirstStart", .deadline = absl::Now() + kCommandTime},
                            [&](command::Unit& unit) -> absl::Status {
                              ASSIGN_OR_RETURN(const auto org, unit.LoadAny<command::Org>(
                                                                   secrets.organization_id));
                              stands = org.exists();
                              return absl::OkStatus();
                            }));
  return stands;
}

absl::StatusOr<std::optional<FirstStart>> TellLate(const FirstStartPorts& ports) {
  ASSIGN_OR_RETURN(const auto secrets, ReadFirstSecrets(ports.config));
  if (!secrets.has_value()) return std::nullopt;
  const absl::StatusOr<bool> stands = OpenWhatStands(ports, *secrets);
  if (!stands.ok()) {
    LogWarning("what an earlier first start had to tell is told by a later start",
               {{"why", std::string(stands.status().message())}});
    return std::nullopt;
  }
  if (*stands) return Tell(ports.config, *secrets, /*late=*/true);
  RETURN_IF_ERROR(ForgetFirstSecrets(ports.config));
  return std::nullopt;
}

}  // namespace

absl::StatusOr<std::optional<FirstStart>> StartFirst(const FirstStartPorts& ports) {
  const Config& config = ports.config;
  // The store's own first event stands; an instance would be the second.
  ASSIGN_OR_RETURN(const eventstore::LogHead head, ports.store.ReadLogHead());
  if (head.position > 1) return TellLate(ports);
  if (config.Switch(Key::kFirstSkip)) return std::nullopt;
  RETURN_IF_ERROR(CheckFirstInstance(config, absl::Now()));
  const std::string& configured = config.Text(Key::kHumanPassword);
  FirstInstance wanted = WantedFirstInstance(
      config, configured.empty() ? NewAdministratorPassword() : Secret(configured));
  const FirstSecrets secrets = MakeUp(config, wanted, ports.ids);
  RETURN_IF_ERROR(KeepFirstSecrets(config, secrets));
  const absl::Status made = ports.run(
      {.name = "muniment.FirstInstance", .deadline = absl::Now() + kCommandTime},
      [&wanted](command::Unit& unit) { return MakeFirstInstance(unit, wanted); });
  if (Reason(made) == "instance.exists") {
    // Another node was first, and keeps what opens it.
    RETURN_IF_ERROR(ForgetFirstSecrets(config));
    return std::nullopt;
  }
  RETURN_IF_ERROR(made);
  return Tell(config, secrets, /*late=*/false);
}

}  // namespace muniment::gateway

// A first start: makes the first instance, and sees that what opens it reaches the operator, in
// whichever moment a start before it died.
//
//   FirstStartPorts ports = {config, store, ids, run};
//   ASSIGN_OR_RETURN(const auto first, StartFirst(ports));  // nothing: there is nothing to tell
//   ...tell it...
//   RETURN_IF_ERROR(ForgetFirstSecrets(config));
//
// One thread. Errors: those of CheckFirstInstance, of MakeFirstInstance and of private files.
#ifndef MUNIMENT_GATEWAY_FIRST_START_H_
#define MUNIMENT_GATEWAY_FIRST_START_H_

#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "base/id.h"
#include "base/secret.h"
#include "eventstore/store.h"
#include "gateway/config.h"
#include "gateway/system_command.h"

namespace muniment::gateway {

// What a newcomer is told once.
struct FirstStart {
  std::string login_name;
  Secret password;  // empty where the configuration named one
  // Empty where there is no such thing, or where it was handed over before.
  std::string pat_path;
  std::string key_path;
  std::string login_pat_path;
  // The instance is an earlier start's, which ended before it could tell.
  bool late = false;
};

struct FirstStartPorts {
  const Config& config;
  eventstore::EventStore& store;
  IdGenerator& ids;
  // A command on the first instance, once the read models are up.
  using Decide = std::function<absl::Status(command::Unit&)>;
  std::function<absl::Status(SystemCommand, const Decide&)> run;
};

absl::StatusOr<std::optional<FirstStart>> StartFirst(const FirstStartPorts& ports);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_FIRST_START_H_

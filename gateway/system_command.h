// Commands that are no published method: what the process itself does to the log, as the system.
//
//   SystemCommand job{.name = "muniment.Defaults", .instance = id};
//   ASSIGN_OR_RETURN(uint64_t position, RunAsSystem(router, job, [](command::Unit& unit) {
//     return command::AddMissingDefaults(unit);
//   }));
//
// The function decides like any handler (command/unit.h): it may run several times, and raises what
// is to be. Blocks until the read models show it; the answer is where the log stands with it. Errors:
// the router's, and the function's own.
#ifndef MUNIMENT_GATEWAY_SYSTEM_COMMAND_H_
#define MUNIMENT_GATEWAY_SYSTEM_COMMAND_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "command/router.h"

namespace muniment::gateway {

struct SystemCommand {
  std::string name;
  uint64_t instance = 0;
  absl::Time deadline = absl::InfiniteFuture();
  // Kept, sealed, with each event: where it was asked for.
  store::v1::Context context = {};
  std::optional<eventstore::Fence> fence = std::nullopt;
};

absl::StatusOr<uint64_t> RunAsSystem(
    command::Router& router, SystemCommand command,
    const std::function<absl::Status(command::Unit&)>& decide);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_SYSTEM_COMMAND_H_

// The place that a subcommand puts a log into, shut to every server from the moment it is taken:
// take it before anything else is opened, or a node founds a log there meanwhile.
//
//   ASSIGN_OR_RETURN(const auto target, Target::Take(place, "restore"));
//   ... open what is read ...
//   ASSIGN_OR_RETURN(const Moved moved, Move(*source.log, target->log(), options));
//
// When it goes and nothing was written, the place is as it was: what is refused leaves no trace. What
// was written stays marked as the command's until the log's Finish.
// One thread. Errors: those of place.h; FAILED_PRECONDITION "import.not_empty" where a log stands.
#ifndef MUNIMENT_GATEWAY_CLI_TARGET_H_
#define MUNIMENT_GATEWAY_CLI_TARGET_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "eventstore/import.h"
#include "gateway/cli/place.h"

namespace muniment::gateway {

class Target {
 public:
  // An empty place, or one where the same was begun.
  static absl::StatusOr<std::unique_ptr<Target>> Take(const Place& place,
                                                      absl::string_view command);
  // A log on PostgreSQL that stands, to change its rows.
  static absl::StatusOr<std::unique_ptr<Target>> Retake(const Place& place,
                                                        absl::string_view command);
  ~Target();
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;

  eventstore::Importer& log() { return *open_.log; }

 private:
  Target() = default;

  OpenTarget open_;
  // Directories that stood not, from the innermost.
  std::vector<std::string> missing_;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_CLI_TARGET_H_

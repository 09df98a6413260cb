// Names one piece of work that is done outside of commands: what, about which aggregate, asked for
// by which event.
//
//   WorkId id{"sweep.organization", AGGREGATE_ORG, "4711", 123};
//   id.ToString();                       // "sweep.organization/org/4711/123"
//   WorkId::Parse("sweep.organization/org/4711/123");
//
// Thread-safe; no I/O.
#ifndef MUNIMENT_BASE_WORK_ID_H_
#define MUNIMENT_BASE_WORK_ID_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "muniment/options.pb.h"

namespace muniment {

struct WorkId {
  std::string work;
  Aggregate aggregate = AGGREGATE_UNSPECIFIED;
  std::string resource_id;  // of the aggregate; an instance's is its number
  uint64_t request = 0;     // sequence of the event that asked for it

  std::string ToString() const;
  // nullopt for what is no such text.
  static std::optional<WorkId> Parse(absl::string_view text);

  friend bool operator==(const WorkId&, const WorkId&) = default;
};

}  // namespace muniment

#endif  // MUNIMENT_BASE_WORK_ID_H_

// What would become of lines of an import (batch.h), found out before any of them is stored: each is
// decided by its method's handler, on the store and on what the lines before it would have made of
// it, and what it would claim is held against the claims of all others, in the lines and in the
// store. Nothing is written but to the pages.
//
//   Rehearsal rehearsal(ports, instance);
//   for each line: absl::Status fault = rehearsal.Try(line);
//   rehearsal.CheckStore([](uint64_t line, absl::Status fault) { ... });
//
// Memory: 64 MB of streams, and about 24 bytes for each claim (a person has one for the user name and
// one for an id that was chosen) and each stream that a later line may name. Events that later lines
// may need stand in the pages.
// One thread; blocks on the store. Errors of Try: the handler's; ALREADY_EXISTS
// "import.repeats_line" for what an earlier line takes, with the fact kEarlierLine; UNIMPLEMENTED
// "import.answers_nothing" for a code that is asked to be returned; RESOURCE_EXHAUSTED
// "store.commit_too_large"; those of the store and the pages are not the line's (IsOurs).
#ifndef MUNIMENT_COMMAND_IMPORT_REHEARSAL_H_
#define MUNIMENT_COMMAND_IMPORT_REHEARSAL_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "command/import/batch.h"
#include "command/loader.h"
#include "command/memory.h"
#include "command/snapshot_cache.h"

namespace muniment::command {

// Texts kept outside of memory while a rehearsal lasts.
class ImportPages {
 public:
  virtual ~ImportPages() = default;
  // Where it is read again.
  virtual absl::StatusOr<uint64_t> Keep(absl::string_view text) = 0;
  virtual absl::StatusOr<std::string> Read(uint64_t at) = 0;
};

struct RehearsalPorts {
  StreamSource source;
  Lookup* lookup = nullptr;
  IdGenerator* ids = nullptr;
  Clock* clock = nullptr;
  ImportPages* pages = nullptr;
};

inline constexpr absl::string_view kEarlierLine = "earlier_line";

class Rehearsal {
 public:
  Rehearsal(const RehearsalPorts& ports, uint64_t instance);
  ~Rehearsal();

  absl::Status Try(const ImportLine& line);
  // Whether a status says nothing of the line: a disk or network that is away, damage.
  static bool IsOurs(const absl::Status& status);
  // Lines that claim what stands in the store: ALREADY_EXISTS "import.taken". To be asked once, after
  // the last line.
  absl::Status CheckStore(absl::FunctionRef<void(uint64_t line, const absl::Status& fault)> tell);
  // Lines so far that have messages sent to people.
  uint64_t messages() const { return messages_; }
  size_t claims() const { return claims_.size(); }

 private:
  class Names;
  struct Kept {
    std::string owner;
    std::vector<std::string> events;
  };

  absl::StatusOr<std::unique_ptr<Unit>> Decide(const UnitContext& context, const ImportLine& line,
                                               CallMemory& memory);
  absl::Status Supply(Wants wants, CallMemory& memory);
  absl::StatusOr<SnapshotPtr> Load(const eventstore::StreamKey& key, const StateOps& ops);
  absl::StatusOr<Kept> Find(const std::string& name);
  absl::Status Keep(const std::string& name, absl::string_view owner,
                    const std::vector<std::string>& events);
  absl::Status Check(const Unit& unit, const ImportLine& line);
  absl::Status Claim(const std::vector<eventstore::ClaimChange>& claims, uint64_t line);
  absl::Status Remember(const Unit& unit, const CallMemory& memory);
  absl::Status RememberNames(const Unit::Raised& raised);

  const RehearsalPorts ports_;
  const uint64_t instance_;
  const Caller caller_ = Caller::System();
  const store::v1::Context no_context_;
  SnapshotCache cache_;
  std::unique_ptr<Names> names_;
  absl::flat_hash_map<uint64_t, uint64_t> pages_;  // hash of a name to the newest page of such
  absl::flat_hash_map<uint64_t, uint32_t> claims_;  // the beginning of a claim's key to its line
  uint64_t messages_ = 0;
};

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_IMPORT_REHEARSAL_H_

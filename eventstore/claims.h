// What a run of commits does to the claims table, before any of it is written: each change is
// checked against the table and the changes before it. The stores share it, so that they agree on
// what is taken.
//
//   ClaimChanges changes(table);
//   for each commit: status = changes.Apply(commit, keys of its streams);
//   then write changes.holders() and changes.slots().
//
// Threads: one at a time. Errors: those of the table; ALREADY_EXISTS "store.claim_taken".
#ifndef MUNIMENT_EVENTSTORE_CLAIMS_H_
#define MUNIMENT_EVENTSTORE_CLAIMS_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "eventstore/store.h"

namespace muniment::eventstore {

// The claims that stand. A claim is named by instance u64 big-endian and its key, a slot by its
// stream's key (commit.h) and its name.
class ClaimTable {
 public:
  virtual ~ClaimTable() = default;
  // The slot that holds a claim.
  virtual absl::StatusOr<std::optional<std::string>> Holder(const std::string& claim) = 0;
  // The claim in a slot.
  virtual absl::StatusOr<std::optional<std::string>> Slot(const std::string& slot) = 0;
  // All slots of a stream and what they hold.
  virtual absl::Status Slots(
      const std::string& stream,
      absl::FunctionRef<void(absl::string_view slot, absl::string_view claim)> visit) = 0;
};

class ClaimChanges {
 public:
  // Name to what it holds now; nullopt: nothing.
  using Changes = absl::btree_map<std::string, std::optional<std::string>>;

  explicit ClaimChanges(ClaimTable& table) : table_(table) {}

  // All changes of a commit or, with an error, none of them. `streams`: the key of each event's
  // stream.
  absl::Status Apply(const Commit& commit, absl::FunctionRef<const std::string&(size_t)> streams);

  const Changes& holders() const { return holders_; }
  const Changes& slots() const { return slots_; }

 private:
  struct Undo {
    Changes* changes;
    std::string name;
    std::optional<std::optional<std::string>> before;
  };

  absl::Status ApplyAll(const Commit& commit,
                        absl::FunctionRef<const std::string&(size_t)> streams);
  absl::Status Set(uint64_t instance, const std::string& stream, const ClaimChange& change);
  absl::Status ReleaseAll(const std::string& stream);
  absl::StatusOr<std::optional<std::string>> Holder(const std::string& claim);
  absl::StatusOr<std::optional<std::string>> Slot(const std::string& slot);
  void Put(Changes& changes, const std::string& name, std::optional<std::string> value);

  ClaimTable& table_;
  Changes holders_;
  Changes slots_;
  std::vector<Undo> undo_;
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_CLAIMS_H_

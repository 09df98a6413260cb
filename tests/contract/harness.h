// The contract suite's harness: every store that claims to keep eventstore/store.h, and short words
// for what a test does with it. A test case opens one with
//
//   Bench bench(GENERATE(from_range(Stores())));
//   REQUIRE(bench.Append(Change(User("1"), 0)).ok());
//
// and asks nothing that a store across a network cannot keep: it waits for callbacks, never for
// times.
#ifndef MUNIMENT_TESTS_CONTRACT_HARNESS_H_
#define MUNIMENT_TESTS_CONTRACT_HARNESS_H_

#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/error.h"
#include "eventstore/store.h"

namespace muniment::eventstore {

// One kind of store. `open` opens what `Bench` named before by `place`, an empty one at first.
struct StoreKind {
  std::string name;
  bool durable = false;  // a second Open of a place finds what the first left
  std::function<std::unique_ptr<EventStore>(const std::string& place, Clock& clock)> open;
  // Deletes what stands at a place; empty: nothing but a folder of that name.
  std::function<void(const std::string& place)> remove = {};
};
std::ostream& operator<<(std::ostream& out, const StoreKind& kind);

// Of a test case, from its own thread: where PostgreSQL is missing it counts as skipped (skip.h).
const std::vector<StoreKind>& Stores();
// The durable ones.
std::vector<StoreKind> DurableStores();

// The folder that a place in one is.
std::string FolderOf(const std::string& place);
// A name that no other place has, fit for a folder and a schema.
std::string NewPlaceName();

class Bench {
 public:
  explicit Bench(const StoreKind& kind);
  ~Bench();

  EventStore& store() { return *store_; }
  ManualClock& clock() { return clock_; }
  absl::StatusOr<Committed> Append(Commit commit);
  // Closes the store and opens it again.
  void Reopen();
  void Close() { store_.reset(); }
  const StoreKind& kind() const { return kind_; }
  const std::string& place() const { return place_; }

  std::vector<StoredEvent> Log(uint64_t after = 0);
  std::vector<StoredEvent> Stream(const StreamKey& stream, uint64_t after = 0);
  std::vector<StoredEvent> Instance(uint64_t instance, uint64_t first, uint64_t last);
  // "stream id/slot=first byte of the key" for each standing claim, sorted.
  std::vector<std::string> Claims();

 private:
  const StoreKind kind_;
  const std::string place_;
  ManualClock clock_;
  std::unique_ptr<EventStore> store_;
};

inline constexpr uint64_t kInstance = 7;

StreamKey User(std::string id, uint64_t instance = kInstance);
StreamKey Org(std::string id, uint64_t instance = kInstance);
// A stored body that says where it stands, so that a test can tell events apart.
std::string BodyOf(const StreamKey& stream, uint64_t version, absl::string_view text = "");
NewEvent EventOf(const StreamKey& stream, uint64_t version, Keep keep = FOREVER);
// A commit of `events` events to a stream that stands at `version`.
Commit Change(const StreamKey& stream, uint64_t version, size_t events = 1, Keep keep = FOREVER);
// A claim key that begins with `name`.
std::string ClaimOf(absl::string_view name);
DataKey KeyOf(absl::string_view id, std::string subject, uint64_t instance = kInstance);
// Version in the body.
uint64_t VersionOf(const StoredEvent& event);
std::string TextOf(const StoredEvent& event);

}  // namespace muniment::eventstore

#endif  // MUNIMENT_TESTS_CONTRACT_HARNESS_H_

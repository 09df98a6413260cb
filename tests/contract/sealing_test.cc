// Two nodes that seal for the same new person at once: each makes him a key, as neither can know of
// the other's, and both keys and all that is sealed under them stand.
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "base/keyring.h"
#include "contract/harness.h"
#include "eventstore/codec.h"
#include "eventstore/keys.h"
#include "muniment/event/v1/user.pb.h"

namespace muniment::eventstore {
namespace {

using event::v1::UserEvent;

const MasterKey& Master() {
  static const MasterKey* const master = new MasterKey(MasterKey::Generate());
  return *master;
}

StreamKey Core(const std::string& user) { return {kInstance, 5, AGGREGATE_USER, user}; }

// A node of its own where the store can have several, else another set of keys over the one store.
struct Node {
  Node(Bench& bench, bool own) {
    if (own) opened = bench.kind().open(bench.place(), bench.clock());
    store = own ? opened.get() : &bench.store();
    keys.emplace(*store, Master());
  }

  std::unique_ptr<EventStore> opened;
  EventStore* store = nullptr;
  std::optional<DataKeys> keys;
  const Codec codec{"claims key of tests: 32 bytes..."};
};

// A commit under way: that somebody's address was changed, by an actor whose own is kept beside it.
struct Draft {
  Draft(Node& node, const std::string& user, uint64_t version, const std::string& actor)
      : keys(std::make_unique<CommitKeys>(*node.keys)) {
    UserEvent event;
    event.mutable_email_changed()->set_email(user + "@example.com");
    store::v1::Context context;
    context.set_ip("192.0.2.1");
    auto encoded =
        node.codec.Encode({Core(user), version + 1, "org", actor, &event, &context}, *keys);
    REQUIRE(encoded.ok());
    commit.instance = kInstance;
    commit.reads = {{Core(user), version}};
    commit.events = {*std::move(encoded)};
    commit.keys = keys->Carried();
  }

  std::unique_ptr<CommitKeys> keys;
  Commit commit;
};

struct Both {
  absl::Status a, b;
};

// At the same moment.
Both Append(Node& on_a, Draft& a, Node& on_b, Draft& b) {
  Both answered;
  absl::BlockingCounter open(2);
  const auto append = [&open](Node& node, Draft& draft, absl::Status& status) {
    node.store->Append(std::move(draft.commit), [&](const absl::StatusOr<Committed>& done) {
      status = done.status();
      open.DecrementCount();
    });
  };
  append(on_a, a, answered.a);
  append(on_b, b, answered.b);
  open.Wait();
  if (answered.a.ok()) a.keys->Committed();
  if (answered.b.ok()) b.keys->Committed();
  return answered;
}

// How many events of the log open whole, with who did them and from where.
size_t Opened(Node& node, DataKeys& keys) {
  size_t opened = 0;
  REQUIRE(node.store->ReadLog(0, [&](const StoredEvent& stored) {
    const auto event = node.codec.Decode(stored, keys);
    REQUIRE(event.ok());
    const auto& told = static_cast<const UserEvent&>(*event->event);
    opened += event->complete && event->context.has_value() &&
              event->context->ip() == "192.0.2.1" &&
              told.email_changed().email() == event->meta.stream.id + "@example.com";
    return true;
  }).ok());
  return opened;
}

TEST_CASE("two nodes that seal at once for the same new person lose nothing") {
  Bench bench(GENERATE(from_range(Stores())));
  Node a(bench, false), b(bench, bench.kind().name == "postgres");
  constexpr size_t kRounds = 20;
  for (size_t round = 0; round < kRounds; ++round) {
    const std::string person = absl::StrCat("new", round);
    // One writes about him, the other what he does; neither has heard of the other.
    Draft about(a, person, 0, person), by(b, absl::StrCat("other", round), 0, person);
    CHECK(about.commit.keys.size() == 1);
    CHECK(by.commit.keys.size() == 2);
    const Both answered = Append(a, about, b, by);
    CHECK(answered.a.message() == "");
    CHECK(answered.b.message() == "");
    CHECK(bench.store().ReadSubjectKeys(kInstance, person)->keys.size() == 2);
    // Whatever comes next is sealed under what stands.
    CHECK(Draft(a, person, 1, person).commit.keys.empty());
    CHECK(Draft(b, person, 1, person).commit.keys.empty());
  }
  for (Node* node : {&a, &b}) {
    CHECK(Opened(*node, *node->keys) == 2 * kRounds);
    DataKeys fresh(*node->store, Master());
    CHECK(Opened(*node, fresh) == 2 * kRounds);
  }
}

TEST_CASE("of two nodes that write the same new person at once one is told, and its key stands nowhere") {
  Bench bench(GENERATE(from_range(Stores())));
  Node a(bench, false), b(bench, bench.kind().name == "postgres");
  for (int round = 0; round < 20; ++round) {
    const std::string person = absl::StrCat("new", round);
    const Both answered = [&] {
      Draft first(a, person, 0, person), second(b, person, 0, person);
      return Append(a, first, b, second);
    }();
    CHECK(answered.a.ok() != answered.b.ok());
    CHECK(Reason(answered.a.ok() ? answered.b : answered.a) == "store.conflict");
    CHECK(bench.store().ReadSubjectKeys(kInstance, person)->keys.size() == 1);
    // Who lost decides again, under the other's key.
    Node& loser = answered.a.ok() ? b : a;
    Draft again(loser, person, 1, person), unrelated(a, person + "'s friend", 0, "");
    CHECK(again.commit.keys.empty());
    const Both done = Append(loser, again, a, unrelated);
    CHECK(done.a.message() == "");
  }
  for (Node* node : {&a, &b}) CHECK(Opened(*node, *node->keys) == 3 * 20);
}

}  // namespace
}  // namespace muniment::eventstore

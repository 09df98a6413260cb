// Who is erased: nothing is sealed for him any more, whoever writes about him, on whichever node, and
// what was sealed opens nowhere.
#include <optional>

#include "base/keyring.h"
#include "contract/harness.h"
#include "eventstore/codec.h"
#include "eventstore/envelope.h"
#include "eventstore/keys.h"
#include "muniment/event/v1/session.pb.h"
#include "muniment/event/v1/user.pb.h"
#include "muniment/event/v1/work.pb.h"

namespace muniment::eventstore {
namespace {

using event::v1::UserEvent;
using event::v1::WorkEvent;

const MasterKey& Master() {
  static const MasterKey* const master = new MasterKey(MasterKey::Generate());
  return *master;
}

// What a node has of its own: keys that it remembers, over a store that it shares.
struct Node {
  explicit Node(EventStore& store) : keys(store, Master()) {}

  DataKeys keys;
  const Codec codec{"claims key of tests: 32 bytes..."};
};

StreamKey Core(const std::string& user) { return {kInstance, 5, AGGREGATE_USER, user}; }

UserEvent Email(const std::string& email) {
  UserEvent event;
  event.mutable_email_changed()->set_email(email);
  return event;
}

// A commit under way: sealed, and not yet appended.
struct Draft {
  Draft(Bench& bench, Node& node, const StreamKey& stream, const google::protobuf::Message& event,
        const std::string& actor = "")
      : keys(std::make_unique<CommitKeys>(node.keys)) {
    const uint64_t version = *bench.store().ReadHead(stream);
    const store::v1::Context context = [] {
      store::v1::Context at;
      at.set_ip("192.0.2.1");
      return at;
    }();
    const EventDraft draft = {stream, version + 1, "org", actor, &event,
                              actor.empty() ? nullptr : &context};
    auto encoded = node.codec.Encode(draft, *keys);
    REQUIRE(encoded.ok());
    commit.instance = stream.instance;
    commit.reads = {{stream, version}};
    commit.events = {*std::move(encoded)};
    commit.keys = keys->Carried();
    REQUIRE(keys->AddDestroyed(node.codec, draft, commit.erased_subjects).ok());
  }

  std::unique_ptr<CommitKeys> keys;
  Commit commit;
};

absl::Status Append(Bench& bench, Draft draft) {
  const absl::Status status = bench.Append(std::move(draft.commit)).status();
  if (status.ok()) draft.keys->Committed();
  return status;
}

Event Newest(Bench& bench, Node& node) {
  const auto decoded = node.codec.Decode(bench.Log().back(), node.keys);
  REQUIRE(decoded.ok());
  Event event;
  event.meta = decoded->meta;
  event.event.reset(decoded->event->New());
  event.event->CopyFrom(*decoded->event);
  event.complete = decoded->complete;
  event.context = decoded->context;
  return event;
}

std::string EmailOf(const Event& event) {
  return static_cast<const UserEvent&>(*event.event).email_changed().email();
}

UserEvent Erased() {
  UserEvent event;
  event.mutable_erased();
  return event;
}

TEST_CASE("of an erased person nothing is sealed any more, on any node, and no key is made") {
  Bench bench(GENERATE(from_range(Stores())));
  Node a(bench.store()), b(bench.store()), c(bench.store());
  const StreamKey ada = Core("ada");
  REQUIRE(Append(bench, Draft(bench, a, ada, Email("ada@example.org"))).ok());
  // b has the key at hand, and hears of nothing.
  REQUIRE(Append(bench, Draft(bench, b, ada, Email("ada@example.com"))).ok());
  CHECK(EmailOf(Newest(bench, c)) == "ada@example.com");
  // What he did to another, and where he sat.
  REQUIRE(Append(bench, Draft(bench, a, Core("bob"), Email("bob@example.org"), "ada")).ok());
  const StoredEvent did = bench.Log().back();
  REQUIRE(Newest(bench, c).context.has_value());
  CHECK(Newest(bench, c).context->ip() == "192.0.2.1");

  REQUIRE(Append(bench, Draft(bench, a, ada, Erased())).ok());
  a.keys.Erase(kInstance, "ada");
  CHECK(bench.store().ReadSubjectKeys(kInstance, "ada")->erased);
  CHECK(bench.store().ReadSubjectKeys(kInstance, "ada")->keys.empty());

  // What b still seals is sealed under what is no more: nobody who comes later reads it.
  REQUIRE(Append(bench, Draft(bench, b, ada, Email("late@example.org"))).ok());
  Node late(bench.store());
  CHECK_FALSE(Newest(bench, late).complete);
  CHECK(EmailOf(Newest(bench, late)).empty());
  b.keys.Erase(kInstance, "ada");
  CHECK(EmailOf(Newest(bench, b)).empty());

  // Whoever knows, or asks the store, seals nothing, of him or of what he does.
  for (Node* node : {&a, &b, &late}) {
    Draft draft(bench, *node, ada, Email("later@example.org"), "ada");
    CHECK(draft.commit.keys.empty());
    REQUIRE(Append(bench, std::move(draft)).ok());
    const Event event = Newest(bench, *node);
    CHECK(event.complete);  // there is nothing sealed in it
    CHECK(EmailOf(event).empty());
    CHECK_FALSE(event.context.has_value());
  }
  // Of what he did to others only that he did it, before as after.
  for (Node* node : {&a, &b, &late}) {
    const auto event = node->codec.Decode(did, node->keys);
    REQUIRE(event.ok());
    CHECK(event->meta.actor == "ada");
    CHECK(EmailOf(*event) == "bob@example.org");
    CHECK_FALSE(event->context.has_value());
  }
  WorkEvent failed;
  failed.mutable_failed()->set_work("mail");
  failed.mutable_failed()->set_reason("ada@example.org is not known");
  const StreamKey work = {kInstance, 11, AGGREGATE_USER, "ada"};
  REQUIRE(Append(bench, Draft(bench, late, work, failed)).ok());
  CHECK(static_cast<const WorkEvent&>(*Newest(bench, a).event).failed().reason().empty());
  for (const StoredEvent& stored : bench.Log()) {
    const auto event = c.codec.Decode(stored, late.keys);
    REQUIRE(event.ok());
    CHECK_FALSE(event->context.has_value());
  }
  CHECK(bench.store().ReadSubjectKeys(kInstance, "ada")->keys.empty());
}

TEST_CASE("two nodes that make a person's first key while he is erased leave none of them") {
  Bench bench(GENERATE(from_range(Stores())));
  Node a(bench.store()), b(bench.store()), c(bench.store());
  const StreamKey ada = Core("ada");
  const StreamKey of_a = Core("one"), of_b = Core("two");
  // Both are under way about things that he did, which are streams of others.
  std::optional<Draft> first(std::in_place, bench, a, of_a, Email("one@example.org"), "ada");
  std::optional<Draft> second(std::in_place, bench, b, of_b, Email("two@example.org"), "ada");
  REQUIRE(first->commit.keys.size() == 2);
  REQUIRE(second->commit.keys.size() == 2);
  REQUIRE(Append(bench, *std::move(first)).ok());
  REQUIRE(Append(bench, Draft(bench, c, ada, Erased())).ok());
  const absl::Status refused = bench.Append(second->commit).status();
  CHECK(Reason(refused) == "store.conflict");
  second.reset();
  // Decided again it stands, without what would be sealed for him.
  Draft again(bench, b, of_b, Email("two@example.org"), "ada");
  CHECK(again.commit.keys.size() == 1);
  REQUIRE(Append(bench, std::move(again)).ok());
  CHECK(EmailOf(Newest(bench, c)) == "two@example.org");
  CHECK_FALSE(Newest(bench, c).context.has_value());
  const auto standing = bench.store().ReadSubjectKeys(kInstance, "ada");
  CHECK(standing->erased);
  CHECK(standing->keys.empty());
}

TEST_CASE("a stream's own key is destroyed with its end and is not remembered") {
  Bench bench(GENERATE(from_range(Stores())));
  Node node(bench.store());
  const StreamKey session = {kInstance, 30, AGGREGATE_SESSION, "s"};
  event::v1::SessionEvent added;
  added.mutable_added()->mutable_user_agent()->set_ip("192.0.2.7");
  REQUIRE(Append(bench, Draft(bench, node, session, added)).ok());
  CHECK(Newest(bench, node).complete);
  event::v1::SessionEvent terminated;
  terminated.mutable_terminated();
  const StoredEvent begun = bench.Log().back();
  REQUIRE(Append(bench, Draft(bench, node, session, terminated)).ok());
  node.keys.Erase(kInstance, StreamSubject(session));
  CHECK(bench.store().ReadSubjectKeys(kInstance, StreamSubject(session))->erased);
  const auto event = node.codec.Decode(begun, node.keys);
  REQUIRE(event.ok());
  CHECK_FALSE(event->complete);
  Draft after(bench, node, session, added);
  CHECK(after.commit.keys.empty());
}

TEST_CASE("a stream's own key that a node remembers comes back with what is sealed under it") {
  Bench bench(GENERATE(from_range(Stores())));
  Node made(bench.store()), read(bench.store());
  const StreamKey session = {kInstance, 30, AGGREGATE_SESSION, "s"};
  event::v1::SessionEvent added;
  added.mutable_added()->mutable_user_agent()->set_ip("192.0.2.7");
  REQUIRE(Append(bench, Draft(bench, made, session, added)).ok());
  CHECK(Newest(bench, read).complete);
  REQUIRE(Append(bench, Draft(bench, made, Core("ada"), Email("ada@example.org"))).ok());
  // Of a person nothing is carried that stands; of a stream whatever a node seals under.
  CHECK(Draft(bench, made, Core("ada"), Email("ada@example.com")).commit.keys.empty());
  for (Node* node : {&made, &read}) {
    const uint32_t day = DayOf(bench.clock().Now());
    bench.clock().Advance(absl::Hours(24));
    REQUIRE(Append(bench, Draft(bench, *node, Core("ada"), Email("ada@example.com"))).ok());
    REQUIRE(bench.store().PruneDay(kInstance, SIGN_IN, day).ok());
    REQUIRE(bench.store().ReadSubjectKeys(kInstance, StreamSubject(session))->keys.empty());

    REQUIRE(Append(bench, Draft(bench, *node, session, added)).ok());
    Node late(bench.store());
    CHECK(Newest(bench, late).complete);
    // Who finds it in the store carries it as well: it may go before his commit comes.
    const Draft draft(bench, late, session, added);
    REQUIRE(draft.commit.keys.size() == 1);
    CHECK(bench.store().ReadDataKey(kInstance, draft.commit.keys[0].id).ok());
  }
}

}  // namespace
}  // namespace muniment::eventstore

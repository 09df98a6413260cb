// What a durable store still knows when it is opened again.
#include "contract/harness.h"
#include "eventstore/envelope.h"

namespace muniment::eventstore {
namespace {

TEST_CASE("a store that is opened again knows everything") {
  const auto kinds = DurableStores();
  for (const StoreKind& kind : kinds) {
    Bench bench(kind);
    const uint32_t day = DayOf(bench.clock().Now());
    Commit first = Change(User("1"), 0, 3);
    first.events[0].claims = {{"name", ClaimOf("a")}};
    first.keys = {KeyOf("k", "1")};
    REQUIRE(bench.Append(first).ok());
    Commit erase = Change(User("2"), 0, 1, SIGN_IN);
    erase.erased_subjects = {"2"};
    const auto last = bench.Append(erase);
    REQUIRE(last.ok());
    const auto head = bench.store().ReadLogHead();
    bench.clock().Advance(-absl::Hours(5));
    for (int again = 0; again < 3; ++again) {
      bench.Reopen();
      const auto found = bench.store().ReadLogHead();
      REQUIRE(found.ok());
      CHECK(found->position == head->position);
      CHECK(found->epoch == head->epoch);
      CHECK(found->hash == head->hash);
      CHECK(bench.Log().size() == 4);
      CHECK(bench.Stream(User("1"), 1).size() == 2);
      CHECK(*bench.store().ReadSequence(kInstance) == 4);
      CHECK(bench.Claims() == std::vector<std::string>{"1/name=a"});
      CHECK(bench.store().ReadSubjectKeys(kInstance, "1")->keys.size() == 1);
      CHECK(bench.store().ReadSubjectKeys(kInstance, "2")->erased);
    }
    CHECK(Reason(bench.Append(Change(User("1"), 0)).status()) == "store.conflict");
    Commit taken = Change(User("3"), 0);
    taken.events[0].claims = {{"name", ClaimOf("a")}};
    CHECK(Reason(bench.Append(taken).status()) == "store.claim_taken");
    const auto next = bench.Append(Change(User("1"), 3));
    REQUIRE(next.ok());
    CHECK(next->position == 5);
    CHECK(next->last_sequence == 5);
    CHECK(next->created_at >= last->created_at);
    bench.clock().Advance(absl::Hours(72));
    REQUIRE(bench.store().PruneDay(kInstance, SIGN_IN, day).ok());
    bench.Reopen();
    CHECK(bench.Log().size() == 4);
    CHECK(*bench.store().ReadHead(User("2")) == 1);
  }
}

TEST_CASE("a store whose newest events are pruned still counts on from them") {
  for (const StoreKind& kind : DurableStores()) {
    Bench bench(kind);
    const uint32_t day = DayOf(bench.clock().Now());
    REQUIRE(bench.Append(Change(User("1"), 0, 3, SIGN_IN)).ok());
    bench.clock().Advance(absl::Hours(48));
    REQUIRE(bench.store().PruneDay(kInstance, SIGN_IN, day).ok());
    bench.Reopen();
    const auto next = bench.Append(Change(User("1"), 3));
    REQUIRE(next.ok());
    CHECK(next->position == 4);
    CHECK(next->last_sequence == 4);
  }
}

}  // namespace
}  // namespace muniment::eventstore

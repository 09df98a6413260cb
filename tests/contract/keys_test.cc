// Data keys: stored with the commit that first uses them, destroyed with the one that erases their
// subject.
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "contract/harness.h"

namespace muniment::eventstore {
namespace {

Commit WithKey(const StreamKey& stream, uint64_t version, const DataKey& key) {
  Commit commit = Change(stream, version);
  commit.keys = {key};
  return commit;
}

Commit Erasing(const StreamKey& stream, uint64_t version, const std::string& subject) {
  Commit commit = Change(stream, version);
  commit.erased_subjects = {subject};
  return commit;
}

TEST_CASE("a key is found by its subject and by its id, in its instance only") {
  Bench bench(GENERATE(from_range(Stores())));
  REQUIRE(bench.Append(WithKey(User("1"), 0, KeyOf("a", "1"))).ok());
  REQUIRE(bench.Append(WithKey(User("1"), 1, KeyOf("b", "1"))).ok());
  REQUIRE(bench.Append(WithKey(User("11"), 0, KeyOf("c", "11"))).ok());
  const auto keys = bench.store().ReadSubjectKeys(kInstance, "1");
  REQUIRE(keys.ok());
  CHECK_FALSE(keys->erased);
  REQUIRE(keys->keys.size() == 2);
  CHECK(keys->keys[0].id != keys->keys[1].id);
  for (const DataKey& key : keys->keys) CHECK(key.subject == "1");
  const auto key = bench.store().ReadDataKey(kInstance, KeyOf("b", "1").id);
  REQUIRE(key.ok());
  CHECK(key->wrapped == "wrapped b");
  CHECK(key->subject == "1");
  CHECK(key->instance == kInstance);
  CHECK(Reason(bench.store().ReadDataKey(8, KeyOf("b", "1").id).status()) ==
        "store.key_not_found");
  CHECK(bench.store().ReadSubjectKeys(8, "1")->keys.empty());
  CHECK(bench.store().ReadSubjectKeys(kInstance, "")->keys.empty());
}

TEST_CASE("an unknown key is not found") {
  Bench bench(GENERATE(from_range(Stores())));
  CHECK(bench.store().ReadDataKey(kInstance, "").status().code() == absl::StatusCode::kNotFound);
  CHECK(bench.store().ReadDataKey(kInstance, std::string(16, 'x')).status().code() ==
        absl::StatusCode::kNotFound);
}

TEST_CASE("erasing a subject destroys all its keys and leaves those of others") {
  Bench bench(GENERATE(from_range(Stores())));
  REQUIRE(bench.Append(WithKey(User("1"), 0, KeyOf("a", "1"))).ok());
  REQUIRE(bench.Append(WithKey(User("1"), 1, KeyOf("b", "1"))).ok());
  REQUIRE(bench.Append(WithKey(User("2"), 0, KeyOf("c", "2"))).ok());
  REQUIRE(bench.Append(Erasing(User("1"), 2, "1")).ok());
  const auto gone = bench.store().ReadSubjectKeys(kInstance, "1");
  REQUIRE(gone.ok());
  CHECK(gone->erased);
  CHECK(gone->keys.empty());
  CHECK_FALSE(bench.store().ReadDataKey(kInstance, KeyOf("a", "1").id).ok());
  CHECK_FALSE(bench.store().ReadDataKey(kInstance, KeyOf("b", "1").id).ok());
  CHECK(bench.store().ReadDataKey(kInstance, KeyOf("c", "2").id).ok());
  CHECK(bench.store().PurgeErased().ok());
  CHECK(bench.store().ReadDataKey(kInstance, KeyOf("c", "2").id).ok());
  CHECK(bench.store().ReadSubjectKeys(kInstance, "1")->erased);
}

TEST_CASE("a key for an erased subject is refused like a conflict, in that instance only") {
  Bench bench(GENERATE(from_range(Stores())));
  REQUIRE(bench.Append(Erasing(User("1"), 0, "1")).ok());
  const auto refused = bench.Append(WithKey(User("1"), 1, KeyOf("a", "1")));
  CHECK(refused.status().code() == absl::StatusCode::kAborted);
  CHECK(Reason(refused.status()) == "store.conflict");
  CHECK(*bench.store().ReadHead(User("1")) == 1);
  CHECK(bench.Append(WithKey(User("1", 8), 0, KeyOf("a", "1", 8))).ok());
  CHECK(bench.Append(Change(User("1"), 1)).ok());
}

TEST_CASE("a commit that brings a key and erases its subject leaves no key") {
  Bench bench(GENERATE(from_range(Stores())));
  Commit commit = WithKey(User("1"), 0, KeyOf("a", "1"));
  commit.erased_subjects = {"1"};
  REQUIRE(bench.Append(commit).ok());
  CHECK(bench.store().ReadSubjectKeys(kInstance, "1")->erased);
  CHECK(bench.store().ReadSubjectKeys(kInstance, "1")->keys.empty());
  CHECK_FALSE(bench.store().ReadDataKey(kInstance, KeyOf("a", "1").id).ok());
}

TEST_CASE("a key that stands is never overwritten") {
  Bench bench(GENERATE(from_range(Stores())));
  REQUIRE(bench.Append(WithKey(User("1"), 0, KeyOf("a", "1"))).ok());
  DataKey other = KeyOf("a", "2");
  other.wrapped = "other";
  CHECK(Reason(bench.Append(WithKey(User("2"), 0, other)).status()) == "store.commit_invalid");
  CHECK(bench.store().ReadDataKey(kInstance, other.id)->wrapped == "wrapped a");
}

TEST_CASE("a key that several commits under way carry is taken from each and stands once") {
  Bench bench(GENERATE(from_range(Stores())));
  const DataKey key = KeyOf("a", "1");
  int answered = 0;
  absl::Mutex mutex;
  for (const char* user : {"1", "2", "3"}) {
    bench.store().Append(WithKey(User(user), 0, key), [&](absl::StatusOr<Committed> result) {
      absl::MutexLock lock(&mutex);
      CHECK(result.ok());
      ++answered;
    });
  }
  {
    absl::MutexLock lock(&mutex);
    mutex.Await(absl::Condition(+[](int* count) { return *count == 3; }, &answered));
  }
  REQUIRE(bench.Append(WithKey(User("1"), 1, key)).ok());
  Commit twice = WithKey(User("1"), 2, key);
  twice.keys.push_back(key);
  REQUIRE(bench.Append(twice).ok());
  CHECK(bench.store().ReadSubjectKeys(kInstance, "1")->keys.size() == 1);
  CHECK(bench.store().ReadDataKey(kInstance, key.id)->wrapped == key.wrapped);
}

TEST_CASE("a key brought together with the erasure of its subject never survives it") {
  Bench bench(GENERATE(from_range(Stores())));
  for (int i = 0; i < 20; ++i) {
    const std::string subject = "s" + std::to_string(i);
    absl::Notification brought;
    bench.store().Append(WithKey(User(subject), 0, KeyOf(subject, subject)),
                         [&](absl::StatusOr<Committed>) { brought.Notify(); });
    REQUIRE(bench.Append(Erasing(Org(subject), 0, subject)).ok());
    brought.WaitForNotification();
    CHECK(bench.store().ReadSubjectKeys(kInstance, subject)->erased);
    CHECK(bench.store().ReadSubjectKeys(kInstance, subject)->keys.empty());
    CHECK_FALSE(bench.store().ReadDataKey(kInstance, KeyOf(subject, subject).id).ok());
  }
}

}  // namespace
}  // namespace muniment::eventstore

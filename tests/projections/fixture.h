// What tests of read models share: a log that tests write by raising events, and a script of random
// but lawful events over several instances.
#ifndef MUNIMENT_TESTS_PROJECTIONS_FIXTURE_H_
#define MUNIMENT_TESTS_PROJECTIONS_FIXTURE_H_

#include <catch2/catch.hpp>
#include <future>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/stream.h"
#include "eventstore/codec.h"
#include "eventstore/memory/memory_store.h"
#include "muniment/event/v1/instance.visit.h"
#include "muniment/event/v1/log.visit.h"
#include "muniment/event/v1/member.visit.h"
#include "muniment/event/v1/metadata.visit.h"
#include "muniment/event/v1/org.visit.h"
#include "muniment/event/v1/domain_policy.visit.h"
#include "muniment/event/v1/policy.visit.h"
#include "muniment/event/v1/user.visit.h"
#include "projections/log_fold.h"
#include "projections/projection.h"
#include "projections/replay.h"
#include "projections/runner.h"
#include "tests/base/eventually.h"
#include "tests/base/temp_dir.h"
#include "tests/eventstore/fixture.h"

namespace muniment::projections {

// FixedKeys for several threads.
class SharedKeys final : public eventstore::KeySource {
 public:
  absl::StatusOr<std::optional<eventstore::OpenKey>> SealingKey(
      uint64_t instance, absl::string_view subject) override {
    absl::MutexLock lock(&mutex_);
    return keys_.SealingKey(instance, subject);
  }
  absl::StatusOr<std::optional<eventstore::OpenKey>> OpeningKey(uint64_t instance,
                                                                absl::string_view key_id) override {
    absl::MutexLock lock(&mutex_);
    return keys_.OpeningKey(instance, key_id);
  }
  void Erase(uint64_t instance, const std::string& subject) {
    absl::MutexLock lock(&mutex_);
    keys_.Erase(instance, subject);
  }

 private:
  absl::Mutex mutex_;
  eventstore::FixedKeys keys_ ABSL_GUARDED_BY(mutex_);
};

// A log in memory and what reads it.
class Log {
 public:
  explicit Log(absl::Time start = absl::FromUnixSeconds(1'700'000'000)) : clock_(start) {}

  Source source() { return {store_, codec_, keys_}; }
  eventstore::MemoryStore& store() { return store_; }
  const eventstore::Codec& codec() const { return codec_; }
  SharedKeys& keys() { return keys_; }
  ManualClock& clock() { return clock_; }

  // Appends one event of the stream that holds this kind. Returns where it stands.
  template <class Event, class Kind>
  eventstore::Committed Raise(uint64_t instance, const std::string& id, Kind kind,
                              Aggregate aggregate = StreamTraits<Event>::kAggregates[0]) {
    Event event;
    SetKind(event, std::move(kind));
    const eventstore::StreamKey stream{instance, StreamTraits<Event>::kNumber, aggregate, id};
    const uint64_t version = *store_.ReadHead(stream);
    eventstore::EventDraft draft{stream, version + 1, "owner", "actor", &event, nullptr};
    eventstore::Commit commit;
    commit.instance = instance;
    commit.reads = {{stream, version}};
    commit.events.push_back(*codec_.Encode(draft, keys_));
    return Append(std::move(commit));
  }
  eventstore::Committed Append(eventstore::Commit commit) {
    clock_.Advance(absl::Milliseconds(1));
    std::promise<absl::StatusOr<eventstore::Committed>> done;
    store_.Append(std::move(commit), [&](absl::StatusOr<eventstore::Committed> committed) {
      done.set_value(std::move(committed));
    });
    const auto committed = done.get_future().get();
    INFO(committed.status());
    REQUIRE(committed.ok());
    return *committed;
  }
  // Destroys a person's keys and notes it, as a command does.
  eventstore::Committed EraseSubject(uint64_t instance, const std::string& subject) {
    keys_.Erase(instance, subject);
    return Raise<event::v1::UserEvent>(instance, subject, event::v1::UserErased());
  }

 private:
  ManualClock clock_;
  eventstore::MemoryStore store_{clock_};
  const eventstore::Codec codec_{eventstore::kTestClaimsKey, eventstore::TestOptions()};
  SharedKeys keys_;
};

// Waits for a callback's status.
class Outcome {
 public:
  Runner::Done Done() {
    return [state = state_](absl::Status status) {
      state->status = std::move(status);
      state->done.Notify();
    };
  }
  absl::Status Wait() {
    REQUIRE(state_->done.WaitForNotificationWithTimeout(absl::Seconds(20)));
    return state_->status;
  }
  bool HasCome() const { return state_->done.HasBeenNotified(); }

 private:
  struct State {
    absl::Notification done;
    absl::Status status;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

inline std::unique_ptr<Database> OpenAll(const std::string& path, bool read_only = false) {
  DatabaseOptions options;
  options.path = path;
  options.read_only = read_only;
  auto database = Database::Open(options, PlansOf(AllProjections()));
  INFO(database.status());
  REQUIRE(database.ok());
  return *std::move(database);
}

// Folds all there is now.
inline absl::Status CatchUp(Log& log, Database& database, RunnerOptions options = {}) {
  auto runner = Runner::Start(log.source(), AllProjections(), database, options);
  if (!runner.ok()) return runner.status();
  Outcome applied;
  (*runner)->Applied(log.store().ReadLogHead()->position, applied.Done());
  RETURN_IF_ERROR(applied.Wait());
  // Its tables answer when who was erased has left its files.
  absl::Status ready;
  Eventually([&] { return (ready = (*runner)->Ready()).ok(); });
  return ready;
}

inline absl::Status WaitFor(Runner& runner, uint64_t position) {
  Outcome applied;
  runner.Applied(position, applied.Done());
  return applied.Wait();
}

inline eventstore::Committed AddOrg(Log& log, uint64_t instance, const std::string& id) {
  event::v1::OrgAdded added;
  added.set_name("Acme " + id);
  return log.Raise<event::v1::OrgEvent>(instance, id, added);
}

inline std::string Describe(const Comparison& comparison) {
  std::string text;
  for (const Part& part : comparison.parts) {
    if (part.equal()) continue;
    absl::StrAppend(&text, part.table, " ", part.family, ": ", part.entries_a, " and ",
                    part.entries_b, " entries, differing at ", part.first_difference, "\n");
  }
  return text;
}

inline void RequireEqual(const View& a, const View& b) {
  const auto comparison = Compare(a, b);
  INFO(comparison.status());
  REQUIRE(comparison.ok());
  INFO(Describe(*comparison));
  CHECK(comparison->equal());
}

// A rebuild into `path` holds what the live models hold, byte for byte.
inline void RequireRebuilt(Log& log, Database& live, const std::string& path) {
  auto rebuilt = Replay(log.source(), AllProjections(), path);
  INFO(rebuilt.status());
  REQUIRE(rebuilt.ok());
  RequireEqual(live.Read(), (*rebuilt)->Read());
}

// A table as an older or newer build would fold it.
class Renamed final : public Projection {
 public:
  Renamed(std::unique_ptr<const Projection> projection, std::string identity)
      : projection_(std::move(projection)), identity_(std::move(identity)) {}
  const TablePlan& table() const override { return projection_->table(); }
  const std::string& identity() const override { return identity_; }
  const std::vector<uint32_t>& streams() const override { return projection_->streams(); }
  void Fold(Batch& batch, const eventstore::Event& event) const override {
    projection_->Fold(batch, event);
  }

 private:
  const std::unique_ptr<const Projection> projection_;
  const std::string identity_;
};

// Tables User and Org under other identities.
inline Projections Changed(const std::string& identity) {
  Projections changed;
  for (auto& projection : AllProjections()) {
    const std::string& name = projection->table().name();
    if (name == "muniment.row.v1.User" || name == "muniment.row.v1.Org") {
      changed.push_back(std::make_unique<Renamed>(std::move(projection), identity));
    } else {
      changed.push_back(std::move(projection));
    }
  }
  return changed;
}

// Raises events that a command could have decided: organizations come and go, people are added,
// renamed, moved between states, removed and erased, on instances 1 to 3.
class Script {
 public:
  Script(Log& log, uint32_t seed) : log_(log), random_(seed) {}

  void Raise(int events) {
    for (int i = 0; i < events; ++i) Step();
  }

 private:
  struct User {
    uint64_t instance;
    std::string id;
    bool erased = false;
    int tokens = 0;
  };

  uint32_t Pick(uint32_t below) { return random_() % below; }
  std::string Word() {
    static const char* const kWords[] = {"Ada",    "Grace", "Łukasz", "anna", "İbrahim",
                                         "Straße", "Émile", "O'Neil", "Zoë",  "ＷＩＤＥ"};
    const char* word = kWords[Pick(10)];
    return absl::StrCat(word, Pick(50));
  }

  void Step();
  void AddOrg();
  void ChangeOrg();
  void AddUser();
  void ChangeUser(User& user);
  void ChangeData(User& user);

  Log& log_;
  std::mt19937 random_;
  int next_ = 0;
  std::vector<std::pair<uint64_t, std::string>> orgs_;
  std::vector<User> users_;
};

}  // namespace muniment::projections

#endif  // MUNIMENT_TESTS_PROJECTIONS_FIXTURE_H_

#include "gateway/reactors/purge.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "command/user/end_user.h"
#include "gateway/log.h"
#include "gateway/reactors/leadership.h"
#include "gateway/reactors/signal.h"
#include "projections/removals.h"

namespace muniment::gateway {
namespace {

// Times the length of a pass; one that is soon over takes nobody's time.
constexpr double kRest = 19, kShortRest = 1;
constexpr absl::Duration kShort = absl::Seconds(5);
constexpr absl::Duration kNodesTime = absl::Minutes(1);
constexpr absl::Duration kLook = absl::Milliseconds(50), kLongestLook = absl::Seconds(2);

absl::Status Interrupted() {
  return Error(absl::StatusCode::kCancelled, "erasure.interrupted",
               "The erasure is brought to its end elsewhere.");
}

// One attempt at a time.
class Purging {
 public:
  Purging(eventstore::EventStore& store, projections::Database& database)
      : store_(store), database_(database) {}

  absl::Status Act(const Action& action) {
    ASSIGN_OR_RETURN(const uint64_t position, PositionOf(action.work()));
    if (Covers(position)) return absl::OkStatus();
    RETURN_IF_ERROR(Rest(action));
    // The work's row is seen by views, so this is not before what asked for it.
    const projections::Checkpoint at = database_.checkpoint();
    const absl::Duration begun = SinceBoot();
    RETURN_IF_ERROR(projections::Purge(database_));
    RETURN_IF_ERROR(store_.ReportPurged(at.epoch, at.position));
    RETURN_IF_ERROR(PurgeStore());
    const absl::Duration now = SinceBoot();
    const absl::Duration length = now - begun;
    rest_until_ = now + length * (length < kShort ? kShortRest : kRest);
    ASSIGN_OR_RETURN(const uint64_t purged, AwaitNodes(action, position));
    covered_ = {.epoch = at.epoch, .position = std::min(purged, at.position)};
    return absl::OkStatus();
  }

  bool database_keeps_log() const { return keeps_log_.load(); }

 private:
  bool Covers(uint64_t position) const {
    return covered_.epoch == database_.checkpoint().epoch && covered_.position >= position;
  }

  absl::StatusOr<uint64_t> PositionOf(const Work& work) {
    uint64_t position = std::numeric_limits<uint64_t>::max();
    RETURN_IF_ERROR(store_.ReadInstance(work.instance, work.id.request, work.id.request,
                                        [&](const eventstore::StoredEvent& event) {
                                          position = event.position;
                                          return false;
                                        }));
    return position;
  }

  absl::Status Rest(const Action& action) {
    while (SinceBoot() < rest_until_) {
      if (!action.MayAct()) return Interrupted();
      pause_.Wait(std::min(kLook, rest_until_ - SinceBoot()));
    }
    return absl::OkStatus();
  }

  // What the database's own settings keep is told, and no reason to wait for ever.
  absl::Status PurgeStore() {
    const absl::Status purged = store_.PurgeErased();
    const bool keeps = Reason(purged) == "store.purge_incomplete";
    if (keeps && !keeps_log_) {
      LogWarning("an erased person's key may be read in the database's old files",
                 {{"why", absl::StrCat(purged.message(), " [", Reason(purged), "]")}});
    }
    keeps_log_ = keeps;
    return keeps ? absl::OkStatus() : purged;
  }

  // How far every node is, when that is so far: a node on which nothing more was erased says no more.
  absl::StatusOr<uint64_t> AwaitNodes(const Action& action, uint64_t position) {
    absl::Duration look = kLook;  // nodes that are not soon there are long under way
    for (const absl::Duration until = SinceBoot() + kNodesTime; SinceBoot() < until;) {
      if (!action.MayAct()) return Interrupted();
      ASSIGN_OR_RETURN(const uint64_t purged, store_.PurgedByAll());
      if (purged >= position) return purged;
      pause_.Wait(look);
      look = std::min(look * 2, kLongestLook);
    }
    return Error(absl::StatusCode::kUnavailable, "erasure.node_behind",
                 "A node has not yet rewritten its read models.");
  }

  eventstore::EventStore& store_;
  projections::Database& database_;
  Signal pause_;
  projections::Checkpoint covered_;
  absl::Duration rest_until_ = absl::ZeroDuration();
  std::atomic<bool> keeps_log_{false};
};

}  // namespace

Reactor PurgeReactor(eventstore::EventStore& store, projections::Database& database) {
  const auto purging = std::make_shared<Purging>(store, database);
  Reactor reactor;
  reactor.work = std::string(command::kPurgeUser);
  reactor.act = [purging](Action& action) { return purging->Act(action); };
  reactor.done = [purging](command::Unit& unit, const Work& work) {
    return command::RaiseUserPurged(unit, work.id.resource_id, purging->database_keeps_log());
  };
  // It is owed to a person: nothing gives it up.
  reactor.retry = {.attempts = std::numeric_limits<uint32_t>::max(), .last = absl::Minutes(5)};
  reactor.at_once = 1;
  reactor.timeout = absl::InfiniteDuration();
  return reactor;
}

}  // namespace muniment::gateway

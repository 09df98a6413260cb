#include "eventstore/retention.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "base/check.h"
#include "base/error.h"
#include "eventstore/envelope.h"
#include "google/protobuf/descriptor.h"

namespace muniment::eventstore {
namespace {

using event::v1::LogEvent;

constexpr uint32_t kLogStreamType = 10;

// The log's own record has nothing personal.
class NoKeys final : public KeySource {
 public:
  absl::StatusOr<std::optional<OpenKey>> SealingKey(uint64_t, absl::string_view) override {
    return std::nullopt;
  }
  absl::StatusOr<std::optional<OpenKey>> OpeningKey(uint64_t, absl::string_view) override {
    return std::nullopt;
  }
};

absl::StatusOr<Committed> AppendAndWait(EventStore& store, Commit commit) {
  absl::Notification done;
  absl::StatusOr<Committed> result;
  store.Append(std::move(commit), [&](absl::StatusOr<Committed> answer) {
    result = std::move(answer);
    done.Notify();
  });
  done.WaitForNotification();
  return result;
}

absl::Time EndOfDay(uint32_t day) {
  return absl::UnixEpoch() + absl::Hours(24) * (static_cast<int64_t>(day) + 1);
}

}  // namespace

StreamKey LogStream(uint64_t instance) {
  return {instance, kLogStreamType, AGGREGATE_INSTANCE, absl::StrCat(instance)};
}

uint32_t MaxAgeDays(Keep keep) {
  const auto* value = Keep_descriptor()->FindValueByNumber(keep);
  return value == nullptr ? 0 : value->options().GetExtension(muniment::max_age_days);
}

absl::Time PrunedFrom(Keep keep, uint32_t day) {
  const uint32_t age = MaxAgeDays(keep);
  return age == 0 ? absl::InfiniteFuture() : EndOfDay(day) + absl::Hours(24) * age;
}

absl::StatusOr<RetentionRun> Retention::Run() {
  // Asked before the scan: what the scan does not see was stamped later.
  ASSIGN_OR_RETURN(const absl::Time now, StoreTime());
  RETURN_IF_ERROR(Scan());
  RetentionRun run;
  for (auto& [instance, days] : days_) {
    ASSIGN_OR_RETURN(Record record, ReadRecord(instance));
    absl::Status status = CloseDays(instance, now, record, run);
    if (status.ok()) status = PruneDays(instance, now, record, run);
    // Another node was quicker; what is left to do the next run will see.
    if (!status.ok() && Reason(status) != "store.conflict") return status;
  }
  absl::erase_if(days_, [](const auto& instance) { return instance.second.empty(); });
  return run;
}

absl::StatusOr<absl::Time> Retention::StoreTime() {
  ASSIGN_OR_RETURN(const Committed now, AppendAndWait(store_, {.instance = kSystemInstance}));
  return now.created_at;
}

absl::Status Retention::Scan() {
  return store_.ReadLog(scanned_, [&](const StoredEvent& event) {
    scanned_ = event.position;
    if (event.keep == FOREVER) return true;
    DayTree& day = days_[event.instance][{event.keep, DayOf(event.created_at)}];
    const std::optional<Digest> leaf = Digest::From(LeafHash(event));
    MUNIMENT_CHECK(leaf.has_value());
    day.tree.Append(*leaf);
    day.last_sequence = event.sequence;
    return true;
  });
}

absl::StatusOr<Retention::Record> Retention::ReadRecord(uint64_t instance) {
  Record record;
  absl::Status damage;
  RETURN_IF_ERROR(store_.ReadStream(LogStream(instance), 0, [&](const StoredEvent& stored) {
    const absl::StatusOr<Event> event = codec_.DecodeClear(stored);
    damage = event.status();
    if (!damage.ok()) return false;
    record.version = event->meta.version;
    const auto& fact = static_cast<const LogEvent&>(*event->event);
    if (fact.has_day_closed()) {
      record.closed.emplace(Day(fact.day_closed().keep(), fact.day_closed().day()), false);
    } else if (fact.has_day_pruned()) {
      record.closed[Day(fact.day_pruned().keep(), fact.day_pruned().day())] = true;
    }
    return true;
  }));
  RETURN_IF_ERROR(damage);
  return record;
}

absl::Status Retention::CloseDays(uint64_t instance, absl::Time now, Record& record,
                                  RetentionRun& run) {
  for (const auto& [day, tree] : days_[instance]) {
    if (record.closed.contains(day) || EndOfDay(day.second) + kDayCloseDelay > now) continue;
    LogEvent event;
    auto* closed = event.mutable_day_closed();
    closed->set_keep(day.first);
    closed->set_day(day.second);
    closed->set_root(tree.tree.Root().str());
    closed->set_events(tree.tree.size());
    closed->set_last_sequence(tree.last_sequence);
    RETURN_IF_ERROR(AppendFact(instance, event, record));
    record.closed.emplace(day, false);
    ++run.closed;
  }
  return absl::OkStatus();
}

absl::Status Retention::PruneDays(uint64_t instance, absl::Time now, Record& record,
                                  RetentionRun& run) {
  std::map<Day, DayTree>& days = days_[instance];
  for (auto& [day, pruned] : record.closed) {
    const bool is_due = PrunedFrom(day.first, day.second) <= now;
    // Pruned by the log's word, but still there: a run before this one ended in between.
    const bool left_over = pruned && days.contains(day);
    if (left_over || (is_due && !pruned)) {
      if (!pruned) {
        LogEvent event;
        event.mutable_day_pruned()->set_keep(day.first);
        event.mutable_day_pruned()->set_day(day.second);
        RETURN_IF_ERROR(AppendFact(instance, event, record));
        pruned = true;
      }
      RETURN_IF_ERROR(store_.PruneDay(instance, day.first, day.second));
      ++run.pruned;
    }
    if (pruned) days.erase(day);
  }
  return absl::OkStatus();
}

absl::Status Retention::AppendFact(uint64_t instance, const LogEvent& event, Record& record) {
  NoKeys keys;
  const EventDraft draft{.stream = LogStream(instance),
                         .version = record.version + 1,
                         .owner = absl::StrCat(instance),
                         .actor = "",
                         .event = &event,
                         .context = nullptr};
  ASSIGN_OR_RETURN(NewEvent encoded, codec_.Encode(draft, keys));
  Commit commit{.instance = instance, .reads = {{draft.stream, record.version}}};
  commit.events.push_back(std::move(encoded));
  RETURN_IF_ERROR(AppendAndWait(store_, std::move(commit)).status());
  ++record.version;
  return absl::OkStatus();
}

}  // namespace muniment::eventstore

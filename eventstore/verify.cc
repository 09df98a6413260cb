#include "eventstore/verify.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/crypto.h"
#include "base/error.h"
#include "eventstore/claim_fold.h"
#include "eventstore/envelope.h"
#include "eventstore/merkle.h"
#include "eventstore/retention.h"
#include "muniment/event/v1/log.pb.h"

namespace muniment::eventstore {
namespace {

using event::v1::LogEvent;

constexpr uint64_t kProgressStep = 8192;
constexpr int kCatchUps = 20;

struct DayState {
  MerkleFrontier tree;
  uint64_t last_sequence = 0;
  std::optional<event::v1::DayClosed> closed;
  bool pruned = false;
};

struct InstanceState {
  uint64_t sequence = 0;
  MerkleFrontier main;
  std::map<std::pair<Keep, uint32_t>, DayState> days;
  uint64_t missing = 0;       // sequences
  uint64_t last_missing = 0;  // sequence
  uint64_t missing_versions = 0;
};

std::string Name(const StreamKey& stream) {
  return absl::StrCat("stream ", stream.type, " of ", Aggregate_Name(stream.aggregate), " ",
                      stream.id, " in instance ", stream.instance);
}

class Verifier {
 public:
  Verifier(EventStore& store, const Codec& codec, KeySource& keys, const VerifyOptions& options)
      : store_(store), codec_(codec), keys_(keys), options_(options) {}

  absl::StatusOr<VerifyReport> Run() {
    for (int i = 0; i < kCatchUps; ++i) {
      ASSIGN_OR_RETURN(report_.head, store_.ReadLogHead());
      RETURN_IF_ERROR(Walk());
      ASSIGN_OR_RETURN(auto table, ReadTable());
      RETURN_IF_ERROR(CheckHeads());
      ASSIGN_OR_RETURN(const LogHead after, store_.ReadLogHead());
      if (after.position != report_.head.position) {
        head_faults_.clear();
        continue;
      }
      for (std::string& fault : head_faults_) Fault(0, std::move(fault));
      CompareClaims(std::move(table));
      CheckEnd();
      return Finish();
    }
    return Error(absl::StatusCode::kAborted, "verify.moving",
                 "The log is written faster than it is verified; stop the server first.");
  }

 private:
  using Table = absl::flat_hash_map<StreamKey, std::map<std::string, std::string>>;

  void Fault(uint64_t position, std::string what) {
    ++report_.fault_count;
    if (report_.faults.size() < options_.max_faults) {
      report_.faults.push_back({position, std::move(what)});
    }
  }

  absl::Status Walk() {
    absl::Status failed;
    const absl::Status read = store_.ReadLog(position_, [&](const StoredEvent& event) {
      if (event.position > report_.head.position) return false;
      failed = Visit(event);
      if (options_.progress && event.position % kProgressStep == 0) {
        options_.progress(event.position, report_.head.position);
      }
      return failed.ok();
    });
    RETURN_IF_ERROR(failed);
    if (!absl::IsDataLoss(read)) return read;
    Fault(position_ + 1, std::string(read.message()));
    unreadable_ = true;
    return absl::OkStatus();
  }

  absl::Status Visit(const StoredEvent& event) {
    if (event.position <= position_) Fault(event.position, "its position does not rise");
    missing_positions_ += event.position - position_ - 1;
    position_ = event.position;
    if (event.created_at < created_at_) Fault(event.position, "its time is before the last one's");
    created_at_ = event.created_at;
    ++report_.events;
    InstanceState& instance = instances_[event.instance];
    last_leaf_ = LeafHash(event);
    VisitSequence(event, instance);
    VisitTree(event, instance);
    return VisitBody(event, instance);
  }

  void VisitSequence(const StoredEvent& event, InstanceState& instance) {
    if (event.sequence <= instance.sequence) {
      Fault(event.position, "its sequence does not rise");
      return;
    }
    if (event.sequence != instance.sequence + 1) {
      instance.missing += event.sequence - instance.sequence - 1;
      instance.last_missing = event.sequence - 1;
    }
    instance.sequence = event.sequence;
  }

  void VisitTree(const StoredEvent& event, InstanceState& instance) {
    const std::optional<Digest> leaf = Digest::From(last_leaf_);
    MUNIMENT_CHECK(leaf.has_value());
    if (event.keep != FOREVER) {
      DayState& day = instance.days[{event.keep, DayOf(event.created_at)}];
      if (day.closed.has_value()) Fault(event.position, "its day was closed before");
      day.tree.Append(*leaf);
      day.last_sequence = event.sequence;
      ++report_.expiring_events;
      return;
    }
    instance.main.Append(*leaf);
    for (const TrustedRoot& trusted : options_.trusted) {
      if (trusted.instance == event.instance && trusted.leaves == instance.main.size() &&
          trusted.root != instance.main.Root().view()) {
        Fault(event.position, absl::StrCat("up to here instance ", event.instance,
                                           " is not the log whose root was noted"));
      }
    }
  }

  absl::Status VisitBody(const StoredEvent& event, InstanceState& instance) {
    const absl::StatusOr<Inspection> inspection = codec_.Inspect(event, keys_);
    if (!inspection.ok()) {
      // Only what the event itself says is a fault; a store out of reach is none, nor is a master
      // key that opens nothing.
      const bool of_event =
          absl::IsDataLoss(inspection.status()) || absl::IsFailedPrecondition(inspection.status());
      if (!of_event || Reason(inspection.status()) == "master_key.other") {
        return inspection.status();
      }
      Fault(event.position, std::string(inspection.status().message()));
      unreadable_ = true;
      return absl::OkStatus();
    }
    const EventMeta& meta = inspection->event.meta;
    uint64_t& version = streams_[meta.stream];
    if (meta.version <= version) {
      Fault(event.position, absl::StrCat("its version does not rise in ", Name(meta.stream)));
    } else {
      instance.missing_versions += meta.version - version - 1;
      version = meta.version;
    }
    if (!claims_.Apply(meta.stream, *inspection)) {
      Fault(event.position, "it claims a value that stands elsewhere");
    }
    if (meta.stream == LogStream(event.instance)) VisitRecord(event, *inspection, instance);
    return VisitKeys(event, *inspection);
  }

  void VisitRecord(const StoredEvent& event, const Inspection& inspection,
                   InstanceState& instance) {
    const auto& fact = static_cast<const LogEvent&>(*inspection.event.event);
    if (fact.has_day_closed()) {
      const auto& closed = fact.day_closed();
      DayState& day = instance.days[{closed.keep(), closed.day()}];
      if (day.closed.has_value()) Fault(event.position, "it closes a day twice");
      day.closed = closed;
      ++report_.closed_days;
    } else if (fact.has_day_pruned()) {
      DayState& day = instance.days[{fact.day_pruned().keep(), fact.day_pruned().day()}];
      if (!day.closed.has_value()) Fault(event.position, "it prunes a day that is not closed");
      day.pruned = true;
      ++report_.pruned_days;
    }
  }

  absl::Status VisitKeys(const StoredEvent& event, const Inspection& inspection) {
    for (const KeyUse& use : inspection.keys) {
      if (use.opened) {
        const absl::StatusOr<DataKey> key = store_.ReadDataKey(event.instance, use.key_id);
        if (absl::IsNotFound(key.status())) continue;  // erased since it was opened
        RETURN_IF_ERROR(key.status());
        if (key->subject != use.subject) Fault(event.position, "it is sealed with another's key");
        continue;
      }
      ++report_.shredded;
      const absl::Time pruned = PrunedFrom(event.keep, DayOf(event.created_at));
      if (IsStreamSubject(use.subject) && pruned <= options_.now) continue;
      ASSIGN_OR_RETURN(const SubjectKeys subject,
                       store_.ReadSubjectKeys(event.instance, use.subject));
      if (!subject.erased) {
        Fault(event.position, "the key of a sealed part is missing, and nobody erased it");
      }
    }
    return absl::OkStatus();
  }

  absl::StatusOr<Table> ReadTable() {
    Table table;
    RETURN_IF_ERROR(store_.ReadClaims(
        [&](const StreamKey& stream, absl::string_view slot, absl::string_view key) {
          table[stream][std::string(slot)] = std::string(key);
          return true;
        }));
    return table;
  }

  absl::Status CheckHeads() {
    tail_versions_.clear();
    for (const auto& [stream, version] : streams_) {
      ASSIGN_OR_RETURN(const uint64_t head, store_.ReadHead(stream));
      if (head == version) continue;
      // The newest events of a stream may be pruned; those that remain cannot be beyond its head.
      if (head > version) {
        tail_versions_[stream.instance] += head - version;
      } else {
        head_faults_.push_back(absl::StrCat("the head of ", Name(stream), " is behind its events"));
      }
    }
    return absl::OkStatus();
  }

  void CompareClaims(Table table) {
    for (const auto& [stream, slots] : table) report_.claims += slots.size();
    // After an event that could not be read every claim might be another.
    if (unreadable_) return;
    for (const auto& [stream, slots] : claims_.streams()) {
      auto& found = table[stream];
      for (const auto& [slot, key] : slots.held) {
        const auto row = found.find(slot);
        const bool same = row != found.end() && row->second == key.view();
        if (!same && slots.knowable) {
          Fault(0, absl::StrCat("the claim ", slot, " of ", Name(stream),
                                row == found.end() ? " is missing" : " has another value",
                                " in the claims table"));
        }
        if (same || slots.knowable) found.erase(slot);
      }
      if (slots.knowable) continue;
      report_.unknowable_claims += found.size();
      found.clear();
    }
    for (const auto& [stream, slots] : table) {
      for (const auto& [slot, key] : slots) {
        Fault(0, absl::StrCat("the claims table has ", slot, " of ", Name(stream),
                              ", which no event made"));
      }
    }
  }

  void CheckEnd() {
    if (report_.head.position != position_) {
      Fault(0, absl::StrCat("the log ends at position ", position_, ", its head says ",
                            report_.head.position));
    } else if (report_.events > 0 && report_.head.hash != last_leaf_) {
      Fault(position_, "the head's hash is not its leaf hash");
    }
    uint64_t missing = 0;
    for (const auto& [number, instance] : instances_) {
      missing += instance.missing;
      CheckDays(number, instance);
    }
    if (missing != missing_positions_) {
      Fault(0, absl::StrCat(missing_positions_, " positions are missing, but ", missing,
                            " sequences"));
    }
  }

  void CheckDays(uint64_t number, const InstanceState& instance) {
    uint64_t explained = 0;
    uint64_t last_explained = 0;
    for (const auto& [name, day] : instance.days) {
      if (!day.closed.has_value()) continue;
      const event::v1::DayClosed& closed = *day.closed;
      const bool whole = day.tree.size() == closed.events() &&
                         day.tree.Root().view() == closed.root() &&
                         day.last_sequence == closed.last_sequence();
      if (!whole && !(day.pruned && day.tree.size() < closed.events())) {
        Fault(0, absl::StrCat("day ", name.second, " of class ", Keep_Name(name.first),
                              " in instance ", number, " is not the one that was closed"));
      }
      if (day.pruned && day.tree.size() < closed.events()) {
        explained += closed.events() - day.tree.size();
        last_explained = std::max<uint64_t>(last_explained, closed.last_sequence());
      }
    }
    if (instance.missing != explained || instance.last_missing > last_explained) {
      Fault(0, absl::StrCat("instance ", number, " lacks ", instance.missing,
                            " events, its pruned days explain ", explained));
    }
    const auto tail = tail_versions_.find(number);
    const uint64_t versions =
        instance.missing_versions + (tail == tail_versions_.end() ? 0 : tail->second);
    if (versions > instance.missing && !unreadable_) {
      Fault(0, absl::StrCat("streams of instance ", number, " lack ", versions,
                            " versions, the instance only ", instance.missing, " events"));
    }
  }

  VerifyReport Finish() {
    for (const auto& [number, instance] : instances_) {
      report_.instances.push_back(
          {number, instance.sequence, instance.main.size(), instance.main.Root().str()});
    }
    for (const TrustedRoot& trusted : options_.trusted) {
      const auto found = instances_.find(trusted.instance);
      if (found == instances_.end() || found->second.main.size() < trusted.leaves) {
        Fault(0, absl::StrCat("instance ", trusted.instance, " once had ", trusted.leaves,
                              " leaves and has fewer"));
      }
    }
    report_.streams = streams_.size();
    if (options_.progress) options_.progress(position_, report_.head.position);
    return std::move(report_);
  }

  EventStore& store_;
  const Codec& codec_;
  KeySource& keys_;
  const VerifyOptions& options_;

  VerifyReport report_;
  uint64_t position_ = 0;
  uint64_t missing_positions_ = 0;
  absl::Time created_at_ = absl::InfinitePast();
  std::string last_leaf_;
  bool unreadable_ = false;
  std::map<uint64_t, InstanceState> instances_;
  absl::flat_hash_map<StreamKey, uint64_t> streams_;
  absl::flat_hash_map<uint64_t, uint64_t> tail_versions_;
  std::vector<std::string> head_faults_;
  ClaimFold claims_;
};

}  // namespace

absl::StatusOr<VerifyReport> Verify(EventStore& store, const Codec& codec, KeySource& keys,
                                    const VerifyOptions& options) {
  return Verifier(store, codec, keys, options).Run();
}

}  // namespace muniment::eventstore

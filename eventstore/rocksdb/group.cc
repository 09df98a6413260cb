#include "eventstore/rocksdb/group.h"

#include <array>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "eventstore/envelope.h"

namespace muniment::eventstore {
namespace {

using schema::Table;

absl::Status Invalid(absl::string_view why) {
  return Error(absl::StatusCode::kInternal, "store.commit_invalid", why);
}

}  // namespace

// The claims that stand, as RocksDB holds them.
class GroupBuilder::Claims final : public ClaimTable {
 public:
  explicit Claims(Database& database) : database_(database) {}

  absl::StatusOr<std::optional<std::string>> Holder(const std::string& claim) override {
    return database_.Get(schema::kClaims, claim);
  }
  absl::StatusOr<std::optional<std::string>> Slot(const std::string& slot) override {
    return database_.Get(schema::kSlots, slot);
  }
  absl::Status Slots(
      const std::string& stream,
      absl::FunctionRef<void(absl::string_view slot, absl::string_view claim)> visit) override {
    return database_.Visit(schema::kSlots, stream,
                           [&](absl::string_view slot, absl::string_view claim) {
                             visit(slot, claim);
                             return true;
                           });
  }

 private:
  Database& database_;
};

absl::StatusOr<std::unique_ptr<Pending>> Prepare(Commit commit, CommitDone& done) {
  ASSIGN_OR_RETURN(CheckedCommit checked, CheckCommit(commit));
  auto pending = std::make_unique<Pending>();
  pending->streams.reserve(commit.reads.size());
  for (const ReadVersion& read : commit.reads) {
    pending->streams.push_back(EncodeStream(read.stream));
  }
  pending->events.reserve(commit.events.size());
  for (NewEvent& event : commit.events) {
    pending->changes_claims |= event.releases_claims || !event.claims.empty();
    auto stored = std::make_shared<StoredEvent>();
    stored->instance = commit.instance;
    stored->keep = event.keep;
    stored->body = std::move(event.body);
    pending->events.push_back(std::move(stored));
  }
  pending->checked = std::move(checked);
  pending->commit = std::move(commit);
  pending->done = std::move(done);
  return pending;
}

GroupBuilder::GroupBuilder(const RocksOptions& options, const Leases& leases)
    : heads_(options.head_cache), clock_(*options.clock), leases_(leases) {}

void GroupBuilder::Begin(Database& database, const schema::Head& head) {
  database_ = &database;
  head_ = head;
  batch_.Clear();
  events_.clear();
  instances_.clear();
  table_ = std::make_unique<Claims>(database);
  claims_ = std::make_unique<ClaimChanges>(*table_);
  new_keys_.clear();
  standing_keys_.clear();
  subject_rows_.clear();
  erased_.clear();
  heads_.Trim();
}

void GroupBuilder::Forget() {
  heads_.Clear();
  sequences_.clear();
  last_day_.clear();
}

absl::StatusOr<Committed> GroupBuilder::Add(Pending& pending) {
  const Commit& commit = pending.commit;
  if (commit.fence.has_value() && !leases_.Stands(*commit.fence)) return FencedError();
  RETURN_IF_ERROR(CheckReads(pending));
  ASSIGN_OR_RETURN(const uint64_t sequence, Sequence(commit.instance));
  const absl::Time stamp = NextStamp(clock_.Now(), head_.stamp);
  if (commit.events.empty()) {
    return Committed{.position = head_.position,
                     .first_sequence = sequence,
                     .last_sequence = sequence,
                     .created_at = stamp};
  }
  RETURN_IF_ERROR(CheckKeys(commit));
  ASSIGN_OR_RETURN(const auto erased_rows, ErasedRows(commit));
  RETURN_IF_ERROR(LearnDays(commit, stamp));
  // The last check, for it takes effect.
  if (pending.changes_claims) {
    RETURN_IF_ERROR(claims_->Apply(commit, [&](size_t i) -> const std::string& {
      return pending.streams[pending.checked.read_of_event[i]];
    }));
  }
  head_.stamp = stamp;
  StageEvents(pending, sequence);
  StageKeys(commit, erased_rows);
  return Committed{.position = head_.position,
                   .first_sequence = sequence + 1,
                   .last_sequence = sequence + commit.events.size(),
                   .created_at = stamp};
}

absl::StatusOr<uint64_t> GroupBuilder::Version(const std::string& stream) {
  const std::optional<uint64_t> known = heads_.Find(stream);
  if (known.has_value()) return *known;
  ASSIGN_OR_RETURN(const uint64_t version, database_->GetNumber(schema::kHeads, stream));
  heads_.Set(stream, version);
  return version;
}

absl::StatusOr<uint64_t> GroupBuilder::Sequence(uint64_t instance) {
  const auto known = sequences_.find(instance);
  if (known != sequences_.end()) return known->second;
  ASSIGN_OR_RETURN(const uint64_t sequence,
                   database_->GetNumber(schema::kMeta, schema::InstanceKey(instance)));
  sequences_.emplace(instance, sequence);
  return sequence;
}

absl::Status GroupBuilder::CheckReads(const Pending& pending) {
  for (size_t i = 0; i < pending.streams.size(); ++i) {
    ASSIGN_OR_RETURN(const uint64_t version, Version(pending.streams[i]));
    if (version != pending.commit.reads[i].version) return ConflictError();
  }
  return absl::OkStatus();
}

absl::Status GroupBuilder::CheckKeys(const Commit& commit) {
  absl::flat_hash_map<absl::string_view, const DataKey*> own;
  for (const DataKey& key : commit.keys) {
    const std::string erased = schema::ErasedKey(key.instance, key.subject);
    ASSIGN_OR_RETURN(const auto marked, database_->Get(schema::kKeys, erased));
    if (marked.has_value() || erased_.contains(erased)) return ConflictError();
    const std::string row = schema::DataKeyKey(key.instance, key.id);
    ASSIGN_OR_RETURN(auto standing, database_->Get(schema::kKeys, row));
    if (standing.has_value()) standing_keys_.insert(row);
    const auto added = new_keys_.find(row);
    if (added != new_keys_.end()) standing = added->second;
    const bool other = standing.has_value() && *standing != schema::EncodeDataKey(key);
    if (other || !SameKey(*own.try_emplace(key.id, &key).first->second, key)) {
      return Invalid("A data key stands twice.");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> GroupBuilder::ErasedRows(const Commit& commit) {
  std::vector<std::string> rows;
  for (const std::string& subject : commit.erased_subjects) {
    RETURN_IF_ERROR(database_->Visit(schema::kKeys,
                                     schema::SubjectPrefix(commit.instance, subject),
                                     [&](absl::string_view row, absl::string_view) {
                                       rows.emplace_back(row);
                                       return true;
                                     }));
  }
  return rows;
}

void GroupBuilder::StageEvents(Pending& pending, uint64_t sequence) {
  const Commit& commit = pending.commit;
  for (size_t i = 0; i < pending.events.size(); ++i) {
    StoredEvent& event = *pending.events[i];
    event.position = ++head_.position;
    event.sequence = ++sequence;
    event.created_at = head_.stamp;
    const std::string& stream = pending.streams[pending.checked.read_of_event[i]];
    const uint64_t version = *heads_.Find(stream) + 1;
    heads_.Set(stream, version);

    const std::string position = schema::U64(event.position);
    const std::string envelope = EncodeEnvelope(event.instance, event.sequence, event.created_at);
    const rocksdb::Slice key(position);
    const std::array<rocksdb::Slice, 2> value = {rocksdb::Slice(envelope),
                                                 rocksdb::Slice(event.body)};
    batch_.Put(database_->log(event.keep), rocksdb::SliceParts(&key, 1),
               rocksdb::SliceParts(value.data(), value.size()));
    const std::string place = schema::EncodePlace({event.position, event.keep});
    batch_.Put(database_->table(Table::kStreams), schema::StreamVersionKey(stream, version), place);
    batch_.Put(database_->table(Table::kSequences),
               schema::SequenceKey(event.instance, event.sequence), place);
    batch_.Put(database_->table(Table::kHeads), stream, schema::U64(version));
    if (event.keep != FOREVER) StageDay(event.keep, event.position);
    events_.push_back(std::move(pending.events[i]));
  }
  sequences_[commit.instance] = sequence;
  instances_.insert(commit.instance);
}

absl::Status GroupBuilder::LearnDays(const Commit& commit, absl::Time stamp) {
  const uint32_t day = DayOf(stamp);
  for (const NewEvent& event : commit.events) {
    if (database_->log(event.keep) == nullptr) return Invalid("An event's class has no segment.");
    const auto known = last_day_.find(event.keep);
    if (event.keep == FOREVER || (known != last_day_.end() && known->second == day)) continue;
    ASSIGN_OR_RETURN(const auto standing,
                     database_->Get(schema::kMeta, schema::DayKey(event.keep, day)));
    if (standing.has_value()) last_day_[event.keep] = day;
  }
  return absl::OkStatus();
}

void GroupBuilder::StageDay(Keep keep, uint64_t position) {
  const uint32_t day = DayOf(head_.stamp);
  const auto [last, first_of_class] = last_day_.try_emplace(keep, day);
  if (!first_of_class && last->second == day) return;
  last->second = day;
  batch_.Put(database_->table(Table::kMeta), schema::DayKey(keep, day), schema::U64(position));
}

void GroupBuilder::StageKeys(const Commit& commit, const std::vector<std::string>& erased_rows) {
  const auto table = database_->table(Table::kKeys);
  for (const DataKey& key : commit.keys) {
    const std::string row = schema::DataKeyKey(key.instance, key.id);
    if (standing_keys_.contains(row)) continue;
    const std::string subject_row = schema::SubjectPrefix(key.instance, key.subject) + key.id;
    std::string value = schema::EncodeDataKey(key);
    batch_.Put(table, row, value);
    batch_.Put(table, subject_row, "");
    new_keys_.insert_or_assign(row, std::move(value));
    subject_rows_.insert(subject_row);
  }
  for (const std::string& subject : commit.erased_subjects) {
    const std::string prefix = schema::SubjectPrefix(commit.instance, subject);
    const auto destroy = [&](absl::string_view subject_row) {
      batch_.Delete(table, ToSlice(subject_row));
      batch_.Delete(table, schema::DataKeyKey(commit.instance, subject_row.substr(prefix.size())));
    };
    for (const std::string& row : erased_rows) {
      if (absl::StartsWith(row, prefix)) destroy(row);
    }
    for (auto it = subject_rows_.lower_bound(prefix);
         it != subject_rows_.end() && absl::StartsWith(*it, prefix); ++it) {
      destroy(*it);
    }
    const std::string erased = schema::ErasedKey(commit.instance, subject);
    batch_.Put(table, erased, "");
    erased_.insert(erased);
  }
}

rocksdb::WriteBatch& GroupBuilder::Finish() {
  if (events_.empty()) return batch_;
  const auto stage = [&](Table table, const ClaimChanges::Changes& changes) {
    for (const auto& [name, value] : changes) {
      if (value.has_value()) {
        batch_.Put(database_->table(table), name, *value);
      } else {
        batch_.Delete(database_->table(table), name);
      }
    }
  };
  stage(Table::kClaims, claims_->holders());
  stage(Table::kSlots, claims_->slots());
  const auto meta = database_->table(Table::kMeta);
  for (const uint64_t instance : instances_) {
    batch_.Put(meta, schema::InstanceKey(instance), schema::U64(sequences_.at(instance)));
  }
  batch_.Put(meta, ToSlice(schema::kHeadKey), schema::EncodeHead(head_));
  return batch_;
}

}  // namespace muniment::eventstore

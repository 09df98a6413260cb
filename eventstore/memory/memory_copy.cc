#include "eventstore/memory/memory_copy.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/error.h"
#include "eventstore/commit.h"

namespace muniment::eventstore {
namespace {

// What a list of positions holds for an event that expired.
constexpr uint64_t kExpired = 0;

void PutAt(std::vector<uint64_t>& positions, uint64_t number, uint64_t position) {
  if (positions.size() < number) positions.resize(number, kExpired);
  positions[number - 1] = position;
}

}  // namespace

absl::StatusOr<LogEnd> MemoryExporter::ReadEnd() {
  absl::ReaderMutexLock lock(&store_.mutex_);
  return LogEnd{store_.epoch_, store_.log_.size(), store_.last_stamp_};
}

absl::Status MemoryExporter::ReadLog(uint64_t after, EventVisitor visit) {
  return store_.ReadLog(after, visit);
}

absl::Status MemoryExporter::ReadRows(RowKind kind, RowVisitor visit) {
  // By the bytes that order a kind.
  std::vector<std::pair<std::string, Row>> rows;
  {
    absl::ReaderMutexLock lock(&store_.mutex_);
    const auto add = [&](Row row) {
      std::string bytes = EncodeRow(row);
      // Subjects stand behind their lengths.
      if (const auto* erased = std::get_if<ErasedSubject>(&row)) {
        std::string length;
        AppendU32(length, static_cast<uint32_t>(erased->subject.size()));
        bytes.insert(1 + sizeof(uint64_t), length);
      }
      rows.emplace_back(std::move(bytes), std::move(row));
    };
    if (kind == kHeadRows) {
      for (const auto& [stream, events] : store_.streams_) add(StreamHead{stream, events.size()});
    } else if (kind == kSequenceRows) {
      for (const auto& [instance, events] : store_.instances_) {
        if (!events.empty()) add(InstanceSequence{instance, events.size()});
      }
    } else if (kind == kClaimRows) {
      for (const auto& [slot, claim] : store_.slots_) {
        absl::string_view name = slot;
        ConsumeStream(name);
        add(StandingClaim{ReadU64(claim), claim.substr(sizeof(uint64_t)),
                          slot.substr(0, slot.size() - name.size()), std::string(name)});
      }
    } else if (kind == kKeyRows) {
      for (const auto& [name, key] : store_.keys_) add(key);
    } else {
      for (const auto& [name, subject] : store_.subjects_) {
        if (subject.erased) add(ErasedSubject{name.first, name.second});
      }
    }
  }
  std::sort(rows.begin(), rows.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [bytes, row] : rows) RETURN_IF_ERROR(visit(row));
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<MemoryImporter>> MemoryImporter::Open(MemoryStore& store) {
  absl::MutexLock lock(&store.mutex_);
  if (!store.log_.empty() && !store.importing_) {
    return Error(absl::StatusCode::kFailedPrecondition, "import.not_empty",
                 "The store holds a log already; it takes an empty one.");
  }
  store.importing_ = true;
  return std::unique_ptr<MemoryImporter>(new MemoryImporter(store, store.log_.size()));
}

absl::Status MemoryImporter::AddEvent(const StoredEvent& event) {
  ASSIGN_OR_RETURN(const StreamPlace place, PlaceOf(event));
  absl::MutexLock lock(&store_.mutex_);
  store_.log_.resize(event.position - 1);
  store_.log_.push_back(std::make_shared<const StoredEvent>(event));
  PutAt(store_.streams_[EncodeStream(place.stream)], place.version, event.position);
  PutAt(store_.instances_[event.instance], event.sequence, event.position);
  last_ = event.position;
  return absl::OkStatus();
}

// Heads and sequences grow with events; their rows add what expired behind the last.
struct MemoryImporter::Put {
  MemoryStore& store;

  void operator()(const StreamHead& row) const {
    store.mutex_.AssertHeld();
    store.streams_[row.stream].resize(row.version, kExpired);
  }
  void operator()(const InstanceSequence& row) const {
    store.mutex_.AssertHeld();
    store.instances_[row.instance].resize(row.sequence, kExpired);
  }
  void operator()(const StandingClaim& row) const {
    store.mutex_.AssertHeld();
    std::string claim;
    AppendU64(claim, row.instance);
    claim += row.key;
    store.holders_[claim] = row.stream + row.slot;
    store.slots_[row.stream + row.slot] = claim;
  }
  void operator()(const DataKey& key) const {
    store.mutex_.AssertHeld();
    store.keys_[{key.instance, key.id}] = key;
    store.subjects_[{key.instance, key.subject}].key_ids.push_back(key.id);
  }
  void operator()(const ErasedSubject& row) const {
    store.mutex_.AssertHeld();
    store.subjects_[{row.instance, row.subject}].erased = true;
  }
};

absl::Status MemoryImporter::Clear(RowKind kind) {
  absl::MutexLock lock(&store_.mutex_);
  if (kind == kClaimRows) {
    store_.holders_.clear();
    store_.slots_.clear();
  } else if (kind == kKeyRows) {
    store_.keys_.clear();
    for (auto& [name, subject] : store_.subjects_) subject.key_ids.clear();
  } else if (kind == kErasedRows) {
    for (auto& [name, subject] : store_.subjects_) subject.erased = false;
  }
  return absl::OkStatus();
}

absl::Status MemoryImporter::AddRow(const Row& row) {
  absl::MutexLock lock(&store_.mutex_);
  std::visit(Put{store_}, row);
  return absl::OkStatus();
}

absl::Status MemoryImporter::SetEnd(const LogEnd& end) {
  absl::MutexLock lock(&store_.mutex_);
  store_.log_.resize(end.position);
  store_.epoch_ = end.epoch;
  store_.last_stamp_ = end.stamp;
  return absl::OkStatus();
}

absl::Status MemoryImporter::Finish() {
  absl::MutexLock lock(&store_.mutex_);
  store_.importing_ = false;
  return absl::OkStatus();
}

absl::Status MemoryImporter::Abandon() {
  absl::MutexLock lock(&store_.mutex_);
  if (store_.log_.empty()) store_.importing_ = false;
  return absl::OkStatus();
}

}  // namespace muniment::eventstore

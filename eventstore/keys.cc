#include "eventstore/keys.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/crypto.h"
#include "base/error.h"
#include "eventstore/seal.h"

namespace muniment::eventstore {
namespace {

// Binds a wrapped key to its place: records cannot be exchanged for one another.
std::string WrapPurpose(uint64_t instance, absl::string_view id) {
  return absl::StrCat("data key ", instance, " ", HexEncode(id));
}

}  // namespace

DataKeys::DataKeys(EventStore& store, const MasterKey& master, DataKeysOptions options)
    : store_(store),
      master_(master),
      capacity_(std::max<size_t>(options.capacity, 1)),
      random_(options.random ? std::move(options.random) : RandomBytes) {}

absl::StatusOr<std::optional<OpenKey>> DataKeys::SealingKey(uint64_t, absl::string_view) {
  return Error(absl::StatusCode::kFailedPrecondition, "keys.read_only",
               "Nothing is sealed outside a commit.");
}

absl::StatusOr<std::optional<OpenKey>> DataKeys::OpeningKey(uint64_t instance,
                                                            absl::string_view key_id) {
  const Name name(instance, key_id);
  uint64_t erasures = 0;
  {
    absl::MutexLock lock(&mutex_);
    ForgetOtherEpochs();
    erasures = erasures_;
    const auto found = by_key_.find(name);
    if (found != by_key_.end()) {
      entries_.splice(entries_.begin(), entries_, found->second);
      for (const OpenKey& key : found->second->keys) {
        if (key.id == key_id) return key;
      }
    }
  }
  const absl::StatusOr<DataKey> record = store_.ReadDataKey(instance, key_id);
  if (absl::IsNotFound(record.status())) return std::nullopt;
  if (!record.ok()) return record.status();
  ASSIGN_OR_RETURN(OpenKey key, UnwrapDataKey(master_, *record));
  absl::MutexLock lock(&mutex_);
  const Name subject(instance, record->subject);
  if (erased_.contains(subject)) return std::nullopt;
  if (erasures == erasures_) Remember(key, *record);
  return key;
}

void DataKeys::Erase(uint64_t instance, absl::string_view subject) {
  const Name name(instance, subject);
  absl::MutexLock lock(&mutex_);
  ++erasures_;
  if (!IsStreamSubject(subject)) erased_.insert(name);
  unfinished_.erase(name);
  const auto found = by_subject_.find(name);
  if (found != by_subject_.end()) Forget(found->second);
}

size_t DataKeys::remembered() const {
  absl::MutexLock lock(&mutex_);
  return entries_.size();
}

size_t DataKeys::unfinished() const {
  absl::MutexLock lock(&mutex_);
  return unfinished_.size();
}

absl::StatusOr<std::optional<OpenKey>> DataKeys::KeyFor(uint64_t instance,
                                                        absl::string_view subject,
                                                        std::optional<DataKey>& record) {
  const Name name(instance, subject);
  uint64_t erasures = 0;
  {
    absl::MutexLock lock(&mutex_);
    ForgetOtherEpochs();
    erasures = erasures_;
    if (erased_.contains(name)) return std::nullopt;
    if (auto key = Recall(name, record); key.has_value()) return key;
    if (const auto found = unfinished_.find(name); found != unfinished_.end()) {
      ++found->second.commits;
      record = found->second.record;
      return found->second.key;
    }
  }
  ASSIGN_OR_RETURN(const SubjectKeys standing, store_.ReadSubjectKeys(instance, subject));
  std::optional<OpenKey> key;
  if (!standing.erased && !standing.keys.empty()) {
    ASSIGN_OR_RETURN(key, UnwrapDataKey(master_, standing.keys.front()));
  }
  absl::MutexLock lock(&mutex_);
  if (standing.erased && !IsStreamSubject(subject)) erased_.insert(name);
  if (standing.erased || erased_.contains(name)) return std::nullopt;
  if (key.has_value()) {
    if (IsStreamSubject(subject)) record = standing.keys.front();
    if (erasures == erasures_) Remember(*key, standing.keys.front());
    return key;
  }
  // Meanwhile another commit may have made one, or brought one in.
  if (auto recalled = Recall(name, record); recalled.has_value()) return recalled;
  auto found = unfinished_.find(name);
  if (found == unfinished_.end()) found = unfinished_.emplace(name, Make(name)).first;
  ++found->second.commits;
  record = found->second.record;
  return found->second.key;
}

absl::StatusOr<bool> DataKeys::Stands(const Name& subject) {
  {
    absl::MutexLock lock(&mutex_);
    ForgetOtherEpochs();
    if (by_subject_.contains(subject)) return true;
  }
  ASSIGN_OR_RETURN(const SubjectKeys standing,
                   store_.ReadSubjectKeys(subject.first, subject.second));
  return !standing.keys.empty();
}

void DataKeys::Finish(const DataKey& record) {
  const Name name(record.instance, record.subject);
  absl::MutexLock lock(&mutex_);
  const auto found = unfinished_.find(name);
  // Another of its commits ended well before, or the subject was erased since.
  if (found == unfinished_.end() || found->second.record.id != record.id) return;
  const Unfinished finished = std::move(found->second);
  unfinished_.erase(found);
  Remember(finished.key, finished.record);
}

void DataKeys::LetGo(const DataKey& record) {
  absl::MutexLock lock(&mutex_);
  const auto found = unfinished_.find(Name(record.instance, record.subject));
  if (found == unfinished_.end() || found->second.record.id != record.id) return;
  if (--found->second.commits == 0) unfinished_.erase(found);
}

void DataKeys::ForgetOtherEpochs() {
  const uint64_t epoch = store_.SeenEpoch();
  if (epoch == epoch_) return;
  epoch_ = epoch;
  entries_.clear();
  by_subject_.clear();
  by_key_.clear();
  unfinished_.clear();
  erased_.clear();
}

absl::StatusOr<OpenKey> UnwrapDataKey(const MasterKey& master, const DataKey& record) {
  ASSIGN_OR_RETURN(Secret key,
                   master.Unwrap(record.wrapped, WrapPurpose(record.instance, record.id)));
  if (key.size() != kDataKeyBytes || record.id.size() != kKeyIdBytes) {
    return Error(absl::StatusCode::kDataLoss, "store.damaged", "A data key has another length.");
  }
  return OpenKey{record.id, std::move(key)};
}

DataKeys::Unfinished DataKeys::Make(const Name& subject) const {
  Unfinished made;
  made.key = {random_(kKeyIdBytes), Secret(random_(kDataKeyBytes))};
  made.record = {made.key.id, subject.first, subject.second,
                 master_.Wrap(made.key.key.reveal(), WrapPurpose(subject.first, made.key.id))};
  return made;
}

std::optional<OpenKey> DataKeys::Recall(const Name& subject, std::optional<DataKey>& record) {
  const auto found = by_subject_.find(subject);
  if (found == by_subject_.end()) return std::nullopt;
  entries_.splice(entries_.begin(), entries_, found->second);
  const OpenKey& key = found->second->keys.front();
  if (IsStreamSubject(subject.second)) {
    record = DataKey{key.id, subject.first, subject.second, found->second->wrapped};
  }
  return key;
}

void DataKeys::Remember(const OpenKey& key, const DataKey& record) {
  const Name subject(record.instance, record.subject);
  auto found = by_subject_.find(subject);
  if (found == by_subject_.end()) {
    const bool streams = IsStreamSubject(record.subject);
    entries_.push_front({subject, {}, streams ? record.wrapped : std::string()});
    found = by_subject_.emplace(subject, entries_.begin()).first;
  }
  const auto entry = found->second;
  const bool known = std::any_of(entry->keys.begin(), entry->keys.end(),
                                 [&](const OpenKey& other) { return other.id == key.id; });
  if (!known) {
    entry->keys.push_back(key);
    by_key_[Name(subject.first, key.id)] = entry;
  }
  if (entries_.size() > capacity_) Forget(std::prev(entries_.end()));
}

void DataKeys::Forget(std::list<Entry>::iterator entry) {
  for (const OpenKey& key : entry->keys) by_key_.erase(Name(entry->subject.first, key.id));
  by_subject_.erase(entry->subject);
  entries_.erase(entry);
}

CommitKeys::~CommitKeys() {
  for (const DataKey& record : records_) keys_.LetGo(record);
}

absl::StatusOr<std::optional<OpenKey>> CommitKeys::SealingKey(uint64_t instance,
                                                              absl::string_view subject) {
  const std::pair<uint64_t, std::string> name(instance, subject);
  const auto found = mine_.find(name);
  if (found != mine_.end()) return found->second;
  std::optional<DataKey> record;
  ASSIGN_OR_RETURN(std::optional<OpenKey> key, keys_.KeyFor(instance, subject, record));
  if (record.has_value()) records_.push_back(*std::move(record));
  if (key.has_value()) mine_.emplace(name, *key);
  return key;
}

absl::StatusOr<std::optional<OpenKey>> CommitKeys::OpeningKey(uint64_t instance,
                                                              absl::string_view key_id) {
  for (const auto& [name, key] : mine_) {
    if (name.first == instance && key.id == key_id) return key;
  }
  return keys_.OpeningKey(instance, key_id);
}

absl::Status CommitKeys::AddDestroyed(const Codec& codec, const EventDraft& draft,
                                      std::vector<std::string>& subjects) const {
  const auto& event = *draft.event;
  const auto* kind = event.GetReflection()->GetOneofFieldDescriptor(
      event, event.GetDescriptor()->oneof_decl(0));
  std::string subject = codec.DestroysKeysOf(draft.stream, kind->number());
  if (subject.empty()) return absl::OkStatus();
  const std::pair<uint64_t, std::string> name(draft.stream.instance, subject);
  if (IsStreamSubject(subject) && !mine_.contains(name)) {
    ASSIGN_OR_RETURN(const bool stands, keys_.Stands(name));
    if (!stands) return absl::OkStatus();
  }
  subjects.push_back(std::move(subject));
  return absl::OkStatus();
}

void CommitKeys::Committed() {
  for (const DataKey& record : records_) keys_.Finish(record);
}

}  // namespace muniment::eventstore

#include "eventstore/backup/restored_log.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "eventstore/backup/log_backup.h"
#include "eventstore/claim_fold.h"
#include "eventstore/commit.h"
#include "eventstore/founding.h"
#include "eventstore/keys.h"

namespace muniment::eventstore {
namespace {

constexpr size_t kOpenKeys = 10'000;

// In the order of the embedded store's keys.
struct ByLength {
  bool operator()(const KeyBackup::Name& a, const KeyBackup::Name& b) const {
    return std::tuple(a.first, a.second.size(), a.second) <
           std::tuple(b.first, b.second.size(), b.second);
  }
};

}  // namespace

// Opens with the keys of a backup.
class BackupKeySource final : public KeySource {
 public:
  explicit BackupKeySource(const MasterKey& master) : master_(master) {}

  void Add(const DataKey& key) {
    if (key.instance == kSystemInstance && key.subject == kClaimsSubject) claims_key_ = key;
    wrapped_.emplace(KeyBackup::Name(key.instance, key.id), key.wrapped);
  }
  absl::StatusOr<std::optional<OpenKey>> SealingKey(uint64_t, absl::string_view) override {
    return std::nullopt;
  }
  absl::StatusOr<std::optional<OpenKey>> OpeningKey(uint64_t instance,
                                                    absl::string_view key_id) override {
    const KeyBackup::Name name(instance, std::string(key_id));
    const auto open = open_.find(name);
    if (open != open_.end()) return open->second;
    const auto found = wrapped_.find(name);
    if (found == wrapped_.end()) return std::nullopt;
    ASSIGN_OR_RETURN(OpenKey key, UnwrapDataKey(master_, {.id = name.second,
                                                          .instance = instance,
                                                          .wrapped = found->second}));
    if (open_.size() >= kOpenKeys) open_.clear();
    open_.emplace(name, key);
    return key;
  }
  absl::StatusOr<Secret> ClaimsKey() const {
    if (!claims_key_.has_value()) {
      return Error(absl::StatusCode::kDataLoss, "backup.damaged",
                   "The backup of keys lacks the claims key.");
    }
    ASSIGN_OR_RETURN(OpenKey key, UnwrapDataKey(master_, *claims_key_));
    return std::move(key.key);
  }

 private:
  const MasterKey& master_;
  absl::flat_hash_map<KeyBackup::Name, std::string> wrapped_;
  absl::flat_hash_map<KeyBackup::Name, OpenKey> open_;
  std::optional<DataKey> claims_key_;
};

RestoredLog::RestoredLog(Exporter& log, const KeyBackup& keys)
    : log_(log), keys_(keys), erased_(keys.erased()) {}

RestoredLog::~RestoredLog() = default;

absl::StatusOr<std::unique_ptr<RestoredLog>> RestoredLog::Open(Exporter& log,
                                                               const KeyBackup& keys,
                                                               const MasterKey& master,
                                                               CodecOptions codec) {
  std::unique_ptr<RestoredLog> restored(new RestoredLog(log, keys));
  ASSIGN_OR_RETURN(restored->end_, log.ReadEnd());
  ASSIGN_OR_RETURN(const std::string log_id, ReadLogId(log));
  const auto& about = keys.about();
  if (about.log_id() != log_id) {
    return Error(absl::StatusCode::kFailedPrecondition, "backup.other_log",
                 absl::StrCat(keys.path(), " holds the keys of another log."));
  }
  const LogEnd& end = restored->end_;
  if (std::tuple(about.epoch(), about.position()) < std::tuple(end.epoch, end.position)) {
    return Error(absl::StatusCode::kFailedPrecondition, "backup.keys_too_old",
                 absl::StrCat(keys.path(), " was taken at position ", about.position(),
                              " of epoch ", about.epoch(), ", the log ends at ", end.position,
                              " of epoch ", end.epoch,
                              ": these are not the newest keys. Older ones bring erased people "
                              "back and cannot open what is new."));
  }
  restored->end_.epoch = std::max(end.epoch, about.epoch()) + 1;
  RETURN_IF_ERROR(log.ReadRows(kErasedRows, [&](const Row& row) {
    const auto& erased = std::get<ErasedSubject>(row);
    restored->erased_.emplace(erased.instance, erased.subject);
    return absl::OkStatus();
  }));
  restored->source_ = std::make_unique<BackupKeySource>(master);
  RETURN_IF_ERROR(restored->ReadRows(kKeyRows, [&](const Row& row) {
    restored->source_->Add(std::get<DataKey>(row));
    return absl::OkStatus();
  }));
  ASSIGN_OR_RETURN(const Secret claims_key, restored->source_->ClaimsKey());
  restored->codec_ = std::make_unique<Codec>(claims_key.reveal(), std::move(codec));
  return restored;
}

absl::Status RestoredLog::ReadLog(uint64_t after, EventVisitor visit) {
  return log_.ReadLog(after, visit);
}

absl::Status RestoredLog::ReadRows(RowKind kind, RowVisitor visit) {
  if (kind == kClaimRows) return ReadClaims(visit);
  if (kind == kKeyRows) {
    return keys_.ReadKeys([&](const DataKey& key) {
      return erased_.contains({key.instance, key.subject}) ? absl::OkStatus() : visit(key);
    });
  }
  if (kind != kErasedRows) return log_.ReadRows(kind, visit);
  for (const auto& [instance, subject] :
       std::set<KeyBackup::Name, ByLength>(erased_.begin(), erased_.end())) {
    RETURN_IF_ERROR(visit(ErasedSubject{instance, subject}));
  }
  return absl::OkStatus();
}

absl::Status RestoredLog::ReadClaims(RowVisitor visit) {
  ClaimFold fold;
  absl::Status failed;
  RETURN_IF_ERROR(log_.ReadLog(0, [&](const StoredEvent& event) {
    const absl::StatusOr<Inspection> inspection = codec_->Inspect(event, *source_);
    failed = inspection.status();
    if (failed.ok() && !fold.Apply(inspection->event.meta.stream, *inspection)) {
      failed = Error(absl::StatusCode::kDataLoss, "store.damaged",
                     absl::StrCat("The event at position ", event.position,
                                  " claims a value that stands elsewhere."));
    }
    return failed.ok();
  }));
  RETURN_IF_ERROR(failed);
  std::map<std::pair<uint64_t, std::string>, StandingClaim> claims;
  for (const auto& [stream, slots] : fold.streams()) {
    for (const auto& [slot, key] : slots.held) {
      claims[{stream.instance, key.str()}] = {stream.instance, key.str(), EncodeStream(stream),
                                              slot};
    }
  }
  for (const auto& [name, claim] : claims) RETURN_IF_ERROR(visit(claim));
  return absl::OkStatus();
}

}  // namespace muniment::eventstore

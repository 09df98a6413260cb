#include "eventstore/commit.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "eventstore/envelope.h"
#include "muniment/store/v1/body.pb.h"

namespace muniment::eventstore {
namespace {

constexpr size_t kClaimKeyBytes = 32;
constexpr size_t kDataKeyIdBytes = 16;
// Up to here comparing all is quicker than hashing.
constexpr size_t kFewReads = 16;

absl::Status Invalid(absl::string_view why) {
  return Error(absl::StatusCode::kInternal, "store.commit_invalid", why);
}

// Finds streams among a commit's reads.
class ReadIndex {
 public:
  explicit ReadIndex(const std::vector<ReadVersion>& reads) : reads_(reads) {
    if (reads.size() <= kFewReads) return;
    for (uint32_t i = 0; i < reads.size(); ++i) index_.try_emplace(reads[i].stream, i);
  }

  bool HasTwice() const {
    if (reads_.size() > kFewReads) return index_.size() < reads_.size();
    for (size_t i = 1; i < reads_.size(); ++i) {
      if (Find(reads_[i].stream) != i) return true;
    }
    return false;
  }

  // reads.size() when there is none.
  size_t Find(const StreamKey& stream) const {
    if (reads_.size() > kFewReads) {
      const auto found = index_.find(stream);
      return found == index_.end() ? reads_.size() : found->second;
    }
    size_t i = 0;
    while (i < reads_.size() && !(reads_[i].stream == stream)) ++i;
    return i;
  }

 private:
  const std::vector<ReadVersion>& reads_;
  absl::flat_hash_map<StreamKey, uint32_t> index_;
};

absl::Status CheckEvent(const Commit& commit, const NewEvent& event) {
  if (event.stream.instance != commit.instance) {
    return Invalid("An event's stream belongs to another instance than its commit.");
  }
  if (event.keep == KEEP_UNSPECIFIED || !Keep_IsValid(event.keep)) {
    return Invalid("An event does not say how long it is kept.");
  }
  for (const ClaimChange& claim : event.claims) {
    if (!claim.key.empty() && claim.key.size() != kClaimKeyBytes) {
      return Invalid("A claim's key does not have 32 bytes.");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckKeys(const Commit& commit) {
  if (commit.events.empty() && !(commit.keys.empty() && commit.erased_subjects.empty())) {
    return Invalid("A commit without events changes keys.");
  }
  for (const DataKey& key : commit.keys) {
    if (key.instance != commit.instance || key.id.size() != kDataKeyIdBytes) {
      return Invalid("A data key is malformed.");
    }
  }
  return absl::OkStatus();
}

size_t CommitBytes(const Commit& commit) {
  size_t bytes = 0;
  for (const NewEvent& event : commit.events) {
    bytes += event.body.size();
    for (const ClaimChange& claim : event.claims) bytes += claim.slot.size() + claim.key.size();
  }
  for (const DataKey& key : commit.keys) bytes += key.subject.size() + key.wrapped.size();
  return bytes;
}

}  // namespace

absl::StatusOr<CheckedCommit> CheckCommit(const Commit& commit) {
  CheckedCommit checked;
  checked.bytes = CommitBytes(commit);
  if (commit.events.size() > kMaxCommitEvents || checked.bytes > kMaxCommitBytes) {
    return Error(absl::StatusCode::kResourceExhausted, "store.commit_too_large",
                 "The change is too large for one step.");
  }
  const ReadIndex reads(commit.reads);
  if (reads.HasTwice()) return Invalid("A commit reads a stream twice.");
  RETURN_IF_ERROR(CheckKeys(commit));
  checked.read_of_event.reserve(commit.events.size());
  for (const NewEvent& event : commit.events) {
    RETURN_IF_ERROR(CheckEvent(commit, event));
    const size_t read = reads.Find(event.stream);
    if (read == commit.reads.size()) return Invalid("A written stream was not read.");
    checked.read_of_event.push_back(static_cast<uint32_t>(read));
  }
  return checked;
}

absl::Status ConflictError() {
  return Error(absl::StatusCode::kAborted, "store.conflict",
               "Something that the change depends on changed at the same time.");
}

absl::Status FencedError() {
  return Error(absl::StatusCode::kAborted, "store.fenced",
               "Another has taken the lease under which this was decided.");
}

absl::Status ClaimTakenError(absl::string_view slot) {
  absl::Status status =
      Error(absl::StatusCode::kAlreadyExists, "store.claim_taken", "The value is taken.");
  SetErrorFact(status, "slot", slot);
  return status;
}

absl::Status UnavailableError(absl::string_view why) {
  return Error(absl::StatusCode::kUnavailable, "store.unavailable", why);
}

absl::Status OutcomeUnknownError() {
  return Error(absl::StatusCode::kUnknown, "store.outcome_unknown",
               "It is not known whether the change was stored.");
}

absl::Status ReadOnlyError() {
  return Error(absl::StatusCode::kFailedPrecondition, "store.read_only",
               "The store is open for reading alone.");
}

absl::Status KeyNotFoundError() {
  return Error(absl::StatusCode::kNotFound, "store.key_not_found",
               "There is no such data key, or it was destroyed.");
}

absl::Time NextStamp(absl::Time now, absl::Time last) {
  return std::max(absl::FromUnixMicros(absl::ToUnixMicros(now)), last);
}

absl::Status CheckPrune(Keep keep, uint32_t day, absl::Time next_stamp) {
  if (keep == FOREVER || keep == KEEP_UNSPECIFIED || !Keep_IsValid(keep)) {
    return Error(absl::StatusCode::kInvalidArgument, "store.keeps_forever",
                 "Events of this class do not expire.");
  }
  if (day >= DayOf(next_stamp)) {
    return Error(absl::StatusCode::kFailedPrecondition, "store.day_open",
                 "Events may still fall on this day.");
  }
  return absl::OkStatus();
}

std::string EncodeStream(const StreamKey& stream) {
  std::string key;
  key.reserve(20 + stream.id.size());
  AppendU64(key, stream.instance);
  AppendU32(key, stream.type);
  AppendU32(key, static_cast<uint32_t>(stream.aggregate));
  AppendU32(key, static_cast<uint32_t>(stream.id.size()));
  key += stream.id;
  return key;
}

std::optional<StreamKey> ConsumeStream(absl::string_view& in) {
  if (in.size() < 20) return std::nullopt;
  StreamKey stream;
  stream.instance = ReadU64(in);
  stream.type = ReadU32(in.substr(8));
  stream.aggregate = static_cast<Aggregate>(ReadU32(in.substr(12)));
  const size_t size = ReadU32(in.substr(16));
  if (in.size() - 20 < size) return std::nullopt;
  stream.id = std::string(in.substr(20, size));
  in.remove_prefix(20 + size);
  return stream;
}

absl::StatusOr<StreamPlace> PlaceOf(const StoredEvent& event) {
  store::v1::Body body;
  if (!body.ParseFromString(event.body)) {
    return Error(absl::StatusCode::kDataLoss, "store.damaged",
                 absl::StrCat("The event at position ", event.position, " does not parse."));
  }
  return StreamPlace{.stream = {.instance = event.instance,
                                .type = body.stream_type(),
                                .aggregate = static_cast<Aggregate>(body.aggregate()),
                                .id = body.stream_id()},
                     .version = body.version()};
}

void AppendU32(std::string& out, uint32_t value) {
  char bytes[4];
  for (int i = 0; i < 4; ++i) bytes[i] = static_cast<char>(value >> (24 - 8 * i));
  out.append(bytes, sizeof(bytes));
}

void AppendU64(std::string& out, uint64_t value) {
  char bytes[8];
  for (int i = 0; i < 8; ++i) bytes[i] = static_cast<char>(value >> (56 - 8 * i));
  out.append(bytes, sizeof(bytes));
}

uint32_t ReadU32(absl::string_view in) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(in[i]);
  return value;
}

uint64_t ReadU64(absl::string_view in) {
  return static_cast<uint64_t>(ReadU32(in)) << 32 | ReadU32(in.substr(4));
}

}  // namespace muniment::eventstore

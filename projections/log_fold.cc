#include "projections/log_fold.h"

#include <utility>

#include "base/check.h"
#include "base/error.h"
#include "eventstore/envelope.h"

namespace muniment::projections {
namespace {

using eventstore::StoredEvent;

// The stream type a body begins with (FORMAT.md: fields stand in the order of their numbers);
// 0 for bytes that begin otherwise, which the codec will refuse.
uint32_t StreamTypeOf(absl::string_view body) {
  if (body.empty() || body[0] != '\x08') return 0;
  uint32_t type = 0;
  for (size_t i = 1, shift = 0; i < body.size() && shift < 32; ++i, shift += 7) {
    type |= static_cast<uint32_t>(body[i] & 0x7f) << shift;
    if ((body[i] & 0x80) == 0) return type;
  }
  return 0;
}

}  // namespace

LogFold::LogFold(const Source& source, std::vector<const Projection*> projections, Options options)
    : source_(source), options_(std::move(options)) {
  SetProjections(std::move(projections));
}

void LogFold::SetProjections(std::vector<const Projection*> projections) {
  by_stream_.clear();
  for (const Projection* projection : projections) {
    for (const uint32_t stream : projection->streams()) {
      if (by_stream_.size() <= stream) by_stream_.resize(stream + 1);
      by_stream_[stream].push_back(projection);
    }
  }
}

bool LogFold::Reads(absl::string_view body) const {
  const uint32_t type = StreamTypeOf(body);
  return type == 0 || (type < by_stream_.size() && !by_stream_[type].empty());
}

absl::Status LogFold::FoldOne(Batch& batch, const StoredEvent& stored) {
  if (options_.live) {
    hash_ = eventstore::LeafHash(stored);
  } else if (!Reads(stored.body)) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const eventstore::Event event, source_.codec.DecodeForFold(stored, source_.keys));
  if (options_.seen) options_.seen(event.meta);
  batch.Begin(stored.instance, stored.sequence);
  if (options_.live && stored.keep == FOREVER) {
    batch.AddLeaf(stored.instance, *Digest::From(hash_));
  }
  if (event.meta.stream.type < by_stream_.size()) {
    for (const Projection* projection : by_stream_[event.meta.stream.type]) {
      projection->Fold(batch, event);
    }
  }
  std::string subject = source_.codec.DestroysKeysOf(event.meta.stream, event.meta.kind);
  if (subject.empty()) return absl::OkStatus();
  if (!eventstore::IsStreamSubject(subject)) batch.Hurry();
  if (options_.erased) erased_.emplace_back(stored.instance, std::move(subject));
  return absl::OkStatus();
}

absl::Status LogFold::CommitAt(uint64_t position, CommitBatch commit) {
  RETURN_IF_ERROR(commit({0, position, hash_}));
  for (const auto& [instance, subject] : erased_) options_.erased(instance, subject);
  erased_.clear();
  return absl::OkStatus();
}

absl::Status LogFold::Run(Batch& batch, uint64_t after, uint64_t until, CommitBatch commit) {
  uint64_t folded = after;
  uint64_t committed = after;
  size_t events = 0;
  // What was folded and not committed is folded again, or the log has lost it.
  erased_.clear();
  absl::Status status;
  const absl::Status read = source_.store.ReadLog(after, [&](const StoredEvent& stored) {
    if (stored.position > until) return false;
    std::string before = hash_;
    status = FoldOne(batch, stored);
    if (!status.ok()) {
      hash_ = std::move(before);
      return false;
    }
    folded = stored.position;
    if (++events >= options_.batch_events) {
      status = CommitAt(folded, commit);
      if (!status.ok()) return false;
      committed = folded;
      events = 0;
    }
    return options_.stop == nullptr || !options_.stop->load(std::memory_order_relaxed);
  });
  // Events folded before a fault count.
  if (folded != committed && batch.status().ok()) {
    const absl::Status last = CommitAt(folded, commit);
    if (status.ok()) status = last;
  }
  return status.ok() ? read : status;
}

}  // namespace muniment::projections

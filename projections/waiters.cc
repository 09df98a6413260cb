#include "projections/waiters.h"

#include "base/error.h"

namespace muniment::projections {

void WaitList::AddPosition(uint64_t position, bool stands, Done done) {
  absl::MutexLock lock(&mutex_);
  positions_.emplace(position, Position{++next_id_, stands, std::move(done)});
}

uint64_t WaitList::newest() const {
  absl::MutexLock lock(&mutex_);
  return next_id_;
}

void WaitList::FailBeyond(uint64_t position, uint64_t newest, const absl::Status& status) {
  std::vector<Done> done;
  {
    absl::MutexLock lock(&mutex_);
    for (auto it = positions_.upper_bound(position); it != positions_.end();) {
      Position& one = it->second;
      if (one.id > newest || (!one.stands && it->first == position + 1)) {
        ++it;
        continue;
      }
      done.push_back(std::move(one.done));
      it = positions_.erase(it);
    }
  }
  for (Done& one : done) one(status);
}

bool WaitList::AddSequence(uint64_t instance, uint64_t sequence, absl::Time deadline, Done& done) {
  absl::MutexLock lock(&mutex_);
  if (readers_.size() >= max_readers_) return false;
  const uint64_t id = ++next_id_;
  const auto it =
      readers_.emplace(std::make_pair(instance, sequence), Reader{deadline, id, std::move(done)});
  deadlines_.emplace(std::make_pair(deadline, id), it);
  return true;
}

void WaitList::ReleasePositions(uint64_t position) {
  std::vector<Done> done;
  {
    absl::MutexLock lock(&mutex_);
    const auto end = positions_.upper_bound(position);
    for (auto it = positions_.begin(); it != end; ++it) done.push_back(std::move(it->second.done));
    positions_.erase(positions_.begin(), end);
  }
  for (Done& one : done) one(absl::OkStatus());
}

void WaitList::ReleaseSequences(absl::FunctionRef<uint64_t(uint64_t instance)> sequence_of) {
  std::vector<Done> done;
  {
    absl::MutexLock lock(&mutex_);
    for (auto it = readers_.begin(); it != readers_.end();) {
      const auto [instance, sequence] = it->first;
      if (sequence > sequence_of(instance)) {
        // The later ones of this instance wait too.
        it = readers_.upper_bound({instance, ~uint64_t{0}});
        continue;
      }
      done.push_back(std::move(it->second.done));
      deadlines_.erase({it->second.deadline, it->second.id});
      it = readers_.erase(it);
    }
  }
  for (Done& one : done) one(absl::OkStatus());
}

void WaitList::Expire(absl::Time now) {
  std::vector<Done> done;
  {
    absl::MutexLock lock(&mutex_);
    while (!deadlines_.empty() && deadlines_.begin()->first.first <= now) {
      const auto it = deadlines_.begin()->second;
      done.push_back(std::move(it->second.done));
      readers_.erase(it);
      deadlines_.erase(deadlines_.begin());
    }
  }
  for (Done& one : done) {
    one(Error(absl::StatusCode::kDeadlineExceeded, "sequence.late",
              "The change was not yet visible when the time was up."));
  }
}

void WaitList::FailAll(const absl::Status& status) {
  std::vector<Done> done;
  {
    absl::MutexLock lock(&mutex_);
    for (auto& [position, one] : positions_) done.push_back(std::move(one.done));
    for (auto& [key, reader] : readers_) done.push_back(std::move(reader.done));
    positions_.clear();
    readers_.clear();
    deadlines_.clear();
  }
  for (Done& one : done) one(status);
}

absl::Time WaitList::NextDeadline() const {
  absl::MutexLock lock(&mutex_);
  return deadlines_.empty() ? absl::InfiniteFuture() : deadlines_.begin()->first.first;
}

size_t WaitList::readers() const {
  absl::MutexLock lock(&mutex_);
  return readers_.size();
}

}  // namespace muniment::projections

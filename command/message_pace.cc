#include "command/message_pace.h"

#include <algorithm>

namespace muniment::command {

namespace {

constexpr int kBurst = 3;
constexpr absl::Duration kRefill = absl::Minutes(1);
constexpr size_t kPerHour = 10;

}  // namespace

absl::Duration PauseBeforeMessage(const std::vector<absl::Time>& messages, absl::Time now) {
  // When the three would be there again, if no more were asked for.
  absl::Time full = absl::InfinitePast();
  for (const absl::Time asked : messages) full = std::max(full, asked) + kRefill;
  absl::Time next = full - (kBurst - 1) * kRefill;
  if (messages.size() >= kPerHour) {
    next = std::max(next, messages[messages.size() - kPerHour] + absl::Hours(1));
  }
  return std::max(next - now, absl::ZeroDuration());
}

void CountMessageAt(std::vector<absl::Time>& messages, absl::Time asked) {
  messages.push_back(asked);
  if (messages.size() > kPerHour) messages.erase(messages.begin());
}

std::optional<MessagePace::Place> MessagePace::Take(std::string whom, absl::Time now,
                                                    absl::Duration& pause) {
  absl::MutexLock lock(&mutex_);
  const auto found = asked_.find(whom);
  pause = found == asked_.end() ? absl::ZeroDuration() : PauseBeforeMessage(found->second, now);
  if (pause > absl::ZeroDuration()) return std::nullopt;
  if (found == asked_.end() && asked_.size() >= most_) MakeRoom(now);
  CountMessageAt(asked_[whom], now);
  return Place(this, std::move(whom), now);
}

size_t MessagePace::addresses() const {
  absl::MutexLock lock(&mutex_);
  return asked_.size();
}

void MessagePace::GiveBack(const std::string& whom, absl::Time asked) {
  absl::MutexLock lock(&mutex_);
  const auto found = asked_.find(whom);
  if (found == asked_.end()) return;
  std::vector<absl::Time>& times = found->second;
  const auto time = std::find(times.begin(), times.end(), asked);
  if (time != times.end()) times.erase(time);
  if (times.empty()) asked_.erase(found);
}

void MessagePace::MakeRoom(absl::Time now) {
  // All are looked at once in a while, so that a flood of addresses costs no more than itself.
  if (now >= next_look_) {
    next_look_ = now + kRefill;
    absl::erase_if(asked_, [&](const auto& entry) {
      return entry.second.back() < now - absl::Hours(1);
    });
  }
  if (asked_.size() >= most_) asked_.erase(asked_.begin());
}

}  // namespace muniment::command

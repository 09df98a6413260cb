#include "gateway/message/outbox.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "gateway/message/mail_header.h"

namespace muniment::gateway {

absl::Status Outbox::Send(const Message& message, const SendLimits&) {
  const auto entry = std::make_shared<const Entry>(
      Entry{KeyForReceivers(message.key), absl::Now(), message});
  absl::MutexLock lock(&mutex_);
  const Owner owner(message.instance, message.user_id);
  if (std::find(forgotten_.begin(), forgotten_.end(), owner) != forgotten_.end()) {
    return absl::OkStatus();
  }
  const auto same = std::find_if(entries_.begin(), entries_.end(),
                                 [&](const EntryPtr& other) { return other->id == entry->id; });
  if (same != entries_.end()) {
    *same = entry;
    return absl::OkStatus();
  }
  entries_.push_back(entry);
  if (entries_.size() > kMost) entries_.pop_front();
  return absl::OkStatus();
}

void Outbox::Forget(uint64_t instance, absl::string_view user_id) {
  absl::MutexLock lock(&mutex_);
  std::erase_if(entries_, [&](const EntryPtr& entry) {
    return entry->message.instance == instance && entry->message.user_id == user_id;
  });
  forgotten_.emplace_back(instance, user_id);
  if (forgotten_.size() > kForgotten) forgotten_.pop_front();
}

std::vector<Outbox::EntryPtr> Outbox::List() const {
  absl::MutexLock lock(&mutex_);
  return {entries_.rbegin(), entries_.rend()};
}

Outbox::EntryPtr Outbox::Find(absl::string_view id) const {
  absl::MutexLock lock(&mutex_);
  for (const EntryPtr& entry : entries_) {
    if (entry->id == id) return entry;
  }
  return nullptr;
}

}  // namespace muniment::gateway

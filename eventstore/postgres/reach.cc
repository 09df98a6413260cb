#include "eventstore/postgres/reach.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "eventstore/commit.h"

namespace muniment::eventstore {

void Reach::OnWord(Word word) {
  absl::MutexLock lock(&mutex_);
  word_ = std::move(word);
  if (!Whole()) Tell(why_);
}

void Reach::Lost(Role role, const absl::Status& why) {
  {
    absl::MutexLock lock(&mutex_);
    const bool first = Whole();
    if (std::exchange(lost_[static_cast<size_t>(role)], true)) return;
    if (first) {
      why_ = why;
      Tell(why);
    }
  }
  changed_();
}

void Reach::Found(Role role) {
  {
    absl::MutexLock lock(&mutex_);
    if (!std::exchange(lost_[static_cast<size_t>(role)], false)) return;
    if (Whole()) Tell(absl::OkStatus());
  }
  changed_();
}

void Reach::Failed(const absl::Status& why) {
  absl::MutexLock lock(&mutex_);
  const absl::Time now = SteadyNow();
  if (now - failed_ < absl::Seconds(1)) return;
  failed_ = now;
  Tell(why);
}

bool Reach::lost(Role role) const {
  absl::MutexLock lock(&mutex_);
  return lost_[static_cast<size_t>(role)];
}

absl::Status Reach::status() const {
  absl::MutexLock lock(&mutex_);
  if (lost_[static_cast<size_t>(Role::kListen)]) {
    return UnavailableError("The database cannot be reached.");
  }
  return Whole() ? absl::OkStatus()
                 : UnavailableError("The database takes no further connection of this node.");
}

bool Reach::Whole() const { return std::count(lost_.begin(), lost_.end(), true) == 0; }

void Reach::Tell(const absl::Status& why) {
  if (word_) word_(why);
}

}  // namespace muniment::eventstore

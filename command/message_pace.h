// How often messages may go to somebody: three at once, then one a minute, and ten an hour.
//
// What was sent to a user is counted in the log, by mail and by SMS each (command/user/codes.h). What
// goes to one address, whoever claims it, is counted here beside it: else whoever may make users could
// have as many codes as he likes sent to anybody. A node counts what it sends itself, since it
// started.
//
//   absl::Duration pause;
//   auto place = pace.Take(Sha256(address).str(), now, pause);
//   if (!place.has_value()) ...     // in `pause` again
//   place->Keep();                  // the message was asked for; without that it does not count
//
// Bounded: of the addresses that would be too many some are forgotten. Thread-safe; places go before
// the pace does.
#ifndef MUNIMENT_COMMAND_MESSAGE_PACE_H_
#define MUNIMENT_COMMAND_MESSAGE_PACE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace muniment::command {

// How long after `now` the next message may go out, where those before were asked for at `messages`,
// oldest first; zero: at once.
absl::Duration PauseBeforeMessage(const std::vector<absl::Time>& messages, absl::Time now);

// Adds one, and drops those that PauseBeforeMessage does not look at any more.
void CountMessageAt(std::vector<absl::Time>& messages, absl::Time asked);

class MessagePace {
 public:
  static constexpr size_t kAddresses = 100'000;

  class Place {
   public:
    Place(Place&& other) noexcept
        : pace_(std::exchange(other.pace_, nullptr)),
          whom_(std::move(other.whom_)),
          asked_(other.asked_) {}
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (pace_ != nullptr) pace_->GiveBack(whom_, asked_);
    }
    // The message goes out.
    void Keep() { pace_ = nullptr; }
    const std::string& whom() const { return whom_; }

   private:
    friend class MessagePace;
    Place(MessagePace* pace, std::string whom, absl::Time asked)
        : pace_(pace), whom_(std::move(whom)), asked_(asked) {}
    MessagePace* pace_;
    std::string whom_;
    absl::Time asked_;
  };

  explicit MessagePace(size_t most = kAddresses) : most_(most) {}

  // `whom` stands for an address. Empty when one must wait; then `pause` says how long, else it is
  // zero.
  std::optional<Place> Take(std::string whom, absl::Time now, absl::Duration& pause);
  size_t addresses() const;

 private:
  void GiveBack(const std::string& whom, absl::Time asked);
  // Forgets whose messages hold up no other any more; of all, one at least.
  void MakeRoom(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t most_;
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, std::vector<absl::Time>> asked_ ABSL_GUARDED_BY(mutex_);
  absl::Time next_look_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_MESSAGE_PACE_H_

// Which tries at one user's secrets are under way on this node: being judged, or judged and held
// back. A try whose answer is held back takes a place; when there is none it is refused before it
// is judged, so that whoever asks many times at once is throttled and not only kept waiting (RFC
// 4226 section 7.3: across sessions, and against guesses side by side).
//
//   std::optional<Tries::Place> place = tries.Take("1/123", "192.0.2.1");
//   if (!place.has_value()) ...            // too many; nobody is told more
//   place.reset();                         // free again
//
// Some places of each user are out of reach for any one address, so that who guesses from one does
// not shut him out. An IPv6 address stands for its /64, which one machine has for itself; all texts
// that are no address, as a client may report them, are one. Of a user without tries nothing is
// kept. Thread-safe; places go before the tries do.
#ifndef MUNIMENT_COMMAND_TRIES_H_
#define MUNIMENT_COMMAND_TRIES_H_

#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace muniment::command {

inline constexpr int kTriesOfUser = 20;
inline constexpr int kTriesOfAddress = 5;  // of them

class Tries {
 public:
  class Place {
   public:
    Place(Place&& other) noexcept
        : tries_(std::exchange(other.tries_, nullptr)),
          whom_(std::move(other.whom_)),
          from_(std::move(other.from_)) {}
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (tries_ != nullptr) tries_->Release(whom_, from_);
    }
    const std::string& whom() const { return whom_; }

   private:
    friend class Tries;
    Place(Tries* tries, std::string whom, std::string from)
        : tries_(tries), whom_(std::move(whom)), from_(std::move(from)) {}
    Tries* tries_;
    std::string whom_;
    std::string from_;
  };

  // Empty when there is none.
  std::optional<Place> Take(absl::string_view whom, absl::string_view address);
  // With tries under way.
  size_t users() const;

 private:
  struct Taken {
    int all = 0;
    absl::flat_hash_map<std::string, int> by_address;
  };
  void Release(const std::string& whom, const std::string& from);

  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Taken> taken_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_TRIES_H_

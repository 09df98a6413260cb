// Password hashes are made and checked here, and key pairs made, on threads of their own: each
// takes a core for milliseconds, and a hash that was brought along from elsewhere perhaps for
// seconds.
//
// Fair among users: of the checks of one key (a user) one runs at a time and the others wait behind
// it, and keys take turns. However many tries there are at somebody whose hash is slow, another
// waits for one of them at most. What is made anew has a turn of its own.
//
// The queue is bounded by time: what could not be done before its deadline is refused at once
// instead of making everybody late. That is judged by what stands before it and what that costs.
//
// Thread-safe. Callbacks run once, on the caller's thread when refused, else on a thread of the
// pool.
#ifndef MUNIMENT_COMMAND_HASH_POOL_H_
#define MUNIMENT_COMMAND_HASH_POOL_H_

#include <atomic>
#include <deque>
#include <functional>
#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/key_pair.h"
#include "base/secret.h"
#include "command/pool.h"

namespace muniment::command {

// base/password.h, or what a test puts in its place.
struct PasswordFunctions {
  std::function<absl::StatusOr<std::string>(absl::string_view password)> hash;
  std::function<absl::StatusOr<bool>(absl::string_view hash, absl::string_view password)> verify;
  // How long `verify` takes about, in times of `hash`; null: as long.
  std::function<double(absl::string_view hash)> cost;
};
PasswordFunctions RealPasswordFunctions();

class HashPool {
 public:
  HashPool(int threads, PasswordFunctions functions);

  // RESOURCE_EXHAUSTED "command.hash_queue_full" when the deadline cannot be kept.
  void Hash(Secret password, absl::Time deadline,
            absl::AnyInvocable<void(absl::StatusOr<std::string>)> done);
  void Verify(const std::string& key, Secret password, std::string hash, absl::Time deadline,
              absl::AnyInvocable<void(absl::StatusOr<bool>)> done);
  void MakeKeyPair(absl::Time deadline, absl::AnyInvocable<void(absl::StatusOr<KeyPair>)> done);

 private:
  struct Work {
    absl::Time deadline;
    double cost = 1;      // in hashes of our own
    bool learns = false;  // how long it takes says how long one of them does
    // Does it, or refuses it, and gives back what tells so.
    absl::AnyInvocable<absl::AnyInvocable<void()>(bool in_time)> run;
  };
  // The works of a key. The first of them runs or has its place in the pool's queue, the others
  // wait behind it.
  struct Line {
    std::deque<Work> works;
    double cost = 0;
  };

  template <class T>
  static Work MakeWork(absl::Time deadline, absl::AnyInvocable<absl::StatusOr<T>()> make,
                       absl::AnyInvocable<void(absl::StatusOr<T>)> done);
  std::string OwnKey();
  void Add(const std::string& key, Work work);
  bool Enter(const std::string& key, Work& work);
  // Upper bounds, in hashes: of the wait for a turn, and of the wait of one more work of the line.
  double WaitForTurn() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  double WaitOf(const Line& line) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakeTurn(const std::string& key);
  // The first work of the key is done.
  void EndTurn(const std::string& key);
  void Learn(absl::Duration took);

  const size_t threads_;
  const PasswordFunctions functions_;
  std::atomic<uint64_t> own_keys_{0};
  // Moving average of one hash of our own, in microseconds.
  std::atomic<int64_t> cost_us_{20'000};
  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Line> lines_ ABSL_GUARDED_BY(mutex_);
  double cost_ ABSL_GUARDED_BY(mutex_) = 0;        // of all works
  double first_cost_ ABSL_GUARDED_BY(mutex_) = 0;  // of the first of each line
  std::multiset<double> firsts_ ABSL_GUARDED_BY(mutex_);
  Pool pool_;
};

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_HASH_POOL_H_

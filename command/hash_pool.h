// Password hashes are made and checked here, and key pairs made, on threads of their own: each
// takes a core for milliseconds, and a hash that was brought along from elsewhere perhaps for
// seconds. What costs more than kDearCost of our own hashes is dear. That goes by RelativeCost and
// not by the time it took, so the order follows from what was asked alone.
//
// Fair among users: of the checks of one key (a user) one runs at a time and the others wait behind
// it, and keys take turns. However many tries there are at somebody whose hash is slow, another
// waits for one of them at most. What is made anew has a turn of its own.
//
// Fair by cost: dear works and the others wait apart.
//  - Dear ones never have all threads, not even while nothing else waits, so that one is free or
//    soon will be when somebody comes whose hash is our own: he waits for those of his kind that
//    stand before him and for no dear one. It is one thread less for those who were brought along.
//  - While both kinds wait they get the same time of the threads (start-time fair queueing), so
//    neither keeps the other out, and where there is a single thread: a work that is not dear waits
//    for the dear one that has begun, and the next of those begins when as much time was spent on
//    what is not, or when nothing else waits.
//  - Among the dear a user is charged what his hash costs. His next try stands behind the first of
//    everybody who has used less since the dear began to wait; of those who have used the same, in
//    order of coming. So who signs in once waits for the one that runs and for others who come for
//    the first time, not for those that are tried again and again.
//
// The queue is bounded by time: what could not be done before its deadline is refused at once
// instead of making everybody late, with a tenth of the time left for the commit and the answer that
// come after it. That is judged by what stands before it and what that costs; what comes later and
// goes first is not known yet, and what it makes late is refused at its turn, still in time to say so.
//
// Thread-safe. Callbacks run once, on the caller's thread when refused, else on a thread of the
// pool.
#ifndef MUNIMENT_COMMAND_HASH_POOL_H_
#define MUNIMENT_COMMAND_HASH_POOL_H_

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <tuple>

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

// In hashes of our own.
inline constexpr double kDearCost = 2;

class HashPool {
 public:
  HashPool(int threads, PasswordFunctions functions);

  // RESOURCE_EXHAUSTED "command.hash_queue_full" when the deadline cannot be kept.
  void Hash(Secret password, absl::Time deadline,
            absl::AnyInvocable<void(absl::StatusOr<std::string>)> done);
  void Verify(const std::string& key, Secret password, std::string hash, absl::Time deadline,
              absl::AnyInvocable<void(absl::StatusOr<bool>)> done);
  // One at a time for each `key`: who asks.
  void MakeKeyPair(const std::string& key, const KeySpec& spec, absl::Time deadline,
                   absl::AnyInvocable<void(absl::StatusOr<KeyPair>)> done);

 private:
  struct Work {
    absl::Time deadline;
    double cost = 1;      // in hashes of our own
    bool learns = false;  // how long it takes says how long one of them does
    // Does it, or refuses it, and gives back what tells so.
    absl::AnyInvocable<absl::AnyInvocable<void()>(bool in_time)> run;
  };
  // The works of a key. The first of them runs or has its place among those of its kind, the
  // others wait behind it.
  struct Line {
    std::deque<Work> works;
    double cost = 0;
  };
  // By what is served first: up to where the key was charged, whether it was, order of coming. The
  // first two say nothing of what is not dear.
  using Place = std::tuple<double, bool, uint64_t>;
  // What is dear, or what is not.
  struct Kind {
    std::map<Place, std::string> waiting;  // keys whose first work is of this kind
    size_t running = 0;
    double running_cost = 0;
    double first_cost = 0;  // of the first works of lines, those that run too
    std::multiset<double> firsts;
    double cost = 0;   // of all works
    double share = 0;  // of the threads' time: where its next work begins
  };

  template <class T>
  static Work MakeWork(absl::Time deadline, absl::AnyInvocable<absl::StatusOr<T>()> make,
                       absl::AnyInvocable<void(absl::StatusOr<T>)> done);
  std::string OwnKey();
  void Add(const std::string& key, Work work);
  bool Enter(const std::string& key, Work& work);
  // The first work of the line takes its place.
  void Queue(const std::string& key, const Line& line) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Gives threads that are free what comes next.
  void Dispatch() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Of which the next work is; null where there is none that may run.
  Kind* Next() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Begin(Kind& kind) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Of a dear work that begins.
  void Charge(const std::string& key, double from, double cost)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Kind& KindOf(double cost) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  double ShareOf(const Kind& kind) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  size_t Running() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Estimates, in hashes: what of the other kind takes threads before so much of this one is done;
  // the wait for a turn; the wait of one more work of the line.
  double Between(const Kind& kind, const Kind& other) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  double WaitOfCheap() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  double WaitOfDear() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  double WaitOf(const Line& line, bool dear) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakeTurn(const std::string& key);
  // The first work of the key is done.
  void EndTurn(const std::string& key);
  void Learn(absl::Duration took);
  // How long so many hashes take a thread about.
  absl::Duration Estimate(double hashes) const;

  const size_t threads_;
  const size_t dear_threads_;
  const PasswordFunctions functions_;
  std::atomic<uint64_t> own_keys_{0};
  // Moving average of one hash of our own, in microseconds.
  std::atomic<int64_t> cost_us_{20'000};
  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Line> lines_ ABSL_GUARDED_BY(mutex_);
  Kind cheap_ ABSL_GUARDED_BY(mutex_);
  Kind dear_ ABSL_GUARDED_BY(mutex_);
  uint64_t came_ ABSL_GUARDED_BY(mutex_) = 0;
  // Where the work that began last stands: between the kinds, and among the dear.
  double share_ ABSL_GUARDED_BY(mutex_) = 0;
  double charge_ ABSL_GUARDED_BY(mutex_) = 0;
  // Up to where a user is charged. Only who has used more than that, and only while dear ones wait
  // or run.
  absl::flat_hash_map<std::string, double> charged_ ABSL_GUARDED_BY(mutex_);
  Pool pool_;
};

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_HASH_POOL_H_

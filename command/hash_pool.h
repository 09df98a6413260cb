// Password hashes are made and checked here, and key pairs made, on threads of their own: each takes
// a core for milliseconds. The queue is bounded by time: what could not be done before its deadline
// is refused at once instead of making everybody late.
//
// Thread-safe. Callbacks run once, on the caller's thread when refused, else on a thread of the
// pool.
#ifndef MUNIMENT_COMMAND_HASH_POOL_H_
#define MUNIMENT_COMMAND_HASH_POOL_H_

#include <atomic>
#include <functional>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/key_pair.h"
#include "base/secret.h"
#include "command/pool.h"

namespace muniment::command {

// base/password.h, or what a test puts in its place.
struct PasswordFunctions {
  std::function<absl::StatusOr<std::string>(absl::string_view password)> hash;
  std::function<absl::StatusOr<bool>(absl::string_view hash, absl::string_view password)> verify;
};
PasswordFunctions RealPasswordFunctions();

class HashPool {
 public:
  HashPool(int threads, PasswordFunctions functions);

  // RESOURCE_EXHAUSTED "command.hash_queue_full" when the deadline cannot be kept.
  void Hash(Secret password, absl::Time deadline,
            absl::AnyInvocable<void(absl::StatusOr<std::string>)> done);
  void Verify(Secret password, std::string hash, absl::Time deadline,
              absl::AnyInvocable<void(absl::StatusOr<bool>)> done);
  void MakeKeyPair(absl::Time deadline, absl::AnyInvocable<void(absl::StatusOr<KeyPair>)> done);

 private:
  // `learns`: how long it takes says how long the next one will.
  template <class T>
  void Run(absl::Time deadline, bool learns, absl::AnyInvocable<absl::StatusOr<T>()> work,
           absl::AnyInvocable<void(absl::StatusOr<T>)> done);

  // Whether one more would be done in time; then it counts as queued.
  bool Enter(absl::Time deadline);
  // On a thread of the pool, when one is no longer queued.
  void Drop();
  void Learn(absl::Duration took);

  const int threads_;
  const PasswordFunctions functions_;
  std::atomic<int64_t> queued_{0};
  // Moving average of one, in microseconds.
  std::atomic<int64_t> cost_us_{20'000};
  Pool pool_;
};

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_HASH_POOL_H_

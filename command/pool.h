// Threads that run what they are given, in order of giving.
//
// Thread-safe. Destruction runs what was given before it; from then on only what it runs may give
// more.
#ifndef MUNIMENT_COMMAND_POOL_H_
#define MUNIMENT_COMMAND_POOL_H_

#include <deque>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"

namespace muniment::command {

class Pool {
 public:
  explicit Pool(int threads);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  void Run(absl::AnyInvocable<void()> task);

 private:
  void Work();

  absl::Mutex mutex_;
  std::deque<absl::AnyInvocable<void()>> tasks_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  absl::CondVar changed_;
  std::vector<std::thread> threads_;
};

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_POOL_H_

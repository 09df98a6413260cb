// Threads for work that may block: lists, scans, time travel. The queue is bounded, so a flood is
// refused while it is cheap to refuse.
//
//   WorkerPool pool(4, 1000);
//   if (!pool.Submit([...] { ... })) return Busy();
//
// Thread-safe. Close, and so the destructor, runs what is queued and waits for it.
#ifndef MUNIMENT_GATEWAY_WORKER_POOL_H_
#define MUNIMENT_GATEWAY_WORKER_POOL_H_

#include <cstddef>
#include <deque>
#include <thread>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"

namespace muniment::gateway {

class WorkerPool {
 public:
  using Work = absl::AnyInvocable<void()>;

  WorkerPool(size_t threads, size_t queue);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False when the queue is full, or closed; the work is dropped then.
  [[nodiscard]] bool Submit(Work work);
  // Not from work of its own.
  void Close();
  // Waiting, not under way.
  size_t queued() const;

 private:
  void Run();

  const size_t capacity_;
  mutable absl::Mutex mutex_;
  std::deque<Work> queue_ ABSL_GUARDED_BY(mutex_);
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

// `configured`, or where it is 0 one for each core.
size_t ThreadCount(size_t configured);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_WORKER_POOL_H_

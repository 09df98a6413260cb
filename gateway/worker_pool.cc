#include "gateway/worker_pool.h"

#include <algorithm>
#include <utility>

namespace muniment::gateway {

WorkerPool::WorkerPool(size_t threads, size_t queue) : capacity_(queue) {
  for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

WorkerPool::~WorkerPool() { Close(); }

void WorkerPool::Close() {
  {
    absl::MutexLock lock(&mutex_);
    ending_ = true;
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

bool WorkerPool::Submit(Work work) {
  absl::MutexLock lock(&mutex_);
  if (ending_ || queue_.size() >= capacity_) return false;
  queue_.push_back(std::move(work));
  return true;
}

size_t WorkerPool::queued() const {
  absl::MutexLock lock(&mutex_);
  return queue_.size();
}

void WorkerPool::Run() {
  const auto awake = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return ending_ || !queue_.empty();
  };
  while (true) {
    Work work;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(&awake));
      if (queue_.empty()) return;
      work = std::move(queue_.front());
      queue_.pop_front();
    }
    work();
  }
}

size_t ThreadCount(size_t configured) {
  return configured != 0 ? configured : std::max(1u, std::thread::hardware_concurrency());
}

}  // namespace muniment::gateway

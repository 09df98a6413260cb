// The thread on which a store calls back, and those who wait for the log to grow. Both are shared
// by the stores.
//
// Threads: thread-safe. Callbacks run one after the other in the order of Post; destruction runs
// those posted before it.
#ifndef MUNIMENT_EVENTSTORE_CALLBACKS_H_
#define MUNIMENT_EVENTSTORE_CALLBACKS_H_

#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "eventstore/store.h"

namespace muniment::eventstore {

class Callbacks {
 public:
  Callbacks();
  ~Callbacks();
  Callbacks(const Callbacks&) = delete;
  Callbacks& operator=(const Callbacks&) = delete;

  void Post(absl::AnyInvocable<void()> callback);

 private:
  void Run();

  absl::Mutex mutex_;
  std::vector<absl::AnyInvocable<void()>> queue_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

// Those who wait. Advance and Close call them, so they are called on one thread of the store;
// handles may be destroyed on any, even by their own callback, and may outlive this.
class Waiters {
 public:
  Waiters();
  ~Waiters();

  std::unique_ptr<EventStore::Waiter> Add(uint64_t position, absl::AnyInvocable<void()> wake);
  // Wakes whoever waits for less than `head`.
  void Advance(uint64_t head);
  // Wakes all.
  void Close();

 private:
  class Handle;
  struct State;
  static void Wake(State& state, uint64_t head);

  const std::shared_ptr<State> state_;
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_CALLBACKS_H_

#include "eventstore/callbacks.h"

#include <limits>
#include <map>
#include <utility>

namespace muniment::eventstore {

Callbacks::Callbacks() : thread_([this] { Run(); }) {}

Callbacks::~Callbacks() {
  {
    absl::MutexLock lock(&mutex_);
    closed_ = true;
  }
  thread_.join();
}

void Callbacks::Post(absl::AnyInvocable<void()> callback) {
  absl::MutexLock lock(&mutex_);
  queue_.push_back(std::move(callback));
}

void Callbacks::Run() {
  std::vector<absl::AnyInvocable<void()>> batch;
  const auto due = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return closed_ || !queue_.empty();
  };
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(&due));
      if (queue_.empty()) return;
      batch.swap(queue_);
    }
    for (auto& callback : batch) callback();
    batch.clear();
  }
}

struct Waiters::State {
  // Shared with the map, so that a callback may destroy its own handle.
  struct Entry {
    absl::AnyInvocable<void()> wake;
    std::multimap<uint64_t, std::shared_ptr<Entry>>::iterator place;
    enum { kWaiting, kRunning, kDone } phase = kWaiting;
    std::thread::id runner;
  };

  absl::Mutex mutex;
  std::multimap<uint64_t, std::shared_ptr<Entry>> waiting ABSL_GUARDED_BY(mutex);
};

class Waiters::Handle final : public EventStore::Waiter {
 public:
  Handle(std::shared_ptr<State> state, uint64_t position, absl::AnyInvocable<void()> wake)
      : state_(std::move(state)), entry_(std::make_shared<State::Entry>()) {
    entry_->wake = std::move(wake);
    absl::MutexLock lock(&state_->mutex);
    entry_->place = state_->waiting.emplace(position, entry_);
  }

  ~Handle() override {
    absl::MutexLock lock(&state_->mutex);
    if (entry_->phase == State::Entry::kWaiting) {
      state_->waiting.erase(entry_->place);
      return;
    }
    if (entry_->runner == std::this_thread::get_id()) return;
    const auto done = [this] { return entry_->phase == State::Entry::kDone; };
    state_->mutex.Await(absl::Condition(&done));
  }

 private:
  const std::shared_ptr<State> state_;
  const std::shared_ptr<State::Entry> entry_;
};

void Waiters::Wake(State& state, uint64_t head) {
  state.mutex.Lock();
  while (!state.waiting.empty() && state.waiting.begin()->first < head) {
    const std::shared_ptr<State::Entry> entry = state.waiting.begin()->second;
    state.waiting.erase(state.waiting.begin());
    entry->phase = State::Entry::kRunning;
    entry->runner = std::this_thread::get_id();
    state.mutex.Unlock();
    entry->wake();
    // What the callback holds goes before its owner may go on.
    entry->wake = nullptr;
    state.mutex.Lock();
    entry->phase = State::Entry::kDone;
  }
  state.mutex.Unlock();
}

Waiters::Waiters() : state_(std::make_shared<State>()) {}
Waiters::~Waiters() { Close(); }

std::unique_ptr<EventStore::Waiter> Waiters::Add(uint64_t position,
                                                 absl::AnyInvocable<void()> wake) {
  return std::make_unique<Handle>(state_, position, std::move(wake));
}

void Waiters::Advance(uint64_t head) { Wake(*state_, head); }
void Waiters::Close() { Wake(*state_, std::numeric_limits<uint64_t>::max()); }

}  // namespace muniment::eventstore

// Retention, done once a day: finished days of events that expire are closed and, at their class's
// age, pruned (eventstore/retention.h), by one of the nodes that share a log.
//
//   RetentionTimer timer(store, codec, {.log = [](absl::string_view line) { LogError(line); }});
//
// Soon after midnight UTC, and once after the start, a node takes a lease of an hour and keeps it when
// it is done: whoever asks meanwhile leaves the day to it. What is to be done stands in the log, not
// in the lease, so a day on which nobody ran is made up for by the next run. One that fails gives the
// lease back and is tried again. While nothing expires a day costs one lease and one read.
//
// Threads: one of its own. What it is given outlives it; the destructor waits for a run under way.
#ifndef MUNIMENT_GATEWAY_REACTORS_RETENTION_H_
#define MUNIMENT_GATEWAY_REACTORS_RETENTION_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "eventstore/codec.h"
#include "eventstore/retention.h"
#include "eventstore/store.h"
#include "gateway/reactors/signal.h"

namespace muniment::gateway {

struct RetentionOptions {
  // At most so long after the start; nodes that start together do not run together.
  absl::Duration after_start = absl::Minutes(2);
  absl::Duration retry = absl::Minutes(10);
  Clock* clock = &SystemClock();
  // What an operator should read.
  std::function<void(absl::string_view line)> log = [](absl::string_view) {};
};

// The next time to run, behind the delay with which days are closed; `part` of [0, 1) spreads nodes
// over some minutes.
absl::Time NextRetention(absl::Time now, double part);

class RetentionTimer {
 public:
  RetentionTimer(eventstore::EventStore& store, const eventstore::Codec& codec,
                 RetentionOptions options = {});
  ~RetentionTimer();
  RetentionTimer(const RetentionTimer&) = delete;
  RetentionTimer& operator=(const RetentionTimer&) = delete;

  // By this node since it started: runs under the lease, days.
  struct Counts {
    uint64_t runs = 0;
    uint64_t closed = 0;
    uint64_t pruned = 0;
    uint64_t left_to_others = 0;
  };
  Counts counts() const {
    return {runs_.load(), closed_.load(), pruned_.load(), left_to_others_.load()};
  }

 private:
  void Work();
  // False at the end.
  bool AwaitTime(absl::Time time);
  absl::Status RunOnce();

  eventstore::EventStore& store_;
  const RetentionOptions options_;
  const std::string holder_;
  eventstore::Retention retention_;
  std::atomic<uint64_t> runs_ = 0, closed_ = 0, pruned_ = 0, left_to_others_ = 0;
  std::atomic<bool> ending_ = false;
  Signal signal_;
  std::thread thread_;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_REACTORS_RETENTION_H_

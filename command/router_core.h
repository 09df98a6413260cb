// The parts of a router that its calls share. Private to router.cc, call.cc and
// call_answer.cc.
#ifndef MUNIMENT_COMMAND_ROUTER_CORE_H_
#define MUNIMENT_COMMAND_ROUTER_CORE_H_

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "command/answer.h"
#include "command/loader.h"
#include "command/message_pace.h"
#include "command/router.h"
#include "command/rule.h"
#include "command/snapshot_cache.h"
#include "command/tries.h"
#include "command/writer_queues.h"

namespace muniment::command {

class Call;

struct Method {
  Handler handler;
  // Null for a command of the system alone.
  std::optional<absl::StatusOr<MethodRule>> rule;
  AnswerPlan plan;
};

// Ends calls that are parked beyond their deadline, and sends answers that are held back.
class Timers {
 public:
  Timers();
  ~Timers();
  // Runs `due` once at `time`, on the timers' thread: it must not block. Answers the ticket for
  // Forget.
  uint64_t At(absl::Time time, absl::AnyInvocable<void()> due);
  // What has run already is forgotten already.
  void Forget(absl::Time time, uint64_t ticket);

 private:
  void Run();

  absl::Mutex mutex_;
  absl::CondVar changed_;
  std::map<std::pair<absl::Time, uint64_t>, absl::AnyInvocable<void()>> waiting_
      ABSL_GUARDED_BY(mutex_);
  uint64_t tickets_ ABSL_GUARDED_BY(mutex_) = 0;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

struct Router::Core {
  Core(RouterPorts ports, RouterOptions options);

  // Never below the newest event that this node has seen.
  absl::Time Now() const;
  void Saw(absl::Time created_at);
  // An error when there are too many already, or the router closes.
  absl::Status Enter();
  // A call is answered; it may still hold on to things.
  void Answered(const CommandCounters& counters);
  // Runs `answer` after `delay` but not beyond `latest`, at once when the router closes. Never on
  // the caller's thread.
  void AnswerLater(absl::Duration delay, absl::Time latest, absl::AnyInvocable<void()> answer);
  // Sends what AnswerLater holds back.
  void AnswerNow();
  // A call is gone.
  void Leave();

  const RouterPorts ports;
  const RouterOptions options;
  absl::flat_hash_map<std::string, std::shared_ptr<const Method>> methods;
  SnapshotCache cache;
  WriterQueues writers;
  Tries tries;  // places may stand with the timers
  MessagePace pace;
  std::atomic<int64_t> newest_us{0};

  absl::Mutex mutex;
  size_t unanswered ABSL_GUARDED_BY(mutex) = 0;
  size_t alive ABSL_GUARDED_BY(mutex) = 0;
  bool closed ABSL_GUARDED_BY(mutex) = false;
  CommandCounters totals ABSL_GUARDED_BY(mutex);
  // By number; the timer that finds one gone has nothing to do.
  absl::flat_hash_map<uint64_t, absl::AnyInvocable<void()>> held_back ABSL_GUARDED_BY(mutex);
  uint64_t last_held_back ABSL_GUARDED_BY(mutex) = 0;

  // The threads go first, the last of them first.
  Timers timers;
  Pool workers;
  Pool encoders;
  HashPool hashers;
  Loader loader;
};

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_ROUTER_CORE_H_

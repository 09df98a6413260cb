// A reactor: what is done outside of commands when the log asks for it: mail, sweeps, key rotation.
// It is declared by a few words and two functions; when, where and how often it runs is the host's
// business (host.h).
//
//   Reactor mail;
//   mail.work = "mail.code";                        // rows of that name are its work
//   mail.act = [smtp](Action& action) -> absl::Status {
//     return smtp->Send(..., /*idempotency key*/ action.work().Key(), action.deadline());
//   };
//   mail.done = [](command::Unit& unit, const Work& work) { ... unit.Raise(user, CodeSent()); };
//
// Which events are work is said where they are declared: (muniment.work) names the work that such
// an event asks for, or ends; what has no event of its own raises WorkRequested
// (command/work/outcome.h). The row of a piece of work stands from the one to the other, so a replay
// of the log causes nothing.
//
// act runs on the host's threads and may block up to action.deadline(). OK: it is done, and `done`,
// or what the action ends with, raises the outcome; FAILED_PRECONDITION: it cannot be done, ever, and
// is given up; any other error: it is tried again, later and later, and given up after
// retry.attempts. It runs again when the process dies, or another node takes over, before the outcome
// is stored: what it sends out carries work().Key(), by which a receiver knows it again. done decides
// like a command's handler (command/unit.h): it runs again on a conflict, and raises nothing where
// the outcome stands already.
#ifndef MUNIMENT_GATEWAY_REACTORS_REACTOR_H_
#define MUNIMENT_GATEWAY_REACTORS_REACTOR_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/work_id.h"
#include "command/unit.h"
#include "command/work/outcome.h"

namespace muniment::gateway {

struct Work {
  uint64_t instance = 0;
  WorkId id;
  absl::Time requested;
  uint32_t attempts = 0;  // that failed
  // The last of them was begun, and whoever made it may have ended on it.
  bool begun = false;

  // The same for every attempt, and of no other work.
  std::string Key() const { return absl::StrCat(instance, "/", id.ToString()); }
};

// One attempt under way. Belongs to its thread.
class Action {
 public:
  virtual ~Action() = default;
  const Work& work() const { return work_; }
  absl::Time deadline() const { return deadline_; }
  // Whether this node still acts for all and is not about to stop. Asked before each effect of an
  // action that has several; where it is false the action returns an error, which does not count.
  virtual bool MayAct() const = 0;
  // Runs a command as the system, fenced by the node's lease, and waits until the read models show
  // it. ABORTED "store.fenced" when the lease has gone.
  using Command = std::function<absl::Status(command::Unit&)>;
  virtual absl::Status Run(const Command& command) = 0;
  // The outcome, in place of Reactor::done, for an action that knows more than that it was done.
  void EndWith(Command done) { done_ = std::move(done); }
  // Empty: Reactor::done is. For the host.
  Command TakeDone() { return std::exchange(done_, nullptr); }

 protected:
  Action(Work work, absl::Time deadline) : work_(std::move(work)), deadline_(deadline) {}

 private:
  const Work work_;
  const absl::Time deadline_;
  Command done_;
};

// Between attempts: from `first` on the pause doubles up to `last`, give or take a quarter.
struct Retry {
  uint32_t attempts = 10;
  absl::Duration first = absl::Seconds(2);
  absl::Duration last = absl::Minutes(30);
};

struct Reactor {
  std::string work;
  std::function<absl::Status(Action&)> act;
  std::function<absl::Status(command::Unit&, const Work&)> done =
      [](command::Unit& unit, const Work& work) { return command::RaiseWorkDone(unit, work.id); };
  Retry retry = {};
  // Threads of its own: reactors do not wait for one another.
  size_t at_once = 2;
  absl::Duration timeout = absl::Minutes(1);
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_REACTORS_REACTOR_H_

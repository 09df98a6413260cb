// One call under way in a router. Private to router.cc, call.cc and
// call_answer.cc.
//
// Threads: one activity owns a call at a time, a run on a worker or whatever the call is parked
// for, and each hands over to the next; only Expire may come from aside.
#ifndef MUNIMENT_COMMAND_CALL_H_
#define MUNIMENT_COMMAND_CALL_H_

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "command/memory.h"
#include "command/router.h"
#include "command/router_core.h"

namespace muniment::command {

class Call : public std::enable_shared_from_this<Call> {
 public:
  static void Start(Router::Core& core, std::shared_ptr<const Method> method, CommandCall call,
                    CommandDone done);
  Call(Router::Core& core, std::shared_ptr<const Method> method, CommandCall call,
       CommandDone done);
  ~Call();

  // The deadline passed.
  void Expire();

 private:
  enum class Phase { kDeciding, kCommitting, kDone };
  using Answer = absl::StatusOr<std::unique_ptr<google::protobuf::Message>>;

  void Schedule();
  void Step();
  Answer RunHandler();
  void Park();
  void AskFor(std::vector<Wants::Stream> streams);
  void AskFor(std::vector<Wants::Password> passwords);
  void AskFor(std::vector<Wants::Proof> proofs);
  void AskForKeyPair(const KeySpec& spec);
  // Something that a run lacked is there.
  template <class Result>
  void Keep(absl::flat_hash_map<std::string, absl::StatusOr<Result>>& memory,
            const std::string& memo, absl::StatusOr<Result> result) {
    {
      absl::MutexLock lock(&mutex_);
      memory.emplace(memo, std::move(result));
    }
    Arrived();
  }
  void Loaded(absl::StatusOr<SnapshotPtr> snapshot);
  void Arrived();
  void Refresh();
  void Decided(Answer answer);

  // Writer queues. True: all that the unit writes is held, and it has read the newest.
  bool HoldWriters();
  bool AcquireRest();
  void Granted();
  void Release();

  // Commits.
  eventstore::Commit Reads() const;
  absl::Status Encode(eventstore::CommitKeys& keys, eventstore::Commit& commit);
  void SendCheck();
  void EncodeAndSend();
  void Committed(const absl::StatusOr<eventstore::Committed>& committed);
  void KeepMessages();
  void KeepSnapshots(const eventstore::Committed& committed);
  void OnConflict();
  absl::Status Translate(const absl::Status& status) const;
  Stamp StampOf(const eventstore::Committed& committed) const;
  void Refused(const eventstore::Committed& committed);
  void Succeed(const eventstore::Committed& committed);
  void Finish(absl::StatusOr<CommandAnswer> answer);
  void KeepPlaces();

  Router::Core& core_;
  const std::shared_ptr<const Method> method_;
  const CommandCall call_;
  CommandDone done_;
  UnitContext context_;
  std::atomic<Phase> phase_{Phase::kDeciding};
  CommandCounters counters_;
  uint64_t ticket_ = 0;  // of the deadline

  // What is waited for arrives from several threads.
  absl::Mutex mutex_;
  CallMemory memory_;
  absl::Status failure_;
  size_t outstanding_ ABSL_GUARDED_BY(mutex_) = 0;

  std::unique_ptr<Unit> unit_;
  std::unique_ptr<google::protobuf::Message> response_;
  // Instead of the response; once its events, if it has any, are committed.
  absl::Status refusal_;
  absl::Duration delay_ = absl::ZeroDuration();
  absl::Duration pause_ = absl::ZeroDuration();
  // Slots that the commit claims and who owns them, to name a taken value.
  // What the commit claims, and for whom, to tell whoever lost one.
  struct Claimed {
    std::string slot;
    Aggregate aggregate;
    absl::string_view noun;
  };
  std::vector<Claimed> claims_;
  bool asked_store_ = true;  // after the last conflict; then the cache may do after the next

  std::vector<std::string> erased_;  // subjects, by the commit
  uint64_t epoch_ = 0;               // of the commit
  std::unique_ptr<eventstore::CommitKeys> keys_;
  std::vector<eventstore::StreamKey> writes_;  // ordered; the first held_ of them are held
  size_t held_ = 0;
};

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_CALL_H_

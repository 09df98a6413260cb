// How a call ends: what is filled into its answer, and when that goes out.
#include <utility>

#include "absl/time/clock.h"
#include "command/call.h"

namespace muniment::command {

Stamp Call::StampOf(const eventstore::Committed& committed) const {
  Stamp stamp;
  stamp.sequence = committed.last_sequence;
  stamp.changed = committed.created_at;
  stamp.created = committed.created_at;
  stamp.committed = !unit_->raised().empty();
  const Slot* slot = unit_->primary();
  if (slot == nullptr) return stamp;
  const absl::StatusOr<std::string> owner = unit_->OwnerOfSlot(*slot);
  if (owner.ok()) stamp.owner = *owner;
  if (slot->base->version > 0) stamp.created = slot->base->created;
  if (slot->raised == 0) {
    stamp.sequence = slot->base->sequence;
    stamp.changed = slot->base->changed;
    return stamp;
  }
  uint64_t sequence = committed.first_sequence;
  for (const Unit::Raised& raised : unit_->raised()) {
    if (raised.slot == slot) stamp.sequence = sequence;
    ++sequence;
  }
  return stamp;
}

// Its events count, so whoever hears of the refusal finds them in the read models.
void Call::Refused(const eventstore::Committed& committed) {
  if (!core_.ports.applied) return Finish(refusal_);
  core_.ports.applied(committed.position, [self = shared_from_this()] {
    self->Finish(self->refusal_);
  });
}

void Call::Succeed(const eventstore::Committed& committed) {
  if (!refusal_.ok()) return Refused(committed);
  CommandAnswer answer;
  answer.stamp = StampOf(committed);
  method_->plan.Fill(answer.stamp, *response_);
  answer.response = std::move(response_);
  answer.sequence = committed.last_sequence;
  answer.position = committed.position;
  answer.counters = counters_;
  if (!core_.ports.applied) return Finish(std::move(answer));
  core_.ports.applied(committed.position,
                      [self = shared_from_this(), answer = std::move(answer)]() mutable {
                        self->Finish(std::move(answer));
                      });
}

void Call::Finish(absl::StatusOr<CommandAnswer> answer) {
  Release();
  if (phase_.exchange(Phase::kDone) == Phase::kDone) return;
  KeepPlaces();
  // Who asks again when he is answered finds given back what was not sent.
  memory_.messages.clear();
  if (delay_ <= absl::ZeroDuration()) {
    core_.Answered(counters_);
    return done_(std::move(answer));
  }
  core_.AnswerLater(delay_, call_.deadline,
                    [self = shared_from_this(), answer = std::move(answer)]() mutable {
                      self->core_.Answered(self->counters_);
                      self->done_(std::move(answer));
                    });
}

// By the clock and not by the answer: whoever waits less for that gets no more tries.
void Call::KeepPlaces() {
  if (memory_.places.empty() || pause_ <= absl::ZeroDuration()) return;
  core_.timers.At(absl::Now() + pause_, [places = std::move(memory_.places)] {});
}

}  // namespace muniment::command

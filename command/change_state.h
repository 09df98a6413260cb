// The commands that only move their target from one state to another: lock, deactivate and the
// like. Which moves there are stands as a table beside the state, behind an overload
//
//   absl::Status MayBecome(const User& user, const event::v1::UserLocked&);
//
// and a handler is one line:
//
//   return ChangeState<User, event::v1::UserLocked, LockUserResponse>(unit);
#ifndef MUNIMENT_COMMAND_CHANGE_STATE_H_
#define MUNIMENT_COMMAND_CHANGE_STATE_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "command/unit.h"

namespace muniment::command {

// A state in which a move is refused, and how that is told.
template <class State>
struct Refusal {
  State state;
  absl::string_view reason;
  absl::string_view message;
};

// FAILED_PRECONDITION with the reason that stands for `state`, if one does.
template <class State>
absl::Status RefusedIn(State state, absl::Span<const Refusal<State>> refusals) {
  for (const Refusal<State>& refusal : refusals) {
    if (refusal.state == state) {
      return Error(absl::StatusCode::kFailedPrecondition, refusal.reason, refusal.message);
    }
  }
  return absl::OkStatus();
}

template <class State, class Kind, class Response>
absl::StatusOr<Response> ChangeState(Unit& unit) {
  ASSIGN_OR_RETURN(const auto target, unit.LoadTarget<State>());
  RETURN_IF_ERROR(MayBecome(*target, Kind()));
  unit.Raise(target, Kind());
  return Response();
}

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_CHANGE_STATE_H_

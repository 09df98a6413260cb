#include "command/work/outcome.h"

#include <utility>

#include "command/group/group.h"
#include "command/project/grant.h"
#include "command/project/project.h"
#include "command/session/session.h"
#include "command/user/user.h"
#include "google/protobuf/util/time_util.h"

namespace muniment::command {
namespace {

using google::protobuf::util::TimeUtil;

Scope ScopeOf(const WorkId& id) { return {id.aggregate, id.resource_id}; }

// Whether the log knows nobody of whom an outcome could be told: a database came back without its
// end, and the request went with it.
absl::StatusOr<bool> Lost(Unit& unit, const WorkId& id) {
  if (id.aggregate == AGGREGATE_USER) {
    ASSIGN_OR_RETURN(const auto user, unit.LoadAny<User>(id.resource_id));
    return user->state == UserState::kNone;
  }
  if (id.aggregate == AGGREGATE_PROJECT) {
    ASSIGN_OR_RETURN(const auto project, unit.LoadAny<Project>(id.resource_id));
    return project->state == ProjectState::kNone;
  }
  if (id.aggregate == AGGREGATE_PROJECT_GRANT) {
    ASSIGN_OR_RETURN(const auto grant, unit.LoadAny<ProjectGrant>(id.resource_id));
    return grant->state == GrantState::kNone;
  }
  if (id.aggregate == AGGREGATE_GROUP) {
    ASSIGN_OR_RETURN(const auto group, unit.LoadAny<Group>(id.resource_id));
    return group->state == GroupState::kNone;
  }
  if (id.aggregate != AGGREGATE_SESSION) return false;
  ASSIGN_OR_RETURN(const auto session, unit.LoadAny<Session>(id.resource_id));
  return !session->added;
}

// Whether there is room for an outcome of this request: somebody of whom it is told, and no newer
// one.
absl::StatusOr<bool> Open(Unit& unit, const Ref<Works>& works, const WorkId& id) {
  ASSIGN_OR_RETURN(const bool lost, Lost(unit, id));
  if (lost) return false;
  const Works::Outcome* known = works->Find(id.work);
  if (known == nullptr || known->request < id.request) return true;
  return known->request == id.request && !known->done && !known->given_up;
}

template <class Kind>
Kind OutcomeOf(const WorkId& id) {
  Kind kind;
  kind.set_work(id.work);
  kind.set_request(id.request);
  return kind;
}

// Whether so many attempts are known already.
bool Counts(const Works::Outcome* known, const WorkId& id, uint32_t attempts) {
  return known != nullptr && known->request == id.request && known->attempts >= attempts;
}

google::protobuf::Duration ToProto(absl::Duration delay) {
  return TimeUtil::NanosecondsToDuration(absl::ToInt64Nanoseconds(delay));
}

}  // namespace

absl::StatusOr<Ref<Works>> LoadWorks(Unit& unit, const Scope& scope) {
  const auto works = unit.LoadAny<Works>(scope);
  if (scope.aggregate == AGGREGATE_USER) RETURN_IF_ERROR(unit.LoadAny<User>(scope.id).status());
  if (scope.aggregate == AGGREGATE_SESSION) {
    RETURN_IF_ERROR(unit.LoadAny<Session>(scope.id).status());
  }
  if (scope.aggregate == AGGREGATE_PROJECT) {
    RETURN_IF_ERROR(unit.LoadAny<Project>(scope.id).status());
  }
  if (scope.aggregate == AGGREGATE_PROJECT_GRANT) {
    RETURN_IF_ERROR(unit.LoadAny<ProjectGrant>(scope.id).status());
  }
  if (scope.aggregate == AGGREGATE_GROUP) {
    RETURN_IF_ERROR(unit.LoadAny<Group>(scope.id).status());
  }
  return works;
}

absl::Status RequestWork(Unit& unit, const Scope& scope, const std::string& name) {
  ASSIGN_OR_RETURN(const auto works, LoadWorks(unit, scope));
  event::v1::WorkRequested requested;
  requested.set_work(name);
  unit.Raise(works, std::move(requested));
  return absl::OkStatus();
}

absl::Status RaiseWorkDone(Unit& unit, const WorkId& id) {
  ASSIGN_OR_RETURN(const auto works, LoadWorks(unit, ScopeOf(id)));
  ASSIGN_OR_RETURN(const bool open, Open(unit, works, id));
  if (open) unit.Raise(works, OutcomeOf<event::v1::WorkDone>(id));
  return absl::OkStatus();
}

absl::Status RaiseWorkBegun(Unit& unit, const WorkId& id, uint32_t attempts, absl::Duration delay) {
  ASSIGN_OR_RETURN(const auto works, LoadWorks(unit, ScopeOf(id)));
  ASSIGN_OR_RETURN(const bool open, Open(unit, works, id));
  const Works::Outcome* known = works->Find(id.work);
  if (!open || Counts(known, id, attempts)) return absl::OkStatus();
  auto begun = OutcomeOf<event::v1::WorkBegun>(id);
  begun.set_attempts(attempts);
  *begun.mutable_delay() = ToProto(delay);
  unit.Raise(works, std::move(begun));
  return absl::OkStatus();
}

absl::Status RaiseWorkFailed(Unit& unit, const WorkId& id, uint32_t attempts,
                             const std::string& reason, absl::Duration delay) {
  ASSIGN_OR_RETURN(const auto works, LoadWorks(unit, ScopeOf(id)));
  ASSIGN_OR_RETURN(const bool open, Open(unit, works, id));
  const Works::Outcome* known = works->Find(id.work);
  const bool told = Counts(known, id, attempts) && !known->begun;
  if (!open || told) return absl::OkStatus();
  auto failed = OutcomeOf<event::v1::WorkFailed>(id);
  failed.set_attempts(attempts);
  failed.set_reason(reason);
  *failed.mutable_delay() = ToProto(delay);
  unit.Raise(works, std::move(failed));
  return absl::OkStatus();
}

absl::Status RaiseWorkGivenUp(Unit& unit, const WorkId& id, uint32_t attempts,
                              const std::string& reason, absl::Time requested) {
  ASSIGN_OR_RETURN(const auto works, LoadWorks(unit, ScopeOf(id)));
  ASSIGN_OR_RETURN(const bool open, Open(unit, works, id));
  if (!open) return absl::OkStatus();
  auto given_up = OutcomeOf<event::v1::WorkGivenUp>(id);
  given_up.set_attempts(attempts);
  given_up.set_reason(reason);
  *given_up.mutable_requested() = TimeUtil::NanosecondsToTimestamp(absl::ToUnixNanos(requested));
  unit.Raise(works, std::move(given_up));
  return absl::OkStatus();
}

}  // namespace muniment::command

#include "command/policy/domain_policy.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "command/policy/move_names.h"
#include "command/user/user.h"
#include "google/protobuf/util/message_differencer.h"

namespace muniment::command {
namespace {

using event::v1::DomainPolicyMoveStarted;
using google::protobuf::util::MessageDifferencer;

// Names that an error tells, in bytes: it goes out in a header.
constexpr size_t kToldBytes = 2000;

// What decides where names count.
struct Standing {
  bool must_be_domain = false;
  bool scoped = false;

  bool in_organization() const { return must_be_domain || scoped; }
};

// Of a move, what is to be set.
DomainPolicyMoveStarted Wanted(DomainPolicyMoveStarted started) {
  started.clear_to_organization();
  started.clear_alone();
  return started;
}

absl::Status Moving() {
  return Error(absl::StatusCode::kFailedPrecondition, "policy.domain.moving",
               "User names are being moved already; try again when that is done.");
}

// Whether names are on the move for the same already: whoever asks twice is not told that he is in his
// own way. Whatever else is wanted meanwhile is refused, even what still stands.
absl::StatusOr<bool> IsComing(const DomainPolicy& policy, const DomainPolicyMoveStarted& wanted) {
  if (!policy.move.has_value() || policy.move->decided) return false;
  if (MessageDifferencer::Equals(Wanted(policy.move->started), Wanted(wanted))) return true;
  return Moving();
}

// Of the organization itself and, where what is wanted changes what it has of the instance, of all.
absl::Status MayChange(Unit& unit, const Ref<DomainPolicy>& policy, bool own, bool of_instance) {
  if (policy->move.has_value()) return Moving();
  if (!own || !of_instance) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto common, unit.LoadAny<DomainPolicy>(InstanceScope()));
  return common->move.has_value() ? Moving() : absl::OkStatus();
}

absl::Status MayDo(Unit& unit, absl::string_view permission, absl::string_view organization_id) {
  ASSIGN_OR_RETURN(const bool may, unit.Holds(permission, organization_id));
  if (may) return absl::OkStatus();
  return Error(absl::StatusCode::kPermissionDenied, "auth.permission_denied",
               "Whoever manages the instance decides how names and domains go together.");
}

absl::Status NamesTaken(Unit& unit, const NameConflicts& found, bool told) {
  absl::Status taken = Error(
      absl::StatusCode::kFailedPrecondition, "policy.domain.names_taken",
      absl::StrCat("Names of ", found.total, found.total == 1 ? " user" : " users",
                   " could not count there: they are others' names, or end in others' domains."));
  SetErrorFact(taken, "conflicts", absl::StrCat(found.total));
  if (!told) return taken;
  std::vector<std::string> ids, names;
  size_t bytes = 0;
  for (const auto& conflict : found.first) {
    ASSIGN_OR_RETURN(const auto user, unit.LoadAny<User>(conflict.user_id));
    bytes += user.id().size() + user->username.size() + 4;
    if (bytes > kToldBytes) break;
    ids.push_back(user.id());
    names.push_back(user->username);
  }
  SetErrorFact(taken, "user_ids", absl::StrJoin(ids, " "));
  SetErrorFact(taken, "names", absl::StrJoin(names, " / "));
  return taken;
}

// Refuses where names are known that could not count there.
absl::Status LookForConflicts(Unit& unit, const NamesElsewhere& names) {
  ASSIGN_OR_RETURN(NameConflicts found, unit.FindNameConflicts(names));
  RETURN_IF_ERROR(ConfirmConflicts(unit, names, found));
  // What else there may be the move finds.
  if (found.first.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const bool told, names.organization_id.empty()
                                        ? unit.HoldsOnInstance("user.read")
                                        : unit.Holds("user.read", names.organization_id));
  return NamesTaken(unit, found, told);
}

// Begins a move where one is needed; false: it can be set at once.
absl::StatusOr<bool> Move(Unit& unit, const Ref<DomainPolicy>& policy,
                          absl::string_view organization_id, const Standing& now,
                          const Standing& then, DomainPolicyMoveStarted started) {
  const bool elsewhere = now.in_organization() != then.in_organization();
  const bool alone = now.must_be_domain && !then.must_be_domain;
  if (!elsewhere && !alone) return false;
  NamesElsewhere names;
  names.organization_id = std::string(organization_id);
  names.in_instance = elsewhere && !then.in_organization();
  names.alone = alone;
  if (names.in_instance || names.alone) RETURN_IF_ERROR(LookForConflicts(unit, names));
  started.set_to_organization(then.in_organization());
  started.set_alone(alone);
  unit.Raise(policy, std::move(started));
  return true;
}

absl::StatusOr<Standing> StandingOf(Unit& unit, absl::string_view organization_id) {
  Standing now;
  if (!organization_id.empty()) {
    ASSIGN_OR_RETURN(const auto settings,
                     unit.LoadAny<OrganizationSettings>(OrgScope(organization_id)));
    now.scoped = settings->scoped_usernames();
  }
  ASSIGN_OR_RETURN(const auto counts, unit.Policy<DomainPolicy>(organization_id));
  now.must_be_domain = counts->policy.user_login_must_be_domain();
  return now;
}

}  // namespace

absl::Status SetDomainPolicy(Unit& unit, const Scope& scope, event::v1::DomainPolicy wanted) {
  const bool own = scope.aggregate != AGGREGATE_INSTANCE;
  const std::string organization_id = own ? scope.id : std::string();
  if (own) RETURN_IF_ERROR(MayDo(unit, "iam.policy.write", organization_id));
  ASSIGN_OR_RETURN(const auto policy, unit.LoadAny<DomainPolicy>(scope));
  DomainPolicyMoveStarted started;
  *started.mutable_policy() = wanted;
  ASSIGN_OR_RETURN(const bool coming, IsComing(*policy, started));
  if (coming) return absl::OkStatus();
  if (policy.exists() && MessageDifferencer::Equals(policy->policy, wanted)) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const Standing now, StandingOf(unit, organization_id));
  Standing then = now;
  then.must_be_domain = wanted.user_login_must_be_domain();
  const bool of_instance = !policy.exists() || then.must_be_domain != now.must_be_domain;
  RETURN_IF_ERROR(MayChange(unit, policy, own, of_instance));
  ASSIGN_OR_RETURN(const bool moves,
                   Move(unit, policy, organization_id, now, then, std::move(started)));
  if (!moves) RaiseDomainPolicy(unit, policy, std::move(wanted));
  return absl::OkStatus();
}

absl::Status ResetDomainPolicy(Unit& unit, absl::string_view organization_id) {
  RETURN_IF_ERROR(MayDo(unit, "iam.policy.delete", organization_id));
  ASSIGN_OR_RETURN(const auto policy, unit.LoadAny<DomainPolicy>(OrgScope(organization_id)));
  if (!policy.exists()) {
    return Error(absl::StatusCode::kNotFound, "policy.domain.not_found",
                 "There is no such setting here: what counts is the instance's.");
  }
  DomainPolicyMoveStarted started;
  started.set_reset(true);
  ASSIGN_OR_RETURN(const bool coming, IsComing(*policy, started));
  if (coming) return absl::OkStatus();
  RETURN_IF_ERROR(MayChange(unit, policy, /*own=*/true, /*of_instance=*/true));
  ASSIGN_OR_RETURN(const Standing now, StandingOf(unit, organization_id));
  ASSIGN_OR_RETURN(const auto common, unit.Policy<DomainPolicy>(""));
  Standing then = now;
  then.must_be_domain = common->policy.user_login_must_be_domain();
  ASSIGN_OR_RETURN(const bool moves,
                   Move(unit, policy, organization_id, now, then, std::move(started)));
  if (!moves) unit.Raise(policy, event::v1::DomainPolicyRemoved());
  return absl::OkStatus();
}

absl::Status ChangeOrganizationSettings(Unit& unit, absl::string_view organization_id,
                                        std::optional<event::v1::OrganizationSettings> wanted) {
  const Scope scope = OrgScope(organization_id);
  ASSIGN_OR_RETURN(const auto settings, unit.LoadAny<OrganizationSettings>(scope));
  ASSIGN_OR_RETURN(const auto policy, unit.LoadAny<DomainPolicy>(scope));
  DomainPolicyMoveStarted started;
  if (wanted.has_value()) {
    *started.mutable_settings() = *wanted;
  } else {
    started.set_settings_removed(true);
  }
  ASSIGN_OR_RETURN(const bool coming, IsComing(*policy, started));
  if (coming) {
    unit.AnswerWith(policy);
    return absl::OkStatus();
  }
  const bool stands = settings->settings.has_value() == wanted.has_value() &&
                      (!wanted.has_value() ||
                       MessageDifferencer::Equals(*settings->settings, *wanted));
  if (stands) {
    if (settings.version() > 0) unit.AnswerWith(settings);
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(MayChange(unit, policy, /*own=*/true, /*of_instance=*/true));
  ASSIGN_OR_RETURN(const Standing now, StandingOf(unit, organization_id));
  Standing then = now;
  then.scoped = wanted.has_value() && wanted->organization_scoped_usernames();
  ASSIGN_OR_RETURN(const bool moves,
                   Move(unit, policy, organization_id, now, then, std::move(started)));
  if (moves) return absl::OkStatus();
  if (!wanted.has_value()) {
    unit.Raise(settings, event::v1::OrganizationSettingsRemoved());
    return absl::OkStatus();
  }
  event::v1::OrganizationSettingsSet set;
  *set.mutable_settings() = *std::move(wanted);
  unit.Raise(settings, std::move(set));
  return absl::OkStatus();
}

}  // namespace muniment::command

#include "command/policy/move_names.h"

#include <map>
#include <utility>

#include "base/text.h"
#include "command/org/claim_usernames.h"
#include "command/org/org.h"
#include "command/user/username.h"

namespace muniment::command {
namespace {

using event::v1::DomainPolicyMoveStarted;
using UserIds = std::vector<std::string>;

absl::Status SetWanted(Unit& unit, const Scope& scope, const Ref<DomainPolicy>& policy,
                       const DomainPolicyMoveStarted& started) {
  switch (started.wanted_case()) {
    case DomainPolicyMoveStarted::kPolicy:
      RaiseDomainPolicy(unit, policy, started.policy());
      return absl::OkStatus();
    case DomainPolicyMoveStarted::kReset:
      unit.Raise(policy, event::v1::DomainPolicyRemoved());
      return absl::OkStatus();
    default:
      break;
  }
  ASSIGN_OR_RETURN(const auto settings, unit.LoadAny<OrganizationSettings>(scope));
  if (!started.has_settings()) {
    unit.Raise(settings, event::v1::OrganizationSettingsRemoved());
    return absl::OkStatus();
  }
  event::v1::OrganizationSettingsSet set;
  *set.mutable_settings() = started.settings();
  unit.Raise(settings, std::move(set));
  return absl::OkStatus();
}

// A hint is some moments old.
absl::StatusOr<bool> Stands(Unit& unit, const NamesElsewhere& names,
                            const NameConflicts::Conflict& conflict) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadAny<User>(conflict.user_id));
  const bool of_these =
      names.organization_id.empty() || user->organization_id == names.organization_id;
  if (!user->exists() || !of_these) return false;
  if (!conflict.taken) {
    return EndsInAnothersDomain(unit, user->organization_id, user->username);
  }
  ASSIGN_OR_RETURN(const auto holder, unit.LoadAny<User>(conflict.holder_id));
  return holder->exists() && holder.id() != user.id() &&
         FoldName(holder->username) == FoldName(user->username);
}

// Whether the move of this number waits to be decided.
absl::StatusOr<bool> Open(Unit& unit, const Scope& scope, const DomainPolicy& policy,
                          uint64_t number) {
  if (policy.moves != number || !policy.move.has_value() || policy.move->decided) return false;
  if (scope.aggregate != AGGREGATE_ORG) return true;
  ASSIGN_OR_RETURN(const auto org, unit.LoadAny<Org>(scope.id));
  return org->exists();
}

// Loads what a step reads of each: what is cold of one holds up none of the others.
absl::StatusOr<std::vector<std::pair<Ref<User>, NameScopes>>> Load(Unit& unit,
                                                                  const UserIds& ids) {
  std::vector<std::pair<Ref<User>, NameScopes>> users;
  absl::Status first;
  for (const std::string& id : ids) {
    const auto user = unit.LoadAny<User>(id);
    first.Update(user.status());
    if (!user.ok() || !(*user)->exists()) continue;
    auto scopes = NameScopesOf(unit, (*user)->organization_id);
    first.Update(scopes.status());
    if (scopes.ok()) users.emplace_back(*user, *std::move(scopes));
  }
  RETURN_IF_ERROR(first);
  return users;
}

}  // namespace

absl::StatusOr<std::optional<NameMove>> NameMoveOf(Unit& unit, const Scope& scope) {
  ASSIGN_OR_RETURN(const auto policy, unit.LoadAny<DomainPolicy>(scope));
  if (!policy->move.has_value()) return std::nullopt;
  const auto& started = policy->move->started;
  NameMove move;
  move.number = policy->moves;
  move.decided = policy->move->decided;
  if (scope.aggregate == AGGREGATE_ORG) move.names.organization_id = scope.id;
  move.names.in_instance = !started.to_organization();
  move.names.alone = started.alone();
  return move;
}

absl::Status ConfirmConflicts(Unit& unit, const NamesElsewhere& names, NameConflicts& found) {
  // All that may be cold is asked for before the first is waited for.
  for (const auto& conflict : found.first) {
    (void)unit.LoadAny<User>(conflict.user_id);
    if (!conflict.holder_id.empty()) (void)unit.LoadAny<User>(conflict.holder_id);
  }
  NameConflicts standing;
  for (const auto& conflict : found.first) {
    ASSIGN_OR_RETURN(const bool stands, Stands(unit, names, conflict));
    if (stands) standing.Add(conflict);
  }
  standing.total += found.total - found.first.size();
  found = std::move(standing);
  return absl::OkStatus();
}

absl::Status SettleNames(Unit& unit, const UserIds& user_ids, NameConflicts& conflicts) {
  conflicts = {};
  ASSIGN_OR_RETURN(const auto users, Load(unit, user_ids));
  absl::Status first;
  for (const auto& [user, scopes] : users) {
    if (scopes.to_be_alone) {
      const auto anothers = EndsInAnothersDomain(unit, user->organization_id, user->username);
      first.Update(anothers.status());
      if (!anothers.ok()) continue;
      if (*anothers) {
        conflicts.Add({user.id()});
        continue;
      }
    }
    SettleName(unit, user, scopes);
  }
  return first;
}

absl::Status SettleLoginNames(Unit& unit, const UserIds& user_ids) {
  ASSIGN_OR_RETURN(const auto users, Load(unit, user_ids));
  std::map<std::string, UserIds> carried;  // by whose domain it is
  for (const auto& [user, scopes] : users) {
    SettleName(unit, user, scopes);
    for (const std::string& domain : DomainsOfUsername(user->username)) {
      ASSIGN_OR_RETURN(const std::string holder, unit.FindOrganizationByDomain(domain));
      if (holder.empty() || holder == user->organization_id) continue;
      carried[holder].push_back(user.id());
      break;
    }
  }
  absl::Status first;
  for (const auto& [holder, ids] : carried) first.Update(ClaimUsernames(unit, holder, ids));
  return first;
}

void RaiseDomainPolicy(Unit& unit, const Ref<DomainPolicy>& policy,
                       event::v1::DomainPolicy wanted) {
  if (policy.exists()) {
    event::v1::DomainPolicyChanged changed;
    *changed.mutable_policy() = std::move(wanted);
    return unit.Raise(policy, std::move(changed));
  }
  event::v1::DomainPolicyAdded added;
  *added.mutable_policy() = std::move(wanted);
  unit.Raise(policy, std::move(added));
}

absl::Status CompleteNameMove(Unit& unit, const Scope& scope, uint64_t number) {
  ASSIGN_OR_RETURN(const auto policy, unit.LoadAny<DomainPolicy>(scope));
  ASSIGN_OR_RETURN(const bool open, Open(unit, scope, *policy, number));
  if (!open) return absl::OkStatus();
  const DomainPolicyMoveStarted started = policy->move->started;
  unit.Raise(policy, event::v1::DomainPolicyMoved());
  return SetWanted(unit, scope, policy, started);
}

absl::Status RefuseNameMove(Unit& unit, const Scope& scope, uint64_t number,
                            const NameConflicts& conflicts) {
  ASSIGN_OR_RETURN(const auto policy, unit.LoadAny<DomainPolicy>(scope));
  ASSIGN_OR_RETURN(const bool open, Open(unit, scope, *policy, number));
  if (!open) return absl::OkStatus();
  event::v1::DomainPolicyMoveRefused refused;
  refused.set_conflicts(conflicts.total);
  for (const auto& conflict : conflicts.first) {
    auto* told = refused.add_first();
    told->set_user_id(conflict.user_id);
    told->set_reason(conflict.taken ? event::v1::NAME_CONFLICT_REASON_TAKEN
                                    : event::v1::NAME_CONFLICT_REASON_DOMAIN);
  }
  unit.Raise(policy, std::move(refused));
  return absl::OkStatus();
}

absl::Status EndNameMove(Unit& unit, const Scope& scope) {
  ASSIGN_OR_RETURN(const auto policy, unit.LoadAny<DomainPolicy>(scope));
  if (policy->move.has_value()) unit.Raise(policy, event::v1::DomainPolicyMoveEnded());
  return absl::OkStatus();
}

}  // namespace muniment::command

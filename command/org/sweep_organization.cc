#include "command/org/sweep_organization.h"

#include <algorithm>
#include <utility>

#include "command/for_each.h"
#include "command/member/members.h"
#include "command/metadata/metadata.h"
#include "command/org/domains.h"
#include "command/policy/settings.h"
#include "command/role/defined_roles.h"
#include "command/text/texts.h"
#include "command/user/end_user.h"
#include "command/user/tokens.h"

namespace muniment::command {
namespace {

using eventstore::kMaxCommitEvents;

// A user is begun while there is room for as much as most have; of one with more the rest is asked
// for apart.
constexpr size_t kEventsOfMost = 20;

// Raises one event of the kind for the whole of a state; false without room.
template <class State, class Removed>
absl::StatusOr<bool> End(Unit& unit, const Scope& scope, Removed removed, size_t& room) {
  ASSIGN_OR_RETURN(const auto state, unit.LoadAny<State>(scope));
  if (!state->exists()) return true;
  if (room == 0) return false;
  --room;
  unit.Raise(state, std::move(removed));
  return true;
}

// Those that an organization has of its own.
template <class State, class... More>
absl::StatusOr<bool> EndSettings(Unit& unit, const Scope& scope, size_t& room) {
  using Removed = typename KindsOf<typename State::Event>::Removed;
  bool ended = true;
  if constexpr (sizeof...(More) > 0) {
    const absl::StatusOr<bool> others = EndSettings<More...>(unit, scope, room);
    RETURN_IF_ERROR(others.status());
    ended = *others;
  }
  ASSIGN_OR_RETURN(const bool own, End<State>(unit, scope, Removed(), room));
  return own && ended;
}

absl::StatusOr<bool> EndTexts(Unit& unit, const Scope& scope, size_t& room) {
  ASSIGN_OR_RETURN(const auto texts, unit.LoadAny<Texts>(scope));
  // What is raised takes its entry away.
  const auto messages = texts->messages;
  for (const auto& [key, text] : messages) {
    if (room == 0) return false;
    --room;
    event::v1::MessageTextRemoved removed;
    removed.set_type(key.first);
    removed.set_language(key.second);
    unit.Raise(texts, std::move(removed));
  }
  return true;
}

absl::StatusOr<bool> EndDomains(Unit& unit, const std::string& organization_id, size_t& room) {
  ASSIGN_OR_RETURN(const auto domains, unit.LoadAny<OrgDomains>(organization_id));
  std::vector<std::string> names;
  for (const auto& [name, domain] : domains->domains) names.push_back(name);
  for (std::string& name : names) {
    if (room == 0) return false;
    --room;
    event::v1::OrgDomainRemoved removed;
    removed.set_domain(std::move(name));
    unit.Raise(domains, std::move(removed));
  }
  return true;
}

absl::StatusOr<bool> EndMembers(Unit& unit, const Scope& scope, size_t& room) {
  ASSIGN_OR_RETURN(const auto members, unit.LoadAny<Members>(scope));
  std::vector<std::string> users;
  for (const auto& [user, roles] : members->roles) users.push_back(user);
  std::sort(users.begin(), users.end());
  for (std::string& user : users) {
    if (room == 0) return false;
    --room;
    event::v1::MemberCascadeRemoved removed;
    removed.set_user_id(std::move(user));
    unit.Raise(members, std::move(removed));
  }
  return true;
}

}  // namespace

absl::StatusOr<bool> EndNames(Unit& unit, const std::string& organization_id, size_t most) {
  size_t room = most - 1;  // one is the metadata's
  ASSIGN_OR_RETURN(const bool domains, EndDomains(unit, organization_id, room));
  ++room;
  ASSIGN_OR_RETURN(const bool metadata,
                   End<Metadata>(unit, OrgScope(organization_id), event::v1::MetadataAllRemoved(),
                                 room));
  return metadata && domains;
}

absl::StatusOr<bool> SweepOwned(Unit& unit, const std::string& organization_id) {
  const Scope scope = OrgScope(organization_id);
  ASSIGN_OR_RETURN(const auto org, unit.LoadAny<Org>(organization_id));
  if (org->state != OrgState::kRemoved) return true;
  ASSIGN_OR_RETURN(const bool names, EndNames(unit, organization_id, kMaxCommitEvents));
  size_t room = kMaxCommitEvents - unit.raised().size();
  const absl::StatusOr<bool> policies =
      EndSettings<PasswordComplexity, PasswordAge, LockoutPolicy, LoginPolicy, DomainPolicy,
                  PrivacyPolicy, NotificationPolicy, ConsentPolicy>(unit, scope, room);
  RETURN_IF_ERROR(policies.status());
  ASSIGN_OR_RETURN(const bool texts, EndTexts(unit, scope, room));
  ASSIGN_OR_RETURN(const bool settings, End<OrganizationSettings>(
                                            unit, scope, event::v1::OrganizationSettingsRemoved(),
                                            room));
  ASSIGN_OR_RETURN(const bool roles,
                   End<DefinedRoles>(unit, scope, event::v1::RolesCascadeRemoved(), room));
  ASSIGN_OR_RETURN(const bool members, EndMembers(unit, scope, room));
  return names && *policies && texts && settings && roles && members;
}

absl::Status SweepUsers(Unit& unit, const std::string& organization_id,
                        const std::vector<std::string>& user_ids) {
  ASSIGN_OR_RETURN(const auto org, unit.LoadAny<Org>(organization_id));
  if (org->state != OrgState::kRemoved) return absl::OkStatus();
  for (const std::string& id : user_ids) {
    (void)unit.LoadAny<UserTokens>(id);
    (void)unit.LoadAny<Metadata>(UserScope(id));
  }
  return ForEach(unit, user_ids, [&](Unit&, const std::string& id) -> absl::Status {
    ASSIGN_OR_RETURN(const auto user, unit.LoadAny<User>(id));
    if (!user->exists() || user->organization_id != organization_id) return absl::OkStatus();
    const size_t raised = unit.raised().size();
    const bool full = raised > 0 && raised + kEventsOfMost > kMaxCommitEvents;
    return full ? absl::OkStatus() : EndUser(unit, user, kMaxCommitEvents - raised);
  });
}

absl::Status RaiseOrgSwept(Unit& unit, absl::string_view organization_id) {
  ASSIGN_OR_RETURN(const auto org, unit.LoadAny<Org>(organization_id));
  if (org->state == OrgState::kRemoved && !org->swept) unit.Raise(org, event::v1::OrgSwept());
  return absl::OkStatus();
}

}  // namespace muniment::command

#include "command/policy/name_scopes.h"

#include "command/policy/settings.h"

namespace muniment::command {
namespace {

// What a move that is not decided makes of it. `scoped`: in the organization names count however that
// ends.
void Move(const DomainPolicy& policy, absl::string_view organization_id, bool scoped,
          NameScopes& scopes) {
  if (!policy.move.has_value() || policy.move->decided) return;
  const auto& started = policy.move->started;
  const std::string to =
      started.to_organization() || scoped ? std::string(organization_id) : std::string();
  if (to != scopes.scope) scopes.moving_to = to;
  if (started.alone() && !scopes.alone) scopes.to_be_alone = true;
}

}  // namespace

absl::StatusOr<NameScopes> NameScopesOf(Unit& unit, absl::string_view organization_id,
                                        absl::string_view policy_organization_id) {
  std::optional<Ref<DomainPolicy>> own;
  bool scoped = false;
  if (!policy_organization_id.empty()) {
    const Scope scope = OrgScope(policy_organization_id);
    // Both may be cold.
    (void)unit.LoadAny<DomainPolicy>(scope);
    ASSIGN_OR_RETURN(const auto settings, unit.LoadAny<OrganizationSettings>(scope));
    ASSIGN_OR_RETURN(own, unit.LoadAny<DomainPolicy>(scope));
    scoped = settings->scoped_usernames();
  }
  ASSIGN_OR_RETURN(const auto policy, unit.Policy<DomainPolicy>(policy_organization_id));
  NameScopes scopes;
  scopes.alone = !policy->policy.user_login_must_be_domain();
  if (scoped || !scopes.alone) scopes.scope = std::string(organization_id);
  if (own.has_value()) Move(**own, organization_id, false, scopes);
  const bool follows = !own.has_value() || !own->exists();
  if (follows) Move(*policy, organization_id, scoped, scopes);
  return scopes;
}

}  // namespace muniment::command

#include "command/org/claim_usernames.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/code.h"
#include "command/instance/instance.h"
#include "command/org/domains.h"
#include "command/org/org.h"
#include "command/user/user.h"
#include "command/user/username.h"

namespace muniment::command {

namespace {

// Behind an id whose own temporary name somebody else has taken.
constexpr CodeGenerator kSuffix = {.length = 8, .lower_letters = true, .digits = true};

absl::StatusOr<std::string> TemporaryName(Unit& unit, const Ref<User>& user,
                                          const NameScopes& scopes,
                                          absl::string_view primary_domain) {
  const std::string at =
      primary_domain.empty() ? "@temporary" : absl::StrCat("@temporary.", primary_domain);
  const std::string plain = absl::StrCat(user.id(), at);
  for (const std::string& scope : {scopes.scope, scopes.moving_to.value_or(scopes.scope)}) {
    ASSIGN_OR_RETURN(const std::string holder, unit.FindUserByUsername(scope, plain));
    if (holder.empty() || holder == user.id()) continue;
    return absl::StrCat(user.id(), "-", unit.NewCode(kSuffix), at);
  }
  return plain;
}

// Unless login names have his organization's domain behind his.
absl::Status GiveTemporaryName(Unit& unit, const Ref<User>& user, std::string domain,
                               absl::string_view primary_domain) {
  ASSIGN_OR_RETURN(const NameScopes scopes, NameScopesOf(unit, user->organization_id));
  if (!scopes.alone) return absl::OkStatus();
  event::v1::UserDomainClaimed claimed;
  ASSIGN_OR_RETURN(*claimed.mutable_username(),
                   TemporaryName(unit, user, scopes, primary_domain));
  claimed.set_username_scope(scopes.scope);
  claimed.set_domain(std::move(domain));
  unit.Raise(user, std::move(claimed));
  SettleName(unit, user, scopes);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::set<std::string>> ProvedDomains(Unit& unit, absl::string_view organization_id) {
  ASSIGN_OR_RETURN(const auto org, unit.LoadAny<Org>(organization_id));
  ASSIGN_OR_RETURN(const auto domains, unit.LoadAny<OrgDomains>(organization_id));
  std::set<std::string> proved;
  if (!org.exists()) return proved;
  for (const auto& [name, domain] : domains->domains) {
    if (domain.proved()) proved.insert(name);
  }
  return proved;
}

std::string CarriedBy(absl::string_view username, const std::set<std::string>& domains) {
  for (const std::string& domain : DomainsOfUsername(username)) {
    if (domains.contains(domain)) return domain;
  }
  return {};
}

absl::Status ClaimUsernames(Unit& unit, absl::string_view organization_id,
                            const std::vector<std::string>& user_ids) {
  ASSIGN_OR_RETURN(const std::set<std::string> proved, ProvedDomains(unit, organization_id));
  ASSIGN_OR_RETURN(const auto instance, unit.LoadAny<Instance>(InstanceScope()));
  // All that may be cold is asked for before the first is waited for.
  for (const std::string& id : user_ids) (void)unit.LoadAny<User>(id);
  std::vector<Ref<User>> carriers;
  for (const std::string& id : user_ids) {
    ASSIGN_OR_RETURN(const auto user, unit.LoadAny<User>(id));
    if (!user->exists() || user->organization_id == organization_id) continue;
    if (CarriedBy(user->username, proved).empty()) continue;
    (void)NameScopesOf(unit, user->organization_id);
    carriers.push_back(user);
  }
  for (const Ref<User>& user : carriers) {
    RETURN_IF_ERROR(GiveTemporaryName(unit, user, CarriedBy(user->username, proved),
                                      instance->primary_domain));
  }
  return absl::OkStatus();
}

}  // namespace muniment::command

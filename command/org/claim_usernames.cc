#include "command/org/claim_usernames.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/code.h"
#include "command/instance/instance.h"
#include "command/org/domains.h"
#include "command/org/org.h"
#include "command/policy/settings.h"
#include "command/user/user.h"
#include "command/user/username.h"

namespace muniment::command {

namespace {

// Behind an id whose own temporary name somebody else has taken.
constexpr CodeGenerator kSuffix = {.length = 8, .lower_letters = true, .digits = true};

absl::StatusOr<std::string> TemporaryName(Unit& unit, const Ref<User>& user,
                                          absl::string_view primary_domain) {
  const std::string at =
      primary_domain.empty() ? "@temporary" : absl::StrCat("@temporary.", primary_domain);
  const std::string plain = absl::StrCat(user.id(), at);
  ASSIGN_OR_RETURN(const std::string holder,
                   unit.FindUserByUsername(user->username_scope, plain));
  if (holder.empty() || holder == user.id()) return plain;
  return absl::StrCat(user.id(), "-", unit.NewCode(kSuffix), at);
}

// Whether the name stands in the instance alone, without its organization's domain behind it.
absl::StatusOr<bool> IsLoginName(Unit& unit, const User& user) {
  ASSIGN_OR_RETURN(const auto policy, unit.Policy<DomainPolicy>(user.organization_id));
  return !policy->policy.user_login_must_be_domain();
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
    (void)IsLoginName(unit, *user);
    carriers.push_back(user);
  }
  for (const Ref<User>& user : carriers) {
    ASSIGN_OR_RETURN(const bool login_name, IsLoginName(unit, *user));
    if (!login_name) continue;
    event::v1::UserDomainClaimed claimed;
    ASSIGN_OR_RETURN(*claimed.mutable_username(),
                     TemporaryName(unit, user, instance->primary_domain));
    // In the same scope, or the old name would stay taken.
    claimed.set_username_scope(user->username_scope);
    claimed.set_domain(CarriedBy(user->username, proved));
    unit.Raise(user, std::move(claimed));
  }
  return absl::OkStatus();
}

}  // namespace muniment::command

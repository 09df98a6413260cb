#include "command/session/sign_in_name.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/email_address.h"
#include "base/phone_number.h"
#include "base/text.h"
#include "command/org/domains.h"
#include "command/policy/settings.h"

namespace muniment::command {
namespace {

using Users = std::vector<Ref<User>>;
using Fits = absl::StatusOr<bool> (*)(Unit& unit, const Ref<User>& user, const std::string& name);

absl::Status Unknown() {
  return Error(absl::StatusCode::kNotFound, "user.not_found", "There is no such user.");
}

// A user name by itself, where login names carry no domain.
absl::StatusOr<bool> IsUsername(Unit& unit, const Ref<User>& user, const std::string& name) {
  ASSIGN_OR_RETURN(const auto policy, unit.Policy<DomainPolicy>(user->organization_id));
  return !policy->policy.user_login_must_be_domain() && FoldName(user->username) == name;
}

absl::StatusOr<bool> IsNameInDomain(Unit& unit, const Ref<User>& user, const std::string& name) {
  ASSIGN_OR_RETURN(const auto policy, unit.Policy<DomainPolicy>(user->organization_id));
  if (!policy->policy.user_login_must_be_domain()) return false;
  ASSIGN_OR_RETURN(const auto domains, unit.LoadAny<OrgDomains>(user->organization_id));
  for (const auto& [domain, its] : domains->domains) {
    if (its.counts && FoldName(absl::StrCat(user->username, "@", domain)) == name) return true;
  }
  return false;
}

absl::StatusOr<bool> IsEmail(Unit& unit, const Ref<User>& user, const std::string& name) {
  if (!user->email_verified || !SameMailbox(user->email, name)) return false;
  ASSIGN_OR_RETURN(const auto policy, unit.Policy<LoginPolicy>(user->organization_id));
  return !policy->policy.disable_login_with_email();
}

absl::StatusOr<bool> IsPhone(Unit& unit, const Ref<User>& user, const std::string& name) {
  const absl::StatusOr<std::string> phone = NormalizePhoneNumber(name);
  if (!phone.ok() || !user->phone_verified || user->phone != *phone) return false;
  ASSIGN_OR_RETURN(const auto policy, unit.Policy<LoginPolicy>(user->organization_id));
  return !policy->policy.disable_login_with_phone();
}

// Those of a hint whom the log confirms.
absl::StatusOr<Users> Confirmed(Unit& unit, const std::vector<std::string>& ids,
                                const std::string& name, Fits fits) {
  for (const std::string& id : ids) (void)unit.LoadAny<User>(id);
  const std::string& chosen = unit.caller().chosen_organization_id;
  Users users;
  for (const std::string& id : ids) {
    ASSIGN_OR_RETURN(const auto user, unit.LoadAny<User>(id));
    if (!user->exists() || (!chosen.empty() && user->organization_id != chosen)) continue;
    ASSIGN_OR_RETURN(const bool confirmed, fits(unit, user, name));
    if (confirmed) users.push_back(user);
  }
  return users;
}

absl::StatusOr<Ref<User>> TheOne(const Users& users) {
  if (users.size() != 1) return Unknown();
  return users.front();
}

bool Same(const Ref<User>& one, const Ref<User>& other) { return one.id() == other.id(); }

// Whom his own organization names so: what it says of its people outweighs what they call themselves.
bool OfOneOrganization(const Ref<User>& user, const Users& named) {
  return std::all_of(named.begin(), named.end(), [&](const Ref<User>& other) {
    return other->organization_id == user->organization_id;
  });
}

// Of those whose address it is, `named` having it for a user name. A manager may say of his own people
// what he likes: against somebody elsewhere only he counts who has read himself what was sent to the
// address, and has it for a name too or is the only one to have it.
absl::StatusOr<Ref<User>> Reached(const Users& users, const Users& named, bool User::*proved) {
  Users provers;
  for (const Ref<User>& user : users) {
    if ((*user).*proved) provers.push_back(user);
  }
  if (users.size() == 1) {
    const bool counts = !provers.empty() || OfOneOrganization(users.front(), named);
    return counts ? absl::StatusOr<Ref<User>>(users.front()) : Unknown();
  }
  if (provers.size() != 1) return Unknown();
  const auto is_he = [&](const Ref<User>& other) { return Same(other, provers.front()); };
  return std::any_of(named.begin(), named.end(), is_he)
             ? absl::StatusOr<Ref<User>>(provers.front())
             : Unknown();
}

}  // namespace

absl::StatusOr<Ref<User>> UserBySignInName(Unit& unit, absl::string_view typed) {
  ASSIGN_OR_RETURN(const SignInName hint, unit.FindSignInName(typed));
  const std::string name = FoldName(typed);
  const std::string typed_text(typed);
  ASSIGN_OR_RETURN(const Users in_domain, Confirmed(unit, hint.by_login_name, name, IsNameInDomain));
  if (!in_domain.empty()) return TheOne(in_domain);

  ASSIGN_OR_RETURN(const Users named, Confirmed(unit, hint.by_login_name, name, IsUsername));
  ASSIGN_OR_RETURN(const Users mailed, Confirmed(unit, hint.by_email, typed_text, IsEmail));
  if (!mailed.empty()) return Reached(mailed, named, &User::email_proved);
  ASSIGN_OR_RETURN(const Users called, Confirmed(unit, hint.by_phone, typed_text, IsPhone));
  if (!called.empty()) return Reached(called, named, &User::phone_proved);
  return TheOne(named);
}

}  // namespace muniment::command

#include "tests/projections/fixture.h"

namespace muniment::projections {

using event::v1::DomainPolicyAdded;
using event::v1::DomainPolicyEvent;
using event::v1::DomainPolicyRemoved;
using event::v1::EmailChanged;
using event::v1::EmailVerified;
using event::v1::HumanAdded;
using event::v1::MachineAdded;
using event::v1::MemberAdded;
using event::v1::MemberChanged;
using event::v1::MemberEvent;
using event::v1::MemberRemoved;
using event::v1::MetadataEvent;
using event::v1::MetadataRemoved;
using event::v1::MetadataSet;
using event::v1::OrgAdded;
using event::v1::OrgChanged;
using event::v1::OrgDeactivated;
using event::v1::OrgDomainAdded;
using event::v1::OrgDomainEvent;
using event::v1::OrgDomainPrimarySet;
using event::v1::OrgDomainRemoved;
using event::v1::OrgEvent;
using event::v1::OrgReactivated;
using event::v1::PasswordChanged;
using event::v1::PersonalAccessTokenAdded;
using event::v1::PersonalAccessTokenRemoved;
using event::v1::ProfileChanged;
using event::v1::UserDeactivated;
using event::v1::UserEvent;
using event::v1::UserLocked;
using event::v1::UsernameChanged;
using event::v1::UserReactivated;
using event::v1::UserRemoved;
using event::v1::UserTokenEvent;
using event::v1::UserUnlocked;

void Script::Step() {
  if (orgs_.empty() || Pick(40) == 0) return AddOrg();
  const uint32_t what = Pick(10);
  if (what == 0) return ChangeOrg();
  if (users_.empty() || what < 4) return AddUser();
  User& user = users_[Pick(static_cast<uint32_t>(users_.size()))];
  if (what < 8) return ChangeUser(user);
  ChangeData(user);
}

void Script::AddOrg() {
  const uint64_t instance = 1 + Pick(3);
  const std::string id = absl::StrCat("org", ++next_);
  OrgAdded added;
  added.set_name(absl::StrCat(Word(), ".", next_));
  log_.Raise<OrgEvent>(instance, id, added);
  orgs_.emplace_back(instance, id);
}

void Script::ChangeOrg() {
  const auto& [instance, id] = orgs_[Pick(static_cast<uint32_t>(orgs_.size()))];
  OrgChanged changed;
  OrgDomainAdded domain;
  DomainPolicyAdded policy;
  const std::string name = absl::StrCat("d", Pick(3), ".example");
  switch (Pick(9)) {
    case 0:
      changed.set_name(absl::StrCat(Word(), ".", ++next_));
      log_.Raise<OrgEvent>(instance, id, changed);
      return;
    case 1:
      log_.Raise<OrgEvent>(instance, id, OrgDeactivated());
      return;
    case 2:
      log_.Raise<OrgEvent>(instance, id, OrgReactivated());
      return;
    case 3:
    case 4:
      domain.set_domain(name);
      log_.Raise<OrgDomainEvent>(instance, id, domain);
      return;
    case 5: {
      OrgDomainPrimarySet primary;
      primary.set_domain(name);
      log_.Raise<OrgDomainEvent>(instance, id, primary);
      return;
    }
    case 6: {
      OrgDomainRemoved removed;
      removed.set_domain(name);
      log_.Raise<OrgDomainEvent>(instance, id, removed);
      return;
    }
    case 7:
      policy.mutable_policy()->set_user_login_must_be_domain(Pick(2) == 0);
      log_.Raise<DomainPolicyEvent>(instance, id, policy, AGGREGATE_ORG);
      return;
    default:
      log_.Raise<DomainPolicyEvent>(instance, id, DomainPolicyRemoved(), AGGREGATE_ORG);
      return;
  }
}

void Script::AddUser() {
  const auto& [instance, org] = orgs_[Pick(static_cast<uint32_t>(orgs_.size()))];
  User user{instance, absl::StrCat("u", ++next_), false, 0};
  const std::string name = absl::StrCat(Word(), ".", next_);
  if (Pick(4) == 0) {
    MachineAdded added;
    added.set_organization_id(org);
    added.set_username(name);
    added.set_name(Word());
    log_.Raise<UserEvent>(instance, user.id, added);
  } else {
    HumanAdded added;
    added.set_organization_id(org);
    added.set_username(name);
    added.mutable_profile()->set_given_name(Word());
    added.mutable_profile()->set_family_name(Word());
    added.mutable_profile()->set_display_name(
        absl::StrCat(added.profile().given_name(), " ", added.profile().family_name()));
    added.set_email(absl::StrCat(name, "@example.com"));
    added.set_email_verified(Pick(2) == 0);
    log_.Raise<UserEvent>(instance, user.id, added);
  }
  users_.push_back(std::move(user));
}

void Script::ChangeUser(User& user) {
  UsernameChanged username;
  ProfileChanged profile;
  EmailChanged email;
  PasswordChanged password;
  switch (Pick(12)) {
    case 0:
      username.set_username(absl::StrCat(Word(), ".", ++next_));
      log_.Raise<UserEvent>(user.instance, user.id, username);
      return;
    case 1:
    case 2:
      profile.mutable_profile()->set_display_name(Word());
      log_.Raise<UserEvent>(user.instance, user.id, profile);
      return;
    case 3:
      email.set_email(Word() + "@example.org");
      log_.Raise<UserEvent>(user.instance, user.id, email);
      return;
    case 4:
      log_.Raise<UserEvent>(user.instance, user.id, EmailVerified());
      return;
    case 5:
      log_.Raise<UserEvent>(user.instance, user.id, UserDeactivated());
      return;
    case 6:
      log_.Raise<UserEvent>(user.instance, user.id, UserReactivated());
      return;
    case 7:
      log_.Raise<UserEvent>(user.instance, user.id, UserLocked());
      return;
    case 8:
      log_.Raise<UserEvent>(user.instance, user.id, UserUnlocked());
      return;
    case 9:
      password.set_password_hash("hash");
      log_.Raise<UserEvent>(user.instance, user.id, password);
      return;
    case 10:
      log_.Raise<UserEvent>(user.instance, user.id, UserRemoved());
      return;
    default:
      if (Pick(3) != 0 || user.erased) return ChangeData(user);
      user.erased = true;
      log_.EraseSubject(user.instance, user.id);
      return;
  }
}

void Script::ChangeData(User& user) {
  MetadataSet set;
  PersonalAccessTokenAdded token;
  MemberAdded member;
  MemberChanged roles;
  MemberRemoved gone;
  const std::string key = absl::StrCat("k", Pick(4));
  const auto& [instance, org] = orgs_[Pick(static_cast<uint32_t>(orgs_.size()))];
  switch (Pick(8)) {
    case 0:
    case 1:
      set.set_key(key);
      set.set_value(Word());
      log_.Raise<MetadataEvent>(user.instance, user.id, set, AGGREGATE_USER);
      return;
    case 2: {
      MetadataRemoved removed;
      removed.set_key(key);
      log_.Raise<MetadataEvent>(user.instance, user.id, removed, AGGREGATE_USER);
      return;
    }
    case 3:
      token.set_token_id(absl::StrCat(user.id, "-", ++user.tokens));
      token.set_token_hash(Sha256(token.token_id()).str());
      token.set_organization_id(org);
      log_.Raise<UserTokenEvent>(user.instance, user.id, token);
      return;
    case 4: {
      PersonalAccessTokenRemoved removed;
      removed.set_token_id(absl::StrCat(user.id, "-", user.tokens));
      log_.Raise<UserTokenEvent>(user.instance, user.id, removed);
      return;
    }
    case 5:
      member.set_user_id(user.id);
      member.add_role("ORG_OWNER");
      log_.Raise<MemberEvent>(instance, org, member, AGGREGATE_ORG);
      return;
    case 6:
      roles.set_user_id(user.id);
      roles.add_role(absl::StrCat("ROLE_", Pick(3)));
      log_.Raise<MemberEvent>(instance, org, roles, AGGREGATE_ORG);
      return;
    default:
      gone.set_user_id(user.id);
      log_.Raise<MemberEvent>(instance, org, gone, AGGREGATE_ORG);
      return;
  }
}

}  // namespace muniment::projections

#include "command/user/user.h"

#include <algorithm>

#include "base/timestamp.h"

namespace muniment::command {
namespace {

// The name is claimed there, from now on if not before.
void Claim(User& user, const std::string& scope) {
  for (NameClaim& claim : user.name_claims) {
    if (claim.scope != scope) continue;
    claim.former = false;
    return;
  }
  user.name_claims.push_back({scope});
}

// It is another, and wherever the one before is claimed beside, that is what stands.
void Rename(User& user, const std::string& username, const std::string& scope) {
  user.username = username;
  for (NameClaim& claim : user.name_claims) claim.former = true;
  Claim(user, scope);
}

}  // namespace

void Fold(User& user, const event::v1::HumanAdded& event) {
  user.state = UserState::kActive;
  user.machine = false;
  user.organization_id = event.organization_id();
  Rename(user, event.username(), event.username_scope());
  user.profile = event.profile();
  user.email = event.email();
  user.email_verified = event.email_verified();
  user.phone = event.phone();
  user.phone_verified = event.phone_verified();
  user.password_hash = event.password_hash();
  user.password_change_required = event.password_change_required();
  if (event.has_password_changed_at()) user.password_changed = ToTime(event.password_changed_at());
}

void Fold(User& user, const event::v1::MachineAdded& event) {
  user.state = UserState::kActive;
  user.machine = true;
  user.organization_id = event.organization_id();
  Rename(user, event.username(), event.username_scope());
  user.name = event.name();
  user.description = event.description();
  user.access_token_type = event.access_token_type();
}

void Fold(User& user, const event::v1::UsernameChanged& event) {
  Rename(user, event.username(), event.username_scope());
  user.claimed_domain.clear();
}

void Fold(User& user, const event::v1::UserDomainClaimed& event) {
  Rename(user, event.username(), event.username_scope());
  user.claimed_domain = event.domain();
}

void Fold(User& user, const event::v1::UsernameClaimed& event) {
  Claim(user, event.username_scope());
}

void Fold(User& user, const event::v1::UsernameReleased& event) {
  auto& claims = user.name_claims;
  claims.erase(std::remove_if(claims.begin(), claims.end(),
                              [&](const NameClaim& claim) {
                                return claim.scope == event.username_scope();
                              }),
               claims.end());
}

void Fold(User& user, const event::v1::ProfileChanged& event) { user.profile = event.profile(); }

void Fold(User& user, const event::v1::EmailChanged& event) {
  user.email = event.email();
  user.email_verified = user.email_proved = false;
}

void Fold(User& user, const event::v1::EmailVerified& event) {
  user.email_verified = true;
  user.email_proved = event.proved();
}

void Fold(User& user, const event::v1::PhoneChanged& event) {
  user.phone = event.phone();
  user.phone_verified = user.phone_proved = false;
}

void Fold(User& user, const event::v1::PhoneVerified& event) {
  user.phone_verified = true;
  user.phone_proved = event.proved();
}

void Fold(User& user, const event::v1::PhoneRemoved&) {
  user.phone.clear();
  user.phone_verified = user.phone_proved = false;
}

void Fold(User& user, const event::v1::PasswordChanged& event) {
  user.password_hash = event.password_hash();
  user.password_change_required = event.change_required();
  if (event.has_changed_at()) user.password_changed = ToTime(event.changed_at());
  ++user.credential_epoch;
}

void Fold(User& user, const event::v1::PasswordHashUpdated& event) {
  user.password_hash = event.password_hash();
}

void Fold(User& user, const event::v1::CredentialsRevoked&) { ++user.credential_epoch; }

void Fold(User& user, const event::v1::MachineChanged& event) {
  user.name = event.name();
  user.description = event.description();
  user.access_token_type = event.access_token_type();
}

void Fold(User& user, const event::v1::UserDeactivated&) {
  user.state = UserState::kInactive;
  ++user.credential_epoch;
}
void Fold(User& user, const event::v1::UserReactivated&) { user.state = UserState::kActive; }
void Fold(User& user, const event::v1::UserLocked&) {
  user.state = UserState::kLocked;
  ++user.credential_epoch;
}
void Fold(User& user, const event::v1::UserUnlocked&) { user.state = UserState::kActive; }

void Fold(User& user, const event::v1::UserRemoved&) {
  // Who owned him stays known: his other streams are swept under the same owner.
  const std::string organization_id = std::move(user.organization_id);
  user = User();
  user.state = UserState::kRemoved;
  user.organization_id = organization_id;
}

void Fold(User& user, const event::v1::UserErased&) { user.erased = true; }

void Fold(User& user, const event::v1::UserPurged&) { user.purged = true; }

}  // namespace muniment::command

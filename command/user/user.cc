#include "command/user/user.h"

#include "base/timestamp.h"

namespace muniment::command {

void Fold(User& user, const event::v1::HumanAdded& event) {
  user.state = UserState::kActive;
  user.machine = false;
  user.organization_id = event.organization_id();
  user.username = event.username();
  user.username_scope = event.username_scope();
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
  user.username = event.username();
  user.username_scope = event.username_scope();
  user.name = event.name();
  user.description = event.description();
  user.access_token_type = event.access_token_type();
}

void Fold(User& user, const event::v1::UsernameChanged& event) {
  user.username = event.username();
  user.username_scope = event.username_scope();
  user.claimed_domain.clear();
}

void Fold(User& user, const event::v1::UserDomainClaimed& event) {
  user.username = event.username();
  user.username_scope = event.username_scope();
  user.claimed_domain = event.domain();
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

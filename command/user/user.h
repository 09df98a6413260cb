// A user, a person or a machine, as decisions see him.
#ifndef MUNIMENT_COMMAND_USER_USER_H_
#define MUNIMENT_COMMAND_USER_USER_H_

#include <cstdint>
#include <string>

#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "muniment/event/v1/user.visit.h"

namespace muniment::command {

enum class UserState { kNone, kActive, kInactive, kLocked, kRemoved };

// Where a user's name is claimed.
struct NameClaim {
  std::string scope;     // an organization's id, or empty for the instance
  bool former = false;   // what is claimed there is the name before
};

struct User {
  using Event = event::v1::UserEvent;
  using Ignored = Kinds<event::v1::PasswordChangeSent, event::v1::UserDomainClaimedSent>;
  static constexpr absl::string_view kNoun = "user";
  static constexpr TargetKind kTarget = TARGET_USER;

  UserState state = UserState::kNone;
  bool erased = false;  // of one who is removed: his keys are destroyed
  bool purged = false;  // and no file holds anything of him
  bool machine = false;
  std::string organization_id;
  std::string username;
  // One, but while names of his organization are on the move (command/policy/move_names.h).
  absl::InlinedVector<NameClaim, 1> name_claims;
  // In which his name ended before it was made a temporary one; empty: it is none.
  std::string claimed_domain;

  // Of a person.
  event::v1::Profile profile;
  std::string email;
  bool email_verified = false;
  bool email_proved = false;  // and by himself: he read what was sent to it
  std::string phone;  // empty: none
  bool phone_verified = false;
  bool phone_proved = false;
  std::string password_hash;  // empty: none
  bool password_change_required = false;
  absl::Time password_changed = absl::InfinitePast();
  // Rises with whatever ends the sessions before: a new password, a lock, a factor removed.
  uint64_t credential_epoch = 0;

  // Of a machine.
  std::string name;
  std::string description;
  event::v1::AccessTokenType access_token_type = event::v1::ACCESS_TOKEN_TYPE_BEARER;

  bool exists() const { return state != UserState::kNone && state != UserState::kRemoved; }
  bool active() const { return state == UserState::kActive; }
  size_t bytes() const {
    return username.size() + email.size() + password_hash.size() + description.size() + 256;
  }
};

inline absl::string_view OwnerOf(const User& user) { return user.organization_id; }

void Fold(User& user, const event::v1::HumanAdded& event);
void Fold(User& user, const event::v1::MachineAdded& event);
void Fold(User& user, const event::v1::UsernameChanged& event);
void Fold(User& user, const event::v1::UserDomainClaimed& event);
void Fold(User& user, const event::v1::UsernameClaimed& event);
void Fold(User& user, const event::v1::UsernameReleased& event);
void Fold(User& user, const event::v1::ProfileChanged& event);
void Fold(User& user, const event::v1::EmailChanged& event);
void Fold(User& user, const event::v1::EmailVerified& event);
void Fold(User& user, const event::v1::PhoneChanged& event);
void Fold(User& user, const event::v1::PhoneVerified& event);
void Fold(User& user, const event::v1::PhoneRemoved& event);
void Fold(User& user, const event::v1::PasswordChanged& event);
void Fold(User& user, const event::v1::PasswordHashUpdated& event);
void Fold(User& user, const event::v1::CredentialsRevoked& event);
void Fold(User& user, const event::v1::MachineChanged& event);
void Fold(User& user, const event::v1::UserDeactivated& event);
void Fold(User& user, const event::v1::UserReactivated& event);
void Fold(User& user, const event::v1::UserLocked& event);
void Fold(User& user, const event::v1::UserUnlocked& event);
void Fold(User& user, const event::v1::UserRemoved& event);
void Fold(User& user, const event::v1::UserErased& event);
void Fold(User& user, const event::v1::UserPurged& event);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_USER_H_

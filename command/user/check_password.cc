#include "command/user/check_password.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/error_facts.h"
#include "base/password.h"
#include "base/password_complexity.h"
#include "base/text.h"
#include "command/instance/instance.h"
#include "command/policy/settings.h"
#include "command/user/checks.h"
#include "command/user/state.h"
#include "command/user/unknown_user.h"

namespace muniment::command {

namespace {

// No password that anybody has is longer, and what is longer is not worth a hash.
absl::Status CheckLength(absl::string_view password) {
  if (CodePoints(password) <= kMaxPasswordCodePoints) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, "password.too_long",
               absl::StrCat("A password has at most ", kMaxPasswordCodePoints, " characters."));
}

bool Exhausted(const event::v1::LockoutPolicy& policy, uint64_t failures) {
  return policy.max_password_attempts() > 0 && failures >= policy.max_password_attempts();
}

// `failures`: with this one.
absl::Status Wrong(const event::v1::LockoutPolicy& policy, bool locked, uint64_t failures) {
  absl::Status status = Error(absl::StatusCode::kInvalidArgument, "user.password_wrong",
                              "The password is wrong.");
  if (!policy.show_failure()) return status;
  if (locked) {
    status = Error(absl::StatusCode::kFailedPrecondition, "user.locked", "The user is locked.");
  }
  SetErrorFact(status, kFailedAttempts, absl::StrCat(failures));
  return status;
}

// The hash a password is held against; another one where it can be right for nobody.
const std::string& HashOf(const User& user, bool open) {
  return !open || user.password_hash.empty() ? DecoyHash() : user.password_hash;
}

absl::Status Rehash(Unit& unit, const Ref<User>& user, absl::string_view password) {
  if (!NeedsRehash(user->password_hash)) return absl::OkStatus();
  const absl::StatusOr<std::string> hash = unit.Hash(password);
  if (IsPending(hash.status())) return hash.status();
  // Where the machine is too busy for a second hash there is a next time.
  if (!hash.ok() || *hash == user->password_hash) return absl::OkStatus();
  event::v1::PasswordHashUpdated updated;
  updated.set_password_hash(*hash);
  unit.Raise(user, std::move(updated));
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckPassword(Unit& unit, const Ref<User>& user, absl::string_view password) {
  RETURN_IF_ERROR(CheckLength(password));
  const auto checks_loaded = unit.LoadAny<UserChecks>(user.id());
  ASSIGN_OR_RETURN(const auto lockout, unit.Policy<LockoutPolicy>(user->organization_id));
  ASSIGN_OR_RETURN(const auto checks, checks_loaded);
  ASSIGN_OR_RETURN(const bool active, IsActive(unit, *user));
  const event::v1::LockoutPolicy& policy = lockout->policy;

  const bool locked = user->state == UserState::kLocked || Exhausted(policy, checks->password_failures);
  const std::string hash = HashOf(*user, active && !locked);
  RETURN_IF_ERROR(BeginTry(unit, user.id(), checks->password_failures));
  ASSIGN_OR_RETURN(const bool same, unit.Verify(user.id(), password, hash));
  if (same && hash != DecoyHash()) {
    unit.Raise(checks, event::v1::PasswordCheckSucceeded());
    return Rehash(unit, user, password);
  }

  unit.Raise(checks, event::v1::PasswordCheckFailed());
  const bool guessable = !user->password_hash.empty();
  if (active && guessable && Exhausted(policy, checks->password_failures)) {
    unit.Raise(user, event::v1::UserLocked());
  }
  return unit.Refuse(Wrong(policy, locked, checks->password_failures));
}

absl::Status CheckPasswordOfNobody(Unit& unit, absl::string_view name,
                                   absl::string_view password) {
  RETURN_IF_ERROR(CheckLength(password));
  // Who may sign nobody in learns nothing of what those did who may, and waits for himself: his
  // guesses are hashed one at a time, whatever names they are at.
  ASSIGN_OR_RETURN(const bool client, unit.HoldsOnInstance("session.write"));
  const std::string id =
      UnknownUserId(unit, client ? std::string(name) : absl::StrCat("stranger ", name));
  const std::string line = client ? id : absl::StrCat("by ", unit.caller().user_id);
  const auto tries_loaded = unit.LoadAny<UnknownUser>(id);
  std::string organization_id = unit.caller().organization_id;
  if (organization_id.empty()) {
    // Our own login asks of no organization, so the instance's first is told.
    ASSIGN_OR_RETURN(const auto instance, unit.LoadAny<Instance>(InstanceScope()));
    organization_id = instance->default_organization_id;
  }
  ASSIGN_OR_RETURN(const auto lockout, unit.Policy<LockoutPolicy>(organization_id));
  ASSIGN_OR_RETURN(const auto tries, tries_loaded);

  const bool locked = Exhausted(lockout->policy, tries->failures);
  RETURN_IF_ERROR(BeginTry(unit, id, tries->failures));
  RETURN_IF_ERROR(unit.Verify(line, password, DecoyHash()).status());
  event::v1::UnknownUserCheckFailed failed;
  failed.set_organization_id(organization_id);
  unit.Raise(tries, std::move(failed));
  return unit.Refuse(Wrong(lockout->policy, locked, tries->failures));
}

}  // namespace muniment::command

#include "command/instance/owners.h"

#include <algorithm>
#include <vector>

#include "base/timestamp.h"
#include "command/member/members.h"
#include "command/org/org.h"
#include "command/user/factors.h"
#include "command/user/machine_credentials.h"
#include "command/user/tokens.h"
#include "command/user/user.h"

namespace muniment::command {
namespace {

bool IsOwner(const Members& members, absl::string_view user_id) {
  const auto& roles = members.RolesOf(user_id);
  return std::find(roles.begin(), roles.end(), kOwnerRole) != roles.end();
}

// The caller first: his streams are read already.
std::vector<std::string> OwnersOf(const Members& members, const std::string& caller) {
  std::vector<std::string> owners;
  for (const auto& [user_id, roles] : members.roles) {
    if (IsOwner(members, user_id)) owners.push_back(user_id);
  }
  std::sort(owners.begin(), owners.end(), [&caller](const auto& a, const auto& b) {
    return (a == caller) != (b == caller) ? a == caller : a < b;
  });
  return owners;
}

absl::StatusOr<bool> HasToken(Unit& unit, const std::string& user_id, absl::string_view without) {
  ASSIGN_OR_RETURN(const auto tokens, unit.LoadAny<UserTokens>(user_id));
  for (const auto& [id, expiration] : tokens->expiration) {
    if (id != without && tokens->Stands(id, unit.Now())) return true;
  }
  return false;
}

absl::StatusOr<bool> HasMachineCredential(Unit& unit, const std::string& user_id,
                                          const Loss& without) {
  ASSIGN_OR_RETURN(const auto credentials, unit.LoadAny<MachineCredentials>(user_id));
  if (!credentials->secret_hash.empty() && !without.secret) return true;
  for (const auto& [id, key] : credentials->keys) {
    if (id == without.key_id) continue;
    if (!key.has_expiration() || unit.Now() < ToTime(key.expiration())) return true;
  }
  return false;
}

absl::StatusOr<bool> HasPasskey(Unit& unit, const std::string& user_id,
                                absl::string_view without) {
  ASSIGN_OR_RETURN(const auto factors, unit.LoadAny<UserFactors>(user_id));
  for (const auto& [id, passkey] : factors->passkeys) {
    if (id != without && passkey.verified()) return true;
  }
  return false;
}

absl::Status LastOwner() {
  return Error(absl::StatusCode::kFailedPrecondition, "instance.last_owner",
               "Nobody would be left who administers the instance: make another user IAM_OWNER "
               "first.");
}

}  // namespace

absl::StatusOr<bool> CanAct(Unit& unit, const std::string& user_id, const Loss& without) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadAny<User>(user_id));
  if (!user->active()) return false;
  ASSIGN_OR_RETURN(const auto org, unit.LoadAny<Org>(user->organization_id));
  if (!org->active()) return false;
  if (!user->machine && !user->password_hash.empty()) return true;
  ASSIGN_OR_RETURN(const bool has_token, HasToken(unit, user_id, without.token_id));
  if (has_token) return true;
  if (user->machine) return HasMachineCredential(unit, user_id, without);
  return HasPasskey(unit, user_id, without.passkey_id);
}

absl::Status KeepsAnOwner(Unit& unit, const Loss& loss) {
  ASSIGN_OR_RETURN(const auto members, unit.LoadAny<Members>(InstanceScope()));
  const bool of_user = !loss.user_id.empty();
  if (of_user && !IsOwner(*members, loss.user_id)) return absl::OkStatus();
  if (of_user && loss.of_credential()) {
    ASSIGN_OR_RETURN(const bool acts, CanAct(unit, loss.user_id, loss));
    if (acts) return absl::OkStatus();
  }
  bool takes = false;
  for (const std::string& owner : OwnersOf(*members, unit.caller().user_id)) {
    ASSIGN_OR_RETURN(const bool acts, CanAct(unit, owner));
    if (!acts) continue;
    ASSIGN_OR_RETURN(const auto user, unit.LoadAny<User>(owner));
    if (of_user ? owner != loss.user_id : user->organization_id != loss.organization_id) {
      return absl::OkStatus();
    }
    takes = true;
  }
  return takes ? LastOwner() : absl::OkStatus();
}

}  // namespace muniment::command

#include "command/instance/owners.h"

#include <algorithm>
#include <vector>

#include "base/access.h"
#include "command/member/members.h"
#include "command/org/org.h"
#include "command/user/factors.h"
#include "command/user/state.h"
#include "command/user/tokens.h"

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

absl::StatusOr<bool> HasPasskey(Unit& unit, const std::string& user_id,
                                absl::string_view without) {
  ASSIGN_OR_RETURN(const auto factors, unit.LoadAny<UserFactors>(user_id));
  for (const auto& [id, passkey] : factors->passkeys) {
    if (id != without && passkey.verified()) return true;
  }
  return false;
}

// Of the members of the instance somebody may sign others in and has a token for it. What is taken
// away with the user himself, or his organization, does not count.
absl::StatusOr<bool> SomebodySignsIn(Unit& unit, const Loss& without) {
  ASSIGN_OR_RETURN(const auto members, unit.LoadAny<Members>(InstanceScope()));
  for (const auto& [user_id, roles] : members->roles) {
    if (!AllowsOn(Level::kInstance, roles, "session.write")) continue;
    const bool himself = user_id == without.user_id;
    if (himself && !without.of_credential()) continue;
    ASSIGN_OR_RETURN(const auto user, unit.LoadAny<User>(user_id));
    if (user->organization_id == without.organization_id) continue;
    ASSIGN_OR_RETURN(const bool active, IsActive(unit, *user));
    if (!active) continue;
    ASSIGN_OR_RETURN(const bool token,
                     HasToken(unit, user_id, himself ? without.token_id : std::string()));
    if (token) return true;
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
  ASSIGN_OR_RETURN(const bool active, IsActive(unit, *user));
  if (!active) return false;
  const bool himself = user_id == without.user_id;
  ASSIGN_OR_RETURN(const bool has_token,
                   HasToken(unit, user_id, himself ? without.token_id : std::string()));
  if (has_token || user->machine) return has_token;
  if (user->password_hash.empty()) {
    ASSIGN_OR_RETURN(const bool passkey,
                     HasPasskey(unit, user_id, himself ? without.passkey_id : std::string()));
    if (!passkey) return false;
  }
  return SomebodySignsIn(unit, without);
}

absl::Status KeepsAnOwner(Unit& unit, const Loss& loss) {
  ASSIGN_OR_RETURN(const auto members, unit.LoadAny<Members>(InstanceScope()));
  const bool of_user = !loss.user_id.empty();
  // Whom the loss cannot concern, neither as an owner nor as one who signs owners in.
  if (of_user && !AllowsOn(Level::kInstance, members->RolesOf(loss.user_id), "session.write")) {
    return absl::OkStatus();
  }
  bool acted = false;
  for (const std::string& owner : OwnersOf(*members, unit.caller().user_id)) {
    ASSIGN_OR_RETURN(const auto user, unit.LoadAny<User>(owner));
    const bool goes = of_user ? owner == loss.user_id && !loss.of_credential()
                              : user->organization_id == loss.organization_id;
    ASSIGN_OR_RETURN(const bool stays, goes ? false : CanAct(unit, owner, loss));
    if (stays) return absl::OkStatus();
    if (!acted) {
      ASSIGN_OR_RETURN(acted, CanAct(unit, owner));
    }
  }
  return acted ? LastOwner() : absl::OkStatus();
}

}  // namespace muniment::command

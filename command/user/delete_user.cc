#include <algorithm>
#include <utility>
#include <vector>

#include "command/member/members.h"
#include "command/metadata/entries.h"
#include "command/user/tokens.h"
#include "command/user/user.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::DeleteUserRequest;
using zitadel::user::v2::DeleteUserResponse;

namespace {

// A commit holds 500 events. What is beyond these bounds ends with its user all the same: roles and
// tokens count only for a user who stands.
constexpr size_t kMaxMemberships = 200;
constexpr size_t kMaxTokens = 200;

absl::Status EndMemberships(Unit& unit, const Ref<User>& user) {
  ASSIGN_OR_RETURN(std::vector<Scope> scopes, unit.FindMemberships(user.id()));
  if (scopes.size() > kMaxMemberships) scopes.resize(kMaxMemberships);
  // All are asked for before the first is waited for.
  for (const Scope& scope : scopes) (void)unit.LoadAny<Members>(scope);
  for (const Scope& scope : scopes) {
    ASSIGN_OR_RETURN(const auto members, unit.LoadAny<Members>(scope));
    if (members->RolesOf(user.id()).empty()) continue;
    event::v1::MemberCascadeRemoved removed;
    removed.set_user_id(user.id());
    unit.Raise(members, std::move(removed));
  }
  return absl::OkStatus();
}

absl::Status EndTokens(Unit& unit, const Ref<User>& user) {
  ASSIGN_OR_RETURN(const auto tokens, unit.LoadAny<UserTokens>(user.id()));
  std::vector<std::string> ids;
  for (const auto& [id, expiration] : tokens->expiration) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  if (ids.size() > kMaxTokens) ids.resize(kMaxTokens);
  for (std::string& id : ids) {
    event::v1::PersonalAccessTokenRemoved removed;
    removed.set_token_id(std::move(id));
    unit.Raise(tokens, std::move(removed));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<DeleteUserResponse> DeleteUser(Unit& unit, const DeleteUserRequest&) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  unit.Raise(user, event::v1::UserRemoved());
  RETURN_IF_ERROR(EndMemberships(unit, user));
  RETURN_IF_ERROR(EndTokens(unit, user));
  RETURN_IF_ERROR(RemoveAllMetadata(unit, UserScope(user.id())));
  return DeleteUserResponse();
}

}  // namespace muniment::command

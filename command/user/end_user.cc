#include "command/user/end_user.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "command/authorization/user_grant.h"
#include "command/group/group.h"
#include "command/group/users.h"
#include "command/member/members.h"
#include "command/metadata/metadata.h"
#include "command/oidc/revoke.h"
#include "command/oidc/session_logout.h"
#include "command/session/session.h"
#include "command/user/factors.h"
#include "command/user/tokens.h"

namespace muniment::command {
namespace {

// Streams of memberships, and of sessions, that one command reads, at most.
constexpr size_t kMaxMemberships = 200;
constexpr size_t kMaxSessions = 200;
// The end of a session that others are told of.
constexpr size_t kEventsOfTold = 2;
constexpr size_t kMaxAuthorizations = 200;
constexpr size_t kMaxGroups = 200;

// How many events there is room for, and whether all found room.
class Room {
 public:
  explicit Room(size_t most) : left_(most) {}

  bool Take(size_t events = 1) {
    if (left_ >= events) {
      left_ -= events;
      return true;
    }
    all_ = false;
    return false;
  }
  void Miss() { all_ = false; }
  bool all() const { return all_; }

 private:
  size_t left_;
  bool all_ = true;
};

absl::Status EndMemberships(Unit& unit, const std::string& user_id, Room& room) {
  ASSIGN_OR_RETURN(std::vector<Scope> scopes, unit.FindMemberships(user_id));
  if (scopes.size() > kMaxMemberships) {
    scopes.resize(kMaxMemberships);
    room.Miss();
  }
  // All are asked for before the first is waited for.
  for (const Scope& scope : scopes) (void)unit.LoadAny<Members>(scope);
  for (const Scope& scope : scopes) {
    ASSIGN_OR_RETURN(const auto members, unit.LoadAny<Members>(scope));
    if (members->RolesOf(user_id).empty() || !room.Take()) continue;
    event::v1::MemberCascadeRemoved removed;
    removed.set_user_id(user_id);
    unit.Raise(members, std::move(removed));
  }
  return absl::OkStatus();
}

absl::Status EndAuthorizations(Unit& unit, const std::string& user_id, Room& room) {
  ASSIGN_OR_RETURN(const auto ids, unit.FindAuthorizations(user_id, kMaxAuthorizations));
  for (const std::string& id : ids) (void)unit.LoadAny<UserGrant>(id);
  for (const std::string& id : ids) {
    ASSIGN_OR_RETURN(const auto grant, unit.LoadAny<UserGrant>(id));
    if (grant.exists() && room.Take()) unit.Raise(grant, event::v1::UserGrantCascadeRemoved());
  }
  if (ids.size() == kMaxAuthorizations) room.Miss();
  return absl::OkStatus();
}

// A group that was removed is swept by itself, of all its users at once.
absl::Status EndGroups(Unit& unit, const std::string& user_id, Room& room) {
  ASSIGN_OR_RETURN(const auto ids, unit.FindGroups(user_id, kMaxGroups));
  for (const std::string& id : ids) {
    (void)unit.LoadAny<Group>(id);
    (void)unit.LoadAny<GroupUsers>(GroupPageOf(id, user_id));
  }
  for (const std::string& id : ids) {
    ASSIGN_OR_RETURN(const auto group, unit.LoadAny<Group>(id));
    ASSIGN_OR_RETURN(const auto page, unit.LoadAny<GroupUsers>(GroupPageOf(id, user_id)));
    if (!group.exists() || !page->Has(user_id) || !room.Take()) continue;
    event::v1::GroupUsersCascadeRemoved removed;
    removed.add_user_id(user_id);
    unit.Raise(page, std::move(removed));
  }
  if (ids.size() == kMaxGroups) room.Miss();
  return absl::OkStatus();
}

absl::Status EndTokens(Unit& unit, const std::string& user_id, Room& room) {
  ASSIGN_OR_RETURN(const auto tokens, unit.LoadAny<UserTokens>(user_id));
  std::vector<std::string> ids;
  for (const auto& [id, expiration] : tokens->expiration) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  for (std::string& id : ids) {
    if (!room.Take()) break;
    event::v1::PersonalAccessTokenRemoved removed;
    removed.set_token_id(std::move(id));
    unit.Raise(tokens, std::move(removed));
  }
  return absl::OkStatus();
}

// Each credential gives back its claim, which nobody could tell any more without the key.
template <class Removed>
void EndAuthenticators(Unit& unit, const Ref<UserFactors>& factors,
                       const UserFactors::Authenticators& tokens, Room& room) {
  std::vector<std::string> ids;
  for (const auto& [id, token] : tokens) {
    if (token.verified()) ids.push_back(id);
  }
  for (std::string& id : ids) {
    if (!room.Take()) break;
    Removed removed;
    removed.set_token_id(std::move(id));
    unit.Raise(factors, std::move(removed));
  }
}

absl::Status EndFactors(Unit& unit, const std::string& user_id, Room& room) {
  ASSIGN_OR_RETURN(const auto factors, unit.LoadAny<UserFactors>(user_id));
  EndAuthenticators<event::v1::PasskeyRemoved>(unit, factors, factors->passkeys, room);
  EndAuthenticators<event::v1::U2fRemoved>(unit, factors, factors->u2f, room);
  return absl::OkStatus();
}

// Of those that the read models show; a session whose stream says that it ended is as good as gone.
absl::Status EndSessions(Unit& unit, const std::string& user_id, Room& room) {
  ASSIGN_OR_RETURN(const auto ids, unit.FindSessions(user_id, kMaxSessions));
  for (const std::string& id : ids) {
    (void)unit.LoadAny<Session>(id);
    (void)unit.LoadAny<SessionLogout>(id);
  }
  for (const std::string& id : ids) {
    ASSIGN_OR_RETURN(const auto session, unit.LoadAny<Session>(id));
    if (!session.exists() || session->user_id != user_id) continue;
    ASSIGN_OR_RETURN(const auto logout, unit.LoadAny<SessionLogout>(id));
    if (!room.Take(logout->Owes() ? kEventsOfTold : 1)) continue;
    RETURN_IF_ERROR(TerminateSession(unit, session));
  }
  if (ids.size() == kMaxSessions) room.Miss();
  return absl::OkStatus();
}

// What they hold counts for nobody any more; that they end is for whoever reads the log.
absl::Status EndTokenFamilies(Unit& unit, const std::string& user_id, Room& room) {
  ASSIGN_OR_RETURN(const bool all,
                   RevokeFamilies(unit, user_id, event::v1::REVOCATION_REASON_USER_REMOVED,
                                  [&room] { return room.Take(); }));
  if (!all) room.Miss();
  return absl::OkStatus();
}

absl::Status EndWhatIsHis(Unit& unit, const std::string& user_id, Room& room) {
  RETURN_IF_ERROR(EndMemberships(unit, user_id, room));
  RETURN_IF_ERROR(EndAuthorizations(unit, user_id, room));
  RETURN_IF_ERROR(EndGroups(unit, user_id, room));
  RETURN_IF_ERROR(EndTokens(unit, user_id, room));
  RETURN_IF_ERROR(EndFactors(unit, user_id, room));
  RETURN_IF_ERROR(EndTokenFamilies(unit, user_id, room));
  ASSIGN_OR_RETURN(const auto metadata, unit.LoadAny<Metadata>(UserScope(user_id)));
  if (metadata->exists() && room.Take()) {
    unit.Raise(metadata, event::v1::MetadataAllRemoved());
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status EndUser(Unit& unit, const Ref<User>& user, size_t most) {
  unit.Raise(user, event::v1::UserRemoved());
  Room room(most - 1);
  return EndWhatIsHis(unit, user.id(), room);
}

absl::StatusOr<bool> SweepUser(Unit& unit, absl::string_view user_id, size_t most) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadAny<User>(user_id));
  if (user->state != UserState::kRemoved || user->erased) return true;
  Room room(most - 1);
  RETURN_IF_ERROR(EndWhatIsHis(unit, user.id(), room));
  RETURN_IF_ERROR(EndSessions(unit, user.id(), room));
  if (!room.all()) return false;
  unit.Raise(user, event::v1::UserErased());
  return true;
}

absl::Status RaiseUserPurged(Unit& unit, absl::string_view user_id, bool database_keeps_log) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadAny<User>(user_id));
  if (!user->erased || user->purged) return absl::OkStatus();
  event::v1::UserPurged purged;
  purged.set_database_keeps_log(database_keeps_log);
  unit.Raise(user, std::move(purged));
  return absl::OkStatus();
}

}  // namespace muniment::command

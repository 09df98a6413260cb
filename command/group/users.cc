#include "command/group/users.h"

#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "base/crypto.h"
#include "command/for_each.h"
#include "command/group/group.h"
#include "command/org/org.h"

namespace muniment::command {

namespace {

// Ids have up to 200 bytes, and a commit has room for a million.
constexpr size_t kUsersAtOnce = 4000;

template <class Kind>
void Erase(GroupUsers& page, const Kind& event) {
  for (const std::string& user : event.user_id()) page.users.erase(user);
}

}  // namespace

void Fold(GroupUsers& page, const event::v1::GroupUsersAdded& event) {
  page.organization_id = event.organization_id();
  page.users.insert(event.user_id().begin(), event.user_id().end());
}

void Fold(GroupUsers& page, const event::v1::GroupUsersRemoved& event) { Erase(page, event); }

void Fold(GroupUsers& page, const event::v1::GroupUsersCascadeRemoved& event) {
  Erase(page, event);
}

std::string GroupPage(absl::string_view group_id, int page) {
  return absl::StrFormat("%s/%02x", group_id, page);
}

std::string GroupPageOf(absl::string_view group_id, absl::string_view user_id) {
  return GroupPage(group_id, static_cast<unsigned char>(Sha256(user_id).bytes[0]));
}

UsersByPage ByPage(absl::string_view group_id,
                   const google::protobuf::RepeatedPtrField<std::string>& user_ids) {
  UsersByPage pages;
  for (const std::string& user : user_ids) pages[GroupPageOf(group_id, user)].insert(user);
  return pages;
}

// All that may be cold is asked for before the first of it is waited for.
absl::StatusOr<bool> EndGroupUsers(Unit& unit, absl::string_view group_id) {
  ASSIGN_OR_RETURN(const auto group, unit.LoadAny<Group>(group_id));
  if (group->state != GroupState::kRemoved) return true;
  for (int i = 0; i < kGroupPages; ++i) (void)unit.LoadAny<GroupUsers>(GroupPage(group_id, i));
  size_t room = kUsersAtOnce;
  for (int i = 0; i < kGroupPages; ++i) {
    ASSIGN_OR_RETURN(const auto page, unit.LoadAny<GroupUsers>(GroupPage(group_id, i)));
    event::v1::GroupUsersCascadeRemoved removed;
    for (const std::string& user : page->users) {
      if (room == 0) break;
      --room;
      removed.add_user_id(user);
    }
    const bool all = static_cast<size_t>(removed.user_id_size()) == page->users.size();
    if (removed.user_id_size() > 0) unit.Raise(page, std::move(removed));
    if (!all) return false;
  }
  return true;
}

absl::Status RaiseGroupSwept(Unit& unit, absl::string_view group_id) {
  ASSIGN_OR_RETURN(const auto group, unit.LoadAny<Group>(group_id));
  if (group->state == GroupState::kRemoved && !group->swept) {
    unit.Raise(group, event::v1::GroupSwept());
  }
  return absl::OkStatus();
}

absl::Status SettleGroups(Unit& unit, const std::vector<std::string>& ids) {
  return ForEach(unit, ids, [](Unit& unit, const std::string& id) -> absl::Status {
    ASSIGN_OR_RETURN(const auto group, unit.LoadAny<Group>(id));
    if (!group->exists()) return absl::OkStatus();
    ASSIGN_OR_RETURN(const auto org, unit.LoadAny<Org>(group->organization_id));
    if (!org->exists()) unit.Raise(group, event::v1::GroupRemoved());
    return absl::OkStatus();
  });
}

}  // namespace muniment::command

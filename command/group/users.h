// Who is in a group, as decisions see it: a page of it. A group may hold more users than a command
// should fold, or copy to add one, and two that add different users should not run into each other; so
// a group has 256 pages, each a stream of its own, and a user stands on the one that the hash of his
// id falls on. What is decided of one user reads one page; of all, 256, whatever their number.
//
//   for (const auto& [page, users] : ByPage(group.id(), request.user_ids())) {
//     ASSIGN_OR_RETURN(const auto on_page, unit.LoadAny<GroupUsers>(page));
#ifndef MUNIMENT_COMMAND_GROUP_USERS_H_
#define MUNIMENT_COMMAND_GROUP_USERS_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "command/unit.h"
#include "google/protobuf/repeated_field.h"
#include "muniment/event/v1/group.visit.h"

namespace muniment::command {

struct GroupUsers {
  using Event = event::v1::GroupUserEvent;
  static constexpr absl::string_view kNoun = "group.users";

  std::string organization_id;  // empty while nobody was ever on the page
  std::set<std::string, std::less<>> users;

  bool exists() const { return !users.empty(); }
  bool Has(absl::string_view user_id) const { return users.find(user_id) != users.end(); }
  size_t bytes() const { return users.size() * 96; }
};

void Fold(GroupUsers& page, const event::v1::GroupUsersAdded& event);
void Fold(GroupUsers& page, const event::v1::GroupUsersRemoved& event);
void Fold(GroupUsers& page, const event::v1::GroupUsersCascadeRemoved& event);

inline absl::string_view OwnerOf(const GroupUsers& page) { return page.organization_id; }

inline constexpr int kGroupPages = 256;
// The id of a page: "group/7f".
std::string GroupPage(absl::string_view group_id, int page);
std::string GroupPageOf(absl::string_view group_id, absl::string_view user_id);

// Each user once, under the id of his page.
using UsersByPage = std::map<std::string, std::set<std::string>>;
UsersByPage ByPage(absl::string_view group_id,
                   const google::protobuf::RepeatedPtrField<std::string>& user_ids);

// Of a removed group: takes the next of its users out, as many as one commit has room for. True: that
// was all. Nothing is raised for a group that stands.
absl::StatusOr<bool> EndGroupUsers(Unit& unit, absl::string_view group_id);
// Of a removed group: nobody is left in it. Nothing is raised when that was said already.
absl::Status RaiseGroupSwept(Unit& unit, absl::string_view group_id);
// Groups of organizations that were removed are removed.
absl::Status SettleGroups(Unit& unit, const std::vector<std::string>& ids);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_GROUP_USERS_H_

// The managers of an instance, an organization, a project or a grant of one, and their roles, as
// decisions see them.
#ifndef MUNIMENT_COMMAND_MEMBER_MEMBERS_H_
#define MUNIMENT_COMMAND_MEMBER_MEMBERS_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "muniment/event/v1/member.visit.h"

namespace muniment::command {

struct Members {
  using Event = event::v1::MemberEvent;
  static constexpr absl::string_view kNoun = "member";

  // User id -> roles.
  absl::flat_hash_map<std::string, std::vector<std::string>> roles;

  bool exists() const { return !roles.empty(); }
  const std::vector<std::string>& RolesOf(absl::string_view user_id) const {
    static const std::vector<std::string> none;
    const auto found = roles.find(user_id);
    return found == roles.end() ? none : found->second;
  }
  size_t bytes() const { return roles.size() * 128; }
};

void Fold(Members& members, const event::v1::MemberAdded& event);
void Fold(Members& members, const event::v1::MemberChanged& event);
void Fold(Members& members, const event::v1::MemberRemoved& event);
void Fold(Members& members, const event::v1::MemberCascadeRemoved& event);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_MEMBER_MEMBERS_H_

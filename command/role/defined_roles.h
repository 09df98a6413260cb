// The roles that an instance, or an organization, defines, as decisions see them: what they stand for
// (base/access.h), and what else is told of them.
#ifndef MUNIMENT_COMMAND_ROLE_DEFINED_ROLES_H_
#define MUNIMENT_COMMAND_ROLE_DEFINED_ROLES_H_

#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/access.h"
#include "command/unit.h"
#include "muniment/event/v1/role.visit.h"
#include "zitadel/internal_permission/v2/internal_permission_service.pb.h"

namespace muniment::command {

struct DefinedRoles {
  using Event = event::v1::RoleEvent;
  static constexpr absl::string_view kNoun = "role";

  // As they stand now, by name.
  absl::btree_map<std::string, event::v1::RoleAdded> roles;
  RoleBook book;

  bool exists() const { return !roles.empty(); }
  size_t bytes() const { return book.size() * 1024; }
};

void Fold(DefinedRoles& defined, const event::v1::RoleAdded& event);
void Fold(DefinedRoles& defined, const event::v1::RoleChanged& event);
void Fold(DefinedRoles& defined, const event::v1::RoleRemoved& event);
void Fold(DefinedRoles& defined, const event::v1::RolesCascadeRemoved& event);

// What roles may be by whose name somebody is set over something of the organization, or, where that
// is empty, over the instance. Reads nothing where all are published. The books stand as long as
// nothing is raised on their streams.
absl::StatusOr<RoleBooks> BooksFor(Unit& unit, const std::string& organization_id,
                                   absl::Span<const std::string> roles);

// Who defines roles, with the method's rule applied to it.
struct Definer {
  Level level;  // kInstance or kOrg
  std::string organization_id;
  Ref<DefinedRoles> defined;
};
// The errors of LoadResource (command/internal_permission/resource.h), which is held there;
// INVALID_ARGUMENT "role.resource_invalid" for what defines no roles.
absl::StatusOr<Definer> LoadDefiner(Unit& unit,
                                    const zitadel::internal_permission::v2::ResourceType& named);

// Nobody makes a role of what he lacks: PERMISSION_DENIED "role.exceeds" unless the caller holds all of
// it, or is an owner; "auth.proof_too_old" as ShowsNoOldSession.
absl::Status MayDefine(Unit& unit, const Definer& definer, const Permissions& permissions);

// NOT_FOUND "role.not_found".
absl::StatusOr<event::v1::RoleAdded> FindDefined(const DefinedRoles& defined,
                                                 const std::string& name);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_ROLE_DEFINED_ROLES_H_

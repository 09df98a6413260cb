// What an administrator is set over: the instance, an organization, a project, or what an
// organization is granted of one.
#ifndef MUNIMENT_COMMAND_INTERNAL_PERMISSION_RESOURCE_H_
#define MUNIMENT_COMMAND_INTERNAL_PERMISSION_RESOURCE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "base/access.h"
#include "command/member/members.h"
#include "command/unit.h"
#include "zitadel/internal_permission/v2/internal_permission_service.pb.h"

namespace muniment::command {

struct Resource {
  Level level;
  Ref<Members> members;
  // Where its roles count: of a grant on the granted side alone, whichever side takes them away.
  Place place;
};

// The resource as it stands, with the method's rule applied to it. NOT_FOUND for one that is not
// there or none of the caller's business, but of the instance PERMISSION_DENIED; INVALID_ARGUMENT
// "request.resource.required".
absl::StatusOr<Resource> LoadResource(
    Unit& unit, const zitadel::internal_permission::v2::ResourceType& named);

// As ValidRolesFor (base/access.h), with the roles that are defined where these would stand.
absl::Status ValidRoles(Unit& unit, const Resource& resource, absl::Span<const std::string> roles);
// Nobody hands out what he lacks: PERMISSION_DENIED "member.role_exceeds" unless the caller holds
// where the roles count all that they stand for, or is an owner there, who holds all that there is.
// "auth.proof_too_old" as ShowsNoOldSession; INVALID_ARGUMENT as ValidRolesFor.
absl::Status MayGive(Unit& unit, const Resource& resource, absl::Span<const std::string> roles);
// Of who changes roles: beside giving what is new, he takes away only what he could give, or holds
// the permission to take all.
absl::Status MayChange(Unit& unit, const Resource& resource, absl::Span<const std::string> held,
                       absl::Span<const std::string> roles);

// Somebody is left who owns the resource when `user_id` has only `roles` there: of the instance as
// command/instance/owners.h has it, of an organization as command/member/org_owners.h.
// FAILED_PRECONDITION "instance.last_owner", "org.last_owner".
absl::Status KeepsAnOwnerOf(Unit& unit, const Resource& resource, const std::string& user_id,
                            absl::Span<const std::string> roles);

// NOT_FOUND "member.not_found".
absl::Status NoSuchMember();

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_INTERNAL_PERMISSION_RESOURCE_H_

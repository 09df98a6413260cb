// What scopes (base/oidc_scope.h) ask for, as commands decide on it.
#ifndef MUNIMENT_COMMAND_OIDC_SCOPES_H_
#define MUNIMENT_COMMAND_OIDC_SCOPES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "command/unit.h"
#include "command/user/user.h"
#include "muniment/event/v1/oidc.pb.h"

namespace muniment::command {

using Texts = google::protobuf::RepeatedPtrField<std::string>;

// The organization that a scope asks for, by its id or by a domain of its own; empty for none, and for a
// domain that is nobody's.
absl::StatusOr<std::string> OrganizationAsked(Unit& unit, absl::string_view scope);

// Whether the user is of the organization that they ask for, if they ask for one.
absl::StatusOr<bool> BelongsWhereAsked(Unit& unit, const User& user, const Texts& scope);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_OIDC_SCOPES_H_

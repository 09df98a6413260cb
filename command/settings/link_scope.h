// What a request about links means by its context.
#ifndef MUNIMENT_COMMAND_SETTINGS_LINK_SCOPE_H_
#define MUNIMENT_COMMAND_SETTINGS_LINK_SCOPE_H_

#include "command/org/org.h"
#include "command/unit.h"
#include "zitadel/object/v2/object.pb.h"

namespace muniment::command {

// The instance, where the context says so; else the rule's target. NOT_FOUND "org.not_found".
inline absl::StatusOr<Scope> LinkScope(Unit& unit, const zitadel::object::v2::RequestContext& ctx) {
  ASSIGN_OR_RETURN(const auto org, unit.LoadTarget<Org>());
  return ctx.instance() ? InstanceScope() : OrgScope(org.id());
}

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_SETTINGS_LINK_SCOPE_H_

// The domain that every organization has without proving it: its name as a label below the
// instance's primary domain. It makes login names tell organizations apart. Pure.
#ifndef MUNIMENT_COMMAND_ORG_DEFAULT_DOMAIN_H_
#define MUNIMENT_COMMAND_ORG_DEFAULT_DOMAIN_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "command/instance/instance.h"
#include "command/org/domains.h"
#include "command/unit.h"

namespace muniment::command {

// Empty on an instance without a primary domain, or where neither name nor id leave a label.
// `distinct` puts the id behind the label; a name of which no label is left has the id alone.
std::string DefaultDomain(absl::string_view name, absl::string_view organization_id,
                          absl::string_view primary_domain, bool distinct);

// Whether the domain is the one of its name that the organization has.
bool IsDefaultDomain(const OrgDomains& domains, absl::string_view domain, absl::string_view name,
                     absl::string_view organization_id, absl::string_view primary_domain);

// Gives up the default domain `from` for `to`, either of which may be empty. The new one is primary
// where the old one was, or where none was.
std::vector<event::v1::OrgDomainEvent> DecideMoveDomain(const OrgDomains& domains,
                                                        absl::string_view from,
                                                        absl::string_view to);

// Raises what gives an organization the default domain of its name instead of that of `old_name`,
// which is empty for a new one. Names that make the same label are told apart by the id.
absl::Status MoveDefaultDomain(Unit& unit, absl::string_view organization_id,
                               absl::string_view old_name, absl::string_view name);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_ORG_DEFAULT_DOMAIN_H_

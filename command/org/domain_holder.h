// Whose domain it is for good, not by its word alone.
#ifndef MUNIMENT_COMMAND_ORG_DOMAIN_HOLDER_H_
#define MUNIMENT_COMMAND_ORG_DOMAIN_HOLDER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "command/unit.h"

namespace muniment::command {

// The organization whose login names end in the domain because it proved it, or has it of the
// instance; empty for none. Where domains count without a proof, one that is only said is nobody's
// here. The streams that say so join the read set.
absl::StatusOr<std::string> DomainHolder(Unit& unit, const std::string& domain);

// The same of a domain that counts for an organization. Pure.
bool HeldForGood(bool proved, absl::string_view domain, absl::string_view primary_of_instance);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_ORG_DOMAIN_HOLDER_H_

// Whose domain it is for good, not by its word alone.
#ifndef MUNIMENT_COMMAND_ORG_DOMAIN_HOLDER_H_
#define MUNIMENT_COMMAND_ORG_DOMAIN_HOLDER_H_

#include <string>

#include "absl/status/statusor.h"
#include "command/unit.h"

namespace muniment::command {

// The organization whose login names end in the domain because it proved it, or has it of the
// instance; empty for none. Where domains count without a proof, one that is only said is nobody's
// here. The streams that say so join the read set.
absl::StatusOr<std::string> DomainHolder(Unit& unit, const std::string& domain);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_ORG_DOMAIN_HOLDER_H_

// A domain that an organization brings along, by the name that a request gives.
//
//   ASSIGN_OR_RETURN(const std::string domain, AdmitDomain(unit, request.domain()));   // a new one
//   ASSIGN_OR_RETURN(const auto own, FindDomain(*domains, request.domain()));          // its own
#ifndef MUNIMENT_COMMAND_ORG_OWN_DOMAIN_H_
#define MUNIMENT_COMMAND_ORG_OWN_DOMAIN_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "command/org/domains.h"
#include "command/unit.h"

namespace muniment::command {

// As it stands in events: lower case, A-labels (base/host_name.h). INVALID_ARGUMENT
// "org.domain_invalid"; "org.domain_reserved" for a host of the instance and what is below: such
// domains are given and not brought (default_domain.h).
absl::StatusOr<std::string> AdmitDomain(Unit& unit, absl::string_view text);

struct OwnDomain {
  std::string name;
  OrgDomain state;
};

// NOT_FOUND "org.domain_not_found".
absl::StatusOr<OwnDomain> FindDomain(const OrgDomains& domains, absl::string_view text);

// FAILED_PRECONDITION "org.domain_already_verified" for a domain that is proved, or needs no proof
// because it is the instance's own. One that counts because nobody asked for a proof may be proved.
absl::Status MustBeUnproved(Unit& unit, const OwnDomain& own);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_ORG_OWN_DOMAIN_H_

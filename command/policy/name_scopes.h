// Where the names of an organization's users are one user's each: in the organization, where login
// names carry its domain or its settings say so; else in the instance.
//
// While such a setting is to change (move_names.h) names stand in both. Whoever takes a name reads this
// first: what it says is of streams that join his read set, so nobody takes a name in one scope alone
// once the move has begun.
#ifndef MUNIMENT_COMMAND_POLICY_NAME_SCOPES_H_
#define MUNIMENT_COMMAND_POLICY_NAME_SCOPES_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "command/unit.h"

namespace muniment::command {

struct NameScopes {
  std::string scope;  // an organization's id, or empty for the instance
  // The other one, where they are to count.
  std::optional<std::string> moving_to = {};
  // Login names are the user names alone, without a domain of the organization behind them; or are to
  // be.
  bool alone = false;
  bool to_be_alone = false;

  bool Has(absl::string_view one) const { return one == scope || one == moving_to; }
};

// Settings are those of `policy_organization_id`, or of the instance where that is empty: an
// organization that is just being made has none.
absl::StatusOr<NameScopes> NameScopesOf(Unit& unit, absl::string_view organization_id,
                                        absl::string_view policy_organization_id);
inline absl::StatusOr<NameScopes> NameScopesOf(Unit& unit, absl::string_view organization_id) {
  return NameScopesOf(unit, organization_id, organization_id);
}

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_POLICY_NAME_SCOPES_H_

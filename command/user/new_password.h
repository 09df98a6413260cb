// A password that a person gets: in the clear, or hashed elsewhere.
#ifndef MUNIMENT_COMMAND_USER_NEW_PASSWORD_H_
#define MUNIMENT_COMMAND_USER_NEW_PASSWORD_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/password.h"
#include "command/unit.h"

namespace muniment::command {

struct NewPassword {
  std::string hash;  // empty: none
  bool change_required = false;
};

// Against the organization's settings, or where the id is empty the instance's. The errors are
// those of base/password_complexity.h.
absl::Status CheckComplexity(Unit& unit, absl::string_view policy_organization_id,
                             absl::string_view password);

// Checked, then hashed. The errors are those of CheckComplexity and of Unit::Hash.
absl::StatusOr<std::string> HashAdmitted(Unit& unit, absl::string_view policy_organization_id,
                                         absl::string_view password);

// `Choice` has the published oneof password_type. No hash where nothing is chosen. Errors are those
// of HashAdmitted and of CheckPasswordHash. Comes last in a handler: hashing is dear.
template <class Choice>
absl::StatusOr<NewPassword> AdmitPassword(Unit& unit, absl::string_view policy_organization_id,
                                          const Choice& choice) {
  NewPassword password;
  if (choice.has_hashed_password()) {
    password.hash = choice.hashed_password().hash();
    password.change_required = choice.hashed_password().change_required();
    RETURN_IF_ERROR(CheckPasswordHash(password.hash));
  } else if (choice.has_password()) {
    password.change_required = choice.password().change_required();
    ASSIGN_OR_RETURN(password.hash,
                     HashAdmitted(unit, policy_organization_id, choice.password().password()));
  }
  return password;
}

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_NEW_PASSWORD_H_

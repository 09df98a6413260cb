#include "command/management/person.h"
#include "zitadel/management.pb.h"

namespace muniment::command {

using zitadel::management::v1::ImportHumanUserRequest;
using zitadel::management::v1::ImportHumanUserResponse;

absl::StatusOr<zitadel::user::v2::AddHumanUserRequest> ImportedPerson(
    const ImportHumanUserRequest& request) {
  auto person = PersonOf(request);
  const bool hashed = !request.hashed_password().value().empty();
  if (hashed && !request.password().empty()) {
    return Error(absl::StatusCode::kInvalidArgument, "user.two_passwords",
                 "A person has one password: in the clear or hashed.");
  }
  if (hashed) {
    person.mutable_hashed_password()->set_hash(request.hashed_password().value());
    person.mutable_hashed_password()->set_change_required(request.password_change_required());
  } else if (!request.password().empty()) {
    person.mutable_password()->set_password(request.password());
    person.mutable_password()->set_change_required(request.password_change_required());
  }
  if (!request.otp_code().empty()) person.set_totp_secret(request.otp_code());
  return person;
}

absl::StatusOr<ImportHumanUserResponse> ImportHumanUser(Unit& unit,
                                                        const ImportHumanUserRequest& request) {
  ASSIGN_OR_RETURN(const auto person, ImportedPerson(request));
  return AddPerson<ImportHumanUserResponse>(unit, person);
}

}  // namespace muniment::command

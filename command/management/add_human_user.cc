#include "command/management/person.h"
#include "zitadel/management.pb.h"

namespace muniment::command {

using zitadel::management::v1::AddHumanUserRequest;
using zitadel::management::v1::AddHumanUserResponse;

absl::StatusOr<AddHumanUserResponse> AddHumanUser(Unit& unit, const AddHumanUserRequest& request) {
  auto person = PersonOf(request);
  if (!request.initial_password().empty()) {
    person.mutable_password()->set_password(request.initial_password());
    person.mutable_password()->set_change_required(true);
  }
  return AddPerson<AddHumanUserResponse>(unit, person);
}

}  // namespace muniment::command

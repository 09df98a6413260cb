#include "command/user/update_user.h"

#include <utility>

#include "command/metadata/entries.h"
#include "command/user/addresses.h"
#include "command/user/change_password.h"
#include "command/user/may_vouch.h"
#include "command/user/profile.h"
#include "command/user/state.h"
#include "command/user/username.h"
#include "google/protobuf/util/message_differencer.h"

namespace muniment::command {

using google::protobuf::util::MessageDifferencer;
using zitadel::user::v2::UpdateUserRequest;
using zitadel::user::v2::UpdateUserResponse;

namespace {

using Events = std::vector<event::v1::UserEvent>;

template <class Kind>
void Push(Events& events, Kind kind) {
  SetKind(events.emplace_back(), std::move(kind));
}

bool Renames(const User& user, const UpdateUserRequest& request) {
  return request.has_username() && request.username() != user.username;
}

absl::Status CheckKind(const User& user, const UpdateUserRequest& request) {
  if (request.has_human()) RETURN_IF_ERROR(MustBeHuman(user));
  if (request.has_machine() && !user.machine) {
    return Error(absl::StatusCode::kFailedPrecondition, "user.not_machine",
                 "The user is a person, not a machine.");
  }
  return absl::OkStatus();
}

absl::Status DecideProfile(const User& user, const UpdateUserRequest::Human& human,
                           Events& events) {
  event::v1::ProfileChanged kind;
  ASSIGN_OR_RETURN(*kind.mutable_profile(), Changed(user.profile, human.profile()));
  if (!MessageDifferencer::Equals(kind.profile(), user.profile)) Push(events, std::move(kind));
  return absl::OkStatus();
}

void DecideMachine(const User& user, const UpdateUserRequest::Machine& machine, Events& events) {
  event::v1::MachineChanged kind;
  kind.set_name(machine.has_name() ? machine.name() : user.name);
  kind.set_description(machine.has_description() ? machine.description() : user.description);
  kind.set_access_token_type(
      machine.has_access_token_type()
          ? static_cast<event::v1::AccessTokenType>(machine.access_token_type())
          : user.access_token_type);
  if (kind.name() == user.name && kind.description() == user.description &&
      kind.access_token_type() == user.access_token_type) {
    return;
  }
  Push(events, std::move(kind));
}

absl::Status CheckAuthority(Unit& unit, const Ref<User>& user, const UpdateUserRequest& request) {
  if (!unit.self_allowed() || request.metadata_size() == 0) return absl::OkStatus();
  return MayVouchIn(unit, user->organization_id);
}

absl::StatusOr<ProofCodes> ChangeAddresses(Unit& unit, const Ref<User>& user,
                                           const UpdateUserRequest::Human& human) {
  ProofCodes codes;
  if (human.has_email()) {
    ASSIGN_OR_RETURN(codes.email, ChangeEmail(unit, user, human.email().email(),
                                              VerificationOf(human.email())));
  }
  if (!human.has_phone()) return codes;
  if (human.phone().phone().empty()) {
    RETURN_IF_ERROR(DropPhone(unit, user));
    return codes;
  }
  ASSIGN_OR_RETURN(codes.phone, ChangePhone(unit, user, human.phone().phone(),
                                            VerificationOf(human.phone())));
  return codes;
}

}  // namespace

absl::StatusOr<Events> DecideUpdateUser(const User& user, const UpdateUserRequest& request,
                                        absl::string_view username_scope) {
  Events events;
  RETURN_IF_ERROR(CheckKind(user, request));
  if (Renames(user, request)) {
    event::v1::UsernameChanged kind;
    kind.set_username(request.username());
    kind.set_username_scope(std::string(username_scope));
    Push(events, std::move(kind));
  }
  if (request.human().has_profile()) {
    RETURN_IF_ERROR(DecideProfile(user, request.human(), events));
  }
  if (request.has_machine()) DecideMachine(user, request.machine(), events);
  return events;
}

absl::StatusOr<ProofCodes> ChangeUser(Unit& unit, const UpdateUserRequest& request) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  const std::string organization_id = user->organization_id;
  RETURN_IF_ERROR(CheckAuthority(unit, user, request));
  RETURN_IF_ERROR(CheckKind(*user, request));
  const bool renames = Renames(*user, request);
  NameScopes scopes;
  if (renames) {
    ASSIGN_OR_RETURN(scopes,
                     AdmitUsername(unit, organization_id, organization_id, request.username()));
  }
  ASSIGN_OR_RETURN(Events events, DecideUpdateUser(*user, request, scopes.scope));
  // First of all that raises: the refusal of a wrong guess leaves what was raised before it.
  if (request.human().has_password()) {
    RETURN_IF_ERROR(ChangePassword(unit, user, request.human().password()));
  }
  unit.Raise(user, std::move(events));
  if (renames) SettleName(unit, user, scopes);
  ASSIGN_OR_RETURN(ProofCodes codes, ChangeAddresses(unit, user, request.human()));
  if (request.metadata_size() == 0) return codes;
  RETURN_IF_ERROR(SetMetadata(unit, UserScope(user.id()), request.metadata()).status());
  return codes;
}

absl::StatusOr<UpdateUserResponse> UpdateUser(Unit& unit, const UpdateUserRequest& request) {
  ASSIGN_OR_RETURN(const ProofCodes codes, ChangeUser(unit, request));
  UpdateUserResponse response;
  AnswerCodes(codes, response);
  return response;
}

}  // namespace muniment::command

#include "command/user/add_human_user.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/phone_number.h"
#include "base/timestamp.h"
#include "base/totp.h"
#include "command/chosen_id.h"
#include "command/metadata/entries.h"
#include "command/org/state.h"
#include "command/user/factor_rules.h"
#include "command/user/factors.h"
#include "command/user/may_vouch.h"
#include "command/user/new_password.h"
#include "command/user/profile.h"
#include "command/user/username.h"

namespace muniment::command {

using zitadel::user::v2::AddHumanUserRequest;
using zitadel::user::v2::AddHumanUserResponse;

namespace {

// All but what the settings have a say in.
absl::StatusOr<event::v1::HumanAdded> Decide(const NewUserOwner& owner,
                                             const AddHumanUserRequest& request) {
  event::v1::HumanAdded added;
  added.set_organization_id(owner.organization_id);
  added.set_username(request.has_username() ? request.username() : request.email().email());
  ASSIGN_OR_RETURN(*added.mutable_profile(), NewProfile(request.profile()));
  added.set_email(request.email().email());
  added.set_email_verified(request.email().is_verified());
  added.set_chosen_id(request.user_id());
  if (request.phone().phone().empty()) return added;
  ASSIGN_OR_RETURN(*added.mutable_phone(), NormalizePhoneNumber(request.phone().phone()));
  added.set_phone_verified(request.phone().is_verified());
  return added;
}

// An authenticator app that works already: its secret came with the person.
absl::Status MoveTotp(Unit& unit, const Ref<User>& user, const AddHumanUserRequest& request) {
  if (!request.has_totp_secret()) return absl::OkStatus();
  RETURN_IF_ERROR(MayHaveFactor(unit, user, event::v1::SECOND_FACTOR_TOTP));
  std::optional<std::string> secret = Base32Decode(request.totp_secret());
  if (!secret.has_value() || secret->size() < kTotpLeastSecretBytes) {
    return Error(absl::StatusCode::kInvalidArgument, "totp.secret_invalid",
                 absl::StrCat("The secret is Base32 of at least ", kTotpLeastSecretBytes,
                              " bytes."));
  }
  ASSIGN_OR_RETURN(const auto factors, unit.LoadAny<UserFactors>(user.id()));
  event::v1::TotpAdded added;
  added.set_secret(*std::move(secret));
  unit.Raise(factors, std::move(added));
  event::v1::TotpVerified verified;
  verified.set_step(kNoTotpStep);
  unit.Raise(factors, std::move(verified));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<NewUserOwner> OwnerOfNewUsers(const Ref<Org>& org) {
  RETURN_IF_ERROR(MustBeActive(*org));
  return NewUserOwner{org.id(), org.id()};
}

absl::StatusOr<Ref<User>> OpenNewUser(Unit& unit, const std::optional<std::string>& chosen_id) {
  if (!chosen_id.has_value()) return unit.LoadOrNew<User>(unit.NewId());
  RETURN_IF_ERROR(AdmitChosenId(unit, "user", *chosen_id));
  return unit.LoadOrNew<User>(*chosen_id);
}

absl::StatusOr<NewHuman> AddHuman(Unit& unit, const NewUserOwner& owner,
                                  const AddHumanUserRequest& request) {
  ASSIGN_OR_RETURN(event::v1::HumanAdded added, Decide(owner, request));
  if (added.email_verified() || added.phone_verified()) {
    RETURN_IF_ERROR(MayVouchIn(unit, owner.organization_id));
  }
  ASSIGN_OR_RETURN(
      const auto user,
      OpenNewUser(unit, request.has_user_id() ? std::optional(request.user_id()) : std::nullopt));
  ASSIGN_OR_RETURN(const NameScopes scopes,
                   AdmitUsername(unit, owner.organization_id, owner.policy_organization_id,
                                 added.username()));
  added.set_username_scope(scopes.scope);
  ASSIGN_OR_RETURN(NewPassword password,
                   AdmitPassword(unit, owner.policy_organization_id, request));
  added.set_password_hash(std::move(password.hash));
  added.set_password_change_required(password.change_required);
  if (!added.password_hash().empty()) {
    *added.mutable_password_changed_at() = ToTimestamp(unit.Now());
  }

  unit.Raise(user, std::move(added));
  SettleName(unit, user, scopes);
  NewHuman made{user};
  ASSIGN_OR_RETURN(made.codes.email, ProveNewEmail(unit, user, VerificationOf(request.email())));
  ASSIGN_OR_RETURN(made.codes.phone, ProveNewPhone(unit, user, VerificationOf(request.phone())));
  RETURN_IF_ERROR(MoveTotp(unit, user, request));
  if (request.metadata_size() > 0) {
    RETURN_IF_ERROR(SetMetadata(unit, UserScope(user.id()), request.metadata()).status());
  }
  return made;
}

absl::StatusOr<AddHumanUserResponse> AddHumanUser(Unit& unit, const AddHumanUserRequest& request) {
  ASSIGN_OR_RETURN(const auto org, unit.LoadTarget<Org>());
  ASSIGN_OR_RETURN(const NewUserOwner owner, OwnerOfNewUsers(org));
  ASSIGN_OR_RETURN(const NewHuman made, AddHuman(unit, owner, request));
  AddHumanUserResponse response;
  response.set_user_id(made.user.id());
  AnswerCodes(made.codes, response);
  return response;
}

}  // namespace muniment::command

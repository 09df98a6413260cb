#include "command/user/add_human_user.h"

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/password.h"
#include "base/password_complexity.h"
#include "base/text.h"
#include "command/metadata/metadata.h"
#include "command/org/org.h"

namespace muniment::command {

using zitadel::user::v2::AddHumanUserRequest;
using zitadel::user::v2::AddHumanUserResponse;

namespace {

absl::Status Invalid(absl::string_view reason, absl::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, reason, message);
}

const std::string& UsernameOf(const AddHumanUserRequest& request) {
  return request.has_username() ? request.username() : request.email().email();
}

absl::StatusOr<std::string> PasswordHash(Unit& unit, const AddHumanUserRequest& request) {
  if (request.has_hashed_password()) return request.hashed_password().hash();
  if (!request.has_password()) return std::string();
  return unit.Hash(request.password().password());
}

PasswordRules RulesOf(const event::v1::PasswordComplexity& policy) {
  PasswordRules rules;
  rules.min_length = policy.min_length();
  rules.needs_uppercase = policy.has_uppercase();
  rules.needs_lowercase = policy.has_lowercase();
  rules.needs_number = policy.has_number();
  rules.needs_symbol = policy.has_symbol();
  return rules;
}

}  // namespace

absl::Status MayAddHuman(const User& user, const PasswordComplexity& complexity,
                         const AddHumanUserRequest& request) {
  if (user.state != UserState::kNone) {
    return Error(absl::StatusCode::kAlreadyExists, "user.already_exists",
                 "A user with this id exists or existed.");
  }
  // Ids that begin with a slash are the subjects of streams without a person (FORMAT.md).
  if (absl::StartsWith(request.user_id(), "/") ||
      (request.has_user_id() && !ValidName(request.user_id()))) {
    return Invalid("user.id_invalid", "This can be no user's id.");
  }
  if (!ValidName(UsernameOf(request))) {
    return Invalid("user.username_invalid", "This can be no user name.");
  }
  if (!request.phone().phone().empty() && !LooksLikeE164(request.phone().phone())) {
    return Invalid("user.phone_invalid", "A phone number is written as +41791234567.");
  }
  if (request.has_hashed_password()) return CheckPasswordHash(request.hashed_password().hash());
  if (!request.has_password()) return absl::OkStatus();
  return CheckPassword(RulesOf(complexity.policy), request.password().password());
}

event::v1::HumanAdded DecideAddHuman(absl::string_view organization_id,
                                     const DomainPolicy& domain_policy,
                                     const AddHumanUserRequest& request,
                                     std::string password_hash) {
  event::v1::HumanAdded added;
  added.set_organization_id(std::string(organization_id));
  added.set_username(UsernameOf(request));
  if (domain_policy.policy.user_login_must_be_domain()) {
    added.set_username_scope(std::string(organization_id));
  }
  const auto& given = request.profile();
  event::v1::Profile& profile = *added.mutable_profile();
  profile.set_given_name(given.given_name());
  profile.set_family_name(given.family_name());
  profile.set_nick_name(given.nick_name());
  profile.set_display_name(given.display_name().empty()
                               ? absl::StrCat(given.given_name(), " ", given.family_name())
                               : given.display_name());
  profile.set_preferred_language(given.preferred_language());
  profile.set_gender(static_cast<event::v1::Gender>(given.gender()));
  added.set_email(request.email().email());
  added.set_email_verified(request.email().is_verified());
  added.set_phone(request.phone().phone());
  added.set_phone_verified(request.phone().is_verified() && !added.phone().empty());
  added.set_password_hash(std::move(password_hash));
  added.set_password_change_required(request.has_hashed_password()
                                         ? request.hashed_password().change_required()
                                         : request.password().change_required());
  return added;
}

absl::StatusOr<Ref<User>> AddHuman(Unit& unit, absl::string_view organization_id,
                                   absl::string_view policy_organization_id,
                                   const AddHumanUserRequest& request) {
  const std::string user_id = request.has_user_id() ? request.user_id() : unit.NewId();
  ASSIGN_OR_RETURN(const auto user, unit.LoadOrNew<User>(user_id));
  ASSIGN_OR_RETURN(const auto domains, unit.Policy<DomainPolicy>(policy_organization_id));
  ASSIGN_OR_RETURN(const auto complexity, unit.Policy<PasswordComplexity>(policy_organization_id));
  RETURN_IF_ERROR(MayAddHuman(*user, *complexity, request));
  ASSIGN_OR_RETURN(std::string hash, PasswordHash(unit, request));

  unit.Raise(user, DecideAddHuman(organization_id, *domains, request, std::move(hash)));
  if (request.metadata_size() == 0) return user;
  ASSIGN_OR_RETURN(const auto metadata, unit.LoadAny<Metadata>(UserScope(user_id)));
  for (const auto& entry : request.metadata()) {
    event::v1::MetadataSet set;
    set.set_key(entry.key());
    set.set_value(entry.value());
    unit.Raise(metadata, std::move(set));
  }
  return user;
}

absl::StatusOr<AddHumanUserResponse> AddHumanUser(Unit& unit, const AddHumanUserRequest& request) {
  ASSIGN_OR_RETURN(const auto org, unit.LoadTarget<Org>());
  ASSIGN_OR_RETURN(const auto user, AddHuman(unit, org.id(), org.id(), request));
  AddHumanUserResponse response;
  response.set_user_id(user.id());
  return response;
}

}  // namespace muniment::command

#include "command/user/otp_factor.h"

#include "absl/strings/str_cat.h"
#include "command/user/factor_rules.h"

namespace muniment::command {

namespace {

template <class Factor>
absl::Status MustReachBy(const User& user) {
  if (!(user.*Factor::kAddress).empty() && user.*Factor::kVerified) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition,
               absl::StrCat(Factor::kNoun, ".address_unverified"),
               "One-time codes go to an address that the user has verified; he has none.");
}

}  // namespace

absl::Status MustReach(const User& user, SmsFactor) { return MustReachBy<SmsFactor>(user); }
absl::Status MustReach(const User& user, EmailFactor) { return MustReachBy<EmailFactor>(user); }

template <class Factor>
absl::Status AddOtp(Unit& unit) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  RETURN_IF_ERROR(MayHaveFactor(unit, user, Factor::kFactor));
  RETURN_IF_ERROR(MustReach(*user, Factor()));
  ASSIGN_OR_RETURN(const auto factors, unit.LoadAny<UserFactors>(user.id()));
  if ((*factors).*Factor::kHeld) {
    return Error(absl::StatusCode::kAlreadyExists, absl::StrCat(Factor::kNoun, ".already_set_up"),
                 "The user has these one-time codes already.");
  }
  unit.Raise(factors, typename Factor::Added());
  return absl::OkStatus();
}

template <class Factor>
absl::Status RemoveOtp(Unit& unit) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  ASSIGN_OR_RETURN(const auto factors, unit.LoadAny<UserFactors>(user.id()));
  if (!((*factors).*Factor::kHeld)) {
    return Error(absl::StatusCode::kNotFound, absl::StrCat(Factor::kNoun, ".not_found"),
                 "The user has no such one-time codes.");
  }
  unit.Raise(factors, typename Factor::Removed());
  unit.AnswerWith(factors);
  return FactorRemoved(unit, user, factors);
}

template absl::Status AddOtp<SmsFactor>(Unit&);
template absl::Status AddOtp<EmailFactor>(Unit&);
template absl::Status RemoveOtp<SmsFactor>(Unit&);
template absl::Status RemoveOtp<EmailFactor>(Unit&);

}  // namespace muniment::command

// One-time codes that are sent to a person as his second factor, by SMS or by mail: all that differs
// between the two, as data, and what the commands that set them up and take them away share.
#ifndef MUNIMENT_COMMAND_USER_OTP_FACTOR_H_
#define MUNIMENT_COMMAND_USER_OTP_FACTOR_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "command/unit.h"
#include "command/user/factors.h"
#include "command/user/user.h"
#include "muniment/event/v1/policy.pb.h"

namespace muniment::command {

struct SmsFactor {
  using Added = event::v1::OtpSmsAdded;
  using Removed = event::v1::OtpSmsRemoved;
  using CheckSucceeded = event::v1::OtpSmsCheckSucceeded;
  using CheckFailed = event::v1::OtpSmsCheckFailed;
  static constexpr absl::string_view kNoun = "otp_sms";
  static constexpr auto kFactor = event::v1::SECOND_FACTOR_OTP_SMS;
  static constexpr auto kGenerator = event::v1::GENERATOR_TYPE_OTP_SMS;
  static constexpr auto kChannel = event::v1::CODE_CHANNEL_SMS;
  static constexpr bool UserFactors::* kHeld = &UserFactors::otp_sms;
  static constexpr std::string User::* kAddress = &User::phone;
  static constexpr bool User::* kVerified = &User::phone_verified;
};

struct EmailFactor {
  using Added = event::v1::OtpEmailAdded;
  using Removed = event::v1::OtpEmailRemoved;
  using CheckSucceeded = event::v1::OtpEmailCheckSucceeded;
  using CheckFailed = event::v1::OtpEmailCheckFailed;
  static constexpr absl::string_view kNoun = "otp_email";
  static constexpr auto kFactor = event::v1::SECOND_FACTOR_OTP_EMAIL;
  static constexpr auto kGenerator = event::v1::GENERATOR_TYPE_OTP_EMAIL;
  static constexpr auto kChannel = event::v1::CODE_CHANNEL_EMAIL;
  static constexpr bool UserFactors::* kHeld = &UserFactors::otp_email;
  static constexpr std::string User::* kAddress = &User::email;
  static constexpr bool User::* kVerified = &User::email_verified;
};

// Whether codes reach the user: FAILED_PRECONDITION "<noun>.address_unverified".
absl::Status MustReach(const User& user, SmsFactor);
absl::Status MustReach(const User& user, EmailFactor);

// "otp_sms.already_set_up" (ALREADY_EXISTS), those of MayHaveFactor and MustReach.
template <class Factor>
absl::Status AddOtp(Unit& unit);

// "otp_sms.not_found" (NOT_FOUND), those of FactorRemoved.
template <class Factor>
absl::Status RemoveOtp(Unit& unit);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_OTP_FACTOR_H_

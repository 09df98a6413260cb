// What a setting cannot say, or what in it contradicts itself. Pure.
//
// INVALID_ARGUMENT, with the fact "field" where one field is to blame:
//   "policy.password_complexity.min_length"   1 to 72 bytes
//   "policy.password_age.warns_too_early"     more days before the end than a password lasts
//   "policy.login.lifetime_invalid"           no duration from 0 to 10 years
//   "policy.login.redirect_invalid"           no http or https URL
//   "policy.login.no_way_in"                  neither passwords, passkeys nor identity providers
//   "policy.links.repeated"                   two links of one type that is not custom
//   "policy.links.url_invalid"                neither http, https nor mailto with one address
//   "policy.links.text_invalid"               no line (ValidName), or more than 200 bytes
//   "policy.links.too_many"                   more than 20
//   "policy.security.origin_invalid"          not as browsers write an origin
//   "policy.security.too_many_origins"        more than 50
// and the errors of CheckUrlTemplate.
#ifndef MUNIMENT_COMMAND_POLICY_CHECKS_H_
#define MUNIMENT_COMMAND_POLICY_CHECKS_H_

#include "absl/status/status.h"
#include "command/policy/settings.h"

namespace muniment::command {

absl::Status Check(const event::v1::PasswordComplexity& policy);
absl::Status Check(const event::v1::PasswordAge& policy);
absl::Status Check(const event::v1::LoginPolicy& policy);
absl::Status Check(const event::v1::PrivacyPolicy& policy);
absl::Status Check(const event::v1::SecurityPolicy& policy);
inline absl::Status Check(const event::v1::LockoutPolicy&) { return absl::OkStatus(); }
inline absl::Status Check(const event::v1::DomainPolicy&) { return absl::OkStatus(); }
inline absl::Status Check(const event::v1::NotificationPolicy&) { return absl::OkStatus(); }

// FAILED_PRECONDITION "policy.login.no_factor" where everybody must show a second factor and none is
// allowed: nobody could sign in.
absl::Status CheckFactors(const LoginPolicy& policy);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_POLICY_CHECKS_H_

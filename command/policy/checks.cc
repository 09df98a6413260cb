#include "command/policy/checks.h"

#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/email_address.h"
#include "base/error.h"
#include "base/names.h"
#include "base/oidc_application.h"
#include "base/template.h"

namespace muniment::command {

namespace {

constexpr uint64_t kMostMinLength = 72;  // bytes
constexpr int64_t kLongestLifetime = 10 * 366 * 24 * int64_t{3600};  // seconds
constexpr size_t kMostUrl = 1000;        // bytes
constexpr size_t kMostKey = 200;         // bytes
constexpr int kMostLinks = 20;
constexpr int kMostOrigins = 50;

absl::Status Refuse(absl::string_view reason, absl::string_view message,
                    absl::string_view field = "") {
  absl::Status refused = Error(absl::StatusCode::kInvalidArgument, absl::StrCat("policy.", reason),
                               message);
  if (!field.empty()) SetErrorFact(refused, "field", field);
  return refused;
}

absl::Status CheckLifetime(const google::protobuf::Duration& lifetime, absl::string_view field) {
  const bool whole = lifetime.nanos() >= 0 && lifetime.nanos() <= 999'999'999;
  if (whole && lifetime.seconds() >= 0 && lifetime.seconds() <= kLongestLifetime) {
    return absl::OkStatus();
  }
  return Refuse("login.lifetime_invalid", "A lifetime is of ten years at most; zero: without an end.",
                field);
}

absl::Status CheckLink(const event::v1::Link& link) {
  const std::string& key = link.translation_key();
  if (key.size() > kMostKey || (!key.empty() && !ValidName(key))) {
    return Refuse("links.text_invalid", "What a link says is one line of at most 200 bytes.");
  }
  absl::string_view address = link.url();
  if (address.size() > kMostUrl) {
    return Refuse("links.url_invalid", "A link has at most 1,000 bytes.");
  }
  if (!absl::ConsumePrefix(&address, "mailto:")) {
    if (absl::StartsWith(address, "http://") || absl::StartsWith(address, "https://")) {
      return CheckUrlTemplate(address, UrlVariables(UrlKind::kPrivacy));
    }
  } else if (ParseEmailAddress(address).ok()) {
    return absl::OkStatus();
  }
  return Refuse("links.url_invalid", "A link is an http or https URL, or mailto: and one address.");
}

}  // namespace

absl::Status Check(const event::v1::PasswordComplexity& policy) {
  if (policy.min_length() >= 1 && policy.min_length() <= kMostMinLength) return absl::OkStatus();
  return Refuse("password_complexity.min_length", "The least length is of 1 to 72 bytes.",
                "min_length");
}

absl::Status Check(const event::v1::PasswordAge& policy) {
  if (policy.max_age_days() == 0 || policy.expire_warn_days() <= policy.max_age_days()) {
    return absl::OkStatus();
  }
  return Refuse("password_age.warns_too_early",
                "A warning cannot come more days before the end than a password lasts.",
                "expire_warn_days");
}

absl::Status Check(const event::v1::LoginPolicy& policy) {
  RETURN_IF_ERROR(CheckLifetime(policy.password_check_lifetime(), "password_check_lifetime"));
  RETURN_IF_ERROR(
      CheckLifetime(policy.external_login_check_lifetime(), "external_login_check_lifetime"));
  RETURN_IF_ERROR(
      CheckLifetime(policy.second_factor_check_lifetime(), "second_factor_check_lifetime"));
  RETURN_IF_ERROR(
      CheckLifetime(policy.multi_factor_check_lifetime(), "multi_factor_check_lifetime"));
  RETURN_IF_ERROR(CheckLifetime(policy.mfa_init_skip_lifetime(), "mfa_init_skip_lifetime"));
  const std::string& redirect = policy.default_redirect_uri();
  if (!redirect.empty() && (redirect.size() > kMostUrl || !IsWebUrl(redirect))) {
    return Refuse("login.redirect_invalid", "It is an http or https URL of at most 1,000 bytes.",
                  "default_redirect_uri");
  }
  if (!policy.allow_username_password() && !policy.allow_passkeys() &&
      !policy.allow_external_idp()) {
    return Refuse("login.no_way_in",
                  "Nobody could sign in: passwords, passkeys and identity providers are all refused.");
  }
  return absl::OkStatus();
}

absl::Status Check(const event::v1::PrivacyPolicy& policy) {
  if (policy.links_size() > kMostLinks) {
    return Refuse("links.too_many", "There are at most 20 links.");
  }
  std::set<event::v1::LinkType> seen;
  for (int i = 0; i < policy.links_size(); ++i) {
    const event::v1::Link& link = policy.links(i);
    absl::Status status = CheckLink(link);
    if (status.ok() && link.type() != event::v1::LINK_TYPE_CUSTOM &&
        !seen.insert(link.type()).second) {
      status = Refuse("links.repeated", "There is one link of a type, but for custom ones.");
    }
    if (status.ok()) continue;
    SetErrorFact(status, "field", absl::StrCat("links[", i, "]"));
    return status;
  }
  return absl::OkStatus();
}

absl::Status Check(const event::v1::SecurityPolicy& policy) {
  if (policy.allowed_origins_size() > kMostOrigins) {
    return Refuse("security.too_many_origins", "There are at most 50 origins.", "allowed_origins");
  }
  for (int i = 0; i < policy.allowed_origins_size(); ++i) {
    if (OriginOf(policy.allowed_origins(i)) == policy.allowed_origins(i)) continue;
    return Refuse("security.origin_invalid",
                  "An origin is a scheme and a host, such as https://app.example.com, as browsers "
                  "write it: in small letters, without a path or a port that its scheme has anyway.",
                  absl::StrCat("allowed_origins[", i, "]"));
  }
  return absl::OkStatus();
}

absl::Status CheckFactors(const LoginPolicy& policy) {
  const event::v1::LoginPolicy& said = policy.policy;
  if (!said.force_mfa() && !said.force_mfa_local_only()) return absl::OkStatus();
  // A passkey is two factors by itself.
  if (said.allow_passkeys() || !policy.second_factors.empty() || !policy.multi_factors.empty()) {
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kFailedPrecondition, "policy.login.no_factor",
               "Everybody must show a second factor, and none would be allowed.");
}

}  // namespace muniment::command

#include "command/policy/defaults.h"

#include <utility>

#include "base/password_complexity.h"
#include "command/policy/settings.h"

namespace muniment::command {

namespace {

constexpr int64_t kMinute = 60, kHour = 60 * kMinute;

google::protobuf::Duration Seconds(int64_t seconds) {
  google::protobuf::Duration duration;
  duration.set_seconds(seconds);
  return duration;
}

event::v1::PasswordComplexity DefaultOf(const PasswordComplexity&) {
  const PasswordRules rules;
  event::v1::PasswordComplexity policy;
  policy.set_min_length(rules.min_length);
  policy.set_has_uppercase(rules.needs_uppercase);
  policy.set_has_lowercase(rules.needs_lowercase);
  policy.set_has_number(rules.needs_number);
  policy.set_has_symbol(rules.needs_symbol);
  return policy;
}

event::v1::DomainPolicy DefaultOf(const DomainPolicy&) { return {}; }

event::v1::LoginPolicy DefaultOf(const LoginPolicy&) {
  event::v1::LoginPolicy policy;
  policy.set_allow_username_password(true);
  policy.set_allow_register(true);
  policy.set_allow_external_idp(true);
  policy.set_allow_passkeys(true);
  policy.set_allow_domain_discovery(true);
  *policy.mutable_password_check_lifetime() = Seconds(240 * kHour);
  *policy.mutable_external_login_check_lifetime() = Seconds(240 * kHour);
  *policy.mutable_second_factor_check_lifetime() = Seconds(18 * kHour);
  *policy.mutable_multi_factor_check_lifetime() = Seconds(12 * kHour);
  *policy.mutable_mfa_init_skip_lifetime() = Seconds(720 * kHour);
  return policy;
}

event::v1::LockoutPolicy DefaultOf(const LockoutPolicy&) {
  event::v1::LockoutPolicy policy;
  policy.set_show_failure(true);
  return policy;
}

event::v1::PasswordAge DefaultOf(const PasswordAge&) { return {}; }

event::v1::NotificationPolicy DefaultOf(const NotificationPolicy&) {
  event::v1::NotificationPolicy policy;
  policy.set_password_change(true);
  return policy;
}

event::v1::PrivacyPolicy DefaultOf(const PrivacyPolicy&) { return {}; }

event::v1::ConsentPolicy DefaultOf(const ConsentPolicy&) { return {}; }

event::v1::SessionPolicy DefaultOf(const SessionPolicy&) {
  event::v1::SessionPolicy policy;
  policy.set_end_with_credentials(true);
  return policy;
}

event::v1::OidcSettings DefaultOf(const OidcSettings&) {
  event::v1::OidcSettings settings;
  *settings.mutable_access_token_lifetime() = Seconds(12 * kHour);
  *settings.mutable_id_token_lifetime() = Seconds(12 * kHour);
  *settings.mutable_refresh_token_idle_expiration() = Seconds(30 * 24 * kHour);
  *settings.mutable_refresh_token_expiration() = Seconds(90 * 24 * kHour);
  return settings;
}

event::v1::SecurityPolicy DefaultOf(const SecurityPolicy&) { return {}; }

template <class State>
void Add(Unit& unit, const Ref<State>& setting) {
  typename KindsOf<typename State::Event>::Added added;
  *added.mutable_policy() = DefaultOf(*setting);
  unit.Raise(setting, std::move(added));
}

template <class State>
absl::Status AddIfMissing(Unit& unit) {
  ASSIGN_OR_RETURN(const auto setting, unit.LoadAny<State>(InstanceScope()));
  if (!setting->exists()) Add(unit, setting);
  return absl::OkStatus();
}

absl::Status AddLoginIfMissing(Unit& unit) {
  ASSIGN_OR_RETURN(const auto login, unit.LoadAny<LoginPolicy>(InstanceScope()));
  if (login->exists()) return absl::OkStatus();
  Add(unit, login);
  for (const auto factor : {event::v1::SECOND_FACTOR_TOTP, event::v1::SECOND_FACTOR_U2F}) {
    event::v1::LoginSecondFactorAdded added;
    added.set_factor(factor);
    unit.Raise(login, std::move(added));
  }
  event::v1::LoginMultiFactorAdded multi;
  multi.set_factor(event::v1::MULTI_FACTOR_U2F_WITH_VERIFICATION);
  unit.Raise(login, std::move(multi));
  return absl::OkStatus();
}

struct Generator {
  event::v1::GeneratorType type;
  uint32_t length;
  int64_t expiry;  // seconds; 0: what is made does not expire
  bool lower, upper, digits;
};

constexpr Generator kGenerators[] = {
    {event::v1::GENERATOR_TYPE_INIT_CODE, 6, 72 * kHour, false, true, true},
    {event::v1::GENERATOR_TYPE_VERIFY_EMAIL_CODE, 6, kHour, false, true, true},
    {event::v1::GENERATOR_TYPE_VERIFY_PHONE_CODE, 6, kHour, false, true, true},
    {event::v1::GENERATOR_TYPE_PASSWORD_RESET_CODE, 6, kHour, false, true, true},
    {event::v1::GENERATOR_TYPE_PASSWORDLESS_INIT_CODE, 12, kHour, true, true, true},
    {event::v1::GENERATOR_TYPE_APP_SECRET, 64, 0, true, true, true},
    {event::v1::GENERATOR_TYPE_OTP_SMS, 8, 5 * kMinute, false, false, true},
    {event::v1::GENERATOR_TYPE_OTP_EMAIL, 8, 5 * kMinute, false, false, true},
    {event::v1::GENERATOR_TYPE_INVITE_CODE, 6, 72 * kHour, false, true, true},
};

absl::Status AddGeneratorsIfMissing(Unit& unit) {
  ASSIGN_OR_RETURN(const auto generators, unit.LoadAny<SecretGenerators>(InstanceScope()));
  for (const Generator& each : kGenerators) {
    if (generators->generators.contains(each.type)) continue;
    event::v1::SecretGeneratorAdded added;
    event::v1::SecretGenerator& generator = *added.mutable_generator();
    generator.set_type(each.type);
    generator.set_length(each.length);
    if (each.expiry > 0) *generator.mutable_expiry() = Seconds(each.expiry);
    generator.set_lower_letters(each.lower);
    generator.set_upper_letters(each.upper);
    generator.set_digits(each.digits);
    unit.Raise(generators, std::move(added));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status AddMissingDefaults(Unit& unit) {
  // All that may be cold is asked for before the first is waited for.
  const absl::Status each[] = {
      AddIfMissing<PasswordComplexity>(unit), AddIfMissing<DomainPolicy>(unit),
      AddLoginIfMissing(unit),                AddIfMissing<LockoutPolicy>(unit),
      AddIfMissing<PasswordAge>(unit),        AddIfMissing<NotificationPolicy>(unit),
      AddIfMissing<ConsentPolicy>(unit),      AddIfMissing<SessionPolicy>(unit),
      AddIfMissing<OidcSettings>(unit),       AddIfMissing<SecurityPolicy>(unit),
      AddIfMissing<PrivacyPolicy>(unit),      AddGeneratorsIfMissing(unit),
  };
  for (const absl::Status& status : each) RETURN_IF_ERROR(status);
  return absl::OkStatus();
}

}  // namespace muniment::command

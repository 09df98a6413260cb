// Settings that an instance has and an organization may have of its own: what Unit::Policy reads.
// Their streams have one shape (added, changed, removed), so their states and folds are written
// once:
//
//   ASSIGN_OR_RETURN(const auto lockout, unit.Policy<LockoutPolicy>(organization_id));
//   if (failures >= lockout->policy.max_password_attempts()) ...
//
// A new setting is its stream in proto/muniment/event/v1/policy.proto, a name and a line here, its
// default in defaults.cc, and a row in projections/policy.cc.
#ifndef MUNIMENT_COMMAND_POLICY_SETTINGS_H_
#define MUNIMENT_COMMAND_POLICY_SETTINGS_H_

#include <optional>
#include <type_traits>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/strings/string_view.h"
#include "muniment/event/v1/domain_policy.visit.h"
#include "muniment/event/v1/policy.visit.h"

namespace muniment::command {

// The first three kinds of a setting's stream.
template <class AllKinds>
struct SettingKinds;
template <class A, class C, class R, class... More>
struct SettingKinds<Kinds<A, C, R, More...>> {
  using Added = A;
  using Changed = C;
  using Removed = R;
};
// Of an instance alone, which always has it.
template <class A, class C>
struct SettingKinds<Kinds<A, C>> {
  using Added = A;
  using Changed = C;
};
// The same where it is only ever set.
template <class A>
struct SettingKinds<Kinds<A>> {
  using Added = A;
};
template <class E>
using KindsOf = SettingKinds<typename StreamTraits<E>::Kinds>;

template <class E>
inline constexpr absl::string_view kSettingNoun = "";
template <>
inline constexpr absl::string_view kSettingNoun<event::v1::PasswordComplexityEvent> =
    "policy.password_complexity";
template <>
inline constexpr absl::string_view kSettingNoun<event::v1::DomainPolicyEvent> = "policy.domain";
template <>
inline constexpr absl::string_view kSettingNoun<event::v1::LoginPolicyEvent> = "policy.login";
template <>
inline constexpr absl::string_view kSettingNoun<event::v1::LockoutPolicyEvent> = "policy.lockout";
template <>
inline constexpr absl::string_view kSettingNoun<event::v1::PasswordAgeEvent> =
    "policy.password_age";
template <>
inline constexpr absl::string_view kSettingNoun<event::v1::NotificationPolicyEvent> =
    "policy.notification";
template <>
inline constexpr absl::string_view kSettingNoun<event::v1::PrivacyPolicyEvent> = "policy.privacy";
template <>
inline constexpr absl::string_view kSettingNoun<event::v1::ConsentPolicyEvent> = "policy.consent";
template <>
inline constexpr absl::string_view kSettingNoun<event::v1::SessionPolicyEvent> = "policy.session";
template <>
inline constexpr absl::string_view kSettingNoun<event::v1::OidcSettingsEvent> = "oidc_settings";
template <>
inline constexpr absl::string_view kSettingNoun<event::v1::SecurityPolicyEvent> = "policy.security";

template <class E>
struct Setting {
  using Event = E;
  using Policy = std::remove_cvref_t<
      decltype(std::declval<const typename KindsOf<E>::Added&>().policy())>;
  static constexpr absl::string_view kNoun = kSettingNoun<E>;
  static_assert(!kNoun.empty());

  bool added = false;
  Policy policy;

  bool exists() const { return added; }
};

template <class E>
void Fold(Setting<E>& state, const typename KindsOf<E>::Added& event) {
  state.added = true;
  state.policy = event.policy();
}
template <class E>
void Fold(Setting<E>& state, const typename KindsOf<E>::Changed& event) {
  state.policy = event.policy();
}
template <class E>
void Fold(Setting<E>& state, const typename KindsOf<E>::Removed&) {
  state = Setting<E>();
}

using PasswordComplexity = Setting<event::v1::PasswordComplexityEvent>;
using LockoutPolicy = Setting<event::v1::LockoutPolicyEvent>;
using PasswordAge = Setting<event::v1::PasswordAgeEvent>;
using NotificationPolicy = Setting<event::v1::NotificationPolicyEvent>;
using PrivacyPolicy = Setting<event::v1::PrivacyPolicyEvent>;
using ConsentPolicy = Setting<event::v1::ConsentPolicyEvent>;
using SessionPolicy = Setting<event::v1::SessionPolicyEvent>;
using OidcSettings = Setting<event::v1::OidcSettingsEvent>;
using SecurityPolicy = Setting<event::v1::SecurityPolicyEvent>;

// A setting by which names count elsewhere is moved to (command/policy/move_names.h).
struct DomainPolicy : Setting<event::v1::DomainPolicyEvent> {
  struct Move {
    event::v1::DomainPolicyMoveStarted started;
    // It is done, or refused: names are given back where they do not count.
    bool decided = false;
  };
  // Under way.
  std::optional<Move> move;
  uint64_t moves = 0;  // that were ever begun
};

void Fold(DomainPolicy& state, const event::v1::DomainPolicyMoveStarted& event);
void Fold(DomainPolicy& state, const event::v1::DomainPolicyMoveRefused& event);
void Fold(DomainPolicy& state, const event::v1::DomainPolicyMoved& event);
void Fold(DomainPolicy& state, const event::v1::DomainPolicyMoveEnded& event);

// Of an organization alone, and only where something was said.
struct OrganizationSettings {
  using Event = event::v1::OrganizationSettingsEvent;
  static constexpr absl::string_view kNoun = "organization_settings";

  std::optional<event::v1::OrganizationSettings> settings;

  bool exists() const { return settings.has_value(); }
  bool scoped_usernames() const {
    return settings.has_value() && settings->organization_scoped_usernames();
  }
};

void Fold(OrganizationSettings& state, const event::v1::OrganizationSettingsSet& event);
void Fold(OrganizationSettings& state, const event::v1::OrganizationSettingsRemoved& event);

// The factors stand in events of their own.
struct LoginPolicy : Setting<event::v1::LoginPolicyEvent> {
  absl::btree_set<event::v1::SecondFactor> second_factors;
  absl::btree_set<event::v1::MultiFactor> multi_factors;
};

void Fold(LoginPolicy& state, const event::v1::LoginPolicyRemoved& event);
void Fold(LoginPolicy& state, const event::v1::LoginSecondFactorAdded& event);
void Fold(LoginPolicy& state, const event::v1::LoginSecondFactorRemoved& event);
void Fold(LoginPolicy& state, const event::v1::LoginMultiFactorAdded& event);
void Fold(LoginPolicy& state, const event::v1::LoginMultiFactorRemoved& event);

// Of an instance alone.
struct SecretGenerators {
  using Event = event::v1::SecretGeneratorEvent;
  static constexpr absl::string_view kNoun = "secret_generators";

  absl::btree_map<event::v1::GeneratorType, event::v1::SecretGenerator> generators;

  bool exists() const { return !generators.empty(); }
};

void Fold(SecretGenerators& state, const event::v1::SecretGeneratorAdded& event);
void Fold(SecretGenerators& state, const event::v1::SecretGeneratorChanged& event);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_POLICY_SETTINGS_H_

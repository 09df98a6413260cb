#include "command/policy/policies.h"

#include <type_traits>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/links.h"
#include "command/policy/checks.h"
#include "command/policy/domain_policy.h"
#include "google/protobuf/util/message_differencer.h"

namespace muniment::command {

using api::policy::v1::Policy;
using api::policy::v1::PolicyType;
using google::protobuf::FieldDescriptor;
using google::protobuf::util::MessageDifferencer;

namespace {

template <class State>
struct Of {};

// Calls `visit` with the state of a setting.
template <class Visit>
absl::Status VisitPolicy(PolicyType type, Visit visit) {
  switch (type) {
    case api::policy::v1::POLICY_TYPE_PASSWORD_COMPLEXITY: return visit(Of<PasswordComplexity>());
    case api::policy::v1::POLICY_TYPE_PASSWORD_AGE: return visit(Of<PasswordAge>());
    case api::policy::v1::POLICY_TYPE_LOCKOUT: return visit(Of<LockoutPolicy>());
    case api::policy::v1::POLICY_TYPE_LOGIN: return visit(Of<LoginPolicy>());
    case api::policy::v1::POLICY_TYPE_DOMAIN: return visit(Of<DomainPolicy>());
    case api::policy::v1::POLICY_TYPE_LINKS:
    case api::policy::v1::POLICY_TYPE_PRIVACY: return visit(Of<PrivacyPolicy>());
    case api::policy::v1::POLICY_TYPE_NOTIFICATION: return visit(Of<NotificationPolicy>());
    case api::policy::v1::POLICY_TYPE_SECURITY: return visit(Of<SecurityPolicy>());
    default: break;
  }
  return Error(absl::StatusCode::kInvalidArgument, "policy.setting_missing",
               "The request names no setting.");
}

absl::Status NotFound(absl::string_view noun) {
  return Error(absl::StatusCode::kNotFound, absl::StrCat(noun, ".not_found"),
               "There is no such setting here: what counts is the instance's.");
}

template <class State>
inline constexpr bool kOfOrganizations = requires {
  typename KindsOf<typename State::Event>::Removed;
};

template <class State>
absl::Status CheckLevel(const Scope& scope) {
  if (kOfOrganizations<State> || scope.aggregate == AGGREGATE_INSTANCE) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, "policy.instance_only",
               "Only the instance has this setting.");
}

// What a request says of a setting, `before` being what stands.
template <class State>
typename State::Policy Said(const Policy& policy, const typename State::Policy& before) {
  if constexpr (std::is_same_v<State, LoginPolicy>) {
    return policy.login().policy();
  } else {
    if constexpr (std::is_same_v<State, PrivacyPolicy>) {
      if (policy.has_privacy()) return WithOneOfEach(before, policy.privacy());
    }
    const FieldDescriptor* field = Policy::descriptor()->FindFieldByNumber(policy.setting_case());
    return static_cast<const typename State::Policy&>(
        policy.GetReflection()->GetMessage(policy, field));
  }
}

template <class Message>
absl::Status Keep(const WantedPolicy& wanted, Message kept, Message* policy) {
  std::vector<const FieldDescriptor*> fields;
  for (const std::string& name : wanted.keep) {
    const FieldDescriptor* field = Message::descriptor()->FindFieldByName(name);
    if (field == nullptr) {
      absl::Status refused = Error(absl::StatusCode::kInvalidArgument, "policy.keep_unknown",
                                   "The setting has no such field.");
      SetErrorFact(refused, "field", name);
      return refused;
    }
    fields.push_back(field);
  }
  policy->GetReflection()->SwapFields(policy, &kept, fields);
  return absl::OkStatus();
}

// Which factors an organization's first login policy allows.
absl::Status AddFactors(Unit& unit, const Ref<LoginPolicy>& login,
                        const api::policy::v1::Login& said, bool first) {
  if (!first && (said.second_factors_size() > 0 || said.multi_factors_size() > 0)) {
    return Error(absl::StatusCode::kInvalidArgument, "policy.login.factors_apart",
                 "Factors of a login policy that stands are set one by one.");
  }
  for (const int said_factor : said.second_factors()) {
    const auto factor = static_cast<event::v1::SecondFactor>(said_factor);
    if (login->second_factors.contains(factor)) continue;
    event::v1::LoginSecondFactorAdded added;
    added.set_factor(factor);
    unit.Raise(login, std::move(added));
  }
  for (const int said_factor : said.multi_factors()) {
    const auto factor = static_cast<event::v1::MultiFactor>(said_factor);
    if (login->multi_factors.contains(factor)) continue;
    event::v1::LoginMultiFactorAdded added;
    added.set_factor(factor);
    unit.Raise(login, std::move(added));
  }
  return CheckFactors(*login);
}

template <class State>
void RaiseSet(Unit& unit, const Ref<State>& setting, typename State::Policy policy) {
  using AllKinds = KindsOf<typename State::Event>;
  if constexpr (requires { typename AllKinds::Changed; }) {
    if (setting.exists()) {
      typename AllKinds::Changed changed;
      *changed.mutable_policy() = std::move(policy);
      return unit.Raise(setting, std::move(changed));
    }
  }
  typename AllKinds::Added added;
  *added.mutable_policy() = std::move(policy);
  unit.Raise(setting, std::move(added));
}

absl::Status CheckExpected(absl::string_view noun, api::policy::v1::Expects expects, bool exists) {
  if (expects == api::policy::v1::EXPECTS_NONE && exists) {
    return Error(absl::StatusCode::kAlreadyExists, absl::StrCat(noun, ".already_exists"),
                 "There is such a setting here already.");
  }
  if (expects == api::policy::v1::EXPECTS_ONE && !exists) return NotFound(noun);
  return absl::OkStatus();
}

template <class State>
absl::Status Set(Unit& unit, const Scope& scope, const WantedPolicy& wanted) {
  RETURN_IF_ERROR(CheckLevel<State>(scope));
  ASSIGN_OR_RETURN(const auto setting, unit.LoadAny<State>(scope));
  if (setting.version() > 0) unit.AnswerWith(setting);
  const bool first = !setting.exists();
  RETURN_IF_ERROR(CheckExpected(State::kNoun, wanted.expects, !first));
  typename State::Policy policy = Said<State>(wanted.policy, setting->policy);
  if (!wanted.keep.empty()) {
    ASSIGN_OR_RETURN(const auto common, unit.Policy<State>(""));
    RETURN_IF_ERROR(Keep(wanted, first ? common->policy : setting->policy, &policy));
  }
  RETURN_IF_ERROR(Check(policy));
  if constexpr (std::is_same_v<State, DomainPolicy>) {
    return SetDomainPolicy(unit, scope, std::move(policy));
  } else {
    if (first || !MessageDifferencer::Equals(setting->policy, policy)) {
      RaiseSet(unit, setting, std::move(policy));
    }
    if constexpr (std::is_same_v<State, LoginPolicy>) {
      return AddFactors(unit, setting, wanted.policy.login(), first);
    }
    return absl::OkStatus();
  }
}

template <class State>
absl::Status Reset(Unit& unit, absl::string_view organization_id) {
  const Scope scope = OrgScope(organization_id);
  RETURN_IF_ERROR(CheckLevel<State>(scope));
  if constexpr (std::is_same_v<State, DomainPolicy>) {
    return ResetDomainPolicy(unit, organization_id);
  } else if constexpr (kOfOrganizations<State>) {
    ASSIGN_OR_RETURN(const auto setting, unit.LoadAny<State>(scope));
    if (!setting.exists()) return NotFound(State::kNoun);
    unit.Raise(setting, typename KindsOf<typename State::Event>::Removed());
  }
  return absl::OkStatus();
}

// Allowed from then on or not; `AddedKind` and `RemovedKind` are the kinds that say so of its sort.
template <class AddedKind, class RemovedKind, class Factors>
absl::Status SetFactor(Unit& unit, const Ref<LoginPolicy>& login, const Factors& allowed_now,
                       typename Factors::value_type factor, bool allowed) {
  const bool stands = allowed_now.contains(factor);
  if (allowed && stands) {
    return Error(absl::StatusCode::kAlreadyExists, "policy.login.factor_already_allowed",
                 "The factor is allowed already.");
  }
  if (!allowed && !stands) {
    return Error(absl::StatusCode::kNotFound, "policy.login.factor_not_allowed",
                 "The factor is not allowed.");
  }
  const auto raise = [&](auto kind) {
    kind.set_factor(factor);
    unit.Raise(login, std::move(kind));
  };
  if (allowed) {
    raise(AddedKind());
  } else {
    raise(RemovedKind());
  }
  return CheckFactors(*login);
}

}  // namespace

absl::Status SetPolicy(Unit& unit, const Scope& scope, const WantedPolicy& wanted) {
  const auto type = static_cast<PolicyType>(wanted.policy.setting_case());
  return VisitPolicy(type, [&]<class State>(Of<State>) { return Set<State>(unit, scope, wanted); });
}

absl::Status ResetPolicy(Unit& unit, absl::string_view organization_id, PolicyType type) {
  return VisitPolicy(
      type, [&]<class State>(Of<State>) { return Reset<State>(unit, organization_id); });
}

absl::Status SetLoginFactor(Unit& unit, const Scope& scope, const api::policy::v1::Factor& factor,
                            bool allowed) {
  ASSIGN_OR_RETURN(const auto login, unit.LoadAny<LoginPolicy>(scope));
  if (!login.exists()) return NotFound(LoginPolicy::kNoun);
  unit.AnswerWith(login);
  switch (factor.factor_case()) {
    case api::policy::v1::Factor::kSecond:
      return SetFactor<event::v1::LoginSecondFactorAdded, event::v1::LoginSecondFactorRemoved>(
          unit, login, login->second_factors, static_cast<event::v1::SecondFactor>(factor.second()),
          allowed);
    case api::policy::v1::Factor::kMulti:
      return SetFactor<event::v1::LoginMultiFactorAdded, event::v1::LoginMultiFactorRemoved>(
          unit, login, login->multi_factors, static_cast<event::v1::MultiFactor>(factor.multi()),
          allowed);
    default: break;
  }
  return Error(absl::StatusCode::kInvalidArgument, "policy.login.factor_missing",
               "The request names no factor.");
}

}  // namespace muniment::command

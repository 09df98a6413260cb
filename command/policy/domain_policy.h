// What an instance or an organization says of names and domains; read with Unit::Policy.
#ifndef MUNIMENT_COMMAND_POLICY_DOMAIN_POLICY_H_
#define MUNIMENT_COMMAND_POLICY_DOMAIN_POLICY_H_

#include "absl/strings/string_view.h"
#include "muniment/event/v1/policy.visit.h"

namespace muniment::command {

struct DomainPolicy {
  using Event = event::v1::DomainPolicyEvent;
  static constexpr absl::string_view kNoun = "policy.domain";

  bool added = false;
  event::v1::DomainPolicy policy;

  bool exists() const { return added; }
};

void Fold(DomainPolicy& state, const event::v1::DomainPolicyAdded& event);
void Fold(DomainPolicy& state, const event::v1::DomainPolicyChanged& event);
void Fold(DomainPolicy& state, const event::v1::DomainPolicyRemoved& event);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_POLICY_DOMAIN_POLICY_H_

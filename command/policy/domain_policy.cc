#include "command/policy/domain_policy.h"

namespace muniment::command {

void Fold(DomainPolicy& state, const event::v1::DomainPolicyAdded& event) {
  state.added = true;
  state.policy = event.policy();
}

void Fold(DomainPolicy& state, const event::v1::DomainPolicyChanged& event) {
  state.policy = event.policy();
}

void Fold(DomainPolicy& state, const event::v1::DomainPolicyRemoved&) { state = DomainPolicy(); }

}  // namespace muniment::command

#include "command/policy/settings.h"

namespace muniment::command {

void Fold(DomainPolicy& state, const event::v1::DomainPolicyMoveStarted& event) {
  state.move = DomainPolicy::Move{event};
  ++state.moves;
}

void Fold(DomainPolicy& state, const event::v1::DomainPolicyMoveRefused&) {
  if (state.move.has_value()) state.move->decided = true;
}

void Fold(DomainPolicy& state, const event::v1::DomainPolicyMoved&) {
  if (state.move.has_value()) state.move->decided = true;
}

void Fold(DomainPolicy& state, const event::v1::DomainPolicyMoveEnded&) { state.move.reset(); }

void Fold(OrganizationSettings& state, const event::v1::OrganizationSettingsSet& event) {
  state.settings = event.settings();
}

void Fold(OrganizationSettings& state, const event::v1::OrganizationSettingsRemoved&) {
  state.settings.reset();
}

void Fold(LoginPolicy& state, const event::v1::LoginPolicyRemoved&) { state = LoginPolicy(); }

void Fold(LoginPolicy& state, const event::v1::LoginSecondFactorAdded& event) {
  state.second_factors.insert(event.factor());
}

void Fold(LoginPolicy& state, const event::v1::LoginSecondFactorRemoved& event) {
  state.second_factors.erase(event.factor());
}

void Fold(LoginPolicy& state, const event::v1::LoginMultiFactorAdded& event) {
  state.multi_factors.insert(event.factor());
}

void Fold(LoginPolicy& state, const event::v1::LoginMultiFactorRemoved& event) {
  state.multi_factors.erase(event.factor());
}

void Fold(SecretGenerators& state, const event::v1::SecretGeneratorAdded& event) {
  state.generators[event.generator().type()] = event.generator();
}

void Fold(SecretGenerators& state, const event::v1::SecretGeneratorChanged& event) {
  state.generators[event.generator().type()] = event.generator();
}

}  // namespace muniment::command

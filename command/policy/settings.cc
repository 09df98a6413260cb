#include "command/policy/settings.h"

namespace muniment::command {

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

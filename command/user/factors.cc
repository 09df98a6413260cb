#include "command/user/factors.h"

#include <algorithm>

namespace muniment::command {

namespace {

using Authenticators = UserFactors::Authenticators;

void Begin(Authenticators& tokens, const event::v1::WebAuthnRegistration& registration) {
  tokens[registration.token_id()] = {registration, std::nullopt};
}

void Verify(Authenticators& tokens, const event::v1::WebAuthnCredential& credential) {
  const auto token = tokens.find(credential.token_id());
  if (token != tokens.end()) token->second.credential = credential;
}

void Use(Authenticators& tokens, const event::v1::WebAuthnUse& use) {
  const auto token = tokens.find(use.token_id());
  if (token == tokens.end() || !token->second.verified()) return;
  token->second.credential->set_sign_count(use.sign_count());
  token->second.credential->set_backed_up(use.backed_up());
}

}  // namespace

bool UserFactors::AnyVerified(const Authenticators& tokens) {
  return std::any_of(tokens.begin(), tokens.end(),
                     [](const auto& token) { return token.second.verified(); });
}

size_t UserFactors::recovery_codes_left() const {
  size_t left = 0;
  for (const RecoverySet& set : recovery_codes) left += set.hashes.size();
  return left;
}

void Fold(UserFactors& factors, const event::v1::TotpAdded& event) {
  factors.totp = UserFactors::Totp{event.secret(), false, 0};
}
void Fold(UserFactors& factors, const event::v1::TotpVerified& event) {
  if (!factors.totp.has_value()) return;
  factors.totp->verified = true;
  factors.totp->step = event.step();
}
void Fold(UserFactors& factors, const event::v1::TotpRemoved&) { factors.totp.reset(); }
void Fold(UserFactors& factors, const event::v1::OtpSmsAdded&) { factors.otp_sms = true; }
void Fold(UserFactors& factors, const event::v1::OtpSmsRemoved&) { factors.otp_sms = false; }
void Fold(UserFactors& factors, const event::v1::OtpEmailAdded&) { factors.otp_email = true; }
void Fold(UserFactors& factors, const event::v1::OtpEmailRemoved&) { factors.otp_email = false; }

void Fold(UserFactors& factors, const event::v1::U2fAdded& event) {
  Begin(factors.u2f, event.registration());
}
void Fold(UserFactors& factors, const event::v1::U2fVerified& event) {
  Verify(factors.u2f, event.credential());
}
void Fold(UserFactors& factors, const event::v1::U2fSignCountChanged& event) {
  Use(factors.u2f, event.use());
}
void Fold(UserFactors& factors, const event::v1::U2fRemoved& event) {
  factors.u2f.erase(event.token_id());
}
void Fold(UserFactors& factors, const event::v1::PasskeyAdded& event) {
  Begin(factors.passkeys, event.registration());
}
void Fold(UserFactors& factors, const event::v1::PasskeyVerified& event) {
  Verify(factors.passkeys, event.credential());
}
void Fold(UserFactors& factors, const event::v1::PasskeySignCountChanged& event) {
  Use(factors.passkeys, event.use());
}
void Fold(UserFactors& factors, const event::v1::PasskeyRemoved& event) {
  factors.passkeys.erase(event.token_id());
}

void Fold(UserFactors& factors, const event::v1::RecoveryCodesAdded& event) {
  // Nothing is left of them once their owner is erased.
  if (event.code_hash().empty()) return;
  factors.recovery_codes.push_back(
      {event.salt(), {event.code_hash().begin(), event.code_hash().end()}});
}
void Fold(UserFactors& factors, const event::v1::RecoveryCodesRemoved&) {
  factors.recovery_codes.clear();
}
void Fold(UserFactors& factors, const event::v1::RecoveryCodeUsed& event) {
  for (UserFactors::RecoverySet& set : factors.recovery_codes) {
    std::erase(set.hashes, event.code_hash());
  }
  std::erase_if(factors.recovery_codes, [](const auto& set) { return set.hashes.empty(); });
}

}  // namespace muniment::command

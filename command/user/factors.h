// A user's factors beside the password, as decisions see them.
#ifndef MUNIMENT_COMMAND_USER_FACTORS_H_
#define MUNIMENT_COMMAND_USER_FACTORS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "base/proof.h"
#include "muniment/event/v1/credential.visit.h"

namespace muniment::command {

struct UserFactors {
  using Event = event::v1::UserFactorEvent;
  static constexpr absl::string_view kNoun = "user.factor";

  struct Totp {
    std::string secret;  // raw; empty once its owner is erased
    bool verified = false;
    int64_t step = 0;  // that was shown when it was verified
  };
  // A begun registration, until a credential takes its place.
  struct Authenticator {
    event::v1::WebAuthnRegistration registration;
    std::optional<event::v1::WebAuthnCredential> credential;

    bool verified() const { return credential.has_value(); }
  };
  // One call made it; its own salt. Never empty here.
  struct RecoverySet {
    std::string salt;
    std::vector<std::string> hashes;  // of the codes that were not used
  };
  using Authenticators = absl::btree_map<std::string, Authenticator>;  // by token id

  std::optional<Totp> totp;
  bool otp_sms = false;
  bool otp_email = false;
  Authenticators u2f;
  Authenticators passkeys;
  std::vector<RecoverySet> recovery_codes;

  bool exists() const { return true; }
  size_t recovery_codes_left() const;
  bool has_totp() const { return totp.has_value() && totp->verified; }
  static bool AnyVerified(const Authenticators& tokens);
  // What sign-in asks for beside a password: a person who has one has it asked. Recovery codes stand
  // for another and are none by themselves.
  HeldFactors held() const {
    return {.totp = has_totp(), .otp_sms = otp_sms, .otp_email = otp_email, .u2f = AnyVerified(u2f)};
  }
  size_t bytes() const {
    return (u2f.size() + passkeys.size()) * 512 + recovery_codes_left() * 64 + 128;
  }
};

void Fold(UserFactors& factors, const event::v1::TotpAdded& event);
void Fold(UserFactors& factors, const event::v1::TotpVerified& event);
void Fold(UserFactors& factors, const event::v1::TotpRemoved& event);
void Fold(UserFactors& factors, const event::v1::OtpSmsAdded& event);
void Fold(UserFactors& factors, const event::v1::OtpSmsRemoved& event);
void Fold(UserFactors& factors, const event::v1::OtpEmailAdded& event);
void Fold(UserFactors& factors, const event::v1::OtpEmailRemoved& event);
void Fold(UserFactors& factors, const event::v1::U2fAdded& event);
void Fold(UserFactors& factors, const event::v1::U2fVerified& event);
void Fold(UserFactors& factors, const event::v1::U2fSignCountChanged& event);
void Fold(UserFactors& factors, const event::v1::U2fRemoved& event);
void Fold(UserFactors& factors, const event::v1::PasskeyAdded& event);
void Fold(UserFactors& factors, const event::v1::PasskeyVerified& event);
void Fold(UserFactors& factors, const event::v1::PasskeySignCountChanged& event);
void Fold(UserFactors& factors, const event::v1::PasskeyRemoved& event);
void Fold(UserFactors& factors, const event::v1::RecoveryCodesAdded& event);
void Fold(UserFactors& factors, const event::v1::RecoveryCodesRemoved& event);
void Fold(UserFactors& factors, const event::v1::RecoveryCodeUsed& event);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_FACTORS_H_

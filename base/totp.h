// Time-based one-time passwords as authenticator apps make them (RFC 6238 over HOTP, RFC 4226):
// SHA-1, six digits, steps of 30 seconds, one step early or late accepted (RFC 6238 section 5.2).
//
//   const std::string secret = RandomBytes(kTotpSecretBytes);
//   TotpUri("Muniment", "ada@example.com", secret)    // for the app, as text or as a QR code
//   const std::optional<int64_t> step = VerifyTotp(secret, request.code(), now, last_step);
//
// A code proves something once (section 5.2): who verifies keeps the step that matched and hands it
// in the next time. Pure; thread-safe; codes may be hostile.
#ifndef MUNIMENT_BASE_TOTP_H_
#define MUNIMENT_BASE_TOTP_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace muniment {

inline constexpr int kTotpDigits = 6;
inline constexpr absl::Duration kTotpPeriod = absl::Seconds(30);
inline constexpr size_t kTotpSecretBytes = 20;     // RFC 4226 section 4 (R6)
inline constexpr size_t kTotpLeastSecretBytes = 10;  // that other systems made
inline constexpr int64_t kTotpSkew = 1;           // steps to either side
inline constexpr int64_t kNoTotpStep = INT64_MIN;  // nothing has matched yet

// The value of RFC 4226 section 5.3, `digits` from 6 to 8.
std::string Hotp(absl::string_view secret, uint64_t counter, int digits = kTotpDigits);

// The step that the time lies in.
int64_t TotpStep(absl::Time time);

// The step whose code was typed: one around `now` that is later than `last_step`. Nothing if there
// is none. Spaces and hyphens in the code do not matter.
std::optional<int64_t> VerifyTotp(absl::string_view secret, absl::string_view typed, absl::Time now,
                                  int64_t last_step);

// otpauth://totp/Issuer:account?algorithm=SHA1&digits=6&issuer=Issuer&period=30&secret=BASE32, the
// form that apps have agreed on. Colons in the issuer are dropped, for a colon ends it.
std::string TotpUri(absl::string_view issuer, absl::string_view account, absl::string_view secret);

// RFC 4648 section 6. The encoder writes no padding; the decoder takes it or leaves it, in either
// case of letters, and refuses stray bits.
std::string Base32Encode(absl::string_view bytes);
std::optional<std::string> Base32Decode(absl::string_view text);

}  // namespace muniment

#endif  // MUNIMENT_BASE_TOTP_H_

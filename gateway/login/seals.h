// The login's cookie, and what is under way in its pages' URLs and forms: sealed, so that both say what
// we put into them, and bound to one another, so that neither is worth anything in another browser.
//
//   const auto browser = seals.OpenBrowser(cookie, now);
//   const std::string text = seals.Seal(flow, now);    // of that browser
//
// Tokens of sessions stand in the cookie alone, and of each session only its newest counts: an earlier
// cookie gains nothing. Thread-safe.
#ifndef MUNIMENT_GATEWAY_LOGIN_SEALS_H_
#define MUNIMENT_GATEWAY_LOGIN_SEALS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/keyring.h"
#include "muniment/login/v1/login.pb.h"

namespace muniment::gateway {

// As long as a request to sign in may be answered.
inline constexpr absl::Duration kFlowTime = absl::Hours(1);
// A browser that does not come by for so long is a new one.
inline constexpr absl::Duration kBrowserTime = absl::Hours(24 * 30);

class LoginSeals {
 public:
  explicit LoginSeals(const MasterKey& master) : sealer_(master) {}

  std::string Seal(const login::v1::Browser& browser, absl::Time now) const;
  std::string Seal(const login::v1::Flow& flow, absl::Time now) const;
  // Nothing for what is none, is over, or is another instance's.
  std::optional<login::v1::Browser> OpenBrowser(absl::string_view text, uint64_t instance,
                                                absl::Time now) const;
  std::optional<login::v1::Flow> OpenFlow(absl::string_view text, uint64_t instance,
                                          absl::Time now) const;

  const Sealer& sealer() const { return sealer_; }

 private:
  const Sealer sealer_;
};

login::v1::Browser NewBrowser(uint64_t instance);
// By which a flow names its browser.
std::string HashOf(const login::v1::Browser& browser);

// A session that was used now comes first. A browser keeps some; the oldest goes.
void Keep(login::v1::Browser& browser, const std::string& session_id, const std::string& token);
void Forget(login::v1::Browser& browser, absl::string_view session_id);
// Null for none of this browser.
const login::v1::Browser::Session* SessionOf(const login::v1::Browser& browser,
                                             absl::string_view session_id);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_LOGIN_SEALS_H_

// Tokens for a token (RFC 8693): what is known of the two that are shown, and what is granted for them.
//
// The subject's token stands for whom the new one is about. Where an actor's stands beside it, its user
// acts on the subject's behalf, by the permission "impersonation", or "admin.impersonation" where the
// subject manages anything: on his organization, and wherever he does. The gateway makes the actor the
// command's caller, so that his token is judged as it is for any call.
//
// What is given is for applications and their APIs, never for the platform's own, so that nobody makes
// anything here in another's name; it is refreshed by nobody; it is good for no more, for nobody else and
// no longer than what was shown; and it ends with that. By whom somebody is acted for acts for nobody
// else: such a token is exchanged no more.
//
// Section 2.2.2: a token that does not count, and a policy that does not let it, are invalid_request.
#ifndef MUNIMENT_COMMAND_OIDC_EXCHANGE_H_
#define MUNIMENT_COMMAND_OIDC_EXCHANGE_H_

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/error.h"
#include "muniment/event/v1/oidc.visit.h"

namespace muniment::command {

inline constexpr absl::string_view kTokenExchange =
    "urn:ietf:params:oauth:grant-type:token-exchange";

// Section 3. A user id is nobody's proof, so it takes an actor.
enum class TokenType { kAccessToken, kJwt, kIdToken, kUserId };
std::optional<TokenType> TokenTypeOf(absl::string_view urn);
absl::string_view UrnOf(TokenType type);

inline constexpr absl::string_view kActForUsers = "impersonation";
inline constexpr absl::string_view kActForManagers = "admin.impersonation";

// So many tokens stand behind one, at most.
inline constexpr uint32_t kMaxExchanges = 8;

absl::Status NotExchanged(absl::string_view why);
// Whoever may not act for others learns by it nothing of whom there is.
absl::Status MayNotAct();

// Whether somebody who `holds` permissions at places may act for a user whose home this is. Nobody gets
// by it what he could not have given himself: `wherever_he_manages` asks what it is given of each place
// where the user manages anything, and answers whether all of them suffice.
template <class There, class Wherever, class Holds>
absl::StatusOr<bool> MayActFor(Wherever wherever_he_manages, Holds holds, const There& home) {
  bool manages = false;
  ASSIGN_OR_RETURN(const bool everywhere,
                   wherever_he_manages([&](const There& place) -> absl::StatusOr<bool> {
                     manages = true;
                     return holds(kActForManagers, place);
                   }));
  if (!everywhere) return false;
  return holds(manages ? kActForManagers : kActForUsers, home);
}

// Who acted for the user: for whoever reads the log, no decision asks.
struct Impersonations {
  using Event = event::v1::ImpersonationEvent;
  static constexpr absl::string_view kNoun = "impersonation";

  bool any = false;

  bool exists() const { return any; }
};
inline absl::string_view OwnerOf(const Impersonations&) { return {}; }
inline void Fold(Impersonations& known, const event::v1::UserImpersonated&) { known.any = true; }

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_OIDC_EXCHANGE_H_

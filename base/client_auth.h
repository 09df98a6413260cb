// How a client proves itself at an endpoint (RFC 6749 section 2.3, OpenID Connect Core section 9): what
// it shows, and whether that is what it has.
//
//   ASSIGN_OR_RETURN(const ShownClient shown, ReadClient(authorization, parameters));
//   ASSIGN_OR_RETURN(const ClientProof proof, ProveClient(shown, facts, {issuer, now}));
//
// Commands feed it with folded streams and endpoints that only read with rows. Pure, thread-safe; what
// is shown may be hostile. Errors are those of base/oauth_error.h.
#ifndef MUNIMENT_BASE_CLIENT_AUTH_H_
#define MUNIMENT_BASE_CLIENT_AUTH_H_

#include <functional>
#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/jwt.h"
#include "muniment/event/v1/oidc.pb.h"

namespace muniment {

struct ShownClient {
  enum class By { kNothing, kBasic, kPost, kAssertion };
  By by = By::kNothing;
  std::string id;  // of an assertion: its issuer, which nothing proves yet
  std::string secret;
  std::optional<Jwt> assertion;
};

// invalid_client: what whoever is not there is told, and whoever did not prove to be who he says.
absl::Status UnknownClient();

// What a request shows. `parameter`: the value of a name, empty where it has none. invalid_request for
// more than one way (RFC 6749 section 2.3) or none, invalid_client for what cannot be read.
absl::StatusOr<ShownClient> ReadClient(
    absl::string_view authorization,
    absl::FunctionRef<absl::string_view(absl::string_view name)> parameter);

struct ClientKey {
  std::string public_key;  // PEM
  absl::Time expiration = absl::InfiniteFuture();
};

// Who it would be.
struct ClientFacts {
  std::string client_id;
  enum class Proves { kNothing, kSecret, kKey } proves = Proves::kNothing;
  std::string secret_hash;
  std::function<std::optional<ClientKey>(absl::string_view key_id)> key;
  absl::Duration clock_skew = absl::ZeroDuration();
};

// Where and when it proves itself.
struct ProofPlace {
  std::string issuer;  // an assertion may also name an endpoint below it
  absl::Time now;
};

struct ClientProof {
  event::v1::ShownCredential credential;  // empty of a public client
  // Of an assertion with a jti: which it is, and that it is redeemed once.
  std::string assertion_id;
};

absl::StatusOr<ClientProof> ProveClient(const ShownClient& shown, const ClientFacts& facts,
                                        const ProofPlace& place);

// An assertion that `issuer` made for itself (RFC 7523 section 3): its signature, its audience and its
// times. `error`: what is answered where it does not count.
absl::StatusOr<ClientProof> ProveAssertion(const Jwt& assertion, const ClientFacts& facts,
                                           const ProofPlace& place, absl::Status error);

// How old an assertion may be, by its iat.
inline constexpr absl::Duration kAssertionAge = absl::Hours(1);

}  // namespace muniment

#endif  // MUNIMENT_BASE_CLIENT_AUTH_H_

#include "base/client_auth.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "base/client_proof.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/known_keys.h"
#include "base/oauth_error.h"
#include "base/percent.h"
#include "base/text.h"

namespace muniment {
namespace {

constexpr absl::string_view kAssertionType =
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
constexpr size_t kMaxId = 1000;
constexpr size_t kMaxSecret = 1000;
// Clocks of machines differ.
constexpr absl::Duration kTolerance = absl::Seconds(5);

absl::Status InvalidClient(absl::string_view description) {
  return OauthError(Oauth::kInvalidClient, description);
}

// application/x-www-form-urlencoded, which RFC 6749 section 2.3.1 asks for. What cannot be, for many
// clients do not encode, stays as it is.
std::string FormDecode(absl::string_view text) {
  std::string out;
  return PercentDecode(text, true, out) ? out : std::string(text);
}

absl::StatusOr<ShownClient> ReadBasic(absl::string_view header) {
  const absl::string_view encoded = absl::StripAsciiWhitespace(header.substr(6));
  const auto decoded = Base64Decode(encoded);
  const size_t colon = decoded.has_value() ? decoded->find(':') : std::string::npos;
  if (colon == std::string::npos) {
    return InvalidClient("The Authorization header is not that of HTTP Basic.");
  }
  ShownClient shown;
  shown.by = ShownClient::By::kBasic;
  shown.id = FormDecode(absl::string_view(*decoded).substr(0, colon));
  shown.secret = FormDecode(absl::string_view(*decoded).substr(colon + 1));
  return shown;
}

absl::StatusOr<ShownClient> ReadAssertion(absl::string_view type, absl::string_view assertion) {
  if (type != kAssertionType) {
    return InvalidClient("client_assertion_type is not one that is taken here.");
  }
  ShownClient shown;
  shown.by = ShownClient::By::kAssertion;
  auto token = ParseJwt(assertion);
  if (!token.ok()) return InvalidClient(token.status().message());
  shown.id = token->Text("iss").value_or("");
  shown.assertion = *std::move(token);
  return shown;
}

// This issuer, or one of its endpoints that take assertions (RFC 7523 section 3, rule 3); what is only
// below it may be another server.
bool NamesAudience(const Jwt& assertion, absl::string_view issuer) {
  const auto audiences = assertion.Texts("aud");
  return std::any_of(audiences.begin(), audiences.end(), [&](absl::string_view audience) {
    if (!absl::ConsumePrefix(&audience, issuer)) return false;
    return audience.empty() || audience == "/" || audience == "/oauth/v2/token" ||
           audience == "/oauth/v2/introspect" || audience == "/oauth/v2/revoke" ||
           audience == "/oauth/v2/device_authorization";
  });
}

// RFC 7523 section 3, rules 4 to 6. Empty: they hold.
absl::string_view WrongTime(const Jwt& assertion, absl::Time now, absl::Duration tolerance) {
  const auto expiration = assertion.Time("exp");
  if (!expiration.has_value()) return "The assertion has no exp.";
  if (*expiration + tolerance <= now) return "The assertion is over.";
  const auto issued = assertion.Time("iat");
  if (assertion.Has("iat") && !issued.has_value()) return "The assertion's iat is no time.";
  if (issued.has_value() && *issued > now + tolerance) return "The assertion is from the future.";
  if (issued.has_value() && *issued + kAssertionAge + tolerance < now) {
    return "The assertion is too old.";
  }
  if (!issued.has_value() && *expiration > now + kAssertionAge + tolerance) {
    return "The assertion counts for too long and has no iat.";
  }
  const auto from = assertion.Time("nbf");
  if (assertion.Has("nbf") && (!from.has_value() || *from > now + tolerance)) {
    return "The assertion does not count yet.";
  }
  return "";
}

absl::Status Described(const absl::Status& error, absl::string_view why) {
  return OauthError(OauthErrorOf(error).error, why);
}

}  // namespace

absl::Status UnknownClient() {
  return InvalidClient("The client is not known, or did not prove itself.");
}

absl::StatusOr<ShownClient> ReadClient(
    absl::string_view authorization,
    absl::FunctionRef<absl::string_view(absl::string_view name)> parameter) {
  const absl::string_view id = parameter("client_id");
  const absl::string_view secret = parameter("client_secret");
  const absl::string_view assertion = parameter("client_assertion");
  const bool basic = absl::StartsWithIgnoreCase(authorization, "basic ");
  const int ways = (basic ? 1 : 0) + (secret.empty() ? 0 : 1) + (assertion.empty() ? 0 : 1);
  if (ways > 1) {
    return OauthError(Oauth::kInvalidRequest, "The client shows more than one proof of itself.");
  }
  ShownClient shown;
  if (basic) {
    ASSIGN_OR_RETURN(shown, ReadBasic(authorization));
  } else if (!assertion.empty()) {
    ASSIGN_OR_RETURN(shown, ReadAssertion(parameter("client_assertion_type"), assertion));
  } else {
    shown.by = secret.empty() ? ShownClient::By::kNothing : ShownClient::By::kPost;
    shown.id = std::string(id);
    shown.secret = std::string(secret);
  }
  if (shown.id.empty()) return InvalidClient("The request does not say who the client is.");
  if (!id.empty() && id != shown.id) {
    return OauthError(Oauth::kInvalidRequest, "The request names two clients.");
  }
  if (shown.id.size() > kMaxId || shown.secret.size() > kMaxSecret || !ValidUtf8(shown.id)) {
    return UnknownClient();
  }
  return shown;
}

absl::StatusOr<ClientProof> ProveAssertion(const Jwt& assertion, const ClientFacts& facts,
                                           const ProofPlace& place, absl::Status error) {
  // Who has no key of it learns neither whether there is one nor whether its maker is known.
  const std::optional<ClientKey> key = facts.key ? facts.key(assertion.key_id) : std::nullopt;
  if (!key.has_value() || key->expiration <= place.now) return error;
  const auto verifying = KnownVerifyingKey(key->public_key);
  if (verifying == nullptr || !verifying->Verifies(assertion.algorithm, assertion.parts)) return error;
  if (assertion.Text("iss") != facts.client_id || assertion.Text("sub") != facts.client_id) {
    return Described(error, "The assertion's iss and sub are not its maker's.");
  }
  if (!NamesAudience(assertion, place.issuer)) {
    return Described(error, "The assertion's aud is not this issuer.");
  }
  const absl::string_view wrong = WrongTime(assertion, place.now, kTolerance + facts.clock_skew);
  if (!wrong.empty()) return Described(error, wrong);
  ClientProof proof;
  proof.credential.set_key_id(assertion.key_id);
  const auto id = assertion.Text("jti");
  if (id.has_value() && !id->empty()) {
    const Digest digest = Sha256(facts.client_id, absl::string_view("\0", 1), *id);
    proof.assertion_id = Base64UrlEncode(digest);
  }
  return proof;
}

absl::StatusOr<ClientProof> ProveClient(const ShownClient& shown, const ClientFacts& facts,
                                        const ProofPlace& place) {
  using By = ShownClient::By;
  const absl::Status invalid = UnknownClient();
  if (facts.proves == ClientFacts::Proves::kKey) {
    if (shown.by != By::kAssertion) return invalid;
    return ProveAssertion(*shown.assertion, facts, place, invalid);
  }
  if (facts.proves == ClientFacts::Proves::kNothing) {
    if (shown.by != By::kNothing) return invalid;
    return ClientProof();
  }
  const bool by_secret = shown.by == By::kBasic || shown.by == By::kPost;
  const Digest hash = Sha256(shown.secret);
  if (!by_secret || facts.secret_hash.empty() || !ConstantTimeEqual(hash, facts.secret_hash)) {
    return invalid;
  }
  ClientProof proof;
  proof.credential.set_secret_mark(SecretMark(facts.secret_hash));
  return proof;
}

}  // namespace muniment

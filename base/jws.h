// JSON Web Signatures in their compact form (RFC 7515), by keys of base/key_pair.h, and public keys
// as JSON Web Keys (RFC 7517, 7518 section 6, 8037 section 2). By OpenSSL.
//
//   ASSIGN_OR_RETURN(const auto key, SigningKey::Open(private_pem, algorithm));
//   const std::string token = key.Sign(R"({"alg":"RS256","kid":"1"})", claims);
//
//   ASSIGN_OR_RETURN(const auto parts, SplitJws(token));       // hostile until it is verified
//   ASSIGN_OR_RETURN(const auto known, VerifyingKey::Open(public_pem));
//   if (!known.Verifies(algorithm, parts)) ...
//
// An algorithm counts only with a key that is made for it: none is taken from a token on trust, and
// there is neither "none" nor an HMAC (RFC 8725 sections 3.1 and 3.2). Thread-safe.
#ifndef MUNIMENT_BASE_JWS_H_
#define MUNIMENT_BASE_JWS_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/key_pair.h"
#include "muniment/event/v1/web_key.pb.h"

// OpenSSL's key.
struct evp_pkey_st;

namespace muniment {

// RFC 7518 section 3.1, RFC 8037 section 3.1: one list, which the log keeps. What is not in it, as a
// later release may know more, verifies nothing and signs nothing.
using JwsAlgorithm = event::v1::WebKeyAlgorithm;

absl::string_view NameOf(JwsAlgorithm algorithm);  // "RS256"; empty for what is not in the list
std::optional<JwsAlgorithm> JwsAlgorithmNamed(absl::string_view name);

// What key the algorithm takes; `rsa_bits` counts where that is RSA.
KeySpec KeySpecFor(JwsAlgorithm algorithm, int rsa_bits = 2048);

// The left half of the text's hash by the algorithm's own, in base64url: at_hash and c_hash (OpenID
// Connect Core section 3.1.3.6). Of EdDSA with Ed25519 that is SHA-512.
std::string HalfHash(JwsAlgorithm algorithm, absl::string_view text);

// What a token is made of, decoded.
struct JwsParts {
  std::string header;  // JSON
  std::string payload;
  std::string signature;
  absl::string_view signed_text;  // what the signature is over, in the token itself
};

// INVALID_ARGUMENT "jws.malformed" unless there are three parts in base64url, each written in the one
// way there is (RFC 7515 section 7.1).
absl::StatusOr<JwsParts> SplitJws(absl::string_view token);

class SigningKey {
 public:
  // INVALID_ARGUMENT "key.malformed" for what is no private key in PEM that the algorithm takes.
  static absl::StatusOr<SigningKey> Open(absl::string_view private_pem, JwsAlgorithm algorithm);

  // The whole token. `header` is JSON and says the algorithm's name.
  std::string Sign(absl::string_view header, absl::string_view payload) const;
  JwsAlgorithm algorithm() const { return algorithm_; }

 private:
  SigningKey(std::shared_ptr<evp_pkey_st> key, JwsAlgorithm algorithm)
      : key_(std::move(key)), algorithm_(algorithm) {}
  std::shared_ptr<evp_pkey_st> key_;
  JwsAlgorithm algorithm_;
};

class VerifyingKey {
 public:
  // INVALID_ARGUMENT "key.malformed" for what is no public key in PEM.
  static absl::StatusOr<VerifyingKey> Open(absl::string_view public_pem);

  // False also where the key is not made for the algorithm.
  bool Verifies(JwsAlgorithm algorithm, const JwsParts& token) const;
  // As a JSON object, with `use`, `alg` and `kid`; empty where the key is not made for the algorithm.
  std::string Jwk(JwsAlgorithm algorithm, absl::string_view key_id) const;

 private:
  explicit VerifyingKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}
  std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace muniment

#endif  // MUNIMENT_BASE_JWS_H_

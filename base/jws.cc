#include "base/jws.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/check.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/pem_key.h"

namespace muniment {

namespace {

struct Free {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
  void operator()(BIGNUM* number) const { BN_clear_free(number); }
};
using ContextPtr = std::unique_ptr<EVP_MD_CTX, Free>;
using EcdsaPtr = std::unique_ptr<ECDSA_SIG, Free>;
using NumberPtr = std::unique_ptr<BIGNUM, Free>;

struct Algorithm {
  JwsAlgorithm id;
  absl::string_view name;
  KeySpec key;
  const char* kind;    // of the key, as OpenSSL calls it
  const char* digest;  // null: the algorithm has its own
  absl::string_view curve;
  absl::string_view openssl_curve;
  int coordinate = 0;  // bytes of one, and of each half of a signature (RFC 7518 section 3.4)
};

using Kind = KeySpec::Kind;
constexpr Algorithm kAlgorithms[] = {
    {event::v1::WEB_KEY_ALGORITHM_RS256, "RS256", {Kind::kRsa}, "RSA", "SHA256", "", ""},
    {event::v1::WEB_KEY_ALGORITHM_RS384, "RS384", {Kind::kRsa}, "RSA", "SHA384", "", ""},
    {event::v1::WEB_KEY_ALGORITHM_RS512, "RS512", {Kind::kRsa}, "RSA", "SHA512", "", ""},
    {event::v1::WEB_KEY_ALGORITHM_ES256, "ES256", {Kind::kEcdsa, 256}, "EC", "SHA256", "P-256",
     "prime256v1", 32},
    {event::v1::WEB_KEY_ALGORITHM_ES384, "ES384", {Kind::kEcdsa, 384}, "EC", "SHA384", "P-384",
     "secp384r1", 48},
    {event::v1::WEB_KEY_ALGORITHM_ES512, "ES512", {Kind::kEcdsa, 521}, "EC", "SHA512", "P-521",
     "secp521r1", 66},
    {event::v1::WEB_KEY_ALGORITHM_EDDSA, "EdDSA", {Kind::kEd25519, 256}, "ED25519", nullptr,
     "Ed25519", ""},
};

const Algorithm* Find(JwsAlgorithm id) {
  for (const Algorithm& algorithm : kAlgorithms) {
    if (algorithm.id == id) return &algorithm;
  }
  return nullptr;
}

bool Fits(EVP_PKEY* key, const Algorithm* algorithm) {
  if (algorithm == nullptr || EVP_PKEY_is_a(key, algorithm->kind) != 1) return false;
  return algorithm->openssl_curve.empty() || CurveOf(key) == algorithm->openssl_curve;
}

absl::Status Malformed() {
  return Error(absl::StatusCode::kInvalidArgument, "key.malformed",
               "The key cannot be read, or is not made for the algorithm.");
}

unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string Padded(const BIGNUM* number, int size) {
  std::string bytes(static_cast<size_t>(size), '\0');
  MUNIMENT_CHECK(BN_bn2binpad(number, Bytes(bytes), size) == size);
  return bytes;
}

// OpenSSL writes ECDSA signatures as DER, JOSE as two numbers side by side.
std::string FromDer(const std::string& der, int coordinate) {
  const unsigned char* at = Bytes(absl::string_view(der));
  const EcdsaPtr signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  MUNIMENT_CHECK(signature != nullptr);
  return absl::StrCat(Padded(ECDSA_SIG_get0_r(signature.get()), coordinate),
                      Padded(ECDSA_SIG_get0_s(signature.get()), coordinate));
}

std::string ToDer(absl::string_view halves, int coordinate) {
  NumberPtr r(BN_bin2bn(Bytes(halves), coordinate, nullptr));
  NumberPtr s(BN_bin2bn(Bytes(halves) + coordinate, coordinate, nullptr));
  const EcdsaPtr signature(ECDSA_SIG_new());
  MUNIMENT_CHECK(ECDSA_SIG_set0(signature.get(), r.release(), s.release()) == 1);
  std::string der(static_cast<size_t>(i2d_ECDSA_SIG(signature.get(), nullptr)), '\0');
  unsigned char* at = Bytes(der);
  i2d_ECDSA_SIG(signature.get(), &at);
  return der;
}

std::string Number(EVP_PKEY* key, const char* name, int size = 0) {
  BIGNUM* number = nullptr;
  MUNIMENT_CHECK(EVP_PKEY_get_bn_param(key, name, &number) == 1);
  const NumberPtr owned(number);
  return Base64UrlEncode(Padded(number, size > 0 ? size : BN_num_bytes(number)));
}

// The members that are the key's own.
std::string Members(EVP_PKEY* key, const Algorithm& algorithm) {
  if (algorithm.coordinate > 0) {
    return absl::StrCat(R"("kty":"EC","crv":")", algorithm.curve, R"(","x":")",
                        Number(key, OSSL_PKEY_PARAM_EC_PUB_X, algorithm.coordinate), R"(","y":")",
                        Number(key, OSSL_PKEY_PARAM_EC_PUB_Y, algorithm.coordinate), "\"");
  }
  if (algorithm.digest != nullptr) {
    return absl::StrCat(R"("kty":"RSA","n":")", Number(key, OSSL_PKEY_PARAM_RSA_N), R"(","e":")",
                        Number(key, OSSL_PKEY_PARAM_RSA_E), "\"");
  }
  size_t size = 0;
  MUNIMENT_CHECK(EVP_PKEY_get_raw_public_key(key, nullptr, &size) == 1);
  std::string raw(size, '\0');
  MUNIMENT_CHECK(EVP_PKEY_get_raw_public_key(key, Bytes(raw), &size) == 1);
  return absl::StrCat(R"("kty":"OKP","crv":")", algorithm.curve, R"(","x":")",
                      Base64UrlEncode(raw), "\"");
}

}  // namespace

absl::string_view NameOf(JwsAlgorithm id) {
  const Algorithm* algorithm = Find(id);
  return algorithm == nullptr ? absl::string_view() : algorithm->name;
}

KeySpec KeySpecFor(JwsAlgorithm id, int rsa_bits) {
  const Algorithm* algorithm = Find(id);
  MUNIMENT_CHECK(algorithm != nullptr);
  return algorithm->key.kind == Kind::kRsa ? KeySpec{Kind::kRsa, rsa_bits} : algorithm->key;
}

std::optional<JwsAlgorithm> JwsAlgorithmNamed(absl::string_view name) {
  for (const Algorithm& algorithm : kAlgorithms) {
    if (algorithm.name == name) return algorithm.id;
  }
  return std::nullopt;
}

std::string HalfHash(JwsAlgorithm algorithm, absl::string_view text) {
  const Algorithm* known = Find(algorithm);
  const char* name = known == nullptr || known->digest == nullptr ? "SHA512" : known->digest;
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  size_t size = 0;
  const int made = EVP_Q_digest(nullptr, name, nullptr, text.data(), text.size(), Bytes(digest),
                                &size);
  MUNIMENT_CHECK(made == 1);
  return Base64UrlEncode(absl::string_view(digest).substr(0, size / 2));
}

absl::StatusOr<JwsParts> SplitJws(absl::string_view token) {
  // No more of them than would be too many.
  const std::vector<absl::string_view> parts = absl::StrSplit(token, absl::MaxSplits('.', 3));
  std::vector<std::string> decoded;
  for (const absl::string_view part : parts) {
    std::optional<std::string> bytes;
    // RFC 7515 section 2: no padding.
    if (!absl::EndsWith(part, "=")) bytes = Base64UrlDecode(part);
    if (!bytes.has_value() || parts.size() != 3) {
      return Error(absl::StatusCode::kInvalidArgument, "jws.malformed",
                   "This is no signed token in compact form.");
    }
    decoded.push_back(*std::move(bytes));
  }
  return JwsParts{std::move(decoded[0]), std::move(decoded[1]), std::move(decoded[2]),
                  token.substr(0, parts[0].size() + 1 + parts[1].size())};
}

absl::StatusOr<SigningKey> SigningKey::Open(absl::string_view private_pem,
                                            JwsAlgorithm algorithm) {
  const KeyPtr key = ReadPrivateKey(private_pem);
  if (key == nullptr || !Fits(key.get(), Find(algorithm))) return Malformed();
  return SigningKey(key, algorithm);
}

std::string SigningKey::Sign(absl::string_view header, absl::string_view payload) const {
  std::string token = absl::StrCat(Base64UrlEncode(header), ".", Base64UrlEncode(payload));
  const Algorithm& algorithm = *Find(algorithm_);
  const ContextPtr context(EVP_MD_CTX_new());
  MUNIMENT_CHECK(EVP_DigestSignInit_ex(context.get(), nullptr, algorithm.digest, nullptr, nullptr,
                                       key_.get(), nullptr) == 1);
  size_t size = 0;
  MUNIMENT_CHECK(EVP_DigestSign(context.get(), nullptr, &size, Bytes(absl::string_view(token)),
                                token.size()) == 1);
  std::string signature(size, '\0');
  MUNIMENT_CHECK(EVP_DigestSign(context.get(), Bytes(signature), &size,
                                Bytes(absl::string_view(token)), token.size()) == 1);
  signature.resize(size);
  if (algorithm.coordinate > 0) signature = FromDer(signature, algorithm.coordinate);
  absl::StrAppend(&token, ".", Base64UrlEncode(signature));
  return token;
}

absl::StatusOr<VerifyingKey> VerifyingKey::Open(absl::string_view public_pem) {
  const KeyPtr key = ReadPublicKey(public_pem);
  if (key == nullptr) return Malformed();
  return VerifyingKey(key);
}

bool VerifyingKey::Verifies(JwsAlgorithm id, const JwsParts& token) const {
  const Algorithm* const found = Find(id);
  if (!Fits(key_.get(), found)) return false;
  const Algorithm& algorithm = *found;
  std::string signature = token.signature;
  if (algorithm.coordinate > 0) {
    if (signature.size() != 2 * static_cast<size_t>(algorithm.coordinate)) return false;
    signature = ToDer(signature, algorithm.coordinate);
  }
  const ContextPtr context(EVP_MD_CTX_new());
  MUNIMENT_CHECK(EVP_DigestVerifyInit_ex(context.get(), nullptr, algorithm.digest, nullptr,
                                         nullptr, key_.get(), nullptr) == 1);
  const int verdict =
      EVP_DigestVerify(context.get(), Bytes(absl::string_view(signature)), signature.size(),
                       Bytes(token.signed_text), token.signed_text.size());
  ERR_clear_error();
  return verdict == 1;
}

std::string VerifyingKey::Jwk(JwsAlgorithm id, absl::string_view key_id) const {
  const Algorithm* const found = Find(id);
  if (!Fits(key_.get(), found)) return {};
  const Algorithm& algorithm = *found;
  // Ids are digits, or what ValidId passes (base/names.h): nothing that JSON would escape.
  return absl::StrCat("{", Members(key_.get(), algorithm), R"(,"use":"sig","alg":")",
                      algorithm.name, R"(","kid":")", key_id, R"("})");
}

}  // namespace muniment

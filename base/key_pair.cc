#include "base/key_pair.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "base/check.h"
#include "base/error.h"
#include "base/pem_key.h"

namespace muniment {

namespace {

constexpr size_t kMaxPem = 8 << 10;
constexpr int kRsaBits = 2048;
constexpr int kMostRsaBits = 8192;

std::string TextOf(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<size_t>(size));
}

std::string PublicPem(EVP_PKEY* key) {
  const BioPtr out(BIO_new(BIO_s_mem()));
  MUNIMENT_CHECK(PEM_write_bio_PUBKEY(out.get(), key) == 1);
  return TextOf(out.get());
}

absl::Status Invalid(absl::string_view reason, absl::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, reason, message);
}

absl::Status Malformed() {
  return Invalid("key.malformed",
                 "The key is no public key in PEM (BEGIN PUBLIC KEY) of RSA, of P-256, P-384 or "
                 "P-521, or of Ed25519.");
}

bool KnownCurve(EVP_PKEY* key) {
  const std::string curve = CurveOf(key);
  return curve == "prime256v1" || curve == "secp384r1" || curve == "secp521r1";
}

absl::Status CheckKind(EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "RSA") == 1) {
    const int bits = EVP_PKEY_get_bits(key);
    if (bits > kMostRsaBits) return Malformed();
    if (bits >= kRsaBits) return absl::OkStatus();
    return Invalid("key.weak", "An RSA key has at least 2048 bits.");
  }
  const bool known = EVP_PKEY_is_a(key, "ED25519") == 1 ||
                     (EVP_PKEY_is_a(key, "EC") == 1 && KnownCurve(key));
  return known ? absl::OkStatus() : Malformed();
}

EVP_PKEY* Generate(const KeySpec& spec) {
  switch (spec.kind) {
    case KeySpec::Kind::kRsa: return EVP_RSA_gen(static_cast<unsigned>(spec.bits));
    case KeySpec::Kind::kEd25519: return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
    case KeySpec::Kind::kEcdsa: break;
  }
  const char* curve = spec.bits == 256 ? "P-256" : spec.bits == 384 ? "P-384" : "P-521";
  return EVP_EC_gen(curve);
}

}  // namespace

KeyPair NewKeyPair(const KeySpec& spec) {
  const KeyPtr key = OwnKey(Generate(spec));
  MUNIMENT_CHECK(key != nullptr);
  // Secure memory is wiped when it goes.
  const BioPtr out(BIO_new(BIO_s_secmem()));
  const int written =
      spec.kind == KeySpec::Kind::kRsa
          ? PEM_write_bio_PrivateKey_traditional(out.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                                 nullptr)
          : PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                          nullptr);
  MUNIMENT_CHECK(written == 1);
  return {PublicPem(key.get()), Secret(TextOf(out.get()))};
}

absl::StatusOr<std::string> CheckPublicKey(absl::string_view pem) {
  pem = absl::StripAsciiWhitespace(pem);
  constexpr absl::string_view kBegin = "-----BEGIN PUBLIC KEY-----";
  constexpr absl::string_view kEnd = "-----END PUBLIC KEY-----";
  // Nothing before, between or behind: what is stored is what was meant.
  if (pem.size() > kMaxPem || !absl::StartsWith(pem, kBegin) || !absl::EndsWith(pem, kEnd) ||
      pem.find(kEnd) != pem.size() - kEnd.size()) {
    return Malformed();
  }
  const KeyPtr key = ReadPublicKey(pem);
  if (key == nullptr) return Malformed();
  RETURN_IF_ERROR(CheckKind(key.get()));
  return PublicPem(key.get());
}

}  // namespace muniment

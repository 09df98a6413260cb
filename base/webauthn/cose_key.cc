#include "base/webauthn/cose_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace muniment::webauthn {
namespace {

// The labels and values of RFC 9053 sections 7.1 and 7.2 and RFC 8230 section 4.
constexpr int64_t kType = 1, kAlgorithm = 3, kCurve = -1, kX = -2, kY = -3, kN = -1, kE = -2;
constexpr int64_t kTypeOkp = 1, kTypeEc2 = 2, kTypeRsa = 3, kCurveP256 = 1, kCurveEd25519 = 6;
constexpr size_t kCoordinate = 32;
constexpr size_t kMinModulus = 256, kMaxModulus = 512, kMaxExponent = 4;

const unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

KeyPtr FromParameters(const char* type, OSSL_PARAM* parameters) {
  EVP_PKEY_CTX* const context = EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr);
  MUNIMENT_CHECK(context != nullptr);
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata_init(context) != 1 ||
      EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1) {
    key = nullptr;
  }
  EVP_PKEY_CTX_free(context);
  return KeyPtr(key);
}

KeyPtr EcKey(const std::string& point) {
  char group[] = "prime256v1";
  std::string octets = point;
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof(group) - 1),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, octets.data(), octets.size()),
      OSSL_PARAM_construct_end()};
  return FromParameters("EC", parameters);
}

KeyPtr RsaKey(const std::string& n, const std::string& e) {
  // OpenSSL wants the machine's order of bytes.
  BIGNUM* const modulus = BN_bin2bn(Bytes(n), static_cast<int>(n.size()), nullptr);
  BIGNUM* const exponent = BN_bin2bn(Bytes(e), static_cast<int>(e.size()), nullptr);
  OSSL_PARAM_BLD* const builder = OSSL_PARAM_BLD_new();
  MUNIMENT_CHECK(OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
                 OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent) == 1);
  OSSL_PARAM* const parameters = OSSL_PARAM_BLD_to_param(builder);
  KeyPtr key = FromParameters("RSA", parameters);
  OSSL_PARAM_free(parameters);
  OSSL_PARAM_BLD_free(builder);
  BN_free(exponent);
  BN_free(modulus);
  return key;
}

// Odd, at least 3, at least `min` bytes and at most `max`, none of them a leading zero.
bool IsOddNumber(const std::string* number, size_t min, size_t max) {
  return number != nullptr && number->size() >= min && number->size() <= max &&
         number->front() != '\0' && (number->back() & 1) != 0 && *number != "\x01";
}

void ReadEc(const CborItem& item, CoseKey& read) {
  const std::string* const x = item.FindBytes(kX);
  const std::string* const y = item.FindBytes(kY);
  if (item.FindInteger(kCurve) != kCurveP256 || x == nullptr || y == nullptr ||
      x->size() != kCoordinate || y->size() != kCoordinate) {
    return;
  }
  read.uncompressed = absl::StrCat("\x04", *x, *y);
  read.key = EcKey(read.uncompressed);
}

void ReadEd25519(const CborItem& item, CoseKey& read) {
  const std::string* const x = item.FindBytes(kX);
  if (item.FindInteger(kCurve) != kCurveEd25519 || x == nullptr || x->size() != kCoordinate) return;
  read.key.reset(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Bytes(*x), x->size()));
}

void ReadRsa(const CborItem& item, CoseKey& read) {
  const std::string* const n = item.FindBytes(kN);
  const std::string* const e = item.FindBytes(kE);
  if (!IsOddNumber(n, kMinModulus, kMaxModulus) || !IsOddNumber(e, 1, kMaxExponent)) return;
  read.key = RsaKey(*n, *e);
}

// The kind of key that an algorithm signs with; EVP_PKEY_NONE for an unknown one.
int KeyKind(int64_t algorithm) {
  switch (algorithm) {
    case kEs256: return EVP_PKEY_EC;
    case kEdDsa: return EVP_PKEY_ED25519;
    case kRs256: return EVP_PKEY_RSA;
    default: return EVP_PKEY_NONE;
  }
}

}  // namespace

CoseKey ReadCoseKey(const CborItem& item) {
  CoseKey read;
  const std::optional<int64_t> type = item.FindInteger(kType);
  read.algorithm = item.FindInteger(kAlgorithm).value_or(0);
  if (type == kTypeEc2 && read.algorithm == kEs256) ReadEc(item, read);
  if (type == kTypeOkp && read.algorithm == kEdDsa) ReadEd25519(item, read);
  if (type == kTypeRsa && read.algorithm == kRs256) ReadRsa(item, read);
  return read;
}

CoseKey ReadCoseKey(absl::string_view bytes) {
  const std::optional<CborItem> item = ReadCbor(bytes);
  if (!item || !bytes.empty()) return {};
  return ReadCoseKey(*item);
}

bool VerifySignature(EVP_PKEY* key, int64_t algorithm, absl::string_view data,
                     absl::string_view signature) {
  if (key == nullptr || KeyKind(algorithm) == EVP_PKEY_NONE ||
      EVP_PKEY_get_base_id(key) != KeyKind(algorithm)) {
    return false;
  }
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  MUNIMENT_CHECK(context != nullptr);
  const EVP_MD* const digest = algorithm == kEdDsa ? nullptr : EVP_sha256();
  const bool right =
      EVP_DigestVerifyInit(context, nullptr, digest, nullptr, key) == 1 &&
      EVP_DigestVerify(context, Bytes(signature), signature.size(), Bytes(data), data.size()) == 1;
  EVP_MD_CTX_free(context);
  return right;
}

}  // namespace muniment::webauthn

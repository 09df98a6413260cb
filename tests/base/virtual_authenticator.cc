#include "tests/base/virtual_authenticator.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <catch2/catch.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/crypto.h"
#include "base/secret.h"

namespace muniment::webauthn {
namespace {

std::string Number(EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  REQUIRE(EVP_PKEY_get_bn_param(key, name, &number) == 1);
  std::string bytes(static_cast<size_t>(BN_num_bytes(number)), '\0');
  BN_bn2bin(number, reinterpret_cast<unsigned char*>(bytes.data()));
  BN_free(number);
  return bytes;
}

std::string Padded(std::string bytes, size_t size) {
  return std::string(size - bytes.size(), '\0') + bytes;
}

std::string BigEndian(uint64_t number, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(number >> (8 * i));
  return out;
}

void AddExtension(X509* certificate, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  REQUIRE(extension != nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

void AddAaguid(X509* certificate, const std::string& aaguid, bool critical) {
  ASN1_OBJECT* const oid = OBJ_txt2obj("1.3.6.1.4.1.45724.1.1.4", 1);
  ASN1_OCTET_STRING* const value = ASN1_OCTET_STRING_new();
  const std::string inner = absl::StrCat("\x04\x10", aaguid);
  ASN1_OCTET_STRING_set(value, reinterpret_cast<const unsigned char*>(inner.data()),
                        static_cast<int>(inner.size()));
  X509_EXTENSION* const extension =
      X509_EXTENSION_create_by_OBJ(nullptr, oid, critical ? 1 : 0, value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
  ASN1_OCTET_STRING_free(value);
  ASN1_OBJECT_free(oid);
}

void SetSubject(X509* certificate, const CertificateRequest& request) {
  X509_NAME* const subject = X509_get_subject_name(certificate);
  const auto add = [&](const char* field, const std::string& value) {
    if (value.empty()) return;
    X509_NAME_add_entry_by_txt(subject, field, MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(value.data()),
                               static_cast<int>(value.size()), -1, 0);
  };
  add("C", request.country);
  add("O", request.organization);
  add("OU", request.unit);
  add("CN", request.name);
}

}  // namespace

KeyPtr NewKey(int64_t algorithm) {
  EVP_PKEY* key = nullptr;
  if (algorithm == kEs256) key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
  if (algorithm == kEdDsa) key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  if (algorithm == kRs256) key = EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", size_t{2048});
  REQUIRE(key != nullptr);
  return KeyPtr(key);
}

std::string Sign(EVP_PKEY* key, int64_t algorithm, absl::string_view data) {
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  const EVP_MD* const digest = algorithm == kEdDsa ? nullptr : EVP_sha256();
  REQUIRE(EVP_DigestSignInit(context, nullptr, digest, nullptr, key) == 1);
  std::string signature(1024, '\0');
  size_t size = signature.size();
  REQUIRE(EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size,
                         reinterpret_cast<const unsigned char*>(data.data()), data.size()) == 1);
  EVP_MD_CTX_free(context);
  signature.resize(size);
  return signature;
}

std::string CborHead(int major, uint64_t number) {
  const auto first = [&](int low) { return std::string(1, static_cast<char>(major << 5 | low)); };
  if (number < 24) return first(static_cast<int>(number));
  if (number < 0x100) return first(24) + BigEndian(number, 1);
  if (number < 0x10000) return first(25) + BigEndian(number, 2);
  if (number < 0x100000000) return first(26) + BigEndian(number, 4);
  return first(27) + BigEndian(number, 8);
}

std::string CborText(absl::string_view text) {
  return absl::StrCat(CborHead(3, text.size()), text);
}

std::string CborBytes(absl::string_view bytes) {
  return absl::StrCat(CborHead(2, bytes.size()), bytes);
}

std::string CborInteger(int64_t number) {
  return number < 0 ? CborHead(1, static_cast<uint64_t>(-1 - number))
                    : CborHead(0, static_cast<uint64_t>(number));
}

std::string CoseKeyOf(EVP_PKEY* key, int64_t algorithm) {
  const auto pair = [](int64_t label, const std::string& value) {
    return CborInteger(label) + value;
  };
  const std::string alg = pair(3, CborInteger(algorithm));
  if (algorithm == kEs256) {
    return CborHead(5, 5) + pair(1, CborInteger(2)) + alg + pair(-1, CborInteger(1)) +
           pair(-2, CborBytes(Padded(Number(key, OSSL_PKEY_PARAM_EC_PUB_X), 32))) +
           pair(-3, CborBytes(Padded(Number(key, OSSL_PKEY_PARAM_EC_PUB_Y), 32)));
  }
  if (algorithm == kRs256) {
    return CborHead(5, 4) + pair(1, CborInteger(3)) + alg +
           pair(-1, CborBytes(Number(key, OSSL_PKEY_PARAM_RSA_N))) +
           pair(-2, CborBytes(Number(key, OSSL_PKEY_PARAM_RSA_E)));
  }
  std::string raw(32, '\0');
  size_t size = raw.size();
  REQUIRE(EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(raw.data()), &size) ==
          1);
  return CborHead(5, 4) + pair(1, CborInteger(1)) + alg + pair(-1, CborInteger(6)) +
         pair(-2, CborBytes(raw));
}

std::string NewCertificate(const CertificateRequest& request, EVP_PKEY* key,
                           const std::string& issuer, EVP_PKEY* issuer_key) {
  X509* const certificate = X509_new();
  X509_set_version(certificate, request.version);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 7);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  SetSubject(certificate, request);
  if (issuer.empty()) {
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
  } else {
    const auto* at = reinterpret_cast<const unsigned char*>(issuer.data());
    X509* const parent = d2i_X509(nullptr, &at, static_cast<long>(issuer.size()));
    X509_set_issuer_name(certificate, X509_get_subject_name(parent));
    X509_free(parent);
  }
  if (!request.basic_constraints.empty()) {
    AddExtension(certificate, NID_basic_constraints, request.basic_constraints);
  }
  if (!request.aaguid.empty()) AddAaguid(certificate, request.aaguid, request.aaguid_critical);
  EVP_PKEY* const signer = issuer_key == nullptr ? key : issuer_key;
  const EVP_MD* const digest = EVP_PKEY_get_base_id(signer) == EVP_PKEY_ED25519 ? nullptr
                                                                               : EVP_sha256();
  REQUIRE(X509_sign(certificate, signer, digest) > 0);
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  const std::string bytes(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  X509_free(certificate);
  return bytes;
}

VirtualAuthenticator::VirtualAuthenticator(int64_t algorithm)
    : algorithm(algorithm), id(RandomBytes(32)), key_(NewKey(algorithm)) {
  public_key = CoseKeyOf(key_.get(), algorithm);
}

std::string VirtualAuthenticator::ClientData(const Ceremony& ceremony,
                                             absl::string_view right_type) const {
  return absl::StrCat("{\"type\":\"", type.empty() ? right_type : absl::string_view(type),
                      "\",\"challenge\":\"", Base64UrlEncode(ceremony.challenge),
                      "\",\"origin\":\"", origin, "\"", more_client_data, "}");
}

std::string VirtualAuthenticator::AuthenticatorBytes(bool attested) const {
  const unsigned all =
      flags | (attested ? kAttested : 0u) | (extensions.empty() ? 0u : kExtensions);
  std::string bytes = Sha256(rp_id).str() + BigEndian(all, 1) + BigEndian(sign_count, 4);
  if (attested) absl::StrAppend(&bytes, aaguid, BigEndian(id.size(), 2), id, public_key);
  return bytes + extensions;
}

std::string VirtualAuthenticator::Statement(absl::string_view authenticator_data,
                                            absl::string_view client_data) const {
  if (format == "none") return CborHead(5, 0);
  const std::string hash = Sha256(client_data).str();
  std::string to_sign = absl::StrCat(authenticator_data, hash, spoil_signed);
  const bool u2f = format == "fido-u2f";
  if (u2f) {
    to_sign = absl::StrCat(absl::string_view("\0", 1), Sha256(rp_id).view(), hash, id,
                           ReadCoseKey(public_key).uncompressed, spoil_signed);
  }
  const bool self = attestation_.key == nullptr;
  const int64_t own = self ? algorithm
                      : EVP_PKEY_get_base_id(attestation_.key.get()) == EVP_PKEY_EC ? kEs256
                                                                                    : kRs256;
  EVP_PKEY* const key = self ? key_.get() : attestation_.key.get();
  std::vector<std::string> members;
  if (!u2f) {
    const int64_t said = statement_algorithm == 0 ? own : statement_algorithm;
    members.push_back(CborText("alg") + CborInteger(said));
  }
  members.push_back(CborText("sig") + CborBytes(Sign(key, own, to_sign)));
  if (!self) {
    std::string list = CborText("x5c") + CborHead(4, attestation_.certificates.size());
    for (const std::string& certificate : attestation_.certificates) {
      list += CborBytes(certificate);
    }
    members.push_back(list);
  }
  std::string statement = CborHead(5, members.size());
  for (const std::string& member : members) statement += member;
  return statement;
}

RegistrationResponse VirtualAuthenticator::Register(const Ceremony& ceremony) const {
  const std::string client_data = ClientData(ceremony, "webauthn.create");
  const std::string data = AuthenticatorBytes(true);
  return {id, client_data,
          CborHead(5, 3) + CborText("fmt") + CborText(format) + CborText("attStmt") +
              Statement(data, client_data) + CborText("authData") + CborBytes(data),
          {"usb"}};
}

AssertionResponse VirtualAuthenticator::Assert(const Ceremony& ceremony) const {
  const std::string client_data = ClientData(ceremony, "webauthn.get");
  const std::string data = AuthenticatorBytes(false);
  const std::string signature = Sign(
      key_.get(), algorithm, absl::StrCat(data, Sha256(client_data).view(), spoil_signed));
  return {id, client_data, data, signature, user_handle};
}

}  // namespace muniment::webauthn

#include "base/webauthn/attestation.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/error.h"
#include "base/webauthn/check.h"

namespace muniment::webauthn {
namespace {

struct CertificateDeleter {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using CertificatePtr = std::unique_ptr<X509, CertificateDeleter>;

absl::Status Wrong(absl::string_view why) {
  return Refuse("attestation", absl::StrCat("The attestation does not hold: ", why, "."));
}

CertificatePtr ReadCertificate(absl::string_view der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const unsigned char* const end = at + der.size();
  CertificatePtr certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (at != end) certificate.reset();
  return certificate;
}

// The statement's "x5c": the attestation certificate first, then those that lead to its root.
absl::StatusOr<std::vector<CertificatePtr>> ReadChain(const CborItem& list) {
  if (list.kind != CborItem::Kind::kArray || list.items.empty()) return Wrong("no certificate");
  if (list.items.size() > kMaxCertificates) {
    return Refuse("too_large", "The attestation has too many certificates.");
  }
  std::vector<CertificatePtr> chain;
  for (const CborItem& item : list.items) {
    if (item.kind == CborItem::Kind::kBytes) chain.push_back(ReadCertificate(item.bytes));
    if (item.kind != CborItem::Kind::kBytes || chain.back() == nullptr) {
      return Wrong("what should be a certificate is none");
    }
  }
  return chain;
}

std::string SubjectField(X509* certificate, int field) {
  const X509_NAME* const subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, field, -1);
  if (at < 0) return "";
  const ASN1_STRING* const value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
  return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                     static_cast<size_t>(ASN1_STRING_length(value)));
}

// id-fido-gen-ce-aaguid: where the certificate has it, an OCTET STRING in the extension's own, not
// critical, equal to the authenticator's.
bool AaguidFits(X509* certificate, const std::string& aaguid) {
  ASN1_OBJECT* const oid = OBJ_txt2obj("1.3.6.1.4.1.45724.1.1.4", 1);
  const int at = X509_get_ext_by_OBJ(certificate, oid, -1);
  ASN1_OBJECT_free(oid);
  if (at < 0) return true;
  X509_EXTENSION* const extension = X509_get_ext(certificate, at);
  const ASN1_OCTET_STRING* const outer = X509_EXTENSION_get_data(extension);
  const absl::string_view value(reinterpret_cast<const char*>(ASN1_STRING_get0_data(outer)),
                                static_cast<size_t>(ASN1_STRING_length(outer)));
  return X509_EXTENSION_get_critical(extension) == 0 && value == absl::StrCat("\x04\x10", aaguid);
}

// Section 8.2.1.
bool MeetsPackedRequirements(X509* certificate, const std::string& aaguid) {
  return X509_get_version(certificate) == X509_VERSION_3 &&
         SubjectField(certificate, NID_countryName).size() == 2 &&
         !SubjectField(certificate, NID_organizationName).empty() &&
         SubjectField(certificate, NID_organizationalUnitName) == "Authenticator Attestation" &&
         !SubjectField(certificate, NID_commonName).empty() &&
         X509_get_ext_by_NID(certificate, NID_basic_constraints, -1) >= 0 &&
         (X509_get_extension_flags(certificate) & (EXFLAG_CA | EXFLAG_INVALID)) == 0 &&
         AaguidFits(certificate, aaguid);
}

bool LeadsTo(const std::string& der, const std::vector<CertificatePtr>& chain) {
  const CertificatePtr root = ReadCertificate(der);
  if (root == nullptr) return false;
  X509_STORE* const store = X509_STORE_new();
  STACK_OF(X509)* const between = sk_X509_new_null();
  X509_STORE_CTX* const context = X509_STORE_CTX_new();
  MUNIMENT_CHECK(store != nullptr && between != nullptr && context != nullptr);
  X509_STORE_add_cert(store, root.get());
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME);
  for (size_t i = 1; i < chain.size(); ++i) sk_X509_push(between, chain[i].get());
  const bool leads = X509_STORE_CTX_init(context, store, chain[0].get(), between) == 1 &&
                     X509_verify_cert(context) == 1;
  X509_STORE_CTX_free(context);
  sk_X509_free(between);
  X509_STORE_free(store);
  return leads;
}

// One root after the other: among several of one name OpenSSL would try only the first.
bool LeadsToRoot(const std::vector<CertificatePtr>& chain, const std::vector<std::string>& roots) {
  return std::any_of(roots.begin(), roots.end(),
                     [&](const std::string& root) { return LeadsTo(root, chain); });
}

absl::StatusOr<AttestationResult> VerifyNone(const CborItem& statement) {
  if (!statement.items.empty()) return Wrong("none comes with a statement");
  return AttestationResult{};
}

absl::StatusOr<AttestationResult> VerifyPacked(const AttestationPolicy& policy,
                                               const CborItem& statement,
                                               const Attested& attested) {
  const std::optional<int64_t> algorithm = statement.FindInteger("alg");
  const std::string* const signature = statement.FindBytes("sig");
  if (!algorithm || signature == nullptr) return Wrong("it lacks its algorithm or signature");
  const std::string signed_data =
      absl::StrCat(attested.authenticator_data, attested.client_data_hash);
  const CborItem* const certificates = statement.Find("x5c");
  if (certificates == nullptr) {
    if (*algorithm != attested.key.algorithm) return Wrong("its algorithm is not the key's");
    if (!VerifySignature(attested.key.key.get(), *algorithm, signed_data, *signature)) {
      return Wrong("it is not signed with the key");
    }
    return AttestationResult{AttestationType::kSelf};
  }
  ASSIGN_OR_RETURN(const std::vector<CertificatePtr> chain, ReadChain(*certificates));
  if (!VerifySignature(X509_get0_pubkey(chain[0].get()), *algorithm, signed_data, *signature)) {
    return Wrong("it is not signed with the certificate's key");
  }
  if (!MeetsPackedRequirements(chain[0].get(), attested.data.aaguid)) {
    return Wrong("its certificate is none for attestations of this authenticator");
  }
  return AttestationResult{AttestationType::kCertified, LeadsToRoot(chain, policy.roots)};
}

absl::StatusOr<AttestationResult> VerifyU2f(const AttestationPolicy& policy,
                                            const CborItem& statement, const Attested& attested) {
  const CborItem* const certificates = statement.Find("x5c");
  const std::string* const signature = statement.FindBytes("sig");
  if (certificates == nullptr || signature == nullptr) {
    return Wrong("it lacks its certificate or signature");
  }
  ASSIGN_OR_RETURN(const std::vector<CertificatePtr> chain, ReadChain(*certificates));
  EVP_PKEY* const key = X509_get0_pubkey(chain[0].get());
  char group[32] = {};
  if (chain.size() != 1 || key == nullptr || EVP_PKEY_get_base_id(key) != EVP_PKEY_EC ||
      EVP_PKEY_get_group_name(key, group, sizeof(group), nullptr) != 1 ||
      absl::string_view(group) != "prime256v1") {
    return Wrong("its certificate is not one of a key on P-256");
  }
  if (attested.key.uncompressed.empty()) return Wrong("U2F keys are on P-256");
  if (attested.data.aaguid != std::string(16, '\0')) return Wrong("U2F has no AAGUID");
  const std::string signed_data =
      absl::StrCat(absl::string_view("\0", 1), attested.data.rp_id_hash, attested.client_data_hash,
                   attested.data.credential_id, attested.key.uncompressed);
  if (!VerifySignature(key, kEs256, signed_data, *signature)) {
    return Wrong("it is not signed with the certificate's key");
  }
  return AttestationResult{AttestationType::kCertified, LeadsToRoot(chain, policy.roots)};
}

absl::StatusOr<AttestationResult> Verify(const AttestationPolicy& policy, const std::string& format,
                                         const CborItem& statement, const Attested& attested) {
  const auto& formats = policy.formats;
  if (std::find(formats.begin(), formats.end(), format) != formats.end()) {
    if (format == "none") return VerifyNone(statement);
    if (format == "packed") return VerifyPacked(policy, statement, attested);
    if (format == "fido-u2f") return VerifyU2f(policy, statement, attested);
  }
  return Refuse("attestation_format", "This format of attestation is not accepted.");
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ReadRoots(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> in(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  MUNIMENT_CHECK(in != nullptr);
  std::vector<std::string> roots;
  while (const CertificatePtr root{PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)}) {
    unsigned char* der = nullptr;
    const int size = i2d_X509(root.get(), &der);
    MUNIMENT_CHECK(size > 0);
    roots.emplace_back(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
    OPENSSL_free(der);
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (at_end && !roots.empty()) return roots;
  return Error(absl::StatusCode::kInvalidArgument, "webauthn.roots",
               roots.empty() ? "There is no certificate in PEM."
                             : absl::StrCat("What follows certificate ", roots.size(),
                                            " is none in PEM."));
}

absl::StatusOr<AttestationResult> VerifyAttestation(const AttestationPolicy& policy,
                                                    const std::string& format,
                                                    const CborItem& statement,
                                                    const Attested& attested) {
  ASSIGN_OR_RETURN(const AttestationResult result, Verify(policy, format, statement, attested));
  if (policy.require_trusted && !result.trusted) {
    return Refuse("attestation_trust", "This model of authenticator is not trusted.");
  }
  return result;
}

}  // namespace muniment::webauthn

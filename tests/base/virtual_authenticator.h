// An authenticator in software, made to be told to misbehave: every value that it signs or sends
// can be changed before it does. Keys and certificates are OpenSSL's.
//
//   VirtualAuthenticator key;
//   key.flags &= ~VirtualAuthenticator::kUserPresent;
//   VerifyRegistration(ceremony, key.Register(ceremony));
#ifndef MUNIMENT_TESTS_BASE_VIRTUAL_AUTHENTICATOR_H_
#define MUNIMENT_TESTS_BASE_VIRTUAL_AUTHENTICATOR_H_

#include <string>
#include <vector>

#include "base/webauthn/webauthn.h"

namespace muniment::webauthn {

KeyPtr NewKey(int64_t algorithm);
std::string Sign(EVP_PKEY* key, int64_t algorithm, absl::string_view data);
// The public half as a COSE_Key.
std::string CoseKeyOf(EVP_PKEY* key, int64_t algorithm);

// CBOR of RFC 8949 section 3, by hand: hostile input is what it is for.
std::string CborHead(int major, uint64_t number);
std::string CborText(absl::string_view text);
std::string CborBytes(absl::string_view bytes);
std::string CborInteger(int64_t number);

struct CertificateRequest {
  std::string country = "CH";
  std::string organization = "Authenticators Ltd";
  std::string unit = "Authenticator Attestation";
  std::string name = "Model 7";
  long version = 2;  // X.509 v3
  std::string basic_constraints = "critical,CA:FALSE";  // empty: none
  std::string aaguid;                                   // of the FIDO extension; empty: none
  bool aaguid_critical = false;
};
// In DER; signed by `issuer_key` in the name of `issuer` (DER), or by itself.
std::string NewCertificate(const CertificateRequest& request, EVP_PKEY* key,
                           const std::string& issuer = "", EVP_PKEY* issuer_key = nullptr);

class VirtualAuthenticator {
 public:
  enum Flag : unsigned {
    kUserPresent = 0x01,
    kUserVerified = 0x04,
    kBackupEligible = 0x08,
    kBackedUp = 0x10,
    kAttested = 0x40,
    kExtensions = 0x80,
  };

  explicit VirtualAuthenticator(int64_t algorithm = kEs256);

  RegistrationResponse Register(const Ceremony& ceremony) const;
  AssertionResponse Assert(const Ceremony& ceremony) const;

  // Its own key's certificate for attestations, and who signed it.
  struct Attestation {
    KeyPtr key;
    std::vector<std::string> certificates;
  };
  void CertifyWith(Attestation attestation) { attestation_ = std::move(attestation); }

  const int64_t algorithm;
  std::string id;
  std::string public_key;
  std::string rp_id = "example.com";
  std::string aaguid = std::string(16, '\x07');
  unsigned flags = kUserPresent | kUserVerified;  // kAttested comes by itself in a registration
  uint32_t sign_count = 1;
  std::string extensions;  // a CBOR map, which sets its flag
  std::string user_handle;
  // Of the client data:
  std::string type;  // empty: the right one
  std::string origin = "https://example.com";
  std::string more_client_data;  // such as ",\"crossOrigin\":true"
  // Of the attestation: none, packed, fido-u2f; packed without a certificate is self attestation.
  std::string format = "none";
  int64_t statement_algorithm = 0;  // zero: the key's
  std::string spoil_signed;  // put behind what is signed, so that the signature is wrong

 private:
  std::string ClientData(const Ceremony& ceremony, absl::string_view right_type) const;
  std::string AuthenticatorBytes(bool attested) const;
  std::string Statement(absl::string_view authenticator_data, absl::string_view client_data) const;

  KeyPtr key_;
  Attestation attestation_;
};

}  // namespace muniment::webauthn

#endif  // MUNIMENT_TESTS_BASE_VIRTUAL_AUTHENTICATOR_H_

// Web Authentication (W3C, Level 3) for the relying party: the options that a browser is given and
// the verification of what comes back, for passkeys and for second factors alike.
//
//   Ceremony ceremony{.challenge = NewChallenge(), .rp = ..., .user_verification = kRequired};
//   response.set(CreationOptions(ceremony, user, known));         // navigator.credentials.create
//   ASSIGN_OR_RETURN(const RegistrationResponse got, ReadRegistration(request.credential()));
//   ASSIGN_OR_RETURN(const Credential credential, VerifyRegistration(ceremony, got, known_ids));
//
//   response.set(RequestOptions(ceremony, credentials));          // navigator.credentials.get
//   ASSIGN_OR_RETURN(const AssertionResponse got, ReadAssertion(request.credential()));
//   ASSIGN_OR_RETURN(const Assertion proof, VerifyAssertion(ceremony, got, credential));
//   if (proof.clone_suspected) ...
//
// A ceremony is remembered from the options to the answer, and its challenge serves one answer
// only: both are the caller's business. Everything else of sections 7.1 and 7.2 is checked here,
// each step under a name of its own: INVALID_ARGUMENT "webauthn.<check>", where <check> is
//   malformed, too_large         the answer is not one, or exceeds a limit below
//   type, challenge, origin, cross_origin, top_origin     7.1 steps 7 to 11, 7.2 steps 9 to 13
//   rp_id, user_present, user_verified, backup_state      7.1 steps 14 to 17, 7.2 steps 15 to 18
//   algorithm, public_key        7.1 step 20, and that the key is one
//   attestation_format, attestation, attestation_trust    7.1 steps 22 to 24
//   credential_id, credential_known                       7.1 steps 25 and 26
//   credential, user_handle      7.2 steps 5 and 6
//   backup_eligibility           7.2 step 19: what a credential was made as, it stays
//   signature                    7.2 step 21
// Extension outputs that nobody asked for are ignored, as both sections allow. Attestation formats
// are none, packed (self and x5c) and fido-u2f.
//
// Pure but for NewChallenge; thread-safe; answers may be hostile. By libcbor and OpenSSL: libfido2
// speaks to authenticators, and refuses the unasked extensions that a relying party must put up
// with.
#ifndef MUNIMENT_BASE_WEBAUTHN_WEBAUTHN_H_
#define MUNIMENT_BASE_WEBAUTHN_WEBAUTHN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/webauthn/cose_key.h"
#include "google/protobuf/struct.pb.h"

namespace muniment::webauthn {

inline constexpr size_t kMaxClientData = 8 << 10;  // bytes of clientDataJSON
inline constexpr size_t kMaxAttestation = 32 << 10;
inline constexpr size_t kMaxAuthenticatorData = 8 << 10;
inline constexpr size_t kMaxSignature = 1 << 10;
inline constexpr size_t kMaxCredentialId = 1023;  // 7.1 step 25
inline constexpr size_t kMaxUserHandle = 64;      // section 5.4.3
inline constexpr size_t kMaxCertificates = 5;

struct RelyingParty {
  std::string id;    // a domain
  std::string name;  // shown by the browser
  // Where answers may come from, each whole ("https://login.example.com:8443",
  // "android:apk-key-hash:..."). Related origins (section 5.11) are simply named too. Without any:
  // from https pages of the domain and of those below it, at any port, as browsers allow it; of
  // localhost, which browsers trust, from http pages too.
  std::vector<std::string> origins;
  // Whether the page may be in a frame of another origin, and of which; section 13.4.9 tells the
  // danger.
  bool cross_origin = false;
  std::vector<std::string> top_origins;
};

enum class Requirement { kDiscouraged, kPreferred, kRequired };
enum class Attachment { kAny, kPlatform, kCrossPlatform };

struct AttestationPolicy {
  bool ask = false;  // attestation "direct" instead of "none"
  std::vector<std::string> formats = {"none", "packed", "fido-u2f"};  // accepted
  // Certificates in DER under which attestations count as trusted. Validity times are not looked
  // at: authenticators outlive them.
  std::vector<std::string> roots;
  bool require_trusted = false;
};

// The certificates of a file in PEM (RFC 7468), in DER, for AttestationPolicy::roots.
// INVALID_ARGUMENT "webauthn.roots" where one is none, or there is none.
absl::StatusOr<std::vector<std::string>> ReadRoots(const std::string& pem);

struct Ceremony {
  std::string challenge;  // 32 random bytes
  RelyingParty rp;
  Requirement user_verification = Requirement::kPreferred;
  // Of an assertion: whether it was known who is to answer. If not, the answer must say so by its
  // user handle, by which the caller then finds him.
  bool user_known = true;
  // Of a registration:
  Requirement resident_key = Requirement::kDiscouraged;
  Attachment attachment = Attachment::kAny;
  std::vector<int64_t> algorithms = {kEs256, kEdDsa, kRs256};
  AttestationPolicy attestation = {};
  bool user_present = true;  // false for one made by the browser in passing ("conditional")
  absl::Duration timeout = absl::Minutes(5);
};

std::string NewChallenge();

struct User {
  std::string handle;  // 1 to 64 bytes that name the person to nobody else
  std::string name;
  std::string display_name;
};

enum class AttestationType { kNone, kSelf, kCertified };

// What is stored of a credential.
struct Credential {
  std::string id;
  std::string public_key;  // COSE_Key
  uint32_t sign_count = 0;
  std::string aaguid;  // 16 bytes: the authenticator's model; zeros: unknown
  bool user_verified = false;
  bool backup_eligible = false;
  bool backed_up = false;
  std::vector<std::string> transports;
  std::string attestation_format;
  AttestationType attestation = AttestationType::kNone;
  bool attestation_trusted = false;
};

// "publicKey" with the members of PublicKeyCredentialCreationOptionsJSON (section 5.1.8): binary
// values in base64url. `known` are the person's credentials, so that none is made twice.
google::protobuf::Struct CreationOptions(const Ceremony& ceremony, const User& user,
                                         const std::vector<Credential>& known);

// "publicKey" with PublicKeyCredentialRequestOptionsJSON (section 5.1.9). Without credentials the
// browser offers what it has.
google::protobuf::Struct RequestOptions(const Ceremony& ceremony,
                                        const std::vector<Credential>& credentials);

struct RegistrationResponse {
  std::string id;
  std::string client_data_json;
  std::string attestation_object;
  std::vector<std::string> transports;
};

// Whether it says to answer this challenge, to find the registration that it is of; what else it says
// may still be wrong.
bool Answers(absl::string_view challenge, const RegistrationResponse& response);

struct AssertionResponse {
  std::string id;
  std::string client_data_json;
  std::string authenticator_data;
  std::string signature;
  std::string user_handle;  // empty: none was sent
};

// From RegistrationResponseJSON and AuthenticationResponseJSON (section 5.1): "id" and "rawId" must
// agree, "type" is "public-key".
absl::StatusOr<RegistrationResponse> ReadRegistration(const google::protobuf::Struct& json);
absl::StatusOr<AssertionResponse> ReadAssertion(const google::protobuf::Struct& json);

// `known_ids` are the ids registered with anybody at this relying party.
absl::StatusOr<Credential> VerifyRegistration(const Ceremony& ceremony,
                                              const RegistrationResponse& response,
                                              const std::vector<std::string>& known_ids = {});

struct Assertion {
  bool user_verified = false;
  bool backed_up = false;
  // 7.2 step 22. A count that does not rise, where there is one at all, means that two
  // authenticators hold the key: the caller decides what follows, and stores the count received.
  uint32_t stored_sign_count = 0;
  uint32_t received_sign_count = 0;
  bool clone_suspected = false;
};

// `credential` is what the caller found under the answer's id, `user_handle` that of its owner; the
// answer's own, if it has one, must be the same. `allowed_ids` are those the options named, if any.
absl::StatusOr<Assertion> VerifyAssertion(const Ceremony& ceremony,
                                          const AssertionResponse& response,
                                          const Credential& credential,
                                          absl::string_view user_handle,
                                          const std::vector<std::string>& allowed_ids = {});

}  // namespace muniment::webauthn

#endif  // MUNIMENT_BASE_WEBAUTHN_WEBAUTHN_H_

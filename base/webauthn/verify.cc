#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/webauthn/attestation.h"
#include "base/webauthn/check.h"
#include "base/webauthn/webauthn.h"

namespace muniment::webauthn {
namespace {

constexpr size_t kChallengeBytes = 32;

bool Contains(const std::vector<std::string>& list, absl::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

absl::Status CheckCredentialId(const RegistrationResponse& response, const AuthenticatorData& data,
                               const std::vector<std::string>& known_ids) {
  if (data.credential_id.empty() || data.credential_id.size() > kMaxCredentialId ||
      data.credential_id != response.id) {
    return Refuse("credential_id", "The credential's id is too long, or another than was said.");
  }
  if (Contains(known_ids, data.credential_id)) {
    return Refuse("credential_known", "The credential is registered already.");
  }
  return absl::OkStatus();
}

absl::Status CheckKey(const Ceremony& ceremony, const CoseKey& key) {
  const auto& allowed = ceremony.algorithms;
  if (std::find(allowed.begin(), allowed.end(), key.algorithm) == allowed.end()) {
    return Refuse("algorithm", "The credential's algorithm was not asked for.");
  }
  if (key.key == nullptr) return Refuse("public_key", "The credential's public key is none.");
  return absl::OkStatus();
}

}  // namespace

std::string NewChallenge() { return RandomBytes(kChallengeBytes); }

absl::StatusOr<Credential> VerifyRegistration(const Ceremony& ceremony,
                                              const RegistrationResponse& response,
                                              const std::vector<std::string>& known_ids) {
  RETURN_IF_ERROR(CheckClientData(ceremony, "webauthn.create", response.client_data_json));
  if (response.attestation_object.size() > kMaxAttestation) {
    return Refuse("too_large", "The attestation object is too large.");
  }
  absl::string_view rest = response.attestation_object;
  const std::optional<CborItem> object = ReadCbor(rest);
  if (!object || !rest.empty()) return Malformed("attestationObject");
  const CborItem* const format = object->Find("fmt");
  const CborItem* const statement = object->Find("attStmt");
  const std::string* const raw = object->FindBytes("authData");
  if (format == nullptr || format->kind != CborItem::Kind::kText || statement == nullptr ||
      statement->kind != CborItem::Kind::kMap || raw == nullptr) {
    return Malformed("attestationObject");
  }
  const std::optional<AuthenticatorData> data = ReadAuthenticatorData(*raw);
  if (!data || !data->attested) return Malformed("authData");
  RETURN_IF_ERROR(CheckAuthenticatorData(ceremony, *data));
  const CoseKey key = ReadCoseKey(data->public_key);
  RETURN_IF_ERROR(CheckKey(ceremony, key));
  const Digest client_data_hash = Sha256(response.client_data_json);
  ASSIGN_OR_RETURN(const AttestationResult attestation,
                   VerifyAttestation(ceremony.attestation, format->bytes, *statement,
                                     {*raw, client_data_hash, *data, key}));
  RETURN_IF_ERROR(CheckCredentialId(response, *data, known_ids));
  return Credential{data->credential_id,   data->public_key,      data->sign_count,
                    data->aaguid,          data->user_verified,   data->backup_eligible,
                    data->backed_up,       response.transports,   format->bytes,
                    attestation.type,      attestation.trusted};
}

absl::StatusOr<Assertion> VerifyAssertion(const Ceremony& ceremony,
                                          const AssertionResponse& response,
                                          const Credential& credential,
                                          absl::string_view user_handle,
                                          const std::vector<std::string>& allowed_ids) {
  if (response.id != credential.id ||
      (!allowed_ids.empty() && !Contains(allowed_ids, response.id))) {
    return Refuse("credential", "Another credential was asked for.");
  }
  const bool named = !response.user_handle.empty();
  if (named ? response.user_handle != user_handle : !ceremony.user_known) {
    return Refuse("user_handle", "The credential belongs to somebody else.");
  }
  RETURN_IF_ERROR(CheckClientData(ceremony, "webauthn.get", response.client_data_json));
  if (response.authenticator_data.size() > kMaxAuthenticatorData ||
      response.signature.size() > kMaxSignature) {
    return Refuse("too_large", "The authenticator's answer is too large.");
  }
  const std::optional<AuthenticatorData> data = ReadAuthenticatorData(response.authenticator_data);
  if (!data) return Malformed("authenticatorData");
  RETURN_IF_ERROR(CheckAuthenticatorData(ceremony, *data));
  if (data->backup_eligible != credential.backup_eligible) {
    return Refuse("backup_eligibility", "The credential was made as another kind than it says.");
  }
  const CoseKey key = ReadCoseKey(credential.public_key);
  const Digest client_data_hash = Sha256(response.client_data_json);
  if (!VerifySignature(key.key.get(), key.algorithm,
                       absl::StrCat(response.authenticator_data, client_data_hash.view()),
                       response.signature)) {
    return Refuse("signature", "The answer is not signed with the credential's key.");
  }
  const uint32_t stored = credential.sign_count;
  const uint32_t received = data->sign_count;
  return Assertion{data->user_verified, data->backed_up, stored, received,
                   (stored != 0 || received != 0) && received <= stored};
}

}  // namespace muniment::webauthn

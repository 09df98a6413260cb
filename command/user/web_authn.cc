#include "command/user/web_authn.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/crypto.h"
#include "base/host_name.h"
#include "base/timestamp.h"
#include "command/instance/instance.h"
#include "command/instance/owners.h"
#include "command/policy/settings.h"
#include "command/user/check_code.h"
#include "command/user/factor_rules.h"
#include "command/user/state.h"

namespace muniment::command {
namespace {

constexpr size_t kChallengeBytes = 32;
// Of each kind: verified and begun.
constexpr size_t kMaxAuthenticators = 25;

using Tokens = UserFactors::Authenticators;

const Tokens& TokensOf(const UserFactors& factors, Authenticator kind) {
  return kind == Authenticator::kPasskey ? factors.passkeys : factors.u2f;
}

absl::Status NotFound(Authenticator kind) {
  const bool passkey = kind == Authenticator::kPasskey;
  return Error(absl::StatusCode::kNotFound, passkey ? "passkey.not_found" : "u2f.not_found",
               passkey ? "The user has no such passkey." : "The user has no such security key.");
}

// A registration begins a row of its kind, and a verified credential takes its place.
void RaiseBegun(Unit& unit, const Ref<UserFactors>& factors, Authenticator kind,
                event::v1::WebAuthnRegistration registration) {
  if (kind == Authenticator::kPasskey) {
    event::v1::PasskeyAdded added;
    *added.mutable_registration() = std::move(registration);
    unit.Raise(factors, std::move(added));
  } else {
    event::v1::U2fAdded added;
    *added.mutable_registration() = std::move(registration);
    unit.Raise(factors, std::move(added));
  }
}

void RaiseVerified(Unit& unit, const Ref<UserFactors>& factors, Authenticator kind,
                   event::v1::WebAuthnCredential credential) {
  if (kind == Authenticator::kPasskey) {
    event::v1::PasskeyVerified verified;
    *verified.mutable_credential() = std::move(credential);
    unit.Raise(factors, std::move(verified));
  } else {
    event::v1::U2fVerified verified;
    *verified.mutable_credential() = std::move(credential);
    unit.Raise(factors, std::move(verified));
  }
}

void RaiseRemoved(Unit& unit, const Ref<UserFactors>& factors, Authenticator kind,
                  const std::string& token_id) {
  if (kind == Authenticator::kPasskey) {
    event::v1::PasskeyRemoved removed;
    removed.set_token_id(token_id);
    unit.Raise(factors, std::move(removed));
  } else {
    event::v1::U2fRemoved removed;
    removed.set_token_id(token_id);
    unit.Raise(factors, std::move(removed));
  }
}

bool Expired(const UserFactors::Authenticator& token, absl::Time now) {
  return !token.verified() && now >= ToTime(token.registration.issued_at()) + kCeremonyTime;
}

Tokens::const_iterator BegunWith(const Tokens& tokens,
                                 const webauthn::RegistrationResponse& response) {
  return std::find_if(tokens.begin(), tokens.end(), [&response](const auto& entry) {
    const UserFactors::Authenticator& token = entry.second;
    return !token.verified() && webauthn::Answers(token.registration.challenge(), response);
  });
}

// Begun ones that nobody can end any more make room.
absl::Status MakeRoom(Unit& unit, const Ref<UserFactors>& factors, Authenticator kind) {
  std::vector<std::string> stale;
  for (const auto& [id, token] : TokensOf(*factors, kind)) {
    if (Expired(token, unit.Now())) stale.push_back(id);
  }
  for (const std::string& id : stale) RaiseRemoved(unit, factors, kind, id);
  if (TokensOf(*factors, kind).size() < kMaxAuthenticators) return absl::OkStatus();
  return Error(absl::StatusCode::kResourceExhausted, "factor.too_many",
               absl::StrCat("A user has at most ", kMaxAuthenticators, " of these."));
}

webauthn::Ceremony RegistrationCeremony(const Unit& unit, Authenticator kind,
                                        webauthn::RelyingParty rp, std::string challenge,
                                        webauthn::Attachment attachment) {
  webauthn::Ceremony ceremony;
  ceremony.attestation = unit.attestation();
  ceremony.challenge = std::move(challenge);
  ceremony.rp = std::move(rp);
  if (kind == Authenticator::kPasskey) {
    // Found by the browser before anybody is named, and two factors at once.
    ceremony.user_verification = webauthn::Requirement::kRequired;
    ceremony.resident_key = webauthn::Requirement::kRequired;
    ceremony.attachment = attachment;
  } else {
    ceremony.user_verification = webauthn::Requirement::kDiscouraged;
    ceremony.resident_key = webauthn::Requirement::kDiscouraged;
    ceremony.attachment = webauthn::Attachment::kCrossPlatform;
  }
  return ceremony;
}

event::v1::WebAuthnCredential Stored(const std::string& token_id, const std::string& name,
                                     const std::string& rp_id,
                                     const webauthn::Credential& credential) {
  event::v1::WebAuthnCredential stored;
  stored.set_token_id(token_id);
  stored.set_credential_id(credential.id);
  stored.set_public_key(credential.public_key);
  stored.set_attestation_format(credential.attestation_format);
  stored.set_aaguid(credential.aaguid);
  stored.set_sign_count(credential.sign_count);
  stored.set_name(name);
  stored.set_rp_id(rp_id);
  stored.set_user_verified(credential.user_verified);
  stored.set_backup_eligible(credential.backup_eligible);
  stored.set_backed_up(credential.backed_up);
  for (const std::string& transport : credential.transports) stored.add_transport(transport);
  return stored;
}

std::vector<webauthn::Credential> AllAt(const UserFactors& factors, absl::string_view rp_id) {
  std::vector<webauthn::Credential> all = CredentialsAt(factors.passkeys, rp_id);
  for (auto& credential : CredentialsAt(factors.u2f, rp_id)) all.push_back(std::move(credential));
  return all;
}

}  // namespace

std::string UserHandle(absl::string_view user_id) {
  return user_id.size() <= webauthn::kMaxUserHandle ? std::string(user_id) : Sha256(user_id).str();
}

webauthn::Credential CredentialOf(const event::v1::WebAuthnCredential& stored) {
  return {.id = stored.credential_id(),
          .public_key = stored.public_key(),
          .sign_count = stored.sign_count(),
          .aaguid = stored.aaguid(),
          .user_verified = stored.user_verified(),
          .backup_eligible = stored.backup_eligible(),
          .backed_up = stored.backed_up(),
          .transports = {stored.transport().begin(), stored.transport().end()},
          .attestation_format = stored.attestation_format()};
}

std::vector<webauthn::Credential> CredentialsAt(const Tokens& tokens, absl::string_view rp_id) {
  std::vector<webauthn::Credential> credentials;
  for (const auto& [id, token] : tokens) {
    // An erased person's has no id.
    if (!token.verified() || token.credential->rp_id() != rp_id ||
        token.credential->credential_id().empty()) {
      continue;
    }
    credentials.push_back(CredentialOf(*token.credential));
  }
  return credentials;
}

absl::StatusOr<webauthn::RelyingParty> RelyingPartyOf(Unit& unit, const std::string& domain) {
  ASSIGN_OR_RETURN(const auto instance, unit.LoadAny<Instance>(InstanceScope()));
  std::string id = unit.caller().instance_domain;
  if (!domain.empty()) id = HostName(domain).value_or(domain);
  if (id.empty()) id = instance->primary_domain;
  if (!instance->domains.contains(id)) {
    return Error(absl::StatusCode::kInvalidArgument, "webauthn.domain",
                 "The domain is none by which this instance is reached.");
  }
  return webauthn::RelyingParty{.id = id, .name = instance->name};
}

absl::Status MayRegister(Unit& unit, const Ref<User>& user, Authenticator kind) {
  if (kind == Authenticator::kSecurityKey) {
    return MayHaveFactor(unit, user, event::v1::SECOND_FACTOR_U2F);
  }
  RETURN_IF_ERROR(MustBeHuman(*user));
  ASSIGN_OR_RETURN(const auto policy, unit.Policy<LoginPolicy>(user->organization_id));
  if (policy->policy.allow_passkeys()) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "factor.not_allowed",
               "The login policy does not have passkeys.");
}

absl::StatusOr<BegunRegistration> BeginRegistration(Unit& unit, const Ref<User>& user,
                                                    Authenticator kind, const std::string& domain,
                                                    webauthn::Attachment attachment,
                                                    const std::string& code_id) {
  RETURN_IF_ERROR(MayRegister(unit, user, kind));
  ASSIGN_OR_RETURN(const auto rp, RelyingPartyOf(unit, domain));
  ASSIGN_OR_RETURN(const auto factors, unit.LoadAny<UserFactors>(user.id()));
  RETURN_IF_ERROR(MakeRoom(unit, factors, kind));

  event::v1::WebAuthnRegistration registration;
  registration.set_token_id(unit.NewId());
  registration.set_challenge(unit.NewSecret(kChallengeBytes));
  registration.set_rp_id(rp.id);
  *registration.mutable_issued_at() = ToTimestamp(unit.Now());
  registration.set_code_id(code_id);
  if (!code_id.empty()) registration.set_begun_by(unit.caller().user_id);
  const webauthn::User account = {.handle = UserHandle(user.id()),
                                  .name = user->username,
                                  .display_name = user->profile.display_name()};
  BegunRegistration begun;
  begun.token_id = registration.token_id();
  begun.options = webauthn::CreationOptions(
      RegistrationCeremony(unit, kind, rp, registration.challenge(), attachment), account,
      AllAt(*factors, rp.id));
  RaiseBegun(unit, factors, kind, std::move(registration));
  unit.AnswerWith(factors);
  return begun;
}

absl::Status EndRegistration(Unit& unit, const Ref<User>& user, Authenticator kind,
                             const std::string& token_id, const google::protobuf::Struct& answer,
                             const std::string& name) {
  RETURN_IF_ERROR(MayRegister(unit, user, kind));
  ASSIGN_OR_RETURN(const auto response, webauthn::ReadRegistration(answer));
  ASSIGN_OR_RETURN(const auto factors, unit.LoadAny<UserFactors>(user.id()));
  const Tokens& tokens = TokensOf(*factors, kind);
  const auto begun = token_id.empty() ? BegunWith(tokens, response) : tokens.find(token_id);
  if (begun == tokens.end()) return NotFound(kind);
  if (begun->second.verified()) {
    return Error(absl::StatusCode::kFailedPrecondition, "factor.already_verified",
                 "This registration has ended already.");
  }
  if (Expired(begun->second, unit.Now())) {
    return Error(absl::StatusCode::kFailedPrecondition, "webauthn.expired",
                 "The registration was begun too long ago; begin another.");
  }
  const event::v1::WebAuthnRegistration& registration = begun->second.registration;
  ASSIGN_OR_RETURN(auto rp, RelyingPartyOf(unit, registration.rp_id()));
  std::vector<std::string> known;
  for (auto& credential : AllAt(*factors, rp.id)) known.push_back(std::move(credential.id));
  const auto ceremony = RegistrationCeremony(
      unit, kind, std::move(rp), registration.challenge(), webauthn::Attachment::kAny);
  ASSIGN_OR_RETURN(const auto credential, webauthn::VerifyRegistration(ceremony, response, known));
  if (!registration.code_id().empty()) {
    RETURN_IF_ERROR(MustBeActive(unit, *user));
    RETURN_IF_ERROR(UseCode(unit, user, event::v1::CODE_PURPOSE_PASSKEY, registration.code_id()));
  }
  RaiseVerified(unit, factors, kind, Stored(begun->first, name, registration.rp_id(), credential));
  return absl::OkStatus();
}

absl::Status RemoveAuthenticator(Unit& unit, const Ref<User>& user, Authenticator kind,
                                 const std::string& token_id) {
  ASSIGN_OR_RETURN(const auto factors, unit.LoadAny<UserFactors>(user.id()));
  const auto token = TokensOf(*factors, kind).find(token_id);
  if (token == TokensOf(*factors, kind).end()) return NotFound(kind);
  const bool counted = token->second.verified();
  if (counted && kind == Authenticator::kPasskey) {
    RETURN_IF_ERROR(KeepsAnOwner(unit, {.user_id = user.id(), .passkey_id = token_id}));
  }
  RaiseRemoved(unit, factors, kind, token_id);
  return counted ? FactorRemoved(unit, user, factors) : absl::OkStatus();
}

}  // namespace muniment::command

// Authenticators of a user: passkeys, and security keys that stand beside a password. Both are
// registered in two steps and removed in one, by the same rules (WebAuthn Level 3; the steps
// themselves are base/webauthn's).
//
//   ASSIGN_OR_RETURN(const BegunRegistration begun,
//                    BeginRegistration(unit, user, Authenticator::kPasskey, request.domain()));
//   response.set_passkey_id(begun.token_id);
//
// Errors: FAILED_PRECONDITION "user.not_human", "factor.not_allowed" by the login policy;
// INVALID_ARGUMENT "webauthn.domain" for a domain that is none of the instance's, and what
// base/webauthn says; RESOURCE_EXHAUSTED "factor.too_many"; NOT_FOUND "passkey.not_found",
// "u2f.not_found"; FAILED_PRECONDITION "webauthn.expired", "factor.already_verified";
// ALREADY_EXISTS for a credential that somebody has registered.
#ifndef MUNIMENT_COMMAND_USER_WEB_AUTHN_H_
#define MUNIMENT_COMMAND_USER_WEB_AUTHN_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/webauthn/webauthn.h"
#include "command/unit.h"
#include "command/user/factors.h"
#include "command/user/user.h"
#include "google/protobuf/struct.pb.h"

namespace muniment::command {

enum class Authenticator { kPasskey, kSecurityKey };

// How long a browser has for its answer, the way to and fro included.
inline constexpr absl::Duration kCeremonyTime = absl::Minutes(10);

struct BegunRegistration {
  std::string token_id;
  google::protobuf::Struct options;  // for navigator.credentials.create()
};

// Whether the user is one who has such, and the login policy lets him.
absl::Status MayRegister(Unit& unit, const Ref<User>& user, Authenticator kind);

// With `code_id` it was begun by that code of CODE_PURPOSE_PASSKEY, and ends only while the code
// still counts.
absl::StatusOr<BegunRegistration> BeginRegistration(
    Unit& unit, const Ref<User>& user, Authenticator kind, const std::string& domain,
    webauthn::Attachment attachment = webauthn::Attachment::kAny, const std::string& code_id = "");

// Answers on the stream of the factors. Without a token_id: of the registration whose challenge the
// answer is to. "code.invalid" as check_code.h has it.
absl::Status EndRegistration(Unit& unit, const Ref<User>& user, Authenticator kind,
                             const std::string& token_id, const google::protobuf::Struct& answer,
                             const std::string& name);
absl::Status RemoveAuthenticator(Unit& unit, const Ref<User>& user, Authenticator kind,
                                 const std::string& token_id);

// ---- for sign-in

// The relying party of a domain, or where it is empty of that by which the instance was reached:
// pages of the domain itself and of those below it may ask.
absl::StatusOr<webauthn::RelyingParty> RelyingPartyOf(Unit& unit, const std::string& domain);

// By which an authenticator knows the user: his id, or its hash where it is longer than 64 bytes.
std::string UserHandle(absl::string_view user_id);

webauthn::Credential CredentialOf(const event::v1::WebAuthnCredential& stored);
// The verified ones at a relying party.
std::vector<webauthn::Credential> CredentialsAt(const UserFactors::Authenticators& tokens,
                                                absl::string_view rp_id);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_WEB_AUTHN_H_

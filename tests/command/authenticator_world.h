// A Given in which bob's authenticator registers and shows what it is asked for, as his browser
// would: at the instance's own domain, with `robot` to sign people in.
#ifndef MUNIMENT_TESTS_COMMAND_AUTHENTICATOR_WORLD_H_
#define MUNIMENT_TESTS_COMMAND_AUTHENTICATOR_WORLD_H_

#include <catch2/catch.hpp>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/util/json_util.h"
#include "tests/base/virtual_authenticator.h"
#include "tests/command/given.h"

namespace muniment::command {

using google::protobuf::Struct;
using webauthn::VirtualAuthenticator;
using zitadel::session::v2::CreateSessionResponse;
using zitadel::session::v2::SetSessionResponse;

inline std::string Text(const google::protobuf::Message& message) {
  return message.ShortDebugString();
}

inline std::string Web(const std::string& bytes) { return absl::WebSafeBase64Escape(bytes); }

inline const Struct& PublicKey(const Struct& options) {
  return options.fields().at("publicKey").struct_value();
}

inline std::string ChallengeOf(const Struct& options) {
  std::string challenge;
  REQUIRE(absl::WebSafeBase64Unescape(
      PublicKey(options).fields().at("challenge").string_value(), &challenge));
  return challenge;
}

inline Struct Json(const std::string& text) {
  Struct json;
  REQUIRE(google::protobuf::util::JsonStringToMessage(text, &json).ok());
  return json;
}

struct AuthenticatorWorld : Given {
  AuthenticatorWorld() {
    Member(InstanceScope(), "robot", {"IAM_LOGIN_CLIENT"});
    key.rp_id = "example.test";
    key.origin = "https://example.test";
    key.user_handle = "bob";
    key.sign_count = 0;  // as most passkeys have it
  }

  // As an owner of the organization, who may without a fresh proof.
  Then Begin(const std::string& method = "RegisterPasskey", const std::string& more = "") {
    return When("root", method, absl::StrCat("user_id: 'bob' ", more));
  }
  webauthn::Ceremony CeremonyOf(const Struct& options) const {
    webauthn::Ceremony ceremony;
    ceremony.challenge = ChallengeOf(options);
    ceremony.rp.id = "example.test";
    return ceremony;
  }
  Struct Registered(const Struct& options) const {
    const auto response = key.Register(CeremonyOf(options));
    return Json(absl::StrCat(
        R"({"id":")", Web(response.id), R"(","rawId":")", Web(response.id),
        R"(","type":"public-key","response":{"clientDataJSON":")", Web(response.client_data_json),
        R"(","attestationObject":")", Web(response.attestation_object), R"("}})"));
  }
  Struct Asserted(const Struct& options) const {
    const auto response = key.Assert(CeremonyOf(options));
    return Json(absl::StrCat(
        R"({"id":")", Web(response.id), R"(","rawId":")", Web(response.id),
        R"(","type":"public-key","response":{"clientDataJSON":")", Web(response.client_data_json),
        R"(","authenticatorData":")", Web(response.authenticator_data), R"(","signature":")",
        Web(response.signature), R"(","userHandle":")", Web(response.user_handle), R"("}})"));
  }
  Then End(const std::string& id, const Struct& answer, bool passkey = true) {
    return passkey ? When("root", "VerifyPasskeyRegistration",
                          absl::StrCat("user_id: 'bob' passkey_id: '", id,
                                       "' passkey_name: 'phone' public_key_credential { ",
                                       Text(answer), " }"))
                   : When("root", "VerifyU2FRegistration",
                          absl::StrCat("user_id: 'bob' u2f_id: '", id,
                                       "' token_name: 'key' public_key_credential { ", Text(answer),
                                       " }"));
  }
  std::string AddPasskey() {
    const Then begun = Begin();
    REQUIRE(begun.ok());
    const auto& response = begun.response<zitadel::user::v2::RegisterPasskeyResponse>();
    REQUIRE(End(response.passkey_id(),
                Registered(response.public_key_credential_creation_options()))
                .ok());
    return response.passkey_id();
  }
  std::string AddSecurityKey() {
    const Then begun = Begin("RegisterU2F");
    REQUIRE(begun.ok());
    const auto& response = begun.response<zitadel::user::v2::RegisterU2FResponse>();
    REQUIRE(End(response.u2f_id(), Registered(response.public_key_credential_creation_options()),
                false)
                .ok());
    return response.u2f_id();
  }
  // What the session asks of the browser.
  Struct Ask(const std::string& requirement = "REQUIRED", const std::string& checks =
                                                              "checks { user { user_id: 'bob' } }") {
    const Then made = When(
        "robot", "CreateSession",
        absl::StrCat(checks, " challenges { web_auth_n { domain: 'example.test' "
                     "user_verification_requirement: USER_VERIFICATION_REQUIREMENT_",
                     requirement, " } }"));
    asked = made.reason;
    if (!made.ok()) return {};
    const auto& response = made.response<CreateSessionResponse>();
    session = response.session_id();
    return response.challenges().web_auth_n().public_key_credential_request_options();
  }
  Then Show(const Struct& assertion, const std::string& more = "") {
    return When("robot", "SetSession",
                absl::StrCat("session_id: '", session, "' checks { ", more,
                             " web_auth_n { credential_assertion_data { ", Text(assertion), " } } }"));
  }
  std::string Acting(const Then& shown) {
    session_token = shown.response<SetSessionResponse>().session_token();
    const auto then = When("bob", "UpdateUser", "user_id: 'bob' human { profile { nick_name: 'B' } }");
    session_token.clear();
    return then.reason;
  }

  VirtualAuthenticator key;
  std::string session;
  std::string asked;
};

}  // namespace muniment::command

#endif  // MUNIMENT_TESTS_COMMAND_AUTHENTICATOR_WORLD_H_

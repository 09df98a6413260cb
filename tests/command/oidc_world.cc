#include "tests/command/oidc_world.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "base/crypto.h"
#include "command/oidc/answer_page.h"
#include "command/oidc/authorize.h"
#include "command/oidc/token.h"
#include "zitadel/application/v2/application_service.pb.h"
#include "zitadel/oidc/v2/oidc_service.pb.h"
#include "zitadel/project/v2/project_service.pb.h"
#include "zitadel/session/v2/session_service.pb.h"

namespace muniment::command {

Form With(Form form, const Form& changes) {
  for (const auto& [name, value] : changes) {
    std::erase_if(form, [&name = name](const auto& each) { return each.first == name; });
    if (!value.empty()) form.emplace_back(name, value);
  }
  return form;
}

OidcWorld::OidcWorld() {
  const auto must = [this](const std::string& method, const std::string& request) {
    Then then = When("", method, request);
    INFO(method << " " << then.reason);
    REQUIRE(then.ok());
    return then;
  };
  project_id = must("CreateProject", "organization_id: 'acme' name: 'Lamps'")
                   .response<zitadel::project::v2::CreateProjectResponse>()
                   .project_id();
  const auto made =
      must("CreateApplication",
           absl::StrCat("project_id: '", project_id,
                        "' name: 'Shop' oidc_configuration { redirect_uris: '", kRedirect,
                        "' redirect_uris: 'https://app.example/other' response_types: "
                        "OIDC_RESPONSE_TYPE_CODE response_types: OIDC_RESPONSE_TYPE_ID_TOKEN "
                        "response_types: OIDC_RESPONSE_TYPE_ID_TOKEN_TOKEN grant_types: "
                        "OIDC_GRANT_TYPE_AUTHORIZATION_CODE grant_types: OIDC_GRANT_TYPE_IMPLICIT "
                        "grant_types: OIDC_GRANT_TYPE_REFRESH_TOKEN grant_types: "
                        "OIDC_GRANT_TYPE_DEVICE_CODE grant_types: "
                        "OIDC_GRANT_TYPE_TOKEN_EXCHANGE auth_method_type: "
                        "OIDC_AUTH_METHOD_TYPE_BASIC }"));
  const auto& answer = made.response<zitadel::application::v2::CreateApplicationResponse>();
  application_stream = absl::StrCat(project_id, "/", answer.application_id());
  client_id = answer.oidc_configuration().client_id();
  client_secret = answer.oidc_configuration().client_secret();
  basic = absl::StrCat("Basic ", Base64Encode(absl::StrCat(client_id, ":", client_secret)));
  must("SetPassword", "user_id: 'bob' new_password { password: 'Password-1' }");
  const auto session = must("CreateSession",
                            "checks { user { user_id: 'bob' } password { password: 'Password-1' } }");
  bob_session = session.response<zitadel::session::v2::CreateSessionResponse>().session_id();
  bob_token = session.response<zitadel::session::v2::CreateSessionResponse>().session_token();
}

oidc::v1::Request OidcWorld::RequestOf(const Form& form, const std::string& authorization) const {
  oidc::v1::Request request;
  request.set_issuer(kIssuer);
  request.set_authorization(authorization);
  for (const auto& [name, value] : form) {
    auto* parameter = request.add_parameter();
    parameter->set_name(name);
    parameter->set_value(value);
  }
  return request;
}

absl::StatusOr<oidc::v1::Issued> OidcWorld::Token(const oidc::v1::Request& request) {
  oidc::v1::Issued issued;
  const absl::Status status = TryAsSystem([&](Unit& unit) -> absl::Status {
    ASSIGN_OR_RETURN(issued, GrantTokens(unit, request));
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return issued;
}

absl::StatusOr<oidc::v1::Issued> OidcWorld::Token(const Form& form,
                                                  const std::string& authorization) {
  return Token(RequestOf(form, authorization));
}

absl::StatusOr<oidc::v1::Authorized> OidcWorld::Ask(const Form& form) {
  oidc::v1::Authorized authorized;
  const absl::Status status = TryAsSystem([&](Unit& unit) -> absl::Status {
    ASSIGN_OR_RETURN(authorized, Authorize(unit, RequestOf(form)));
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return authorized;
}

absl::StatusOr<oidc::v1::Answer> OidcWorld::Answer(const Form& form) {
  oidc::v1::Answer answer;
  const absl::Status status = TryAsSystem([&](Unit& unit) -> absl::Status {
    ASSIGN_OR_RETURN(answer, MakeAnswer(unit, RequestOf(form)));
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return answer;
}

Form OidcWorld::Asked() const {
  return {{"client_id", client_id},         {"redirect_uri", kRedirect},
          {"response_type", "code"},        {"scope", "openid profile offline_access"},
          {"state", "state-1"},             {"nonce", "nonce-1"},
          {"code_challenge", kChallenge},   {"code_challenge_method", "S256"}};
}

std::string OidcWorld::NewRequest(const Form& changes) {
  const auto authorized = Ask(With(Asked(), changes));
  INFO(authorized.status().ToString());
  REQUIRE(authorized.ok());
  return authorized->auth_request_id();
}

std::string OidcWorld::Code(const Form& changes) {
  const Then then = When("", "CreateCallback",
                         absl::StrCat("auth_request_id: 'V2_", NewRequest(changes),
                                      "' session { session_id: '", bob_session,
                                      "' session_token: '", bob_token, "' }"));
  INFO(then.reason);
  REQUIRE(then.ok());
  const std::string& url =
      then.response<zitadel::oidc::v2::CreateCallbackResponse>().callback_url();
  const size_t at = url.find("code=");
  REQUIRE(at != std::string::npos);
  return url.substr(at + 5, url.find('&', at) - at - 5);
}

Form OidcWorld::CodeForm(const std::string& code) const {
  return {{"grant_type", "authorization_code"},
          {"code", code},
          {"redirect_uri", kRedirect},
          {"code_verifier", kVerifier}};
}

oidc::v1::Issued OidcWorld::SignedIn(const Form& changes) {
  const auto issued = Token(CodeForm(Code(changes)));
  INFO(issued.status().ToString());
  REQUIRE(issued.ok());
  return *issued;
}

oidc::v1::Request OidcWorld::RefreshOf(const std::string& family, const std::string& token) const {
  oidc::v1::Request request =
      RequestOf({{"grant_type", "refresh_token"}, {"refresh_token", "sealed"}}, basic);
  request.mutable_refresh_token()->set_instance(1);
  request.mutable_refresh_token()->set_family_id(family);
  request.mutable_refresh_token()->set_token_id(token);
  return request;
}

oidc::v1::Request OidcWorld::RefreshOf(const oidc::v1::Issued& issued, const Form& changes) const {
  oidc::v1::Request request = RefreshOf(issued.family_id(), issued.refresh_token_id());
  for (const auto& [name, value] : changes) {
    auto* parameter = request.add_parameter();
    parameter->set_name(name);
    parameter->set_value(value);
  }
  return request;
}

TokenFamily OidcWorld::Family(const std::string& id) {
  TokenFamily family;
  AsSystem([&](Unit& unit) -> absl::Status {
    ASSIGN_OR_RETURN(const auto ref, unit.LoadAny<TokenFamily>(id));
    family = *ref;
    return absl::OkStatus();
  });
  return family;
}

}  // namespace muniment::command

#include "tests/bench/oidc_parties.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/crypto.h"
#include "base/jws.h"
#include "base/password.h"
#include "base/redirect.h"
#include "tests/bench/bench.h"
#include "zitadel/application/v2/application_service.pb.h"
#include "zitadel/internal_permission/v2/internal_permission_service.pb.h"
#include "zitadel/oidc/v2/oidc_service.pb.h"
#include "zitadel/project/v2/project_service.pb.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::bench {
namespace {

constexpr char kRedirect[] = "https://app.example/callback";
constexpr char kPassword[] = "Correct-Horse-1";
constexpr char kLoginName[] = "/ui/v2/login/login";
// About a second of a core; nobody knows a password of it.
constexpr char kDearHash[] = "$2b$14$abcdefghijklmnopqrstuuJ4QZ3Xn6vS1yQ0b8m2c7d5e9f1g3h5i";
// OpenID Connect's own example (RFC 7636 appendix B).
constexpr char kVerifier[] = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
constexpr char kChallenge[] = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

// Null where there is none.
const google::protobuf::Value* Member(const google::protobuf::Struct& body, const char* member) {
  const auto found = body.fields().find(member);
  return found == body.fields().end() ? nullptr : &found->second;
}

google::protobuf::Struct Parse(const std::string& json) {
  google::protobuf::Struct body;
  if (!google::protobuf::util::JsonStringToMessage(json, &body).ok()) Fail(json);
  return body;
}

// Between the first `mark` and `end`.
std::string Between(absl::string_view text, absl::string_view mark, char end) {
  const size_t at = text.find(mark);
  if (at == absl::string_view::npos) Fail(absl::StrCat("no ", mark, " in ", text));
  const absl::string_view rest = text.substr(at + mark.size());
  return std::string(rest.substr(0, rest.find(end)));
}

}  // namespace

bool HasText(const std::string& json, const char* member) {
  const google::protobuf::Struct body = Parse(json);
  const auto* value = Member(body, member);
  return value != nullptr && !value->string_value().empty();
}

std::string TextOf(const std::string& json, const char* member) {
  if (!HasText(json, member)) Fail(json);
  return Member(Parse(json), member)->string_value();
}

OidcParties::OidcParties(const Server& server, std::string token)
    : url_(absl::StrCat("http://localhost:", server.port())),
      token_(std::move(token)),
      hash_(Require(HashPassword(kPassword), "a hash")) {
  channel_ = Require(gateway::OpenChannel(url_, ""), "a channel");
  zitadel::user::v2::ListUsersResponse users;
  Call("/zitadel.user.v2.UserService/ListUsers", zitadel::user::v2::ListUsersRequest(), &users);
  organization_ = users.result(0).details().resource_owner();
  name_ = absl::StrCat("bench", absl::ToUnixMillis(absl::Now()));
  MakeApi();
  MakeApplication();
  MakeMachine();
  MakeLogin();
  person_ = AddPeople(1).front();
}

std::string OidcParties::Basic(const std::string& id, const std::string& secret) {
  return absl::StrCat("Basic ", Base64Encode(absl::StrCat(id, ":", secret)));
}

std::string OidcParties::Session(const std::string& person, bool with_password) const {
  zitadel::session::v2::CreateSessionRequest create;
  create.mutable_checks()->mutable_user()->set_user_id(person);
  if (with_password) create.mutable_checks()->mutable_password()->set_password(kPassword);
  return create.SerializeAsString();
}

std::string OidcParties::Password(const std::string& session) const {
  zitadel::session::v2::SetSessionRequest set;
  set.set_session_id(session);
  set.mutable_checks()->mutable_password()->set_password(kPassword);
  return set.SerializeAsString();
}

std::vector<std::string> OidcParties::Codes(int count) {
  zitadel::session::v2::CreateSessionRequest create;
  if (!create.ParseFromString(Session(person_, true))) Fail("a request");
  zitadel::session::v2::CreateSessionResponse session;
  Call(kCreateSession, create, &session);
  Meter meter("sign-ins", static_cast<uint64_t>(count));
  std::vector<std::string> forms;
  for (int i = 0; i < count; ++i) {
    forms.push_back(FormEncode({{"grant_type", "authorization_code"},
                                {"redirect_uri", kRedirect},
                                {"code_verifier", kVerifier},
                                {"code", Code(session)}}));
    meter.At(static_cast<uint64_t>(i) + 1);
  }
  return forms;
}

std::string OidcParties::Scope(int audiences) const {
  std::string scope = "openid profile";
  for (int i = 0; i < audiences; ++i) {
    const std::string id = i == 0 ? project_ : absl::StrCat(100'000'000'000'000'000 + i);
    absl::StrAppend(&scope, " urn:zitadel:iam:org:project:id:", id, ":aud");
  }
  return scope;
}

std::string OidcParties::Credentials(int audiences) const {
  return FormEncode({{"grant_type", "client_credentials"}, {"scope", Scope(audiences)}});
}

std::string OidcParties::Bearer() const {
  const auto key = Require(
      SigningKey::Open(pair_.private_pem.reveal(), event::v1::WEB_KEY_ALGORITHM_RS256), "a key");
  const int64_t now = absl::ToUnixSeconds(absl::Now());
  const std::string claims =
      absl::StrCat(R"({"iss":")", id_, R"(","sub":")", id_, R"(","aud":")", url_, R"(","iat":)",
                   now, R"(,"exp":)", now + 3000, "}");
  return FormEncode(
      {{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
       {"scope", Scope(1)},
       {"assertion",
        key.Sign(absl::StrCat(R"({"alg":"RS256","kid":")", key_id_, R"("})"), claims)}});
}

gateway::OutboundResponse OidcParties::Send(gateway::OutboundRequest request,
                                            const std::string& path,
                                            absl::string_view cookie) const {
  request.url = absl::StrCat(url_, path);
  if (request.method == "POST") {
    request.headers.Add("content-type", "application/x-www-form-urlencoded");
  }
  if (!cookie.empty()) request.headers.Add("cookie", cookie);
  return Require(client_.Send(request), path);
}

std::string OidcParties::AccessToken(int audiences) const {
  gateway::OutboundRequest request;
  request.method = "POST";
  request.headers.Add("authorization", machine());
  request.body = Credentials(audiences);
  return TextOf(Send(std::move(request), kTokenPath, "").body, "access_token");
}

OidcParties::Browser OidcParties::AtPassword(const std::vector<std::string>& login_names) const {
  Browser browser;
  for (const std::string& name : login_names) {
    const auto page = Send({}, kLoginName, browser.cookie);
    const absl::string_view cookie = page.headers.Get("set-cookie");
    if (!cookie.empty()) browser.cookie = std::string(cookie.substr(0, cookie.find(';')));
    gateway::OutboundRequest named;
    named.method = "POST";
    named.body = FormEncode({{"flow", Between(page.body, "name=\"flow\" value=\"", '"')},
                             {"login_name", name}});
    // A form, whose redirect is an answer.
    const auto on = Send(std::move(named), kLoginName, browser.cookie);
    browser.forms.push_back(absl::StrCat(
        "flow=", Between(on.headers.Get("location"), "flow=", '&'), "&password=Wrong-Horse-1"));
  }
  return browser;
}

void OidcParties::CallBy(const std::string& token, const char* path,
                         const google::protobuf::Message& request,
                         google::protobuf::Message* response) {
  gateway::GenericRequest call;
  call.path = path;
  call.headers = {{"authorization", absl::StrCat("Bearer ", token)}};
  call.message = request.SerializeAsString();
  Require(gateway::CallMethod(channel_, call,
                              [response](absl::string_view bytes) {
                                return response->ParseFromArray(bytes.data(),
                                                                static_cast<int>(bytes.size()))
                                           ? absl::OkStatus()
                                           : absl::InternalError("an answer");
                              }),
          path);
}

std::string OidcParties::Code(const zitadel::session::v2::CreateSessionResponse& session) {
  gateway::OutboundRequest request;
  // As a form, whose redirect is an answer.
  request.method = "POST";
  request.body =
      FormEncode({{"client_id", web_id_}, {"redirect_uri", kRedirect}, {"response_type", "code"},
                  {"scope", "openid offline_access"}, {"code_challenge", kChallenge},
                  {"code_challenge_method", "S256"}});
  const auto page = Send(std::move(request), "/oauth/v2/authorize", "");
  const absl::string_view at = page.headers.Get("location");
  zitadel::oidc::v2::CreateCallbackRequest callback;
  callback.set_auth_request_id(std::string(at.substr(at.find("V2_"))));
  callback.mutable_session()->set_session_id(session.session_id());
  callback.mutable_session()->set_session_token(session.session_token());
  zitadel::oidc::v2::CreateCallbackResponse answer;
  CallBy(login_token_, "/zitadel.oidc.v2.OIDCService/CreateCallback", callback, &answer);
  return Between(answer.callback_url(), "code=", '&');
}

std::string OidcParties::AddPerson(const std::string& username, const std::string& hash) {
  zitadel::user::v2::CreateUserRequest person;
  person.set_organization_id(organization_);
  person.set_username(username);
  auto* human = person.mutable_human();
  human->mutable_profile()->set_given_name("Ada");
  human->mutable_profile()->set_family_name("Example");
  human->mutable_email()->set_email(username + "@example.com");
  human->mutable_email()->set_is_verified(true);
  human->mutable_hashed_password()->set_hash(hash);
  zitadel::user::v2::CreateUserResponse made;
  Call("/zitadel.user.v2.UserService/CreateUser", person, &made);
  return made.id();
}

std::vector<std::string> OidcParties::AddPeople(int count) {
  std::vector<std::string> ids;
  for (int i = 0; i < count; ++i) {
    ids.push_back(AddPerson(absl::StrCat("person", people_++, ".", name_), hash_));
  }
  return ids;
}

std::vector<std::string> OidcParties::AddDearPeople(int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) {
    names.push_back(absl::StrCat("person", people_++, ".", name_));
    AddPerson(names.back(), kDearHash);
  }
  return names;
}

// Who answers for people that sign in.
void OidcParties::MakeLogin() {
  zitadel::user::v2::CreateUserRequest machine;
  machine.set_organization_id(organization_);
  machine.set_username(absl::StrCat("login.", name_));
  machine.mutable_machine()->set_name("Login");
  zitadel::user::v2::CreateUserResponse made;
  Call("/zitadel.user.v2.UserService/CreateUser", machine, &made);
  zitadel::user::v2::AddPersonalAccessTokenRequest add;
  add.set_user_id(made.id());
  add.mutable_expiration_date()->set_seconds(absl::ToUnixSeconds(absl::Now()) + 86'400);
  zitadel::user::v2::AddPersonalAccessTokenResponse added;
  Call("/zitadel.user.v2.UserService/AddPersonalAccessToken", add, &added);
  login_token_ = added.token();
  zitadel::internal_permission::v2::CreateAdministratorRequest role;
  role.set_user_id(made.id());
  role.mutable_resource()->set_instance(true);
  role.add_roles("IAM_LOGIN_CLIENT");
  zitadel::internal_permission::v2::CreateAdministratorResponse given;
  Call("/zitadel.internal_permission.v2.InternalPermissionService/CreateAdministrator", role,
       &given);
}

void OidcParties::MakeApplication() {
  zitadel::application::v2::CreateApplicationRequest web;
  web.set_project_id(project_);
  web.set_name("Web");
  auto* oidc = web.mutable_oidc_configuration();
  oidc->add_redirect_uris(kRedirect);
  oidc->add_response_types(zitadel::application::v2::OIDC_RESPONSE_TYPE_CODE);
  oidc->add_grant_types(zitadel::application::v2::OIDC_GRANT_TYPE_AUTHORIZATION_CODE);
  oidc->add_grant_types(zitadel::application::v2::OIDC_GRANT_TYPE_REFRESH_TOKEN);
  oidc->set_auth_method_type(zitadel::application::v2::OIDC_AUTH_METHOD_TYPE_BASIC);
  zitadel::application::v2::CreateApplicationResponse application;
  Call("/zitadel.application.v2.ApplicationService/CreateApplication", web, &application);
  web_id_ = application.oidc_configuration().client_id();
  web_secret_ = application.oidc_configuration().client_secret();
}

void OidcParties::MakeApi() {
  zitadel::project::v2::CreateProjectRequest project;
  project.set_organization_id(organization_);
  project.set_name(name_);
  zitadel::project::v2::CreateProjectResponse made;
  Call("/zitadel.project.v2.ProjectService/CreateProject", project, &made);
  project_ = made.project_id();
  zitadel::application::v2::CreateApplicationRequest api;
  api.set_project_id(project_);
  api.set_name("API");
  api.mutable_api_configuration()->set_auth_method_type(
      zitadel::application::v2::API_AUTH_METHOD_TYPE_BASIC);
  zitadel::application::v2::CreateApplicationResponse application;
  Call("/zitadel.application.v2.ApplicationService/CreateApplication", api, &application);
  client_id_ = application.api_configuration().client_id();
  client_secret_ = application.api_configuration().client_secret();
}

void OidcParties::MakeMachine() {
  zitadel::user::v2::CreateUserRequest machine;
  machine.set_organization_id(organization_);
  machine.set_username(name_);
  machine.mutable_machine()->set_name("Bench");
  zitadel::user::v2::CreateUserResponse made;
  Call("/zitadel.user.v2.UserService/CreateUser", machine, &made);
  id_ = made.id();
  zitadel::user::v2::AddSecretRequest secret;
  secret.set_user_id(id_);
  zitadel::user::v2::AddSecretResponse shown;
  Call("/zitadel.user.v2.UserService/AddSecret", secret, &shown);
  secret_ = shown.client_secret();
  zitadel::user::v2::AddKeyRequest key;
  key.set_user_id(id_);
  key.set_public_key(pair_.public_pem);
  key.mutable_expiration_date()->set_seconds(absl::ToUnixSeconds(absl::Now()) + 86'400);
  zitadel::user::v2::AddKeyResponse added;
  Call("/zitadel.user.v2.UserService/AddKey", key, &added);
  key_id_ = added.key_id();
}

}  // namespace muniment::bench

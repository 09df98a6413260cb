// OpenID Connect's endpoints over HTTP/2 on loopback: calls a second, and a second of one core of the
// server's, beside what the wire itself takes (health checks) and, where a token is stored, beside a raw
// synced batch for each.
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/crypto.h"
#include "base/jws.h"
#include "base/key_pair.h"
#include "base/redirect.h"
#include "gateway/cli/generic_call.h"
#include "gateway/outbound.h"
#include "tests/bench/bench.h"
#include "tests/bench/load_client.h"
#include "tests/bench/parts.h"
#include "tests/bench/platform.h"
#include "tests/bench/raw_log.h"
#include "tests/bench/server.h"
#include "zitadel/application/v2/application_service.pb.h"
#include "zitadel/internal_permission/v2/internal_permission_service.pb.h"
#include "zitadel/oidc/v2/oidc_service.pb.h"
#include "zitadel/project/v2/project_service.pb.h"
#include "zitadel/session/v2/session_service.pb.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::bench {
namespace {

constexpr int kConnections = 4, kStreams = 16;
constexpr char kToken[] = "/oauth/v2/token";
constexpr char kCreateSession[] = "/zitadel.session.v2.SessionService/CreateSession";
constexpr char kRedirect[] = "https://app.example/callback";
constexpr char kPassword[] = "Correct-Horse-1";
// OpenID Connect's own example (RFC 7636 appendix B).
constexpr char kVerifier[] = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
constexpr char kChallenge[] = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
// Of the most that an endpoint does, where its latency is looked at.
constexpr double kOfTheMost = 0.6;
constexpr int kSignIns = 1'000;

std::string TextOf(const std::string& json, const char* member) {
  google::protobuf::Struct body;
  if (!google::protobuf::util::JsonStringToMessage(json, &body).ok()) Fail(json);
  const auto found = body.fields().find(member);
  if (found == body.fields().end() || found->second.string_value().empty()) Fail(json);
  return found->second.string_value();
}

// A machine with a secret and a key, a person who signs in to an application, and an API that asks about
// their tokens.
class Parties {
 public:
  Parties(const Server& server, std::string token)
      : url_(absl::StrCat("http://localhost:", server.port())), token_(std::move(token)) {
    channel_ = Require(gateway::OpenChannel(url_, ""), "a channel");
    zitadel::user::v2::ListUsersResponse users;
    Call("/zitadel.user.v2.UserService/ListUsers", zitadel::user::v2::ListUsersRequest(), &users);
    organization_ = users.result(0).details().resource_owner();
    MakeApi();
    MakeMachine();
    MakePerson();
    MakeLogin();
  }

  std::string machine() const { return Basic(absl::StrCat(name_, ":", secret_)); }
  std::string web() const { return Basic(absl::StrCat(web_id_, ":", web_secret_)); }
  std::string token() const { return token_; }
  std::string Session(bool with_password) const {
    zitadel::session::v2::CreateSessionRequest create;
    create.mutable_checks()->mutable_user()->set_user_id(person_);
    if (with_password) create.mutable_checks()->mutable_password()->set_password(kPassword);
    return create.SerializeAsString();
  }
  // What redeems a code, for each of so many sign-ins.
  std::vector<std::string> Codes(int count) {
    zitadel::session::v2::CreateSessionRequest create;
    if (!create.ParseFromString(Session(true))) Fail("a request");
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
  std::string api() const { return Basic(absl::StrCat(client_id_, ":", client_secret_)); }
  std::string Scope(int audiences) const {
    std::string scope = "openid profile";
    for (int i = 0; i < audiences; ++i) {
      const std::string id = i == 0 ? project_ : absl::StrCat(100'000'000'000'000'000 + i);
      absl::StrAppend(&scope, " urn:zitadel:iam:org:project:id:", id, ":aud");
    }
    return scope;
  }
  std::string Credentials(int audiences) const {
    return FormEncode({{"grant_type", "client_credentials"}, {"scope", Scope(audiences)}});
  }
  // Without a jti it counts as often as it is shown, so that the client's signature is not measured.
  std::string Bearer() const {
    const auto key = Require(
        SigningKey::Open(pair_.private_pem.reveal(), event::v1::WEB_KEY_ALGORITHM_RS256), "a key");
    const int64_t now = absl::ToUnixSeconds(absl::Now());
    const std::string claims =
        absl::StrCat(R"({"iss":")", id_, R"(","sub":")", id_, R"(","aud":")", url_,
                     R"(","iat":)", now, R"(,"exp":)", now + 3000, "}");
    return FormEncode(
        {{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
         {"scope", Scope(1)},
         {"assertion",
          key.Sign(absl::StrCat(R"({"alg":"RS256","kid":")", key_id_, R"("})"), claims)}});
  }
  std::string AccessToken(int audiences) const {
    gateway::OutboundRequest request;
    request.method = "POST";
    request.url = absl::StrCat(url_, kToken);
    request.headers.Add("content-type", "application/x-www-form-urlencoded");
    request.headers.Add("authorization", machine());
    request.body = Credentials(audiences);
    const auto answer = Require(client_.Send(request), "a token");
    return TextOf(answer.body, "access_token");
  }

 private:
  static std::string Basic(const std::string& pair) {
    return absl::StrCat("Basic ", Base64Encode(pair));
  }
  void Call(const char* path, const google::protobuf::Message& request,
            google::protobuf::Message* response) {
    CallBy(token_, path, request, response);
  }
  void CallBy(const std::string& token, const char* path,
              const google::protobuf::Message& request, google::protobuf::Message* response) {
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
  std::string Code(const zitadel::session::v2::CreateSessionResponse& session) {
    gateway::OutboundRequest request;
    // As a form, whose redirect is an answer.
    request.method = "POST";
    request.url = absl::StrCat(url_, "/oauth/v2/authorize");
    request.headers.Add("content-type", "application/x-www-form-urlencoded");
    request.body =
        FormEncode({{"client_id", web_id_}, {"redirect_uri", kRedirect}, {"response_type", "code"},
                    {"scope", "openid offline_access"}, {"code_challenge", kChallenge},
                    {"code_challenge_method", "S256"}});
    const auto page = Require(client_.Send(request), "a request to sign in");
    const absl::string_view at = page.headers.Get("location");
    zitadel::oidc::v2::CreateCallbackRequest callback;
    callback.set_auth_request_id(std::string(at.substr(at.find("V2_"))));
    callback.mutable_session()->set_session_id(session.session_id());
    callback.mutable_session()->set_session_token(session.session_token());
    zitadel::oidc::v2::CreateCallbackResponse answer;
    CallBy(login_token_, "/zitadel.oidc.v2.OIDCService/CreateCallback", callback, &answer);
    const absl::string_view url = answer.callback_url();
    const absl::string_view code = url.substr(url.find("code=") + 5);
    return std::string(code.substr(0, code.find('&')));
  }
  // Who answers for people that sign in.
  void MakeLogin() {
    zitadel::user::v2::CreateUserRequest machine;
    machine.set_organization_id(organization_);
    machine.set_username(absl::StrCat("login", absl::ToUnixMillis(absl::Now())));
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
  void MakePerson() {
    zitadel::user::v2::CreateUserRequest person;
    person.set_organization_id(organization_);
    person.set_username(absl::StrCat("person", absl::ToUnixMillis(absl::Now())));
    auto* human = person.mutable_human();
    human->mutable_profile()->set_given_name("Ada");
    human->mutable_profile()->set_family_name("Example");
    human->mutable_email()->set_email("ada@example.com");
    human->mutable_email()->set_is_verified(true);
    human->mutable_password()->set_password(kPassword);
    zitadel::user::v2::CreateUserResponse made;
    Call("/zitadel.user.v2.UserService/CreateUser", person, &made);
    person_ = made.id();
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
  void MakeApi() {
    zitadel::project::v2::CreateProjectRequest project;
    project.set_organization_id(organization_);
    project.set_name(absl::StrCat("bench ", absl::ToUnixMillis(absl::Now())));
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
  void MakeMachine() {
    name_ = absl::StrCat("bench", absl::ToUnixMillis(absl::Now()));
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

  const std::string url_, token_;
  const KeyPair pair_ = NewKeyPair();
  std::shared_ptr<grpc::Channel> channel_;
  std::string organization_, project_, client_id_, client_secret_;
  std::string name_, id_, secret_, key_id_;
  std::string person_, web_id_, web_secret_, login_token_;
  const gateway::Outbound client_{{.allowed = *net::Networks::Parse({"127.0.0.1", "::1"})}};
};

struct Endpoint {
  std::string name, path, authorization, body;
  double goal;  // a second of one core
  bool grpc = false;  // `authorization` is a bearer's token
};

void TellEndpoint(const Server& server, const Options& options, const Endpoint& endpoint) {
  LoadClient client(server.port(), endpoint.authorization, kConnections, kStreams);
  LoadClient health(server.port(), "-", kConnections, kStreams);
  if (!endpoint.grpc) client.PostForms(endpoint.authorization);
  const auto body = [&endpoint](uint64_t) { return endpoint.body; };
  client.Run(endpoint.path, absl::Milliseconds(300), body);  // warm
  Load ours, echo;
  double per_core = 0, echo_per_core = 0;
  const Round round = Median(options.rounds, [&] {
    absl::Duration before = server.Cpu();
    echo = health.Run(kHealth, options.time / 2, [](uint64_t) { return std::string(); });
    echo_per_core = static_cast<double>(echo.operations) /
                    absl::ToDoubleSeconds(server.Cpu() - before);
    before = server.Cpu();
    ours = client.Run(endpoint.path, options.time, body);
    per_core = static_cast<double>(ours.operations) /
               absl::ToDoubleSeconds(server.Cpu() - before);
    return Round{per_core, echo_per_core};
  });
  Tell({.name = absl::StrCat(endpoint.name, ", of one core"),
        .value = round.value,
        .unit = "/s",
        .raw = round.raw,
        .raw_name = "health checks",
        .at_least = endpoint.goal});
  Tell({.name = absl::StrCat(endpoint.name, ", ", kConnections * kStreams, " under way"),
        .value = ours.per_second(),
        .unit = "/s",
        .raw = echo.per_second(),
        .raw_name = "health checks"});
  // At its most everything waits for everything; people come as they come (an open loop).
  const Load paced =
      client.RunPaced(endpoint.path, kOfTheMost * ours.per_second(), options.time, body);
  const Load calm = health.RunPaced(kHealth, kOfTheMost * ours.per_second(), options.time,
                                    [](uint64_t) { return std::string(); });
  for (const double part : {0.5, 0.99}) {
    Tell({.name = absl::StrCat(endpoint.name, ", p", part * 100, " at ", kOfTheMost * 100,
                               "% of that"),
          .value = paced.latencies.At(part) / 1000,
          .unit = "ms",
          .raw = calm.latencies.At(part) / 1000,
          .raw_name = "health checks"});
  }
}

// What counts once, each of `bodies` once: codes, refresh tokens.
std::vector<std::string> TellEach(const Server& server, const std::string& name,
                                  const std::string& authorization,
                                  const std::vector<std::string>& bodies) {
  LoadClient client(server.port(), "-", kConnections, kStreams);
  client.PostForms(authorization);
  std::vector<std::string> answers;
  const absl::Duration before = server.Cpu();
  const Load load = client.RunEach(kToken, bodies.size(),
                                   [&bodies](uint64_t number) { return bodies[number]; }, &answers);
  const absl::Duration cpu = server.Cpu() - before;
  LoadClient health(server.port(), "-", kConnections, kStreams);
  const absl::Duration idle = server.Cpu();
  const Load echo = health.RunEach(kHealth, bodies.size(), [](uint64_t) { return std::string(); });
  const absl::Duration floor = server.Cpu() - idle;
  Tell({.name = absl::StrCat(name, ", of one core"),
        .value = static_cast<double>(load.operations) / absl::ToDoubleSeconds(cpu),
        .unit = "/s",
        .raw = static_cast<double>(echo.operations) / absl::ToDoubleSeconds(floor),
        .raw_name = "health checks"});
  Tell({.name = absl::StrCat(name, ", ", kConnections * kStreams, " under way"),
        .value = load.per_second(),
        .unit = "/s",
        .raw = echo.per_second(),
        .raw_name = "health checks"});
  return answers;
}

}  // namespace

void OidcPart(const Options& options) {
  Server server(options.program, options.folder);
  server.AwaitReady();
  Parties parties(server, TokenOf(options.folder));
  const std::string one = parties.AccessToken(1), many = parties.AccessToken(600);
  const Endpoint endpoints[] = {
      {"introspect", "/oauth/v2/introspect", parties.api(), FormEncode({{"token", one}}), 10'000},
      {"introspect, 600 audiences", "/oauth/v2/introspect", parties.api(),
       FormEncode({{"token", many}}), 10'000},
      {"userinfo", "/oidc/v1/userinfo", absl::StrCat("Bearer ", one), "", 20'000},
      {"client credentials", kToken, parties.machine(), parties.Credentials(1), 7'000},
      {"JWT profile, RS256", kToken, "", parties.Bearer(), 2'300},
      {"add session", kCreateSession, parties.token(), parties.Session(false), 5'000, true},
  };
  for (const Endpoint& endpoint : endpoints) TellEndpoint(server, options, endpoint);
  std::vector<std::string> refreshes;
  for (const std::string& answer : TellEach(server, "code to tokens, RS256", parties.web(),
                                            parties.Codes(kSignIns))) {
    refreshes.push_back(FormEncode({{"grant_type", "refresh_token"},
                                    {"refresh_token", TextOf(answer, "refresh_token")}}));
  }
  TellEach(server, "refresh, RS256", parties.web(), refreshes);
}

}  // namespace muniment::bench

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
#include "zitadel/project/v2/project_service.pb.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::bench {
namespace {

constexpr int kConnections = 4, kStreams = 16;
constexpr char kToken[] = "/oauth/v2/token";

// A machine with a secret and a key, and an API that asks about its tokens.
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
  }

  std::string machine() const { return Basic(absl::StrCat(name_, ":", secret_)); }
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
    const gateway::Outbound client({.allowed = *net::Networks::Parse({"127.0.0.1", "::1"})});
    gateway::OutboundRequest request;
    request.method = "POST";
    request.url = absl::StrCat(url_, kToken);
    request.headers.Add("content-type", "application/x-www-form-urlencoded");
    request.headers.Add("authorization", machine());
    request.body = Credentials(audiences);
    const auto answer = Require(client.Send(request), "a token");
    google::protobuf::Struct body;
    if (!google::protobuf::util::JsonStringToMessage(answer.body, &body).ok()) Fail(answer.body);
    const std::string token = body.fields().at("access_token").string_value();
    if (token.empty()) Fail(answer.body);
    return token;
  }

 private:
  static std::string Basic(const std::string& pair) {
    return absl::StrCat("Basic ", Base64Encode(pair));
  }
  void Call(const char* path, const google::protobuf::Message& request,
            google::protobuf::Message* response) {
    gateway::GenericRequest call;
    call.path = path;
    call.headers = {{"authorization", absl::StrCat("Bearer ", token_)}};
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
};

struct Endpoint {
  std::string name, path, authorization, body;
  double goal;  // a second of one core
};

void TellEndpoint(const Server& server, const Options& options, const Endpoint& endpoint) {
  LoadClient client(server.port(), "-", kConnections, kStreams);
  LoadClient health(server.port(), "-", kConnections, kStreams);
  client.PostForms(endpoint.authorization);
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
  for (const double part : {0.5, 0.99}) {
    Tell({.name = absl::StrCat(endpoint.name, ", p", part * 100, ", ", kConnections * kStreams,
                               " under way"),
          .value = ours.latencies.At(part) / 1000,
          .unit = "ms",
          .raw = echo.latencies.At(part) / 1000,
          .raw_name = "health checks"});
  }
}

}  // namespace

void OidcPart(const Options& options) {
  Server server(options.program, options.folder);
  server.AwaitReady();
  const Parties parties(server, TokenOf(options.folder));
  const std::string one = parties.AccessToken(1), many = parties.AccessToken(600);
  const Endpoint endpoints[] = {
      {"introspect", "/oauth/v2/introspect", parties.api(), FormEncode({{"token", one}}), 10'000},
      {"introspect, 600 audiences", "/oauth/v2/introspect", parties.api(),
       FormEncode({{"token", many}}), 10'000},
      {"userinfo", "/oidc/v1/userinfo", absl::StrCat("Bearer ", one), "", 20'000},
      {"client credentials", kToken, parties.machine(), parties.Credentials(1), 7'000},
      {"JWT profile, RS256", kToken, "", parties.Bearer(), 2'300},
  };
  for (const Endpoint& endpoint : endpoints) TellEndpoint(server, options, endpoint);
}

}  // namespace muniment::bench

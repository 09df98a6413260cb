// What is redeemed once is redeemed once, however many come with it at the same moment, on one node and
// on three over one log.
#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "base/crypto.h"
#include "base/jws.h"
#include "base/key_pair.h"
#include "base/oauth_error.h"
#include "base/redirect.h"
#include "command/oidc/token.h"
#include "gateway/shared_store.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "tests/gateway_net/raw_client.h"
#include "zitadel/application/v2/application_service.pb.h"
#include "zitadel/internal_permission/v2/internal_permission_service.pb.h"
#include "zitadel/oidc/v2/oidc_service.pb.h"
#include "zitadel/project/v2/project_service.pb.h"
#include "zitadel/session/v2/session_service.pb.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::gateway {
namespace {

using google::protobuf::Message;
using google::protobuf::Struct;

constexpr char kRedirect[] = "https://app.example/in";
constexpr int kTries = 50;

struct Page {
  uint16_t status = 0;
  Struct body;

  std::string Text(const char* name) const {
    const auto found = body.fields().find(name);
    return found == body.fields().end() ? "" : found->second.string_value();
  }
};

// One issuer, by as many nodes as there are.
class Provider {
 public:
  explicit Provider(std::vector<Server*> nodes, const std::string& token)
      : nodes_(std::move(nodes)), token_(token) {
    MakeApplication();
    MakePeople();
  }

  Page Post(size_t node, const std::string& path, const Parameters& form,
            const std::string& authorization = "") {
    const std::string body = FormEncode(form);
    const std::string answer = Send(
        node, absl::StrCat("POST ", path, " HTTP/1.1\r\nContent-Type: "
                           "application/x-www-form-urlencoded\r\nContent-Length: ",
                           body.size(), authorization.empty() ? "" : "\r\nAuthorization: ",
                           authorization),
        body);
    Page page;
    page.status = StatusOf(answer);
    const size_t end = answer.find("\r\n\r\n");
    if (end == std::string::npos) return page;
    (void)google::protobuf::util::JsonStringToMessage(answer.substr(end + 4), &page.body);
    return page;
  }

  // The same at the same moment, on all nodes in turn.
  std::vector<Page> Race(const Parameters& form, const std::string& authorization) {
    std::vector<Page> pages(kTries);
    std::vector<std::thread> threads;
    for (size_t i = 0; i < kTries; ++i) {
      threads.emplace_back([&, i] {
        pages[i] = Post(i % nodes_.size(), "/oauth/v2/token", form, authorization);
      });
    }
    for (std::thread& thread : threads) thread.join();
    return pages;
  }

  // Behind the endpoint, which slows a device down that asks again at once: what each try comes to,
  // by its name; of one that is answered, the family that it was given.
  std::vector<std::string> RaceBehind(const Parameters& form, const std::string& authorization) {
    oidc::v1::Request request;
    request.set_authorization(authorization);
    for (const auto& [name, value] : form) {
      auto* parameter = request.add_parameter();
      parameter->set_name(name);
      parameter->set_value(value);
    }
    std::vector<NodeInside> inside;
    for (Server* node : nodes_) {
      auto opened = node->node().Inside([] { return absl::OkStatus(); });
      REQUIRE(opened.status().message() == "");
      inside.push_back(*opened);
    }
    std::vector<std::string> ends(kTries);
    absl::BlockingCounter left(kTries);
    for (size_t i = 0; i < kTries; ++i) {
      command::CommandCall call;
      call.method = command::GrantTokensHandler().method;
      call.handler = &command::GrantTokensHandler();
      call.instance = inside[i % inside.size()].instance;
      call.caller = Caller::System();
      call.request = std::make_shared<oidc::v1::Request>(request);
      inside[i % inside.size()].router.Run(
          std::move(call), [&, i](absl::StatusOr<command::CommandAnswer> answer) {
            ends[i] = answer.ok()
                          ? static_cast<const oidc::v1::Issued&>(*answer->response).family_id()
                          : std::string(OauthErrorOf(answer.status()).name);
            left.DecrementCount();
          });
    }
    left.Wait();
    return ends;
  }

  std::string Code() {
    const std::string asked =
        Send(0, absl::StrCat("GET /oauth/v2/authorize?",
                             FormEncode({{"client_id", client_id_},
                                         {"redirect_uri", kRedirect},
                                         {"response_type", "code"},
                                         {"scope", "openid offline_access"}}),
                             " HTTP/1.1"),
             "");
    REQUIRE(StatusOf(asked) == 302);
    const size_t id = asked.find("V2_");
    REQUIRE(id != std::string::npos);
    zitadel::oidc::v2::CreateCallbackRequest request;
    request.set_auth_request_id(asked.substr(id, asked.find("\r\n", id) - id));
    request.mutable_session()->set_session_id(session_id_);
    request.mutable_session()->set_session_token(session_token_);
    const auto url = Must<zitadel::oidc::v2::CreateCallbackResponse>(
                         "zitadel.oidc.v2.OIDCService/CreateCallback", request, login_token_)
                         .callback_url();
    const size_t at = url.find("code=") + 5;
    return url.substr(at, url.find('&', at) - at);
  }

  void LetIn(const std::string& user_code) {
    zitadel::oidc::v2::GetDeviceAuthorizationRequestRequest find;
    find.set_user_code(user_code);
    zitadel::oidc::v2::AuthorizeOrDenyDeviceAuthorizationRequest request;
    request.set_device_authorization_id(
        Must<zitadel::oidc::v2::GetDeviceAuthorizationRequestResponse>(
            "zitadel.oidc.v2.OIDCService/GetDeviceAuthorizationRequest", find, login_token_)
            .device_authorization_request()
            .id());
    request.mutable_session()->set_session_id(session_id_);
    request.mutable_session()->set_session_token(session_token_);
    Must<zitadel::oidc::v2::AuthorizeOrDenyDeviceAuthorizationResponse>(
        "zitadel.oidc.v2.OIDCService/AuthorizeOrDenyDeviceAuthorization", request, login_token_);
  }

  // Of the machine, signed by its key.
  std::string Assertion(const std::string& issuer, const std::string& jti) {
    const auto key = SigningKey::Open(pair_.private_pem.reveal(), event::v1::WEB_KEY_ALGORITHM_RS256);
    REQUIRE(key.ok());
    const int64_t now = absl::ToUnixSeconds(absl::Now());
    return key->Sign(absl::StrCat(R"({"alg":"RS256","kid":")", key_id_, R"("})"),
                     absl::StrCat(R"({"iss":")", machine_, R"(","sub":")", machine_,
                                  R"(","aud":")", issuer, R"(","jti":")", jti, R"(","iat":)", now,
                                  R"(,"exp":)", now + 60, "}"));
  }

  std::string Jti(const std::string& token) {
    return Post(0, "/oauth/v2/introspect", {{"token", token}}, basic()).Text("jti");
  }
  std::string basic() const {
    return absl::StrCat("Basic ", Base64Encode(absl::StrCat(client_id_, ":", client_secret_)));
  }

 private:
  // `head`: but for the host, and how the connection ends.
  std::string Send(size_t node, const std::string& head, const std::string& body) {
    net::RawClient client(nodes_[node]->node().port());
    client.Send(absl::StrCat(head, "\r\nHost: localhost\r\nConnection: close\r\n\r\n", body));
    return client.ReadToEnd();
  }
  static uint16_t StatusOf(const std::string& answer) {
    uint32_t status = 0;
    (void)absl::SimpleAtoi(absl::string_view(answer).substr(0, 12).substr(9), &status);
    return static_cast<uint16_t>(status);
  }

  template <class Response>
  Response Must(const char* method, const Message& request, const std::string& token) {
    INFO(method);
    const auto answer = nodes_[0]->Call<Response>(method, request, {Bearer(token)});
    REQUIRE(answer.status().message() == "");
    return *answer;
  }

  void MakeApplication() {
    zitadel::project::v2::CreateProjectRequest project;
    project.set_organization_id(AnyOrganization());
    project.set_name("Lamps");
    namespace wire = zitadel::application::v2;
    wire::CreateApplicationRequest request;
    request.set_project_id(Must<zitadel::project::v2::CreateProjectResponse>(
                               "zitadel.project.v2.ProjectService/CreateProject", project, token_)
                               .project_id());
    request.set_name("Shop");
    auto* oidc = request.mutable_oidc_configuration();
    oidc->add_redirect_uris(kRedirect);
    oidc->add_response_types(wire::OIDC_RESPONSE_TYPE_CODE);
    oidc->add_grant_types(wire::OIDC_GRANT_TYPE_AUTHORIZATION_CODE);
    oidc->add_grant_types(wire::OIDC_GRANT_TYPE_REFRESH_TOKEN);
    oidc->add_grant_types(wire::OIDC_GRANT_TYPE_DEVICE_CODE);
    const auto made = Must<wire::CreateApplicationResponse>(
        "zitadel.application.v2.ApplicationService/CreateApplication", request, token_);
    client_id_ = made.oidc_configuration().client_id();
    client_secret_ = made.oidc_configuration().client_secret();
  }

  std::string AnyOrganization() {
    const auto users = nodes_[0]->ListUsers({Bearer(token_)});
    REQUIRE(users.ok());
    organization_ = users->result(0).details().resource_owner();
    return organization_;
  }

  void MakePeople() {
    zitadel::user::v2::CreateUserRequest login;
    login.set_organization_id(organization_);
    login.mutable_machine()->set_name("Login");
    const auto create = "zitadel.user.v2.UserService/CreateUser";
    const std::string login_id =
        Must<zitadel::user::v2::CreateUserResponse>(create, login, token_).id();
    zitadel::internal_permission::v2::CreateAdministratorRequest role;
    role.set_user_id(login_id);
    role.mutable_resource()->set_instance(true);
    role.add_roles("IAM_LOGIN_CLIENT");
    Must<zitadel::internal_permission::v2::CreateAdministratorResponse>(
        "zitadel.internal_permission.v2.InternalPermissionService/CreateAdministrator", role,
        token_);
    zitadel::user::v2::AddPersonalAccessTokenRequest pat;
    pat.set_user_id(login_id);
    pat.mutable_expiration_date()->set_seconds(absl::ToUnixSeconds(absl::Now()) + 3600);
    login_token_ = Must<zitadel::user::v2::AddPersonalAccessTokenResponse>(
                       "zitadel.user.v2.UserService/AddPersonalAccessToken", pat, token_)
                       .token();
    machine_ = login_id;
    zitadel::user::v2::AddKeyRequest key;
    key.set_user_id(machine_);
    key.set_public_key(pair_.public_pem);
    key.mutable_expiration_date()->set_seconds(absl::ToUnixSeconds(absl::Now()) + 3600);
    key_id_ = Must<zitadel::user::v2::AddKeyResponse>("zitadel.user.v2.UserService/AddKey", key,
                                                      token_)
                  .key_id();
    const auto ada = AddHuman(*nodes_[0], "ada", {Bearer(token_)});
    REQUIRE(ada.status().message() == "");
    zitadel::user::v2::SetPasswordRequest password;
    password.set_user_id(*ada);
    password.mutable_new_password()->set_password("Wood-Lamp-7-River");
    Must<zitadel::user::v2::SetPasswordResponse>("zitadel.user.v2.UserService/SetPassword",
                                                 password, token_);
    zitadel::session::v2::CreateSessionRequest session;
    session.mutable_checks()->mutable_user()->set_user_id(*ada);
    session.mutable_checks()->mutable_password()->set_password("Wood-Lamp-7-River");
    const auto begun = Must<zitadel::session::v2::CreateSessionResponse>(
        "zitadel.session.v2.SessionService/CreateSession", session, token_);
    session_id_ = begun.session_id();
    session_token_ = begun.session_token();
  }

  const std::vector<Server*> nodes_;
  const std::string token_;
  const KeyPair pair_ = NewKeyPair();
  std::string organization_, client_id_, client_secret_, login_token_, machine_, key_id_;
  std::string session_id_, session_token_;
};

int Granted(const std::vector<Page>& pages) {
  int granted = 0;
  for (const Page& page : pages) {
    if (page.status == 200) {
      ++granted;
    } else {
      // Nobody is told anything else than that it was used, or that there is too much to do.
      CHECK((page.Text("error") == "invalid_grant" ||
             page.Text("error") == "temporarily_unavailable"));
    }
  }
  return granted;
}

void RedeemAll(Provider& provider, const std::string& issuer) {
  const Parameters code = {{"grant_type", "authorization_code"},
                           {"code", provider.Code()},
                           {"redirect_uri", kRedirect}};
  CHECK(Granted(provider.Race(code, provider.basic())) == 1);

  const Page first = provider.Post(0, "/oauth/v2/token",
                                   {{"grant_type", "authorization_code"},
                                    {"code", provider.Code()},
                                    {"redirect_uri", kRedirect}},
                                   provider.basic());
  REQUIRE(first.status == 200);
  const auto refreshed = provider.Race(
      {{"grant_type", "refresh_token"}, {"refresh_token", first.Text("refresh_token")}},
      provider.basic());
  // Who comes a moment later is given the same token once more, which was stored once.
  std::set<std::string> given;
  for (const Page& page : refreshed) {
    if (page.status == 200) given.insert(provider.Jti(page.Text("access_token")));
  }
  CHECK(given.size() == 1);
  CHECK_FALSE(given.contains(""));

  const Parameters assertion = {
      {"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
      {"assertion", provider.Assertion(issuer, "once")},
      {"scope", "openid"}};
  CHECK(Granted(provider.Race(assertion, "")) == 1);
}

Parameters LetInDevice(Provider& provider) {
  const Page device = provider.Post(0, "/oauth/v2/device_authorization", {{"scope", "openid"}},
                                    provider.basic());
  REQUIRE(device.status == 200);
  provider.LetIn(device.Text("user_code"));
  return {{"grant_type", "urn:ietf:params:oauth:grant-type:device_code"},
          {"device_code", device.Text("device_code")}};
}

// The endpoint lets a device ask once in a while on each node, so few tries come as far as the
// code.
void RedeemDevice(Provider& provider) {
  std::map<std::string, int> ends;
  for (const std::string& end : provider.RaceBehind(LetInDevice(provider), provider.basic())) {
    ++ends[end];
  }
  const int refused = ends["invalid_grant"];
  const int busy = ends["temporarily_unavailable"];
  ends.erase("invalid_grant");
  ends.erase("temporarily_unavailable");
  // One family, given once; the others heard that the code was used, however close they came.
  REQUIRE(ends.size() == 1);
  CHECK(ends.begin()->second == 1);
  uint64_t family = 0;
  CHECK(absl::SimpleAtoi(ends.begin()->first, &family));
  CHECK(refused + busy == kTries - 1);
  CHECK(refused > 0);

  int granted = 0;
  for (const Page& page : provider.Race(LetInDevice(provider), provider.basic())) {
    granted += page.status == 200 ? 1 : 0;
    const std::string error = page.Text("error");
    CHECK((page.status == 200 || error == "slow_down" || error == "invalid_grant"));
  }
  CHECK(granted == 1);
}

// The same on every node, whatever port it listens on.
const std::pair<std::string, std::string> kExternalPort = {"ExternalPort", "8099"};
constexpr char kIssuer[] = "http://localhost:8099";

TEST_CASE("50 at once redeem a code, a refresh token, a device and an assertion once") {
  const DataDir data;
  Server server(*data.Load({kExternalPort}));
  Provider provider({&server}, data.token());
  RedeemAll(provider, kIssuer);
  RedeemDevice(provider);
}

TEST_CASE("50 at once on three nodes over one log redeem each of them once") {
  SKIP_WITHOUT_POSTGRES();
  const SharedStore store;
  const DataDir data[3];
  Server a(store.Load(data[0], {kExternalPort}));
  Server b(store.Load(data[1], {kExternalPort}));
  Server c(store.Load(data[2], {kExternalPort}));
  Provider provider({&a, &b, &c}, data[0].token());
  RedeemAll(provider, kIssuer);
  RedeemDevice(provider);
}

}  // namespace
}  // namespace muniment::gateway

// What OpenID Connect's operations and sign-ins cost: durable commits, hashes of passwords, gets in
// the read models. Budgets of design, held on a served node.
#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/crypto.h"
#include "base/jws.h"
#include "base/key_pair.h"
#include "base/redirect.h"
#include "gateway/oidc/claims.h"
#include "gateway/oidc/live_token.h"
#include "gateway/people.h"
#include "gateway/served_node.h"
#include "gateway/storage.h"
#include "projections/replay.h"
#include "projections/runner.h"
#include "tests/gateway_net/raw_client.h"

namespace muniment::gateway {
namespace {

constexpr char kRedirect[] = "https://app.example/in";
constexpr char kIssuer[] = "http://localhost:8099";
constexpr char kTokenPath[] = "/oauth/v2/token";
constexpr char kSessions[] = "zitadel.session.v2.SessionService/";
// RFC 7636 appendix B.
constexpr char kVerifier[] = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
constexpr char kChallenge[] = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

// What a browser or an application is answered.
struct Answer {
  int status = 0;
  std::string head, body;

  std::string Header(const std::string& name) const {
    const size_t at = head.find(absl::StrCat("\r\n", name, ": "));
    if (at == std::string::npos) return "";
    const size_t begin = at + name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
  }
  google::protobuf::Struct Json() const { return JsonClient::Reply{status, body}.Json(); }
  std::string Text(const std::string& field) const {
    return JsonClient::Reply{status, body}.Text(field);
  }
  // Of the page's form.
  std::string Flow() const {
    const std::string mark = "name=\"flow\" value=\"";
    const size_t at = body.find(mark);
    REQUIRE(at != std::string::npos);
    const size_t begin = at + mark.size();
    return body.substr(begin, body.find('"', begin) - begin);
  }
};

// One browser, which keeps its cookie, or an application.
class Visitor {
 public:
  explicit Visitor(uint16_t port, std::string authorization = "")
      : port_(port), authorization_(std::move(authorization)) {}

  Answer Get(const std::string& target) { return Send("GET", target, ""); }
  Answer Post(const std::string& target, const Parameters& form) {
    return Send("POST", target, FormEncode(form));
  }

 private:
  Answer Send(const std::string& method, const std::string& target, const std::string& body) {
    net::RawClient client(port_);
    client.Send(absl::StrCat(
        method, " ", target, " HTTP/1.1\r\nHost: localhost\r\nConnection: close",
        authorization_.empty() ? "" : "\r\nAuthorization: ", authorization_,
        cookie_.empty() ? "" : "\r\nCookie: ", cookie_,
        method == "GET" ? "" : "\r\nContent-Type: application/x-www-form-urlencoded",
        "\r\nContent-Length: ", body.size(), "\r\n\r\n", body));
    const std::string text = client.ReadToEnd();
    const size_t end = text.find("\r\n\r\n");
    REQUIRE(end != std::string::npos);
    Answer answer;
    REQUIRE(absl::SimpleAtoi(text.substr(9, 3), &answer.status));
    answer.head = text.substr(0, end + 2);
    answer.body = text.substr(end + 4);
    const std::string cookie = answer.Header("set-cookie");
    if (!cookie.empty()) cookie_ = cookie.substr(0, cookie.find(';'));
    return answer;
  }

  const uint16_t port_;
  const std::string authorization_;
  std::string cookie_;
};

std::string Basic(const std::string& id, const std::string& secret) {
  return absl::StrCat("Basic ", Base64Encode(absl::StrCat(id, ":", secret)));
}

// After `mark`, up to what ends a parameter.
std::string After(const std::string& url, const std::string& mark) {
  const size_t at = url.find(mark);
  REQUIRE(at != std::string::npos);
  const size_t begin = at + mark.size();
  return url.substr(begin, url.find('&', begin) - begin);
}

// Without the host.
std::string PathOf(const std::string& url) {
  const size_t host = url.find("//");
  return host == std::string::npos ? url : url.substr(url.find('/', host + 2));
}

// A person and an application that she uses, an API that asks about her tokens, and a machine.
class World {
 public:
  World()
      : server_(std::make_unique<Server>(*config_)),
        port_(server_->node().port()),
        admin_(port_, data_.token()) {
    organization_ = server_->ListUsers({Bearer(data_.token())})
                        ->result(0)
                        .details()
                        .resource_owner();
    person_ = AddPerson(admin_, organization_, "ada");
    project_ = admin_
                   .Must("zitadel.project.v2.ProjectService/CreateProject",
                         absl::StrCat(R"({"organizationId":")", organization_,
                                      R"(","name":"Lamps"})"))
                   .Text("projectId");
    MakeApplications();
    MakeMachines();
  }

  // What happens in `work`.
  Costs Of(const std::function<void()>& work) {
    const Costs before = server_->node().costs();
    work();
    const Costs after = server_->node().costs();
    Costs spent;
    spent.commits = after.commits - before.commits;
    spent.hashes = after.hashes - before.hashes;
    spent.gets = after.gets - before.gets;
    return spent;
  }

  Answer Token(const std::string& authorization, Parameters form) {
    Answer answer = Visitor(port_, authorization).Post(kTokenPath, form);
    INFO(answer.body);
    REQUIRE(answer.status == 200);
    return answer;
  }
  Answer ByCredentials() {
    return Token(machine_, {{"grant_type", "client_credentials"},
                            {"scope", absl::StrCat("openid urn:zitadel:iam:org:project:id:",
                                                   project_, ":aud")}});
  }
  Answer ByCode(const std::string& code) {
    return Token(web_, {{"grant_type", "authorization_code"},
                        {"code", code},
                        {"redirect_uri", kRedirect},
                        {"code_verifier", kVerifier}});
  }
  Answer ByRefresh(const std::string& token) {
    return Token(web_, {{"grant_type", "refresh_token"}, {"refresh_token", token}});
  }
  Answer ByAssertion() {
    const auto key =
        SigningKey::Open(pair_.private_pem.reveal(), event::v1::WEB_KEY_ALGORITHM_EDDSA);
    REQUIRE(key.ok());
    const int64_t now = absl::ToUnixSeconds(absl::Now());
    const std::string assertion = key->Sign(
        absl::StrCat(R"({"alg":"EdDSA","kid":")", key_id_, R"("})"),
        absl::StrCat(R"({"iss":")", machine_id_, R"(","sub":")", machine_id_, R"(","aud":")",
                     kIssuer, R"(","iat":)", now, R"(,"exp":)", now + 60, "}"));
    return Token("", {{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
                      {"scope", "openid"},
                      {"assertion", assertion}});
  }
  Answer Introspect(const std::string& token) {
    return Visitor(port_, api_).Post("/oauth/v2/introspect", {{"token", token}});
  }
  Answer Userinfo(const std::string& token) {
    return Visitor(port_, absl::StrCat("Bearer ", token)).Get("/oidc/v1/userinfo");
  }

  // The request to sign in: its first answer sends a browser on.
  std::string AuthorizePath() const {
    return absl::StrCat("/oauth/v2/authorize?",
                        FormEncode({{"client_id", web_id_},
                                    {"redirect_uri", kRedirect},
                                    {"response_type", "code"},
                                    {"scope", absl::StrCat("openid offline_access "
                                                           "urn:zitadel:iam:org:project:id:",
                                                           project_, ":aud")},
                                    {"code_challenge", kChallenge},
                                    {"code_challenge_method", "S256"}}));
  }
  // By which a login is told of it.
  std::string Authorize() {
    const Answer asked = Visitor(port_).Get(AuthorizePath());
    REQUIRE(asked.status == 302);
    return After(asked.Header("location"), "authRequest=");
  }
  // By a login of somebody else's. `session` in which she proved her password.
  std::string CodeFor(const std::string& request, const JsonClient::Reply& session) {
    return After(JsonClient(port_, login_token_)
                     .Must("zitadel.oidc.v2.OIDCService/CreateCallback",
                           absl::StrCat(R"({"authRequestId":")", request,
                                        R"(","session":{"sessionId":")", session.Text("sessionId"),
                                        R"(","sessionToken":")", session.Text("sessionToken"),
                                        "\"}}"))
                     .Text("callbackUrl"),
                 "code=");
  }
  std::string Code() { return CodeFor(Authorize(), PasswordSession()); }

  JsonClient::Reply AddSession() {
    return admin_.Must(absl::StrCat(kSessions, "CreateSession"),
                       absl::StrCat(R"({"checks":{"user":{"userId":")", person_, "\"}}}"));
  }
  JsonClient::Reply PasswordSession() {
    return admin_.Must(absl::StrCat(kSessions, "CreateSession"),
                       absl::StrCat(R"({"checks":{"user":{"userId":")", person_,
                                    R"("},"password":{"password":")", kPassword, "\"}}}"));
  }
  void CheckPassword(const std::string& session) {
    admin_.Must(absl::StrCat(kSessions, "SetSession"),
                absl::StrCat(R"({"sessionId":")", session,
                             R"(","checks":{"password":{"password":")", kPassword, "\"}}}"));
  }

  uint64_t Instance() {
    const auto inside = server_->node().Inside([] { return absl::OkStatus(); });
    REQUIRE(inside.status().message() == "");
    return inside->instance;
  }
  uint16_t port() const { return port_; }
  const Config& config() const { return *config_; }
  // Its files are free then.
  void Stop() { server_ = nullptr; }

 private:
  void MakeApplications();
  void MakeMachines();

  const DataDir data_;
  const absl::StatusOr<Config> config_ = data_.Load({{"ExternalPort", "8099"}});
  std::unique_ptr<Server> server_;
  const uint16_t port_;
  const JsonClient admin_;
  const KeyPair pair_ = NewKeyPair({.kind = KeySpec::Kind::kEd25519});
  std::string organization_, project_, person_;
  std::string web_, web_id_, api_, machine_, machine_id_, key_id_, login_token_;
};

void World::MakeApplications() {
  const std::string of = absl::StrCat(R"({"projectId":")", project_, "\",");
  const char* const create = "zitadel.application.v2.ApplicationService/CreateApplication";
  const JsonClient::Reply web = admin_.Must(
      create,
      absl::StrCat(of, R"("name":"Shop","oidcConfiguration":{"redirectUris":[")", kRedirect,
                   R"("],"responseTypes":["OIDC_RESPONSE_TYPE_CODE"],"grantTypes":[)",
                   R"("OIDC_GRANT_TYPE_AUTHORIZATION_CODE","OIDC_GRANT_TYPE_REFRESH_TOKEN"]}})"));
  const google::protobuf::Struct shop = web.Json();
  const auto& oidc = shop.fields().at("oidcConfiguration").struct_value().fields();
  web_id_ = oidc.at("clientId").string_value();
  web_ = Basic(web_id_, oidc.at("clientSecret").string_value());
  const JsonClient::Reply api = admin_.Must(
      create,
      absl::StrCat(of, R"("name":"API","apiConfiguration":{"authMethodType":)",
                   R"("API_AUTH_METHOD_TYPE_BASIC"}})"));
  const google::protobuf::Struct stock = api.Json();
  const auto& facts = stock.fields().at("apiConfiguration").struct_value().fields();
  api_ = Basic(facts.at("clientId").string_value(), facts.at("clientSecret").string_value());
}

void World::MakeMachines() {
  const std::string users = "zitadel.user.v2.UserService/";
  machine_id_ = admin_
                    .Must(users + "CreateUser",
                          absl::StrCat(R"({"organizationId":")", organization_,
                                       R"(","username":"robot","machine":{"name":"Robot"}})"))
                    .Text("id");
  const std::string of = absl::StrCat(R"({"userId":")", machine_id_, "\"");
  machine_ = Basic("robot", admin_.Must(users + "AddSecret", of + "}").Text("clientSecret"));
  const std::string soon =
      absl::FormatTime(absl::RFC3339_sec, absl::Now() + absl::Hours(1), absl::UTCTimeZone());
  key_id_ = admin_
                .Must(users + "AddKey",
                      absl::StrCat(of, R"(,"publicKey":")", Base64Encode(pair_.public_pem),
                                   R"(","expirationDate":")", soon, "\"}"))
                .Text("keyId");
  admin_.Must("zitadel.internal_permission.v2.InternalPermissionService/CreateAdministrator",
              absl::StrCat(of, R"(,"resource":{"instance":true},"roles":["IAM_LOGIN_CLIENT"]})"));
  login_token_ = admin_
                     .Must(users + "AddPersonalAccessToken",
                           absl::StrCat(of, R"(,"expirationDate":")", soon, "\"}"))
                     .Text("token");
}

TEST_CASE("a machine's tokens are one commit and no hash, by its secret and by its key") {
  World world;
  for (const auto& grant :
       {std::function<void()>([&] { world.ByCredentials(); }), std::function<void()>([&] {
          world.ByAssertion();
        })}) {
    const Costs spent = world.Of(grant);
    CHECK(spent.commits == 1);
    CHECK(spent.hashes == 0);
    CHECK(spent.gets <= 6);
  }
}

TEST_CASE("a code's tokens are one commit and no hash, and so is each refresh of them") {
  World world;
  const std::string code = world.Code();
  Answer tokens;
  const Costs redeemed = world.Of([&] { tokens = world.ByCode(code); });
  CHECK(redeemed.commits == 1);
  CHECK(redeemed.hashes == 0);
  CHECK(redeemed.gets <= 6);
  const std::string first = tokens.Text("refresh_token");
  const Costs refreshed = world.Of([&] { tokens = world.ByRefresh(first); });
  CHECK(refreshed.commits == 1);
  CHECK(refreshed.hashes == 0);
  CHECK(refreshed.gets <= 6);
  CHECK(tokens.Text("refresh_token") != first);
  // Who lost the answer is given it again, and nothing is stored.
  CHECK(world.Of([&] { world.ByRefresh(first); }).commits == 0);
}

TEST_CASE("what a token says is told without a commit or a hash, whatever it is") {
  World world;
  const std::string token = world.ByCredentials().Text("access_token");
  Answer described, about;
  const Costs spent = world.Of([&] {
    described = world.Introspect(token);
    about = world.Userinfo(token);
    CHECK(world.Introspect("at_nobodys").status == 200);
    CHECK(world.Userinfo("at_nobodys").status == 401);
  });
  CHECK(described.Json().fields().at("active").bool_value());
  CHECK(about.Text("sub") == described.Text("sub"));
  CHECK(spent.commits == 0);
  CHECK(spent.hashes == 0);
}

TEST_CASE("a token is found, with all that it stands on and says, by four gets at most") {
  World world;
  const std::string of_machine = world.ByCredentials().Text("access_token");
  const std::string of_person = world.ByCode(world.Code()).Text("access_token");
  std::vector<TokenPlace> places;
  for (const std::string& token : {of_machine, of_person}) {
    const auto place = PlaceOfJwtId(world.Introspect(token).Text("jti"));
    REQUIRE(place.has_value());
    places.push_back(*place);
  }
  const uint64_t instance = world.Instance();
  world.Stop();
  const auto database = projections::OpenModels({.path = ModelsPath(world.config())},
                                                projections::AllProjections());
  REQUIRE(database.status().message() == "");
  const projections::Owners& owners = (*database)->owners();
  for (const TokenPlace& place : places) {
    projections::View view = (*database)->Read();
    const auto live = FindLiveToken(view, owners, instance, place, absl::Now());
    REQUIRE(live.status().message() == "");
    const Scopes scopes = live->scopes();
    JsonObject claims;
    REQUIRE(AddUserClaims({.view = view,
                           .owners = owners,
                           .instance = instance,
                           .user = live->user,
                           .scope = scopes,
                           .project_id = live->family.added().project_id(),
                           .projects = ProjectsAsked(scopes)},
                          {}, &claims)
                .ok());
    CHECK(view.gets() >= 2);
    CHECK(view.gets() <= 4);
  }
}

TEST_CASE("a session is one commit, and a password in it one more, with the only hash") {
  World world;
  JsonClient::Reply session;
  const Costs added = world.Of([&] { session = world.AddSession(); });
  CHECK(added.commits == 1);
  CHECK(added.hashes == 0);
  CHECK(added.gets <= 4);
  const std::string id = session.Text("sessionId");
  const Costs proved = world.Of([&] { world.CheckPassword(id); });
  CHECK(proved.commits == 1);
  CHECK(proved.hashes == 1);
  CHECK(added.gets + proved.gets <= 10);
  const Costs at_once = world.Of([&] { world.PasswordSession(); });
  CHECK(at_once.commits == 1);
  CHECK(at_once.hashes == 1);
  CHECK(at_once.gets <= 10);
}

// The request to sign in, the session with its password, the code, the tokens: the request is
// stored, as any node may answer it, and the session on its own, as it outlives what the
// application asked for.
TEST_CASE("a login in a browser is four commits and one hash, by our login or another") {
  World world;
  const Costs hosted = world.Of([&] {
    Visitor browser(world.port());
    const Answer asked = browser.Get(world.AuthorizePath());
    REQUIRE(asked.status == 302);
    const Answer name = browser.Get(PathOf(asked.Header("location")));
    REQUIRE(name.status == 200);
    const Answer named = browser.Post("/ui/v2/login/login",
                                      {{"flow", name.Flow()}, {"login_name", "ada"}});
    REQUIRE(named.status == 303);
    const Answer password = browser.Get(PathOf(named.Header("location")));
    REQUIRE(password.status == 200);
    const Answer back = browser.Post("/ui/v2/login/password",
                                     {{"flow", password.Flow()}, {"password", kPassword}});
    INFO(back.body);
    REQUIRE(back.status == 303);
    world.ByCode(After(back.Header("location"), "code="));
  });
  CHECK(hosted.commits == 4);
  CHECK(hosted.hashes == 1);
  CHECK(hosted.gets <= 30);
  const Costs elsewhere = world.Of([&] {
    const std::string request = world.Authorize();
    world.ByCode(world.CodeFor(request, world.PasswordSession()));
  });
  CHECK(elsewhere.commits == 4);
  CHECK(elsewhere.hashes == 1);
  CHECK(elsewhere.gets <= 30);
}

}  // namespace
}  // namespace muniment::gateway

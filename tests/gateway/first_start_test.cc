// What opens the first instance: that it reaches the operator, whichever of it he asks for and in
// whichever moment the start before this one died.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "base/error.h"
#include "base/jws.h"
#include "base/key_pair.h"
#include "base/redirect.h"
#include "gateway/first_secrets.h"
#include "gateway/private_file.h"
#include "gateway/program.h"
#include "gateway/served_node.h"
#include "google/protobuf/util/json_util.h"
#include "tests/gateway/json_client.h"
#include "tests/gateway_net/raw_client.h"

namespace muniment::gateway {
namespace {

namespace fs = std::filesystem;
using Values = std::vector<std::pair<std::string, std::string>>;

std::unique_ptr<Node> Open(const Config& config) {
  auto node = Node::Open(config, {});
  REQUIRE(node.status().message() == "");
  return *std::move(node);
}

std::string Field(const google::protobuf::Struct& json, const std::string& name) {
  const auto found = json.fields().find(name);
  return found == json.fields().end() ? "" : found->second.string_value();
}

google::protobuf::Struct Json(const std::string& text) {
  google::protobuf::Struct json;
  INFO(text);
  REQUIRE(google::protobuf::util::JsonStringToMessage(text, &json).ok());
  return json;
}

int ModeOf(const std::string& path) {
  struct stat found = {};
  INFO(path);
  REQUIRE(stat(path.c_str(), &found) == 0);
  return static_cast<int>(found.st_mode & 0777);
}

std::string LineOf(const std::string& path) {
  std::string text = Content(path);
  REQUIRE_FALSE(text.empty());
  CHECK(text.back() == '\n');
  text.pop_back();
  return text;
}

// The access token that whoever holds the key's file gets by it (RFC 7523), or the error.
google::protobuf::Struct SignIn(uint16_t port, const google::protobuf::Struct& file) {
  const auto key = SigningKey::Open(Field(file, "key"), event::v1::WEB_KEY_ALGORITHM_RS256);
  REQUIRE(key.ok());
  const std::string user = Field(file, "userId"), host = absl::StrCat("localhost:", port);
  const int64_t now = absl::ToUnixSeconds(absl::Now());
  const std::string assertion = key->Sign(
      absl::StrCat(R"({"alg":"RS256","kid":")", Field(file, "keyId"), R"("})"),
      absl::StrCat(R"({"iss":")", user, R"(","sub":")", user, R"(","aud":"http://)", host,
                   R"(","iat":)", now, R"(,"exp":)", now + 60, "}"));
  const std::string form = FormEncode(
      {{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
       {"assertion", assertion},
       {"scope", "openid urn:zitadel:iam:org:project:id:zitadel:aud"}});
  net::RawClient client(port);
  client.Send(absl::StrCat("POST /oauth/v2/token HTTP/1.1\r\nHost: ", host,
                           "\r\nConnection: close\r\n"
                           "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ",
                           form.size(), "\r\n\r\n", form));
  const std::string answer = client.ReadToEnd();
  return Json(answer.substr(answer.find("\r\n\r\n") + 4));
}

TEST_CASE("a machine gets a key where one is asked for, and signs in by its file") {
  const DataDir data, away;
  const std::string path = away / "machine.json";
  Server server(*data.Load({{"FirstInstance.MachineKeyPath", path}}));
  REQUIRE(server.first().has_value());
  CHECK(server.first()->key_path == path);
  CHECK(ModeOf(path) == 0600);
  CHECK_FALSE(fs::exists(path + ".new"));
  const auto file = Json(Content(path));
  CHECK(file.fields_size() == 4);
  CHECK(Field(file, "type") == "serviceaccount");
  const JsonClient admin(server.node().port(), data.token());
  const auto user = admin.Must("zitadel.user.v2.UserService/GetUserByID",
                               absl::StrCat(R"({"userId":")", Field(file, "userId"), R"("})"));
  CHECK_THAT(user.body, Catch::Contains("admin-machine"));
  const auto signed_in = SignIn(server.node().port(), file);
  INFO(signed_in.DebugString());
  const std::string token = Field(signed_in, "access_token");
  REQUIRE(token != "");
  CHECK(JsonClient(server.node().port(), token)
            .Call("zitadel.user.v2.UserService/ListUsers", "{}")
            .code == 200);
}

TEST_CASE("a key's end is what the configuration says") {
  const DataDir data;
  Server server(*data.Load(
      {{"FirstInstance.Org.Machine.MachineKey.Type", "1"},
       {"FirstInstance.Org.Machine.MachineKey.ExpirationDate", "2099-01-02T03:04:05Z"}}));
  CHECK(server.first()->key_path == data / "admin-key.json");
  CHECK(fs::exists(data / "admin-key.json"));
  const auto keys = JsonClient(server.node().port(), data.token())
                        .Must("zitadel.user.v2.UserService/ListKeys", "{}");
  CHECK_THAT(keys.body, Catch::Contains("2099-01-02T03:04:05Z"));
}

TEST_CASE("a login that stands elsewhere gets a machine of its own with no more than its role") {
  const DataDir data, away;
  const std::string path = away / "login.pat";
  Server server(*data.Load({{"FirstInstance.Org.LoginClient.Machine.Username", "login-client"},
                            {"FirstInstance.Org.LoginClient.Machine.Name", "The login"},
                            {"FirstInstance.LoginClientPatPath", path}}));
  CHECK(server.first()->login_pat_path == path);
  CHECK(ModeOf(path) == 0600);
  const JsonClient admin(server.node().port(), data.token());
  const auto administrators = admin.Must(
      "zitadel.internal_permission.v2.InternalPermissionService/ListAdministrators", "{}");
  CHECK_THAT(administrators.body,
             Catch::Contains("IAM_LOGIN_CLIENT") && Catch::Contains("The login"));
  const JsonClient login(server.node().port(), LineOf(path));
  CHECK(login
            .Call("zitadel.session.v2.SessionService/CreateSession",
                  R"({"checks":{"user":{"loginName":"admin"}}})")
            .code == 200);
  CHECK(login.Call("zitadel.org.v2.OrganizationService/AddOrganization", R"({"name":"Eve"})")
            .code == 403);
}

TEST_CASE("without a word neither key nor login client is made") {
  const DataDir data;
  Server server(*data.Load());
  CHECK(server.first()->key_path.empty());
  CHECK(server.first()->login_pat_path.empty());
  const auto users = server.ListUsers({Bearer(data.token())});
  REQUIRE(users.ok());
  CHECK(users->details().total_result() == 2);
  for (const char* name : {"admin-key.json", "login-client.pat", "first-start"}) {
    INFO(name);
    CHECK_FALSE(fs::exists(data / name));
  }
}

TEST_CASE("what a machine of the first instance gets is refused without the machine") {
  const DataDir data;
  for (const char* key : {"FirstInstance.Org.LoginClient.Machine.Name",
                          "FirstInstance.LoginClientPatPath"}) {
    const absl::Status refused = data.Load({{key, "x"}}).status();
    INFO(refused);
    CHECK(Reason(refused) == "config.invalid_value");
    CHECK_THAT(std::string(refused.message()),
               Catch::Contains(key) &&
                   Catch::Contains("goes with FirstInstance.Org.LoginClient.Machine.Username"));
  }
  for (const Values& values :
       {Values{{"FirstInstance.MachineKeyPath", "x"}},
        Values{{"FirstInstance.Org.Machine.MachineKey.Type", "json"}},
        Values{{"FirstInstance.Org.Machine.MachineKey.ExpirationDate", "2099-01-01T00:00:00Z"}}}) {
    Values all = values;
    all.emplace_back("FirstInstance.Org.Machine.Machine.Username", "");
    const absl::Status refused = data.Load(all).status();
    INFO(refused);
    CHECK(Reason(refused) == "config.invalid_value");
    CHECK_THAT(std::string(refused.message()), Catch::Contains(values.front().first));
  }
}

TEST_CASE("a key or a login client that would be of no use is refused before anything is made") {
  struct Case {
    Values values;
    std::string told;
  };
  const std::string user = "FirstInstance.Org.LoginClient.Machine.Username";
  const std::string past = "2001-01-01T00:00:00Z";
  for (const Case& each : std::vector<Case>{
           {{{"FirstInstance.Org.Machine.MachineKey.ExpirationDate", past}},
            "FirstInstance.Org.Machine.MachineKey.ExpirationDate (flag): the time is past"},
           {{{user, "login"}, {"FirstInstance.Org.LoginClient.Pat.ExpirationDate", past}},
            "FirstInstance.Org.LoginClient.Pat.ExpirationDate (flag): the time is past"},
           {{{user, "ADMIN"}}, user + " (flag): the machine needs another user name"},
           {{{user, "Admin-Machine"}}, user + " (flag): the machine needs another user name"},
           {{{user, "a/b"}}, user + " (flag): a user name is of"},
           {{{user, "login"}, {"FirstInstance.Org.LoginClient.Machine.Name", " x"}},
            "FirstInstance.Org.LoginClient.Machine.Name (flag): "},
           {{{"FirstInstance.MachineKeyPath", "/nowhere/x"}},
            "FirstInstance.MachineKeyPath (flag): no file can be made in /nowhere"},
           {{{user, "login"}, {"FirstInstance.LoginClientPatPath", "/tmp"}},
            "FirstInstance.LoginClientPatPath (flag): /tmp is a directory"},
           {{{"FirstInstance.PatPath", "/tmp/one"}, {"FirstInstance.MachineKeyPath", "/tmp/./one"}},
            "FirstInstance.MachineKeyPath (flag): the file is FirstInstance.PatPath's already"}}) {
    const DataDir data;
    const auto config = data.Load(each.values);
    REQUIRE(config.status().message() == "");
    const absl::Status refused = Node::Open(*config, {}).status();
    INFO(each.told << " | " << refused);
    CHECK(Reason(refused) == "config.invalid_value");
    CHECK_THAT(std::string(refused.message()), Catch::Contains(each.told));
    CHECK(fs::is_empty(data.path()));
  }
}

TEST_CASE("a secret that is handed over takes the place of nothing that the installation keeps") {
  for (const char* name : {"first-start", "log", "models", "log/../models", "first-start.new"}) {
    const DataDir data;
    const Config config = *data.Load({{"FirstInstance.MachineKeyPath", data / name}});
    const absl::Status refused = Node::Open(config, {}).status();
    INFO(name << " | " << refused);
    CHECK(Reason(refused) == "config.invalid_value");
    CHECK_THAT(std::string(refused.message()), Catch::Contains("is the installation's own"));
  }
  const DataDir data;
  const std::string master = data.Load()->MasterKeyPath();
  const Config config = *data.Load({{"FirstInstance.PatPath", master}});
  CHECK(Reason(Node::Open(config, {}).status()) == "config.invalid_value");
}

TEST_CASE("a password that a start did not come to tell is told by the next, until one has") {
  const DataDir data;
  const Config config = *data.Load();
  std::string password;
  {
    const auto node = Open(config);
    const auto first = node->MakeFirstInstance();
    REQUIRE((first.ok() && first->has_value()));
    CHECK_FALSE((*first)->late);
    password = std::string((*first)->password.reveal());
  }
  CHECK(ModeOf(data / "first-start") == 0600);
  // The token is in its file already.
  const std::string kept = Content(data / "first-start");
  CHECK_THAT(kept, Catch::Contains(password) && !Catch::Contains(data.token()));
  for (const bool told : {false, true}) {
    const auto node = Open(config);
    const auto again = node->MakeFirstInstance();
    REQUIRE((again.ok() && again->has_value()));
    CHECK((*again)->late);
    CHECK((*again)->login_name == "admin");
    CHECK((*again)->password == Secret(password));
    CHECK((*again)->pat_path.empty());
    if (told) REQUIRE(node->Told().ok());
  }
  CHECK_FALSE(fs::exists(data / "first-start"));
  Server server(config);
  CHECK_FALSE(server.first().has_value());
  const JsonClient admin(server.node().port(), data.token());
  CHECK(admin
            .Call("zitadel.session.v2.SessionService/CreateSession",
                  absl::StrCat(R"({"checks":{"user":{"loginName":"admin"},)",
                               R"("password":{"password":")", password, R"("}}})"))
            .code == 200);
}

TEST_CASE("a token or key that could not be put in its place is by the next start") {
  const DataDir data, away;
  const std::string pat = away / "admin.pat", key = away / "key", login = away / "login";
  const Config config = *data.Load({{"FirstInstance.PatPath", pat},
                                    {"FirstInstance.MachineKeyPath", key},
                                    {"FirstInstance.Org.LoginClient.Machine.Username", "login"},
                                    {"FirstInstance.LoginClientPatPath", login}});
  // One that opens nothing, of an earlier try.
  REQUIRE(WriteNewPrivateFile(pat, "stale\n").ok());
  const std::string blocked = std::vector<std::string>{pat, key, login}[GENERATE(0, 1, 2)];
  fs::create_directories(blocked + ".new/in-the-way");
  {
    const auto node = Open(config);
    CHECK(Reason(node->MakeFirstInstance().status()) == "file.unwritable");
  }
  CHECK_FALSE(fs::exists(login));
  fs::remove_all(blocked + ".new");
  const auto node = Open(config);
  const auto late = node->MakeFirstInstance();
  INFO(late.status());
  REQUIRE((late.ok() && late->has_value()));
  CHECK((*late)->late);
  CHECK_FALSE((*late)->password.empty());
  CHECK((*late)->pat_path == pat);
  CHECK((*late)->key_path == key);
  CHECK((*late)->login_pat_path == login);
  REQUIRE(node->Serve().ok());
  CHECK(node->CheckToken(LineOf(pat)).message() == "");
  CHECK(node->CheckToken(LineOf(login)).message() == "");
  CHECK(Field(SignIn(node->port(), Json(Content(key))), "access_token") != "");
  REQUIRE(node->Told().ok());
  CHECK_FALSE(fs::exists(data / "first-start"));
}

TEST_CASE("with a password of the configuration nothing is kept, and it stands in no file") {
  const DataDir data;
  const Config config =
      *data.Load({{"FirstInstance.Org.Human.Password", "Correct-Horse-9"}});
  const auto node = Open(config);
  const auto first = node->MakeFirstInstance();
  REQUIRE((first.ok() && first->has_value()));
  CHECK((*first)->password.empty());
  CHECK_FALSE(fs::exists(data / "first-start"));
}

TEST_CASE("what would have opened an instance that another node was faster with is forgotten") {
  const DataDir data;
  const Config config = *data.Load();
  { Server server(config); }
  const std::string token = data.token();
  FirstSecrets others;
  others.organization_id = "123";
  others.login_name = "admin";
  others.password = Secret("Of-No-Use-1");
  others.token = Secret("of-no-use");
  REQUIRE(KeepFirstSecrets(config, others).ok());
  const auto node = Open(config);
  const auto first = node->MakeFirstInstance();
  REQUIRE(first.ok());
  CHECK_FALSE(first->has_value());
  CHECK(data.token() == token);
  CHECK_FALSE(fs::exists(data / "first-start"));
}

// Served once, with its standard output going there, and stopped.
Run StartInto(const DataDir& data, const std::string& out) {
  const std::string port = absl::StrCat(FreePort());
  return RunShell(absl::StrCat(
      MUNIMENT_PROGRAM, " start --address 127.0.0.1 --port ", port, " --data-dir ", data.path(),
      " 2>&1 >", out, " & pid=$!; for i in $(seq 400); do [ \"$(curl -s http://127.0.0.1:", port,
      "/debug/ready)\" = ok ] && break; kill -0 $pid 2>/dev/null || break; sleep 0.05; done; ",
      "sleep 0.3; kill -TERM $pid; wait $pid"));
}

TEST_CASE("a greeting that nobody could read is no greeting") {
  const DataDir data;
  const Run mute = StartInto(data, "/dev/full");
  INFO(mute.output);
  CHECK(mute.code == 0);
  CHECK(Says(mute, "could not be printed"));
  const std::string kept = Content(data / "first-start");
  const std::string start = "start --port 0 --address 127.0.0.1 --data-dir " + data.path();
  const Run told = RunUntilServing(start);
  CHECK(Says(told, "Its first start ended before it could tell"));
  const size_t at = kept.find("password ");
  REQUIRE(at != std::string::npos);
  const std::string password = kept.substr(at + 9, 20);
  CHECK(Says(told, password));
  const Run silent = RunUntilServing(start);
  CHECK_FALSE(Says(silent, password));
  CHECK_FALSE(Says(silent, "first start"));
}

TEST_CASE("a first start says where all is that opens the instance") {
  const DataDir data;
  const Run run = RunUntilServing(
      absl::StrCat("start --port 0 --address 127.0.0.1 --data-dir ", data.path(),
                   " --first-instance.org.machine.machine-key.type json "
                   "--first-instance.org.login-client.machine.username login-client"));
  INFO(run.output);
  CHECK(run.code == 0);
  for (const char* name : {"admin.pat", "admin-key.json", "login-client.pat", "master.key"}) {
    CHECK(Says(run, data / name));
    CHECK(ModeOf(data / name) == 0600);
  }
  CHECK_FALSE(Says(run, "PRIVATE KEY"));
  CHECK_FALSE(fs::exists(data / "first-start"));
}

}  // namespace
}  // namespace muniment::gateway

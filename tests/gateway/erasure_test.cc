// An erased person is gone: from the log, the read models, what the server printed, a snapshot, and
// PostgreSQL. Everything else stands, and nothing brings him back.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>

#include "absl/strings/escaping.h"
#include "gateway/program.h"
#include "gateway/shared_store.h"
#include "tests/gateway/fake_smtp.h"
#include "tests/gateway/person.h"
#include "tests/gateway/traces.h"

namespace muniment::gateway {
namespace {

namespace fs = std::filesystem;

constexpr char kEvents[] = "zitadel.admin.v1.AdminService/ListEvents";
constexpr char kGetUser[] = "zitadel.user.v2.UserService/GetUserByID";

// The events of an aggregate, and all that is said of them.
std::string EventsOf(const JsonClient& admin, const std::string& id) {
  return admin
      .Must(kEvents, absl::StrCat(R"({"asc":true,"limit":1000,"aggregateId":")", id, R"("})"))
      .body;
}

void AwaitPurged(const JsonClient& admin, const Person& person) {
  for (const std::string& id : {person.id(), person.machine()}) {
    bool purged = false;
    for (int i = 0; i < 1200 && !purged; ++i) {
      absl::SleepFor(absl::Milliseconds(50));
      purged = EventsOf(admin, id).find("user.purged") != std::string::npos;
    }
    REQUIRE(purged);
  }
}

std::string AddAgain(const Person& person) {
  return absl::StrCat(R"({"username":")", person.username(),
                      R"(","profile":{"givenName":"New","familyName":"Comer"},"email":{"email":")",
                      "other@example.org", R"(","isVerified":true}})");
}

void CheckNobody(const JsonClient& admin, const Person& person, const Traces& traces) {
  for (const std::string& id : {person.id(), person.machine()}) {
    CHECK(admin.Call(kGetUser, absl::StrCat(R"({"userId":")", id, R"("})")).code == 404);
    const std::string events = EventsOf(admin, id);
    CHECK(events.find("added") != std::string::npos);
    CHECK(traces.In(events).empty());
  }
  std::string all;
  for (const char* type : {"user", "session", "org", "instance"}) {
    all += admin.Must(kEvents, absl::StrCat(R"({"limit":1000,"aggregateTypes":[")", type, R"("]})"))
               .body;
  }
  CHECK(traces.In(all).empty());
}

TEST_CASE("traces are found however they are written, and in tables of RocksDB") {
  const std::string value = "Ada+?Lovelace~Byron";
  const Traces traces({value});
  const DataDir folder;
  const std::string file = folder.path() + "/x";
  for (const Traces::Form& form : Traces::FormsOf(value)) {
    for (const char* around : {"", "a", "bc"}) {
      INFO(form.name);
      std::ofstream(file, std::ios::binary) << around << form.bytes << around;
      CHECK(traces.InFiles(folder.path()).find(form.name) != std::string::npos);
    }
  }
  for (const std::string before : {"", "a", "ab", "abc"}) {
    const std::string text = absl::StrCat(before, value, "tail");
    std::ofstream(file) << absl::Base64Escape(text);
    CHECK(traces.InFiles(folder.path()).find("base64") != std::string::npos);
    std::ofstream(file) << absl::WebSafeBase64Escape(text);
    CHECK(traces.InFiles(folder.path()).find("base64url") != std::string::npos);
  }
  std::ofstream(file) << value.substr(1) << value.substr(0, value.size() - 1);
  CHECK(traces.InFiles(folder.path()) == "");
}

// As it is shown to whoever works on the machine, and to whoever runs the instance.
std::string Outbox(uint16_t port) {
  net::RawClient browser(port);
  browser.Send(absl::StrCat("GET /debug/mail/messages.json HTTP/1.1\r\nHost: localhost:", port,
                            "\r\nConnection: close\r\n\r\n"));
  const std::string answer = browser.ReadToEnd();
  REQUIRE(answer.find(" 200 ") != std::string::npos);
  return answer;
}
std::string DeadLetters(const JsonClient& admin) {
  return admin.Must("muniment.api.work.v1.WorkService/ListDeadLetters", "{}").body;
}
// Why work about somebody was given up.
std::set<std::string> ReasonsOf(const std::string& dead_letters, const std::string& id) {
  std::set<std::string> reasons;
  const auto json = JsonClient::Reply{200, dead_letters}.Json();
  for (const auto& letter : json.fields().at("deadLetters").list_value().values()) {
    const auto& fields = letter.struct_value().fields();
    if (fields.at("id").string_value().find(id) == std::string::npos) continue;
    const auto reason = fields.find("reason");
    reasons.insert(reason == fields.end() ? "" : reason->second.string_value());
  }
  return reasons;
}

// A short message to each of them has been sent, and a mail was given up.
void AwaitMessages(const JsonClient& admin, uint16_t port, const std::vector<const Person*>& to) {
  bool all = false;
  for (int i = 0; i < 1200 && !all; ++i) {
    absl::SleepFor(absl::Milliseconds(50));
    const std::string sent = Outbox(port), given_up = DeadLetters(admin);
    all = true;
    for (const Person* person : to) {
      all = all && sent.find(person->phone()) != std::string::npos &&
            given_up.find(person->id()) != std::string::npos;
    }
  }
  REQUIRE(all);
}

void CheckMessages(const JsonClient& admin, uint16_t port, const Person& gone,
                   const Person& stands, const Traces& traces) {
  const std::string outbox = Outbox(port), given_up = DeadLetters(admin);
  CHECK(traces.In(absl::StrCat(outbox, given_up)).empty());
  CHECK(outbox.find(stands.phone()) != std::string::npos);
  // That something about him was given up stands on, without why.
  CHECK(ReasonsOf(given_up, gone.id()) == std::set<std::string>{""});
  CHECK(ReasonsOf(given_up, stands.id()).count("") == 0);
}

// A mail server that takes nothing, and says to whom; of a shell that becomes the program.
std::string MailedBy(const FakeSmtp& smtp) {
  return absl::StrCat("export MUNIMENT_SMTP_HOST=127.0.0.1:", smtp.port(),
                      " MUNIMENT_SMTP_FROM=no-reply@example.com MUNIMENT_SMTP_TLS=false");
}

// The log's backup from before, with the newest keys.
void CheckRestored(const DataDir& data, const DataDir& safe, const Person& gone, const Person& stands,
                   const Traces& traces) {
  const DataDir fresh;
  fs::remove_all(fresh.path());
  const Run restored = RunProgram("restore --log " + safe.path() + "/log --keys " + safe.path() +
                                  ".keys --master-key-path " + data.path() + "/master.key --to " +
                                  fresh.path());
  INFO(restored.output);
  REQUIRE(restored.code == 0);
  fs::copy_file(data.path() + "/master.key", fresh.path() + "/master.key");
  Program server(fresh);
  const JsonClient admin(server.port(), data.token());
  AwaitPurged(admin, gone);
  CheckNobody(admin, gone, traces);
  CHECK(admin.Call(kGetUser, absl::StrCat(R"({"userId":")", stands.id(), R"("})")).code == 200);
  admin.Must("zitadel.user.v2.UserService/AddHumanUser", AddAgain(gone));
  server.Stop();
  CHECK(RunProgram("verify --data-dir " + fresh.path()).code == 0);
}

TEST_CASE("of an erased person nothing is left in any file, and everything else stands") {
  const DataDir data, safe;
  const std::string models = data.path() + "/models", log = data.path() + "/log";
  const std::string backup = "backup --from rocksdb:" + data.path();
  std::optional<Person> ada, eve;
  const FakeSmtp smtp({.recipient = "550 5.1.1 there is none"});
  AllowRecoveryCodes(Server(*data.Load()).node());
  {
    Program server(data, MailedBy(smtp));
    const JsonClient admin(server.port(), data.token());
    ada.emplace(admin, server.port());
    eve.emplace(admin, server.port());
    AwaitMessages(admin, server.port(), {&*ada, &*eve});
    REQUIRE(RunProgram(backup + " --log " + safe.path() + "/log").code == 0);
    REQUIRE(RunProgram(backup + " --keys " + safe.path() + ".keys").code == 0);
    server.Stop();
  }
  const Traces traces(ada->values());
  // What is looked for is there, and only where it has to be.
  for (const std::string& value : ada->shown()) {
    INFO(value);
    CHECK(Traces({value}).InFiles(models) != "");
  }
  CHECK(traces.InFiles(log) == "");
  CHECK(traces.InFiles(safe.path()) == "");

  Program server(data, MailedBy(smtp));
  const JsonClient admin(server.port(), data.token());
  // The outbox went with the process.
  for (const Person* person : {&*ada, &*eve}) {
    admin.Must("zitadel.user.v2.UserService/ResendPhoneCode",
               absl::StrCat(R"({"userId":")", person->id(), R"(","sendCode":{}})"));
  }
  AwaitMessages(admin, server.port(), {&*ada, &*eve});
  ada->Remove(admin);
  AwaitPurged(admin, *ada);
  CheckNobody(admin, *ada, traces);
  CheckMessages(admin, server.port(), *ada, *eve, traces);
  REQUIRE(RunProgram("snapshot --data-dir " + data.path() + " " + safe.path() + "/models").code == 0);
  const Run keys = RunProgram(backup + " --keys " + safe.path() + ".keys");
  INFO(keys.output);
  REQUIRE(keys.code == 0);
  const Run left = RunProgram("events --payload --context --data-dir " + data.path());
  CHECK(left.code == 0);
  CHECK(traces.In(left.output).empty());
  // While it runs, and when it was ended.
  CHECK(traces.InFiles(data.path()) == "");
  server.Stop();
  CHECK(traces.InFiles(data.path()) == "");
  CHECK(traces.InFiles(safe.path()) == "");
  CHECK(traces.In(server.Printed()).empty());
  // Whoever stands is found by the same eyes, in the tables too.
  for (const std::string& value : eve->shown()) {
    INFO(value);
    CHECK(Traces({value}).InFiles(models).find(".sst: ") != std::string::npos);
  }

  const Run verified = RunProgram("verify --data-dir " + data.path());
  INFO(verified.output);
  CHECK(verified.code == 0);
  CHECK(Says(verified, "erased"));
  const Run replayed = RunProgram("replay --check --data-dir " + data.path());
  INFO(replayed.output);
  CHECK(replayed.code == 0);

  CheckRestored(data, safe, *ada, *eve, traces);
  fs::remove(safe.path() + ".keys");
}

TEST_CASE("a freed name is taken again, and the new one is nobody's heir") {
  const DataDir data;
  Server server(*data.Load());
  AllowRecoveryCodes(server.node());
  const JsonClient admin(server.node().port(), data.token());
  const Person ada(admin, server.node().port());
  CHECK(admin.Call("zitadel.user.v2.UserService/AddHumanUser", AddAgain(ada)).code == 409);
  ada.Remove(admin);
  const auto again = admin.Must("zitadel.user.v2.UserService/AddHumanUser", AddAgain(ada));
  CHECK(again.Text("userId") != ada.id());
  AwaitPurged(admin, ada);
  const auto found = admin.Must(
      kGetUser, absl::StrCat(R"({"userId":")", again.Text("userId"), R"("})"));
  CHECK(found.body.find(ada.username()) != std::string::npos);
}

TEST_CASE("an erasure is done when every node has rewritten its files, and a new one before it serves") {
  SKIP_WITHOUT_POSTGRES();
  const SharedStore store;
  const DataDir data[3];
  std::vector<std::string> values;
  const std::string& database = SharedStore::server().place();
  {
    Server a(store.Load(data[0]));
    std::optional<Server> b(store.Load(data[1])), away(store.Load(data[2]));
    AllowRecoveryCodes(a.node());
    const JsonClient admin(a.node().port(), data[0].token());
    const Person ada(admin, a.node().port());
    values = ada.values();
    for (Server* node : {&a, &*b, &*away}) {
      JsonClient(node->node().port(), data[0].token())
          .Must(kGetUser, absl::StrCat(R"({"userId":")", ada.id(), R"("})"));
    }
    away.reset();
    const Traces traces(values);
    for (const DataDir& each : data) CHECK(traces.InFiles(each.path()) != "");
    const auto wrapped = store.Query(
        "SELECT encode(wrapped, 'hex') FROM data_keys WHERE subject = '" + ada.id() + "'");
    REQUIRE(wrapped.size() == 1);
    const std::string key = absl::HexStringToBytes(wrapped[0]);
    // What stands in PostgreSQL's files is found there: the key, and the id, which is no secret. In the
    // table's own: in its log a page may end within the key.
    SharedStore::server().Query("CHECKPOINT");
    const Traces of_key({key}), of_id({ada.id()});
    CHECK(SharedStore::server().Holds(key));
    CHECK(of_key.InFiles(database) != "");
    CHECK(of_id.InFiles(database) != "");
    CHECK(traces.InFiles(database) == "");
    ada.Remove(admin);
    AwaitPurged(admin, ada);
    CHECK(EventsOf(admin, ada.id()).find("databaseKeepsLog") == std::string::npos);
    CHECK_FALSE(SharedStore::server().Holds(key));
    CHECK(of_key.InFiles(database) == "");
    CHECK(of_id.InFiles(database) != "");
    CHECK(traces.InFiles(database) == "");
    CHECK(traces.InFiles(data[0].path()) == "");
    CHECK(traces.InFiles(data[1].path()) == "");
    // That one was away; its files are as clean as the others' by its first answer.
    CHECK(traces.InFiles(data[2].path()) != "");
    away.emplace(store.Load(data[2]));
    CHECK(traces.InFiles(data[2].path()) == "");
    CheckNobody(JsonClient(away->node().port(), data[0].token()), ada, traces);
  }
}

}  // namespace
}  // namespace muniment::gateway

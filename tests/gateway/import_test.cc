// `muniment import`, by the program as people run it.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "command/policy/settings.h"
#include "gateway/program.h"
#include "gateway/shared_store.h"
#include "tests/gateway/json_client.h"
#include "zitadel/session/v2/session_service.pb.h"

namespace muniment::gateway {
namespace {

constexpr char kSessions[] = "zitadel.session.v2.SessionService/CreateSession";

std::string Organization(const std::string& id, const std::string& name) {
  return absl::StrCat(R"({"organization": {"organizationId": ")", id, R"(", "name": ")", name,
                      "\"}}\n");
}

std::string User(const std::string& org, const std::string& id, const std::string& more = "") {
  return absl::StrCat(R"({"user": {"organizationId": ")", org, R"(", "userId": ")", id,
                      R"(", "username": ")", id,
                      R"(", "human": {"profile": {"givenName": "Ada", "familyName": "King"}, )",
                      R"("email": {"email": ")", id, R"(@mail.test", "isVerified": true})", more,
                      "}}}\n");
}

// A store that was started once, and files beside it.
struct Store {
  Store() {
    Server server(*data.Load());
    token = data.token();
  }
  Run Import(const std::string& text, const std::string& more = "") const {
    Write(text);
    return RunProgram(absl::StrCat("import ", file(), " --data-dir ", data.path(), " ", more));
  }
  void Write(const std::string& text) const {
    std::ofstream out(file(), std::ios::binary | std::ios::trunc);
    out << text;
    REQUIRE(out.flush().good());
  }
  std::string file() const { return data / "lines.jsonl"; }
  // The user names that a server has.
  std::set<std::string> Names() const {
    Server server(*data.Load());
    std::set<std::string> names;
    for (uint64_t offset = 0;; offset += 1000) {
      ListUsersRequest request;
      request.mutable_query()->set_offset(offset);
      request.mutable_query()->set_limit(1000);
      const auto users = server.Call<ListUsersResponse>("zitadel.user.v2.UserService/ListUsers",
                                                        request, {Bearer(token)});
      INFO(users.status());
      REQUIRE(users.ok());
      for (const auto& user : users->result()) {
        CHECK(names.insert(user.username()).second);
      }
      if (users->result_size() < 1000) return names;
    }
  }

  DataDir data;
  std::string token;
};

TEST_CASE("what a file says stands in the store, and whoever it brings signs in") {
  const Store store;
  const Run run = store.Import(absl::StrCat(
      Organization("acme", "Acme"), "\r\n",
      R"({"organizationDomain": {"organizationId": "acme", "domain": "acme.test"}})", "\n",
      User("acme", "ada",
           R"(, "hashedPassword": {"hash": "$2a$05$LhayLxezLhK1LhWvKxCyLOj0j1u.Kj0jZ0pEmm134uzrQlFvQJLF6"})"),
      R"({"user": {"organizationId": "acme", "userId": "robot", "machine": {"name": "Robot"}}})", "\n",
      R"({"userMetadata": {"userId": "ada", "metadata": [{"key": "k", "value": "dg=="}]}})", "\n",
      R"({"project": {"organizationId": "acme", "projectId": "shop", "name": "Shop"}})", "\n",
      R"({"projectRole": {"projectId": "shop", "roleKey": "buyer", "displayName": "Buyer"}})", "\n",
      R"({"authorization": {"userId": "ada", "projectId": "shop", "organizationId": "acme", )",
      R"("roleKeys": ["buyer"]}})", "\n",
      R"({"administrator": {"userId": "robot", "resource": {"organizationId": "acme"}, )",
      R"("roles": ["ORG_OWNER"]}})"));
  INFO(run.output);
  REQUIRE(run.code == 0);
  CHECK(Says(run, "imported 9 lines"));
  CHECK(Says(run, "2 user"));
  const Run verified = RunProgram("verify --data-dir " + store.data.path());
  INFO(verified.output);
  CHECK(verified.code == 0);

  Server server(*store.data.Load());
  const JsonClient admin(server.node().port(), store.token);
  admin.Must(kSessions, R"({"checks": {"user": {"loginName": "ada"}, "password": {"password": "hashcat"}}})");
  CHECK(admin.Call(kSessions, R"({"checks": {"user": {"loginName": "ada"}, "password": {"password": "no"}}})")
            .code != 200);
  CHECK(absl::StrContains(admin.Must("zitadel.authorization.v2.AuthorizationService/ListAuthorizations",
                                     "{}").body, "buyer"));
  // A second run of the same file finds it all stored.
  CHECK(admin.Must("zitadel.org.v2.OrganizationService/ListOrganizations", "{}").body.size() > 0);
}

TEST_CASE("every line that is at fault is told by its number, and then nothing is written") {
  const Store store;
  const auto before = store.Names();
  std::string bad_utf8 = User("acme", "bad");
  bad_utf8.replace(bad_utf8.find("Ada"), 3, "A\xff\xfe");
  std::string twice = User("acme", "twice");
  twice.replace(twice.find("\"username\""), 10, "\"userId\": \"again\", \"username\"");
  std::string huge = User("acme", "huge");
  huge.replace(huge.find("Ada"), 3, std::string(10 << 20, 'a'));
  std::string unknown = User("acme", "unknown");
  unknown.replace(unknown.find("\"username\""), 10, "\"nickName\": \"x\", \"username\"");
  const Run run = store.Import(absl::StrCat(
      Organization("acme", "Acme"),                                     // 1
      bad_utf8, twice, huge, unknown,                                   // 2 to 5
      User("nowhere", "lost"),                                          // 6
      "{\"user\": {}, \"organization\": {}}\n",                         // 7
      "{\"session\": {\"secret\": \"hunter2\"}}\n", "{}\n", "[]\n",     // 8 to 10
      "{\"user\": \n",                                                  // 11
      User("acme", "no good"),                                          // 12
      std::string("\0\0\0\n", 4),                                       // 13
      User("acme", "fine"), "   \n",                                    // 14, 15
      User("acme", "last", R"(, "idpLinks": [{"idpId": "x"}])")));      // 16
  INFO(run.output);
  CHECK(run.code == 1);
  for (const char* fault :
       {"line 2: ", "line 3: ", "line 4: The line is longer", "line 5: ", "line 6: ", "line 7: ",
        "line 8: ", "line 9: ", "line 10: ", "line 11: ", "line 12: ", "line 13: ", "line 16: ",
        "13 faults; nothing was written"}) {
    INFO(fault);
    CHECK(Says(run, fault));
  }
  CHECK(Says(run, "user.nickName: there is no such field"));
  CHECK(Says(run, "[org.not_found]"));
  CHECK_FALSE(Says(run, "line 1:"));
  CHECK_FALSE(Says(run, "line 14:"));
  CHECK_FALSE(Says(run, "line 15:"));
  CHECK_FALSE(Says(run, "hunter2"));
  CHECK(store.Names() == before);
}

TEST_CASE("names that are taken, in the file or by people who are there, are told before anything is written") {
  const Store store;
  REQUIRE(store.Import(absl::StrCat(Organization("acme", "Acme"), User("acme", "ada"))).code == 0);
  const auto before = store.Names();
  const std::string text = absl::StrCat(User("acme", "ADA"), User("acme", "bea"), User("acme", "cleo"),
                                        User("acme", "Bea"), Organization("other", "ACME"));
  const Run run = store.Import(text);
  INFO(run.output);
  CHECK(run.code == 1);
  CHECK(Says(run, "line 1: Its username stands in the store already. [import.taken]"));
  CHECK(Says(run, "line 4: Its username is that of line 2. [import.repeats_line]"));
  CHECK(Says(run, "line 5: Its org_name stands in the store already."));
  CHECK_FALSE(Says(run, "line 3:"));
  CHECK(store.Names() == before);
  // Without them it goes in beside who is there.
  const Run mended = store.Import(absl::StrCat(User("acme", "bea"), User("acme", "cleo")));
  INFO(mended.output);
  CHECK(mended.code == 0);
  CHECK(store.Names().size() == before.size() + 2);
}

TEST_CASE("an import that is killed again and again ends with everybody once") {
  const Store store;
  const size_t before = store.Names().size();
  constexpr int kPeople = 8000;
  std::string text = Organization("acme", "Acme");
  for (int i = 0; i < kPeople; ++i) absl::StrAppend(&text, User("acme", absl::StrCat("p", i)));
  store.Write(text);
  int killed = 0;
  // Later each time, until one had stored something before it was killed.
  for (int i = 0; i < 8 || (i < 60 && store.Names().size() == before); ++i) {
    const pid_t child = fork();
    if (child == 0) {
      const int none = open("/dev/null", O_WRONLY);
      dup2(none, STDOUT_FILENO);
      dup2(none, STDERR_FILENO);
      execl(MUNIMENT_PROGRAM, MUNIMENT_PROGRAM, "import", store.file().c_str(), "--data-dir",
            store.data.path().c_str(), nullptr);
      _exit(127);
    }
    absl::SleepFor(absl::Milliseconds(150 + 150 * i));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    killed += WIFSIGNALED(status) ? 1 : 0;
  }
  CHECK(killed > 0);
  const Run last = store.Import(text);
  INFO(last.output);
  REQUIRE(last.code == 0);
  CHECK(Says(last, "an earlier run had stored"));
  CHECK(store.Names().size() == before + kPeople);
  const Run again = store.Import(text);
  INFO(again.output);
  CHECK(again.code == 0);
  CHECK(Says(again, absl::StrCat("imported 0 lines")));
  CHECK(Says(again, absl::StrCat("stored ", kPeople + 1, " lines")));
  CHECK(RunProgram("verify --data-dir " + store.data.path()).code == 0);
}

TEST_CASE("an import reads a pipe, only checks when it is asked to, and mails nobody by mistake") {
  const Store store;
  const auto before = store.Names();
  const std::string text = absl::StrCat(Organization("acme", "Acme"), User("acme", "ada"));
  const Run checked = store.Import(text, "--check");
  INFO(checked.output);
  CHECK(checked.code == 0);
  CHECK(Says(checked, "2 lines could be imported"));
  CHECK(store.Names() == before);

  std::string unsaid = text;
  unsaid.replace(unsaid.find(", \"isVerified\": true"), 20, "");
  const Run mails = store.Import(unsaid);
  INFO(mails.output);
  CHECK(mails.code == 1);
  CHECK(Says(mails, "1 line would have a message sent"));
  CHECK(store.Names() == before);

  store.Write(text);
  const Run piped = RunShell(absl::StrCat("cat ", store.file(), " | ", MUNIMENT_PROGRAM,
                                          " import - --data-dir ", store.data.path()));
  INFO(piped.output);
  CHECK(piped.code == 0);
  CHECK(store.Names().size() == before.size() + 1);
  // As a file it is the same import.
  CHECK(Says(store.Import(text), "an earlier run had stored 2 lines"));
  // What it put aside has no name any more.
  CHECK(RunShell("ls " + store.data.path()).output.find("import-") == std::string::npos);
}

TEST_CASE("an import leaves a store that a server has alone, and needs one that stands") {
  const Store store;
  store.Write(Organization("acme", "Acme"));
  {
    Server running(*store.data.Load());
    const Run refused =
        RunProgram(absl::StrCat("import ", store.file(), " --data-dir ", store.data.path()));
    INFO(refused.output);
    CHECK(refused.code == 1);
    CHECK(Says(refused, "in_use]"));
  }
  const DataDir empty;
  const Run nothing = RunProgram(absl::StrCat("import ", store.file(), " --data-dir ", empty.path()));
  CHECK(nothing.code == 1);
  CHECK(Says(nothing, "[store.not_founded]"));
  const Run missing = RunProgram("import /nowhere/at/all --data-dir " + store.data.path());
  CHECK(missing.code == 1);
  CHECK(Says(missing, "[file.unreadable]"));
}

TEST_CASE("an import into PostgreSQL is seen by a node that serves meanwhile") {
  SKIP_WITHOUT_POSTGRES();
  const SharedStore shared;
  const DataDir node_data, import_data;
  const std::string key = node_data / "master.key";
  std::ofstream(key) << HexEncode(RandomBytes(32));
  std::filesystem::permissions(key, std::filesystem::perms::owner_read);
  const std::vector<std::pair<std::string, std::string>> place = {
      {"Store.Postgres.URL", SharedStore::server().url()},
      {"Store.Postgres.Schema", shared.schema()},
      {"MasterKeyPath", key}};
  Server node(*node_data.Load(place));
  std::string text = Organization("acme", "Acme");
  for (int i = 0; i < 300; ++i) absl::StrAppend(&text, User("acme", absl::StrCat("p", i)));
  const std::string file = import_data / "lines.jsonl";
  std::ofstream(file) << text;
  const Run run = RunShell(absl::StrCat(
      "MUNIMENT_STORE_POSTGRES_URL='", SharedStore::server().url(),
      "' MUNIMENT_STORE_POSTGRES_SCHEMA=", shared.schema(), " ", MUNIMENT_PROGRAM, " import ", file,
      " --data-dir ", import_data.path(), " --master-key-path ", key));
  INFO(run.output);
  REQUIRE(run.code == 0);
  const auto users = node.ListUsers({Bearer(node_data.token())});
  REQUIRE(users.ok());
  CHECK(users->details().total_result() >= 300);
}

// Login names carry the domain of their organization from now on.
absl::Status LoginMustBeDomain(command::Unit& unit) {
  ASSIGN_OR_RETURN(const auto policy,
                   unit.LoadAny<command::DomainPolicy>(command::InstanceScope()));
  event::v1::DomainPolicyChanged changed;
  changed.mutable_policy()->set_user_login_must_be_domain(true);
  unit.Raise(policy, std::move(changed));
  return absl::OkStatus();
}

TEST_CASE("an organization's new domain is as many events for a crowd as for nobody, and signs in at once") {
  const Store store;
  {
    Server server(*store.data.Load());
    REQUIRE(server.node()
                .RunOnFirstInstance({.name = "test"}, LoginMustBeDomain)
                .ok());
  }
  std::string text = absl::StrCat(Organization("acme", "Acme"), Organization("lone", "Lone"));
  for (int i = 0; i < 1500; ++i) absl::StrAppend(&text, User("acme", absl::StrCat("p", i)));
  REQUIRE(store.Import(text).code == 0);
  Server server(*store.data.Load());
  const JsonClient admin(server.node().port(), store.token);
  const auto rename = [&](const std::string& id, const std::string& name) {
    const Costs before = server.node().costs();
    admin.Must("zitadel.org.v2.OrganizationService/UpdateOrganization",
               absl::StrCat(R"({"organizationId": ")", id, R"(", "name": ")", name, "\"}"));
    CHECK(server.node().costs().commits == before.commits + 1);
    return admin.Must("zitadel.admin.v1.AdminService/ListEvents",
                      absl::StrCat(R"({"aggregateId": ")", id, R"(", "limit": 100})")).body;
  };
  const auto events = [](const std::string& body) {
    size_t count = 0;
    for (size_t at = body.find("\"sequence\""); at != std::string::npos;
         at = body.find("\"sequence\"", at + 1)) {
      ++count;
    }
    return count;
  };
  const std::string acme = rename("acme", "Fresh Name"), lone = rename("lone", "Alone Now");
  CHECK(events(acme) == events(lone));
  CHECK(absl::StrContains(acme, "org.domain.primary.set"));
  admin.Must(kSessions, R"({"checks": {"user": {"loginName": "p7@fresh-name.localhost"}}})");
  CHECK(admin.Call(kSessions, R"({"checks": {"user": {"loginName": "p7@acme.localhost"}}})").code != 200);
}

}  // namespace
}  // namespace muniment::gateway

// A log that moves, and one that comes back from its backup, by the program as people run it.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "absl/strings/str_split.h"
#include "gateway/program.h"
#include "gateway/shared_store.h"

namespace muniment::gateway {
namespace {

namespace fs = std::filesystem;
using zitadel::user::v2::AddHumanUserRequest;
using zitadel::user::v2::AddHumanUserResponse;

absl::Status AddPerson(Server& server, const std::string& token, const std::string& username) {
  AddHumanUserRequest request;
  request.set_username(username);
  request.mutable_profile()->set_given_name("Ada");
  request.mutable_profile()->set_family_name("Lovelace");
  request.mutable_email()->set_email(username + "@example.com");
  request.mutable_email()->set_is_verified(true);
  return server
      .Call<AddHumanUserResponse>("zitadel.user.v2.UserService/AddHumanUser", request,
                                  {Bearer(token)})
      .status();
}

// Everybody by id, with all that a server says of him.
std::map<std::string, std::string> Everybody(Server& server, const std::string& token) {
  const auto users = server.ListUsers({Bearer(token)});
  INFO(users.status());
  REQUIRE(users.ok());
  std::map<std::string, std::string> found;
  for (const auto& user : users->result()) found[user.user_id()] = user.ShortDebugString();
  return found;
}

// Lines that begin with a word, such as the roots that verify and migrate print.
std::vector<std::string> Lines(const Run& run, const std::string& word) {
  std::vector<std::string> lines;
  for (const absl::string_view line : absl::StrSplit(run.output, '\n')) {
    if (line.substr(0, word.size()) == word) lines.emplace_back(line);
  }
  return lines;
}

// An embedded log with people in it.
struct Embedded {
  explicit Embedded(int count) {
    Server server(*data.Load());
    token = data.token();
    for (int i = 0; i < count; ++i) {
      REQUIRE(AddPerson(server, token, absl::StrCat("person", i)).ok());
    }
    people = Everybody(server, token);
  }
  std::string key_flag() const { return " --master-key-path " + data.path() + "/master.key"; }

  DataDir data;
  std::string token;
  std::map<std::string, std::string> people;
};

TEST_CASE("a log moves to PostgreSQL and back, and servers on both know everybody") {
  SKIP_WITHOUT_POSTGRES();
  const Embedded old(5);
  const SharedStore shared;
  const std::string url = SharedStore::server().url();
  const std::string variables = "MUNIMENT_STORE_POSTGRES_URL='" + url +
                                "' MUNIMENT_STORE_POSTGRES_SCHEMA=" + shared.schema() + " ";
  const auto migrate = [&](const std::string& from, const std::string& to) {
    return RunShell(variables + MUNIMENT_PROGRAM + " migrate --from " + from + " --to " + to);
  };
  {
    Server running(*old.data.Load());
    const Run refused = migrate("rocksdb:" + old.data.path(), "postgres:");
    CHECK(refused.code == 1);
    CHECK(Says(refused, "[store.in_use]"));
  }
  const Run there = migrate("rocksdb:" + old.data.path(), "postgres:");
  INFO(there.output);
  REQUIRE(there.code == 0);
  CHECK_FALSE(Says(there, url));
  const Run before = RunProgram("verify --data-dir " + old.data.path());
  CHECK(Lines(there, "root").size() == 2);
  CHECK(Lines(there, "root") == Lines(before, "root"));
  CHECK(Says(migrate("rocksdb:" + old.data.path(), "postgres:"), "[import.not_empty]"));

  const DataDir node_data;
  const Config on_postgres = *node_data.Load({{"Store.Postgres.URL", url},
                                              {"Store.Postgres.Schema", shared.schema()},
                                              {"MasterKeyPath", old.data.path() + "/master.key"}});
  const DataDir back_data;
  const std::string back_place = "rocksdb:" + back_data.path();
  {
    Server node(on_postgres);
    CHECK(Everybody(node, old.token) == old.people);
    CHECK(!AddPerson(node, old.token, "PERSON3").ok());  // the name is taken
    CHECK(AddPerson(node, old.token, "newcomer").ok());
    const Run refused = migrate("postgres:", back_place);
    CHECK(refused.code == 1);
    CHECK(Says(refused, "[store.in_use]"));
  }
  const Run back = migrate("postgres:", back_place);
  INFO(back.output);
  REQUIRE(back.code == 0);
  const Run after =
      RunProgram("verify --data-dir " + back_data.path() + old.key_flag());
  CHECK(after.code == 0);
  CHECK(Lines(after, "root") == Lines(back, "root"));
  Server again(*back_data.Load({{"MasterKeyPath", old.data.path() + "/master.key"}}));
  const auto people = Everybody(again, old.token);
  CHECK(people.size() == old.people.size() + 1);
  for (const auto& [id, text] : old.people) CHECK(people.at(id) == text);
}

// Starts the program and kills it; whether it still ran.
bool StartAndKill(const std::vector<std::string>& arguments, absl::Duration after) {
  const pid_t child = fork();
  if (child == 0) {
    std::vector<const char*> words = {MUNIMENT_PROGRAM};
    for (const std::string& word : arguments) words.push_back(word.c_str());
    words.push_back(nullptr);
    const int none = open("/dev/null", O_WRONLY);
    dup2(none, STDOUT_FILENO);
    dup2(none, STDERR_FILENO);
    execv(words[0], const_cast<char* const*>(words.data()));
    _exit(127);
  }
  absl::SleepFor(after);
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status);
}

TEST_CASE("a migration killed again and again ends with the same log") {
  SKIP_WITHOUT_POSTGRES();
  const Embedded old(40);
  const SharedStore shared;
  const std::string target = "postgres:" + SharedStore::server().url();
  const std::vector<std::string> arguments = {"migrate", "--from", "rocksdb:" + old.data.path(),
                                              "--to", target, "--store.postgres.schema",
                                              shared.schema()};
  int killed = 0;
  for (int i = 0; i < 12; ++i) killed += StartAndKill(arguments, absl::Milliseconds(60 + 25 * i));
  CHECK(killed > 0);
  // One of them may have come to the end.
  const Run last = RunProgram("migrate --from rocksdb:" + old.data.path() + " --to '" + target +
                              "' --store.postgres.schema " + shared.schema());
  INFO(last.output);
  CHECK((last.code == 0 || Says(last, "[import.not_empty]")));
  const DataDir back_data;
  const Run back = RunProgram("migrate --from '" + target + "' --to rocksdb:" + back_data.path() +
                              " --store.postgres.schema " + shared.schema());
  INFO(back.output);
  REQUIRE(back.code == 0);
  const Run before = RunProgram("verify --data-dir " + old.data.path());
  const Run after = RunProgram("verify --data-dir " + back_data.path() + old.key_flag());
  CHECK(after.code == 0);
  CHECK(after.output == before.output);
  CHECK(RunProgram("events --data-dir " + back_data.path() + old.key_flag()).output ==
        RunProgram("events --data-dir " + old.data.path()).output);
}

TEST_CASE("a backup taken beside a server comes back, and says what that means") {
  const Embedded old(3);
  const DataDir safe;
  const DataDir other;
  const std::string both = " --log " + safe.path() + "/log --keys " + other.path() + "/keys";
  const std::string backup = "backup --from rocksdb:" + old.data.path() + both;
  {
    Server running(*old.data.Load());
    const Run first = RunProgram(backup);
    INFO(first.output);
    REQUIRE(first.code == 0);
    REQUIRE(AddPerson(running, old.token, "second").ok());
    const Run second = RunProgram(backup);
    CHECK(second.code == 0);
    CHECK(Says(second, " 1 of them new"));
    REQUIRE(AddPerson(running, old.token, "lost").ok());
    CHECK(RunProgram("backup --from rocksdb:" + old.data.path() + " --keys " + other.path() +
                     "/keys").code == 0);
    CHECK(Says(RunProgram("backup --from rocksdb:" + old.data.path()), "[backup.nothing]"));
    CHECK(Says(RunProgram("backup --from rocksdb:" + old.data.path() + " --log " + safe.path() +
                          "/log --keys " + safe.path() + "/log/keys"),
               "[backup.together]"));
  }
  const std::string restore = "restore" + both + old.key_flag() + " --to ";
  CHECK(Says(RunProgram(restore + old.data.path()), "[import.not_empty]"));
  const DataDir fresh;
  const Run restored = RunProgram(restore + fresh.path());
  INFO(restored.output);
  REQUIRE(restored.code == 0);
  CHECK(Says(restored, "epoch 2"));
  CHECK(Says(restored, "is lost"));
  CHECK(Says(restored, "sound"));
  Server again(*fresh.Load({{"MasterKeyPath", old.data.path() + "/master.key"}}));
  const auto people = Everybody(again, old.token);
  CHECK(people.size() == old.people.size() + 1);
  for (const auto& [id, text] : old.people) CHECK(people.at(id) == text);
  CHECK(!AddPerson(again, old.token, "Second").ok());
  CHECK(AddPerson(again, old.token, "lost").ok());
}

TEST_CASE("a dump of PostgreSQL has no keys, and comes back with those of their own backup") {
  SKIP_WITHOUT_POSTGRES();
  const SharedStore shared;
  const std::string url = SharedStore::server().url();
  const DataDir data;
  const DataDir safe;
  std::string token;
  std::map<std::string, std::string> people;
  const Config config = shared.Load(data);
  {
    Server node(config);
    token = data.token();
    REQUIRE(AddPerson(node, token, "ada").ok());
    people = Everybody(node, token);
    // The commands of backup --help.
    const Run dump = RunShell("pg_dump -Fc -n " + shared.schema() + " --exclude-table-data=" +
                              shared.schema() + ".data_keys --exclude-table-data=" +
                              shared.schema() + ".nodes -f " + safe.path() + "/log.dump \"" + url +
                              "\"");
    INFO(dump.output);
    REQUIRE(dump.code == 0);
    const Run keys = RunProgram("backup --from 'postgres:" + url + "' --store.postgres.schema " +
                                shared.schema() + " --keys " + safe.path() + "/keys");
    INFO(keys.output);
    REQUIRE(keys.code == 0);
  }
  const std::string database = shared.schema() + "_again";
  SharedStore::server().Query("CREATE DATABASE " + database);
  const std::string there = url + " dbname=" + database;
  const Run put_back = RunShell("pg_restore -d \"" + there + "\" " + safe.path() + "/log.dump");
  INFO(put_back.output);
  REQUIRE(put_back.code == 0);
  const std::string master = config.Text(Key::kMasterKey);
  const std::string restore = "MUNIMENT_MASTERKEY=" + master + " MUNIMENT_STORE_POSTGRES_URL='" +
                              there + "' " + MUNIMENT_PROGRAM + " restore --keys " + safe.path() +
                              "/keys --to postgres: --store.postgres.schema " + shared.schema();
  const Run restored = RunShell(restore);
  INFO(restored.output);
  CHECK(restored.code == 0);
  CHECK(Says(restored, "sound"));
  CHECK(Says(restored, "epoch 2"));
  {
    const DataDir fresh;
    Server node(shared.Load(fresh, {{"Store.Postgres.URL", there}}));
    CHECK(Everybody(node, token) == people);
    CHECK(!AddPerson(node, token, "ADA").ok());
    CHECK(AddPerson(node, token, "eve").ok());
    CHECK(Says(RunShell(restore), "[store.in_use]"));
  }
  // Keys from before what was appended since are not the newest.
  CHECK(Says(RunShell(restore), "[backup.keys_too_old]"));
  SharedStore::server().Query("DROP DATABASE " + database + " WITH (FORCE)");
}

}  // namespace
}  // namespace muniment::gateway

// A log that moves, and one that comes back from its backup, by the program as people run it.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>

#include "absl/strings/str_join.h"
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
  // One that was killed after its end would find this.
  const Run stands = migrate("rocksdb:" + old.data.path(), "postgres:");
  INFO(stands.output);
  CHECK(stands.code == 0);
  CHECK(Says(stands, "already, the same to the byte"));
  CHECK(Lines(stands, "root") == Lines(there, "root"));

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
  const Run other = migrate("rocksdb:" + old.data.path(), "postgres:");
  CHECK(other.code == 1);
  CHECK(Says(other, "[import.not_empty]"));
  CHECK(Says(other, "one ends at position"));
  const Run back = migrate("postgres:", back_place);
  INFO(back.output);
  REQUIRE(back.code == 0);
  CHECK(migrate("postgres:", back_place).code == 0);
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
  CHECK(last.code == 0);
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

// Folders and files of a directory, each with its size.
std::map<std::string, uintmax_t> Tree(const std::string& directory) {
  std::map<std::string, uintmax_t> tree;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    tree[entry.path()] = entry.is_regular_file() ? entry.file_size() : 0;
  }
  return tree;
}

TEST_CASE("a migration takes its target first, and what it refuses leaves no trace") {
  const Embedded old(1);
  const DataDir place;
  const std::string target = place / "deep/data";
  {
    Server running(*old.data.Load());
    const Run refused = RunProgram("migrate --from rocksdb:" + old.data.path() + " --to rocksdb:" +
                                   target);
    CHECK(refused.code == 1);
    CHECK(Says(refused, "[store.in_use]"));
    CHECK(Says(refused, old.data.path()));
    CHECK(Tree(place.path()).empty());
    // Both are in use: it is the target that is said.
    const DataDir other;
    Server second(*other.Load());
    const Run first = RunProgram("migrate --from rocksdb:" + old.data.path() + " --to rocksdb:" +
                                 other.path());
    CHECK(Says(first, "[store.in_use]"));
    CHECK(Says(first, other.path() + " is in use"));
  }
  // A source without a log, and a directory with other things of the operator's.
  const DataDir empty;
  std::ofstream(place / "notes") << "dear";
  const auto before = Tree(place.path());
  const Run nothing = RunProgram("migrate --from rocksdb:" + empty.path() + " --to rocksdb:" +
                                 place.path());
  CHECK(Says(nothing, "[store.not_founded]"));
  CHECK(Tree(place.path()) == before);
  CHECK(Tree(empty.path()).empty());
  const Run moved = RunProgram("migrate --from rocksdb:" + old.data.path() + " --to rocksdb:" +
                               target);
  INFO(moved.output);
  CHECK(moved.code == 0);
  CHECK(RunProgram("verify --data-dir " + target + old.key_flag()).code == 0);
}

TEST_CASE("a node founds nothing in the target while a migration waits for its source") {
  SKIP_WITHOUT_POSTGRES();
  const SharedStore shared;
  const DataDir node_data;
  const DataDir place;
  const std::string target = place / "data";
  const std::string told = place / "told";
  {
    // While it runs, whoever wants the log alone waits some seconds for it to go.
    Server node(shared.Load(node_data));
    RunProgram("migrate --from 'postgres:" + SharedStore::server().url() +
               "' --store.postgres.schema " + shared.schema() + " --to rocksdb:" + target + " >" +
               told + " 2>&1 </dev/null &");
    const auto await = [](const std::function<bool()>& done) {
      for (int i = 0; i < 4000 && !done(); ++i) absl::SleepFor(absl::Milliseconds(5));
      return done();
    };
    CHECK(await([&] { return fs::exists(target + "/log/CURRENT"); }));
    const Run start =
        RunUntilServing("start --address 127.0.0.1 --port 0 --data-dir " + target);
    INFO(start.output);
    CHECK(start.code != 0);
    CHECK(Says(start, "[store.in_use]"));
    // The migration's own refusal comes last, when the target is as it was.
    CHECK(await([&] {
      return Content(told).find("[store.in_use]") != std::string::npos;
    }));
  }
  CHECK_FALSE(fs::exists(target + "/log"));
  // The other way round, the schema is gone again.
  const Embedded old(1);
  Server running(*old.data.Load());
  const SharedStore fresh;
  const Run back = RunProgram("migrate --from rocksdb:" + old.data.path() + " --to 'postgres:" +
                              SharedStore::server().url() + "' --store.postgres.schema " +
                              fresh.schema());
  CHECK(Says(back, "[store.in_use]"));
  CHECK(SharedStore::server().Query("SELECT count(*) FROM pg_namespace WHERE nspname = '" +
                                    fresh.schema() + "'").at(0) == "0");
}

// A backup, and what a restore of it is called with.
struct BackedUp {
  explicit BackedUp(const Embedded& old) {
    const Run backup = RunProgram("backup --from rocksdb:" + old.data.path() + " --log " +
                                  safe.path() + "/log --keys " + other.path() + "/keys");
    INFO(backup.output);
    REQUIRE(backup.code == 0);
    arguments = {"restore",
                 "--log",
                 safe.path() + "/log",
                 "--keys",
                 other.path() + "/keys",
                 "--master-key-path",
                 old.data.path() + "/master.key",
                 "--to"};
  }
  Run Restore(const std::string& to) const {
    return RunProgram(absl::StrCat(absl::StrJoin(arguments, " "), " ", to));
  }

  DataDir safe;
  DataDir other;
  std::vector<std::string> arguments;
};

TEST_CASE("a restore killed at any moment leaves nothing, what is refused by name, or the whole") {
  const Embedded old(30);
  const BackedUp backup(old);
  const DataDir whole;
  REQUIRE(backup.Restore(whole.path()).code == 0);
  const Run reference = RunProgram("verify --data-dir " + whole.path() + old.key_flag());
  REQUIRE(reference.code == 0);
  int killed = 0;
  int unfinished = 0;
  for (int i = 0; i < 16; ++i) {
    const DataDir place;
    const std::string to = place / "data";
    auto arguments = backup.arguments;
    arguments.push_back(to);
    const int after = 5 + 12 * i;
    killed += StartAndKill(arguments, absl::Milliseconds(after));
    INFO("killed after " << after << " ms");
    if (fs::exists(to + "/log")) {
      const std::string where = " --data-dir " + to + old.key_flag();
      const Run verified = RunProgram("verify" + where);
      INFO(verified.output);
      if (verified.code != 0) {
        ++unfinished;
        const Run started = RunUntilServing("start --address 127.0.0.1 --port 0" + where);
        for (const Run& run : {verified, started, RunProgram("events" + where)}) {
          INFO(run.output);
          CHECK(run.code != 0);
          CHECK(Says(run, "[store.import_unfinished]"));
          CHECK(Says(run, "an unfinished"));
          CHECK(Says(run, "restore again"));
        }
        // A refused start makes no key of its own.
        CHECK_FALSE(fs::exists(to + "/master.key"));
      } else {
        CHECK(verified.output == reference.output);
      }
    }
    const Run again = backup.Restore(to);
    INFO(again.output);
    CHECK(again.code == 0);
    CHECK(Says(again, "sound"));
    CHECK(Says(again, "epoch 2"));
    const Run proved = RunProgram("verify --data-dir " + to + old.key_flag());
    CHECK(proved.output == reference.output);
    CHECK_FALSE(fs::exists(to + "/log.new"));
  }
  INFO(killed << " killed, of them " << unfinished << " unfinished");
  CHECK(killed > 0);
}

TEST_CASE("a restore that came to its end says so when it is run again, and takes no served log") {
  const Embedded old(2);
  const BackedUp backup(old);
  const DataDir to;
  REQUIRE(backup.Restore(to.path()).code == 0);
  const Run again = backup.Restore(to.path());
  INFO(again.output);
  CHECK(again.code == 0);
  CHECK(Says(again, "by a run before this one"));
  CHECK(Says(again, "sound"));
  {
    Server server(*to.Load({{"MasterKeyPath", old.data.path() + "/master.key"}}));
    REQUIRE(AddPerson(server, old.token, "newcomer").ok());
    CHECK(Says(backup.Restore(to.path()), "[store.in_use]"));
  }
  const Run refused = backup.Restore(to.path());
  CHECK(refused.code == 1);
  CHECK(Says(refused, "[import.not_empty]"));
  Server server(*to.Load({{"MasterKeyPath", old.data.path() + "/master.key"}}));
  CHECK(Everybody(server, old.token).size() == old.people.size() + 1);
}

TEST_CASE("what a restore refuses leaves the directory as it was") {
  const Embedded old(1);
  const BackedUp backup(old);
  const DataDir place;
  auto arguments = backup.arguments;
  arguments[2] = place / "nowhere";
  arguments.push_back(place / "data");
  const Run refused = RunProgram(absl::StrJoin(arguments, " "));
  CHECK(refused.code == 1);
  CHECK(Says(refused, "[file.unreadable]"));
  CHECK(Tree(place.path()).empty());
  CHECK(backup.Restore(place / "data").code == 0);
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
  // Keys from before what was appended since are not the newest. Nothing is changed: a node starts.
  CHECK(Says(RunShell(restore), "[backup.keys_too_old]"));
  {
    const DataDir fresh;
    Server node(shared.Load(fresh, {{"Store.Postgres.URL", there}}));
    CHECK(Everybody(node, token).size() == people.size() + 1);
  }
  SharedStore::server().Query("DROP DATABASE " + database + " WITH (FORCE)");
}

}  // namespace
}  // namespace muniment::gateway

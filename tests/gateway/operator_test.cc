// What an operator types wrongly, finds half done, or runs as the wrong user.
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "eventstore/postgres/refusal.h"
#include "gateway/data_owner.h"
#include "gateway/program.h"
#include "gateway/shared_store.h"
#include "gateway/storage.h"

namespace muniment::gateway {
namespace {

namespace fs = std::filesystem;

// As a shell takes it, however many quotes it has.
std::string Quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

Run RunWithUrl(const std::string& url, const std::string& arguments) {
  return RunShell(absl::StrCat("MUNIMENT_MASTERKEY=", std::string(64, 'a'),
                               " MUNIMENT_STORE_POSTGRES_URL=", Quoted(url), " timeout 20 ",
                               MUNIMENT_PROGRAM, " ", arguments));
}

// What is no URL, and what libpq reads otherwise than it was meant and would show.
const std::vector<std::string>& Malformed() {
  static const std::vector<std::string> urls = {
      "postgresql://u:s3cret@[h/db",
      "password=s3cret wombat",
      "host=h password='s3cret",
      "postgersql://u:s3cret@h/db",
      "postgersql://u:s3cret@h/db?sslmode=require",
      "postgresql://u:x/s3cret@127.0.0.1/db",
      "postgresql://u:x@s3cret@127.0.0.1/db",
      "postgresql://u:s3cret",
      "postgresql://u:s3cret%zz@h/db",
      "host=postgresql://u:s3cret@h/db",
      "dbname=postgresql://u:s3cret@h/db",
      "gibberish s3cret",
      "s3cret",
      "postgresql://mu@corp.example:s3cret@127.0.0.1:1/db",
      "postgresql://u:s3cret@h:1,u:s3cret@i:2/db",
      "postgresql://u@h:s3cret/db",
      "host=h:s3cret dbname=db"};
  return urls;
}

TEST_CASE("no subcommand shows the password of a URL that is wrong, or waits for what it names") {
  const DataDir data;
  const std::string file = data / "keys";
  const std::vector<std::string> all = {
      "start --port 0 --address 127.0.0.1", "recover", "events", "verify", "replay", "prepare",
      "snapshot " + file, "backup --from postgres: --keys " + file,
      "restore --keys " + file + " --to postgres:",
      "migrate --from postgres: --to rocksdb:" + (data / "to"),
      "migrate --from rocksdb:" + (data / "from") + " --to postgres:"};
  const auto refused = [&](const std::string& arguments, const std::string& url) {
    INFO(arguments << " with " << url);
    const Run run = RunWithUrl(url, arguments + " --data-dir " + (data / "new"));
    INFO(run.output);
    CHECK(run.code == 1);
    CHECK(Says(run, "[store.url]"));
    CHECK_FALSE(Says(run, "s3cret"));
  };
  for (const std::string& arguments : all) {
    for (const std::string& url : {Malformed().front(), Malformed()[1], Malformed().back()}) {
      refused(arguments, url);
    }
  }
  for (const std::string& url : Malformed()) refused("verify", url);
  CHECK(fs::is_empty(data.path()));
}

TEST_CASE("a URL among the arguments is not shown either, and makes no folder of its name") {
  const DataDir data;
  const std::string keys = " --keys " + (data / "keys");
  for (const std::string& url : Malformed()) {
    const Run run = RunProgram("backup" + keys + " --from " + Quoted("postgres:" + url));
    INFO(run.output);
    CHECK(run.code == 1);
    CHECK(Says(run, "[store.url]"));
    CHECK_FALSE(Says(run, "s3cret"));
  }
  for (const char* place : {"postgresql://u:s3cret@h/db", "postgres://u:s3cret@h/db",
                            "rocksdb:postgresql://u:s3cret@h/db",
                            "rocksdb:postgres:password=s3cret", "host=h password=s3cret"}) {
    for (const std::string& arguments :
         {"backup" + keys + " --from ", "restore" + keys + " --log x --to ",
          std::string("migrate --from rocksdb:x --to ")}) {
      const Run run = RunShell(absl::StrCat("cd ", data.path(), "; ", MUNIMENT_PROGRAM, " ",
                                            arguments, Quoted(place)));
      INFO(arguments << place << ": " << run.output);
      CHECK(run.code == 1);
      CHECK(Says(run, "[place.not_understood]"));
      CHECK_FALSE(Says(run, "s3cret"));
    }
  }
  const Run word = RunProgram("verify postgresql://u:s3cret@h/db");
  CHECK(word.code == 2);
  CHECK_FALSE(Says(word, "s3cret"));
  CHECK(fs::is_empty(data.path()));
}

TEST_CASE("a URL that is one is let through") {
  for (const char* url :
       {"postgresql://", "postgresql://h", "postgres://h:5432/db", "postgresql:///db?host=/tmp",
        "postgresql://u:p%40ss@h:5432/db", "postgresql://u:p?ss@h/db",
        "postgresql://u@[::1]:5432/db",
        "postgresql://u@a:1,b:2/db?target_session_attrs=read-write",
        "postgresql://u@h/db?password=p@ss", "host=/tmp user=postgres dbname=postgres",
        "host=a,b port=1,2 password='s p'", "host=@socket", "service=muniment"}) {
    INFO(url);
    CHECK(eventstore::CheckUrl(url).message() == "");
  }
  // What libpq says of one that was not checked.
  const absl::Status unchecked = eventstore::ConnectError(
      "missing \"=\" after \"wombat\" in connection info string\n");
  CHECK(Reason(unchecked) == "store.url");
}

TEST_CASE("what PostgreSQL refuses for good is told so by whatever copies a log") {
  SKIP_WITHOUT_POSTGRES();
  const DataDir data;
  const std::string url = SharedStore::server().url();
  for (const std::string& wrong : {url + " dbname=wombat", url + " user=wombat"}) {
    for (const std::string& arguments :
         {"backup --from postgres: --keys " + (data / "keys"),
          "migrate --from postgres: --to rocksdb:" + (data / "to"), std::string("verify")}) {
      const Run run = RunWithUrl(wrong, arguments);
      INFO(arguments << ": " << run.output);
      CHECK(run.code == 1);
      CHECK(Says(run, "[store.refused]"));
    }
  }
  CHECK(fs::is_empty(data.path()));
}

TEST_CASE("a schema's name is checked before it is part of any SQL") {
  SKIP_WITHOUT_POSTGRES();
  const DataDir data;
  const std::string made = "h" + HexEncode(RandomBytes(8));
  const std::string schema = Quoted("a\"; CREATE SCHEMA " + made + "; --");
  for (const std::string& arguments :
       {"backup --from postgres: --keys " + (data / "keys"),
        "migrate --from postgres: --to rocksdb:" + (data / "to"), std::string("verify"),
        "start --port 0 --address 127.0.0.1 --data-dir " + (data / "new")}) {
    const Run run = RunWithUrl(SharedStore::server().url(),
                               arguments + " --store.postgres.schema " + schema);
    INFO(arguments << ": " << run.output);
    CHECK(run.code == 1);
    CHECK(Says(run, "[store.schema_name]"));
  }
  CHECK(SharedStore::server().Query("SELECT count(*) FROM pg_namespace WHERE nspname = '" + made +
                                    "'") == std::vector<std::string>{"0"});
  CHECK(fs::is_empty(data.path()));
}

TEST_CASE("a data directory that is a file is told to be one") {
  const DataDir data;
  std::ofstream(data / "file") << "x";
  for (const std::string& arguments :
       {std::string("start --port 0 --address 127.0.0.1"), std::string("recover"),
        std::string("events"), std::string("verify"), std::string("replay"), std::string("prepare"),
        "backup --keys " + (data / "keys") + " --from rocksdb:" + (data / "file")}) {
    const Run run = RunProgram(arguments + " --data-dir " + (data / "file"));
    INFO(arguments << ": " << run.output);
    CHECK(run.code == 1);
    CHECK(Says(run, (data / "file") + " is a file"));
    CHECK(Says(run, "[file.no_directory]"));
  }
}

TEST_CASE("a check of read models that are not there says so, and makes none") {
  const DataDir data;
  { Server server(*data.Load()); }
  fs::remove_all(data / "models");
  const Run run = RunProgram("replay --check --data-dir " + data.path());
  INFO(run.output);
  CHECK(run.code == 1);
  CHECK(Says(run, "[models.missing]"));
  CHECK_FALSE(Says(run, "folded"));
  CHECK_FALSE(fs::exists(data / "models"));
  CHECK(RunProgram("replay --data-dir " + data.path()).code == 0);
  CHECK(RunProgram("replay --check --data-dir " + data.path()).code == 0);
}

TEST_CASE("a backup whose keys cannot be written writes nothing of the log") {
  const DataDir data, other, safe;
  { Server server(*data.Load()); }
  { Server server(*other.Load()); }
  const std::string from = "backup --from rocksdb:";
  const std::string log = " --log " + (safe / "log");
  fs::create_directory(safe / "folder");
  std::ofstream(safe / "damaged") << "no backup of keys";
  REQUIRE(RunProgram(from + other.path() + " --keys " + (safe / "others")).code == 0);
  const std::string others = Content(safe / "others");
  for (const std::string& file : {safe / "nowhere/keys", safe / "folder", safe / "damaged",
                                  safe / "others"}) {
    const Run run = RunProgram(from + data.path() + log + " --keys " + file);
    INFO(file << ": " << run.output);
    CHECK(run.code == 1);
    CHECK_FALSE(Says(run, "events up to"));
    CHECK_FALSE(fs::exists(safe / "log"));
  }
  CHECK(Content(safe / "others") == others);
  CHECK(RunProgram(from + data.path() + log + " --keys " + (safe / "keys")).code == 0);
}

TEST_CASE("a log without its keys is named, and no backup takes them for destroyed") {
  SKIP_WITHOUT_POSTGRES();
  const SharedStore shared;
  const DataDir data, safe;
  const Config config = shared.Load(data);
  { Server node(config); }
  const std::string where = " --store.postgres.schema " + shared.schema();
  const auto run = [&](const std::string& arguments) {
    return RunShell(absl::StrCat(
        "MUNIMENT_MASTERKEY=", config.Text(Key::kMasterKey), " MUNIMENT_STORE_POSTGRES_URL=",
        Quoted(SharedStore::server().url()), " timeout 20 ", MUNIMENT_PROGRAM, " ", arguments,
        where));
  };
  const std::string backup = "backup --from postgres: --keys " + (safe / "keys");
  REQUIRE(run(backup).code == 0);
  const std::string kept = Content(safe / "keys");
  const std::vector<std::string> all = {
      backup, "verify", "events",
      "start --port 0 --address 127.0.0.1 --data-dir " + (safe / "new")};
  for (const char* lost : {"DELETE FROM data_keys", "DROP TABLE data_keys CASCADE"}) {
    shared.Query(lost);
    for (const std::string& arguments : all) {
      const Run refused = run(arguments);
      INFO(lost << ", " << arguments << ": " << refused.output);
      CHECK(refused.code == 1);
      CHECK(Says(refused, "[store.keys_missing]"));
      CHECK(Says(refused, "muniment restore --keys FILE --to postgres:"));
    }
    CHECK(Content(safe / "keys") == kept);
    CHECK_FALSE(fs::exists(safe / "new"));
  }
}

TEST_CASE("who reads a log that is not copied to its end is told that") {
  SKIP_WITHOUT_POSTGRES();
  const SharedStore shared;
  const DataDir data;
  const Config config = shared.Load(data);
  { Server node(config); }
  shared.Query("CREATE TABLE import (position bigint NOT NULL); INSERT INTO import VALUES (0)");
  StorageOptions beside;
  beside.follow = true;
  CHECK(Reason(Storage::Open(config, beside).status()) == "store.import_unfinished");
}

TEST_CASE("a start that is refused leaves no models, and takes none that stood") {
  const DataDir data;
  const std::string start = "start --port 0 --address 127.0.0.1 --data-dir ";
  const auto refused = [&](const std::string& place) {
    const Run run = RunShell("MUNIMENT_MASTERKEY=zz " MUNIMENT_PROGRAM " " + start + place);
    INFO(run.output);
    CHECK(run.code == 1);
  };
  refused(data / "deep/new");
  CHECK(fs::is_empty(data.path()));
  fs::create_directory(data / "made");
  refused(data / "made");
  CHECK(fs::is_empty(data / "made"));
  REQUIRE(RunUntilServing(start + (data / "made")).code == 0);
  refused(data / "made");
  CHECK(fs::exists(data / "made/models/CURRENT"));
  // Nor from under a server.
  const DataDir served;
  const Program server(served);
  refused(served.path());
  CHECK(fs::exists(served / "models/CURRENT"));
}

// A user that the machine does not know.
constexpr uid_t kSomebody = 54321;

std::set<uid_t> OwnersBelow(const std::string& directory) {
  std::set<uid_t> owners;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    struct stat found = {};
    REQUIRE(lstat(entry.path().c_str(), &found) == 0);
    owners.insert(found.st_uid);
  }
  return owners;
}

void Give(const std::string& directory, uid_t user) {
  REQUIRE(chown(directory.c_str(), user, user) == 0);
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    REQUIRE(lchown(entry.path().c_str(), user, user) == 0);
  }
}

TEST_CASE("what root does in another user's data directory, that user can read afterwards") {
  if (geteuid() != 0) return SaySkipped("only root can give a directory to somebody");
  const DataDir data, made;
  Give(data.path(), kSomebody);
  const std::string in = " --data-dir " + data.path();
  const Run first = RunUntilServing("start --port 0 --address 127.0.0.1" + in);
  INFO(first.output);
  REQUIRE(first.code == 0);
  CHECK(Says(first, absl::StrCat("acts as uid ", kSomebody)));
  for (const char* name : {"prepare", "recover", "replay", "verify", "events"}) {
    const Run run = RunProgram(name + in);
    INFO(name << ": " << run.output);
    CHECK(run.code == 0);
    CHECK(OwnersBelow(data.path()) == std::set<uid_t>{kSomebody});
  }
  SECTION("and what comes to it otherwise is refused with his name") {
    const absl::Status refused = PrepareDataDir(*data.Load());
    CHECK(Reason(refused) == "file.other_owner");
    CHECK(std::string(refused.message()).find(absl::StrCat("setpriv --reuid=", kSomebody)) !=
          std::string::npos);
    Give(made.path(), kSomebody);
    const Run moved = RunProgram("migrate --from rocksdb:" + data.path() + " --to rocksdb:" +
                                 made.path());
    INFO(moved.output);
    CHECK(moved.code == 1);
    CHECK(Says(moved, "[file.other_owner]"));
    CHECK(fs::is_empty(made.path()));
  }
  SECTION("and a directory that he does not get to is refused before anything is written") {
    fs::create_directory(made / "closed");
    fs::create_directory(made / "closed/data");
    Give(made / "closed/data", kSomebody);
    fs::permissions(made / "closed", fs::perms(0700));
    const Run run = RunProgram("start --port 0 --address 127.0.0.1 --data-dir " +
                               (made / "closed/data"));
    INFO(run.output);
    CHECK(run.code == 1);
    CHECK(Says(run, "[file.other_owner]"));
    CHECK(fs::is_empty(made / "closed/data"));
  }
}

TEST_CASE("whoever may not read a data directory is told whose it is") {
  if (geteuid() != 0) return SaySkipped("only root can run a program as somebody else");
  const DataDir data;
  { Server server(*data.Load()); }
  for (const char* name : {"verify", "events", "prepare", "start --port 0 --address 127.0.0.1"}) {
    const Run run = RunAsNobody(std::string(name) + " --data-dir " + data.path());
    INFO(run.output);
    CHECK(run.code == 1);
    CHECK(Says(run, "It belongs to root (uid 0). Run this as: sudo -u root muniment"));
  }
}

}  // namespace
}  // namespace muniment::gateway

#include "gateway/cli/command_line.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "gateway/data_lock.h"
#include "gateway/program.h"
#include "gateway/services.h"

namespace muniment::gateway {
namespace {

TEST_CASE("help names every subcommand, and each subcommand teaches its own use") {
  const Run help = RunProgram("--help");
  CHECK(help.code == 0);
  for (const char* name :
       {"start", "call", "events", "verify", "replay", "prepare", "snapshot", "backup", "restore",
        "migrate", "recover", "config", "why"}) {
    INFO(name);
    CHECK(Says(help, std::string("  ") + name + " "));
    const Run own = RunProgram(std::string(name) + " --help");
    CHECK(own.code == 0);
    CHECK(own.output.size() > 200);
  }
}

TEST_CASE("what is not understood ends with 2 and says where to look") {
  struct Case {
    const char* arguments;
    const char* told;
  };
  for (const Case& each : std::vector<Case>{
           {"", "Every subcommand explains itself"},
           {"strat", "there is no subcommand strat. Did you mean start?"},
           {"wombat", "there is no subcommand wombat.\n"},
           {"--hlep", "there is no option --hlep. Did you mean --help?"},
           {"--port 9 start", "a subcommand stands before its options, and not behind --port."},
           {"start --prot 1", "muniment start: there is no option --prot. Did you mean --port?"},
           {"start --domain x", "Did you mean --external-domain?"},
           {"start --prot=1", "there is no option --prot. Did you mean --port?"},
           {"start --wombat", "there is no option --wombat.\n"},
           {"start now", "\"now\" is one word too many"},
           {"start --port", "--port takes a value: NUMBER."},
           {"start --master-key 00", "set MUNIMENT_MASTERKEY"},
           {"restore", "muniment restore: --keys is required."},
           {"snapshot", "muniment snapshot: FILE is required."},
           {"events --limit many", "--limit is a whole number, 0 or more, not \"many\"."},
           {"events --limit -1", "--limit is a whole number, 0 or more, not \"-1\"."},
           {"events --after 1.5", "--after is a whole number"},
           {"call --timeout -5", "--timeout is a number of seconds above 0"},
           {"call --timeout soon", "--timeout is a number of seconds above 0"},
           {"why ada user.write", "muniment why: RESOURCE is required."},
       }) {
    INFO(each.arguments);
    const Run run = RunProgram(each.arguments);
    INFO(run.output);
    CHECK(run.code == 2);
    CHECK(Says(run, "--help"));
    CHECK(Says(run, each.told));
  }
}

TEST_CASE("help shows what a subcommand is about, and not all that a server can be told") {
  for (const char* name : {"events", "verify", "replay", "prepare", "snapshot", "backup", "restore",
                           "migrate", "recover"}) {
    INFO(name);
    const Run help = RunProgram(std::string(name) + " --help");
    CHECK(Says(help, "--data-dir"));
    CHECK_FALSE(Says(help, "--port"));
    CHECK_FALSE(Says(help, "--tls"));
    // What it does not show it understands all the same.
    CHECK(RunProgram(std::string(name) + " --port 1 --help").code == 0);
  }
  CHECK(Says(RunProgram("start --help"), "--tls.cert-path"));
  CHECK(Says(RunProgram("config --help"), "--workers.io"));
}

TEST_CASE("a header or a token that no call may carry is refused before anything is sent") {
  for (const char* arguments : {"-H 'X Y:1'", "-H 'x:\xc3\xb6'", "-H $'x:a\\nb'", "-H bad"}) {
    INFO(arguments);
    const Run run = RunProgram(std::string("call UserService/ListUsers '{}' ") + arguments);
    CHECK(run.code == 1);
    CHECK(Says(run, "[call.invalid_header]"));
  }
  const Run file = RunProgram("call UserService/ListUsers '{}' --token-file " MUNIMENT_PROGRAM);
  CHECK(file.code == 1);
  CHECK(Says(file, "[call.invalid_header]"));
}

TEST_CASE("a flag, its value and its origin come back from config") {
  const Run run = RunProgram("config --port 9999 --first-instance.org.name 'Acme Ltd'");
  CHECK(run.code == 0);
  CHECK(Says(run, "Port: 9999  # flag"));
  CHECK(Says(run, "Name: Acme Ltd  # flag"));
}

TEST_CASE("a refused configuration ends with 1 and its reason") {
  const Run run = RunProgram("config --port 99999");
  CHECK(run.code == 1);
  CHECK(Says(run, "[config.invalid_value]"));
  const Run unknown = RunProgram("config --config /nowhere.yaml");
  CHECK(unknown.code == 1);
  CHECK(Says(unknown, "/nowhere.yaml"));
}

TEST_CASE("there is no flag for a secret") {
  CHECK(RunProgram("config --master-key 00").code == 2);
  CHECK_FALSE(Says(RunProgram("config --help"), "--master-key "));
}

TEST_CASE("call knows methods by the last words of their service, and the nearest to a slip") {
  const Run list = RunProgram("call --list UserService");
  CHECK(list.code == 0);
  CHECK(Says(list, "zitadel.user.v2.UserService/AddHumanUser\n"));
  const std::string dead = " '{}' --url http://127.0.0.1:9";
  CHECK(Says(RunProgram("call UserService/GetUserById" + dead), "Did you mean GetUserByID?"));
  CHECK(Says(RunProgram("call UserService/GetUserByID '{\"userID\": 1x}' --url http://127.0.0.1:9"),
             "[call.invalid_json]"));
  CHECK(Says(RunProgram("call UserService/GetUserByID" + dead), "UNAVAILABLE"));
  CHECK(Says(RunProgram("call UserService" + dead), "SERVICE/METHOD"));
  CHECK(Says(RunProgram("call UserService/GetUserByID '{}' --url ftp://x"), "[call.invalid_url]"));
}

TEST_CASE("subcommands that read a store refuse where none stands, and make none") {
  for (const char* name : {"events", "verify", "replay", "prepare"}) {
    INFO(name);
    const Run run = RunProgram(std::string(name) + " --data-dir /tmp/muniment-there-is-none");
    CHECK(run.code == 1);
    CHECK(Says(run, "[store.not_founded]"));
    CHECK(access("/tmp/muniment-there-is-none", F_OK) != 0);
  }
}

// A data directory that others may enter, as an administrator might have made it.
class OpenDataDir : public DataDir {
 public:
  OpenDataDir() { std::filesystem::permissions(path(), std::filesystem::perms(0755)); }
};

TEST_CASE("a start that cannot listen leaves nothing behind") {
  const OpenDataDir data;
  const Run run = RunProgram("start --port 0 --address 203.0.113.1 --data-dir " + data.path() +
                             "/new --log.level error");
  CHECK(run.code == 1);
  CHECK(Says(run, "[net.bind]"));
  CHECK_FALSE(Says(run, "password"));
  CHECK(std::filesystem::is_empty(data.path()));
}

TEST_CASE("a first start that is refused names the key that is wrong, and leaves nothing behind") {
  struct Case {
    const char* arguments;
    const char* told;
  };
  for (const Case& each : std::vector<Case>{
           {"--first-instance.org.name ' x '", "FirstInstance.Org.Name (flag): a name shows"},
           {"--first-instance.default-language !", "FirstInstance.DefaultLanguage (flag): "},
           {"--first-instance.default-language de-CH",
            "FirstInstance.DefaultLanguage (flag): The language de-CH is none of those"},
           {"--first-instance.web-keys.type hs256", "FirstInstance.WebKeys.Type (flag): "},
           {"--first-instance.org.human.user-name ' bad '", "FirstInstance.Org.Human.UserName (flag): "},
           {"--first-instance.org.human.user-name a/b", "FirstInstance.Org.Human.UserName (flag): "},
           {"--first-instance.org.human.first-name ''", "FirstInstance.Org.Human.FirstName (flag): "},
           {"--first-instance.org.human.last-name ' x'", "FirstInstance.Org.Human.LastName (flag): "},
           {"--first-instance.org.human.email.address x", "FirstInstance.Org.Human.Email.Address (flag): "},
           {"--first-instance.org.human.preferred-language !",
            "FirstInstance.Org.Human.PreferredLanguage (flag): "},
           {"--first-instance.org.machine.machine.username ADMIN",
            "FirstInstance.Org.Machine.Machine.Username (flag): "},
           {"--first-instance.org.machine.machine.username a/b",
            "FirstInstance.Org.Machine.Machine.Username (flag): "},
           {"--first-instance.org.machine.machine.name ' x'",
            "FirstInstance.Org.Machine.Machine.Name (flag): "},
           {"--first-instance.org.machine.pat.expiration-date 2001-01-01T00:00:00Z",
            "FirstInstance.Org.Machine.Pat.ExpirationDate (flag): the time is past"},
           {"--first-instance.pat-path /nowhere/x", "FirstInstance.PatPath (flag): "},
           {"--first-instance.pat-path /tmp", "FirstInstance.PatPath (flag): /tmp is a directory"}}) {
    INFO(each.arguments);
    const OpenDataDir data;
    const Run run = RunProgram(absl::StrCat("start --port 0 --address 127.0.0.1 --data-dir ",
                                            data.path(), "/new ", each.arguments));
    INFO(run.output);
    CHECK(run.code == 1);
    CHECK(Says(run, each.told));
    CHECK(Says(run, "[config.invalid_value]"));
    CHECK(std::filesystem::is_empty(data.path()));
  }
}

TEST_CASE("a first password that the default rules refuse is told by its key, and not shown") {
  const OpenDataDir data;
  const Run run = RunShell(absl::StrCat(
      "MUNIMENT_FIRSTINSTANCE_ORG_HUMAN_PASSWORD=hunter2 ", MUNIMENT_PROGRAM,
      " start --port 0 --address 127.0.0.1 --data-dir ", data.path(), "/new"));
  INFO(run.output);
  CHECK(run.code == 1);
  CHECK(Says(run, "FirstInstance.Org.Human.Password (environment"));
  CHECK_FALSE(Says(run, "hunter2"));
  CHECK(std::filesystem::is_empty(data.path()));
}

TEST_CASE("what the first instance was made of is not asked again when it stands") {
  const OpenDataDir data;
  const std::string start = "start --port 0 --address 127.0.0.1 --data-dir " + data.path();
  // Its folder is still to make, but the file's place is in it.
  REQUIRE(RunUntilServing(absl::StrCat(start, "/new --first-instance.pat-path ", data.path(),
                                       "/new/../new/own.pat"))
              .code == 0);
  CHECK(std::filesystem::exists(data.path() + "/new/own.pat"));
  CHECK(RunUntilServing(absl::StrCat(start, "/new --first-instance.org.machine.pat.expiration-date ",
                                     "2001-01-01T00:00:00Z --first-instance.pat-path /nowhere/x"))
            .code == 0);
}

TEST_CASE("the first start tells the password it made, and no later one does") {
  const OpenDataDir data;
  const std::string start = "start --port 0 --address 127.0.0.1 --data-dir " + data.path();
  const Run first = RunUntilServing(start);
  CHECK(first.code == 0);
  CHECK(Says(first, "  password       "));
  CHECK(Says(first, "(shown only now; he changes it by SetPassword first)"));
  CHECK(Says(first, "call UserService/ListUsers"));
  const Run second = RunUntilServing(start);
  CHECK(second.code == 0);
  CHECK_FALSE(Says(second, "password"));
  CHECK(Says(second, "call UserService/ListUsers"));

  SECTION("and no file of it is readable by others") {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(data.path())) {
      INFO(entry.path());
      CHECK((entry.status().permissions() & std::filesystem::perms(077)) ==
            std::filesystem::perms::none);
    }
  }
  SECTION("and events prints its lines the same each time, keys in one order") {
    const std::string events = "events --payload --data-dir " + data.path();
    const Run once = RunProgram(events);
    CHECK(once.code == 0);
    CHECK(once.output.rfind("{\"instance\":\"0\",\"sequence\":\"1\",\"created\":\"20", 0) == 0);
    CHECK(Says(once, "\"familyName\":\"Administrator\",\"givenName\":\"First\""));
    CHECK(RunProgram(events).output == once.output);
    const Run unknown = RunProgram(events + " --type user.humna");
    CHECK(unknown.code == 1);
    CHECK(Says(unknown, "[events.unknown_type]"));
    CHECK(RunProgram(events + " --type user.human --limit 1").code == 0);
    CHECK(RunProgram(events + " --after -1").code == 2);
  }
  SECTION("and a directory that another process holds is left as it is") {
    const auto held = DataLock::Take(data.path());
    REQUIRE(held.ok());
    const std::string prepared = data.path() + "/models.prepared";
    std::filesystem::create_directory(prepared);
    for (const char* name : {"start --port 0 --address 127.0.0.1", "replay"}) {
      const Run run = RunProgram(std::string(name) + " --data-dir " + data.path());
      CHECK(run.code == 1);
      CHECK(Says(run, data.path() + " is in use"));
      CHECK(Says(run, "[store.in_use]"));
    }
    CHECK(std::filesystem::exists(prepared));
    CHECK(RunProgram("verify --data-dir " + data.path()).code == 0);
  }
}

TEST_CASE("a service is named by whole words from the end") {
  CHECK(EndsWithWords("zitadel.user.v2.UserService", "UserService"));
  CHECK(EndsWithWords("zitadel.user.v2.UserService", "v2.UserService"));
  CHECK(EndsWithWords("zitadel.user.v2.UserService", ""));
  CHECK_FALSE(EndsWithWords("zitadel.user.v2.UserService", "Service"));
  CHECK(LinkedServices("UserService").size() == 1);
}

}  // namespace
}  // namespace muniment::gateway

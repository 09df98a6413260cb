// Nodes that are processes: one is killed in the middle of its work, and the work is done all the
// same, twice only what it had under way.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "contract/postgres_server.h"
#include "contract/skip.h"
#include "eventstore/postgres/postgres_store.h"
#include "eventstore/rocksdb/rocks_store.h"
#include "tests/base/temp_dir.h"
#include "tests/reactors/platform.h"

namespace muniment::gateway {
namespace {

using eventstore::PostgresServer;
using eventstore::PostgresStore;

constexpr size_t kWork = 1000;
// What a node has under way at once.
constexpr size_t kAtOnce = 4;

// A worker/main.cc; ends with this.
class Process {
 public:
  Process(const std::string& store, const std::string& folder, const std::string& name, size_t ask)
      : name_(name) {
    int pipe_ends[2];
    REQUIRE(pipe2(pipe_ends, O_CLOEXEC) == 0);
    input_ = pipe_ends[1];
    const std::string models = absl::StrCat(folder, "/models.", name);
    const std::string effects = folder + "/effects";
    const std::string count = absl::StrCat(ask);
    child_ = fork();
    if (child_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      dup2(pipe_ends[0], STDIN_FILENO);
      execl(REACTOR_WORKER, REACTOR_WORKER, store.c_str(), models.c_str(), effects.c_str(),
            name.c_str(), count.c_str(), nullptr);
      _exit(127);
    }
    close(pipe_ends[0]);
    REQUIRE(child_ > 0);
  }
  ~Process() {
    if (child_ > 0) Kill();
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  const std::string& name() const { return name_; }
  void Kill() {
    kill(child_, SIGKILL);
    Reap();
  }
  void Signal(int signal) { kill(child_, signal); }
  bool Ended() {
    if (child_ > 0 && waitpid(child_, nullptr, WNOHANG) == child_) {
      child_ = -1;
      close(input_);
      input_ = -1;
    }
    return child_ < 0;
  }
  int EndInOrder() {
    close(input_);
    input_ = -1;
    return Reap();
  }

 private:
  int Reap() {
    int status = 0;
    waitpid(child_, &status, 0);
    child_ = -1;
    if (input_ >= 0) close(input_);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  const std::string name_;
  pid_t child_ = -1;
  int input_ = -1;
};

// Who did each piece of work, in order.
std::map<std::string, std::vector<std::string>> Effects(const std::string& folder) {
  std::map<std::string, std::vector<std::string>> effects;
  std::ifstream in(folder + "/effects");
  for (std::string work, name; in >> work >> name;) effects[work].push_back(name);
  return effects;
}

std::string LastToAct(const std::string& folder) {
  std::ifstream in(folder + "/effects");
  std::string last;
  for (std::string work, name; in >> work >> name;) last = name;
  return last;
}

// So much was done; twice only what `killed` had under way.
void CheckEffects(const std::string& folder, size_t work_done, const std::string& killed) {
  size_t twice = 0;
  const auto effects = Effects(folder);
  CHECK(effects.size() == work_done);
  for (const auto& [work, names] : effects) {
    if (names.size() == 1) continue;
    ++twice;
    CHECK(names.size() == 2);
    CHECK(names[0] == killed);
  }
  CHECK(twice <= kAtOnce);
  WARN(work_done << " done, " << twice << " of them twice");
}

TEST_CASE("three nodes over PostgreSQL do 1,000 pieces of work while the leader is killed") {
  SKIP_WITHOUT_POSTGRES();
  PostgresServer* const server = PostgresServer::Get();
  const TempDir dir;
  const std::string& folder = dir.path();
  const std::string schema = "reactors";
  auto store = PostgresStore::Open({.url = server->url(), .schema = schema});
  REQUIRE(store.ok());
  {
    WorkNode asking(**store, TestMaster(), folder + "/models.test", 9);
    for (size_t first = 0; first < kWork; first += 200) {
      std::vector<std::string> ids;
      for (size_t i = first; i < first + 200; ++i) ids.push_back(absl::StrCat(i));
      REQUIRE(asking.Request("test", ids).ok());
    }
    REQUIRE(asking.Queue("test") == kWork);
    const std::string place = absl::StrCat("postgres:", schema, ":", server->url());
    std::vector<std::unique_ptr<Process>> nodes;
    for (const char* name : {"a", "b", "c"}) {
      nodes.push_back(std::make_unique<Process>(place, folder, name, 0));
    }
    REQUIRE(Await([&] { return Effects(folder).size() >= kWork / 2; }));
    const std::string leader = LastToAct(folder);
    const absl::Time killed = absl::Now();
    for (const auto& node : nodes) {
      if (node->name() == leader) node->Kill();
    }
    CHECK(Effects(folder).size() < kWork);
    REQUIRE(Await([&] { return LastToAct(folder) != leader; }));
    const absl::Duration taken_over = absl::Now() - killed;
    REQUIRE(Await([&] { return asking.Queue("test") == 0; }));
    CHECK(asking.Events("org.work.done") == kWork);
    CheckEffects(folder, kWork, leader);
    WARN("another node acted " << taken_over << " after the kill, of a lease of 2 s");

    // A node without read models makes them of the whole log, and does nothing.
    const Process late(place, folder, "late", 0);
    absl::SleepFor(absl::Seconds(1));
    REQUIRE(asking.Request("test", {"the last"}).ok());
    REQUIRE(Await([&] { return asking.Queue("test") == 0; }));
    CheckEffects(folder, kWork + 1, leader);
  }
  store->reset();
  server->Query(absl::StrCat("DROP SCHEMA ", schema, " CASCADE"));
}

TEST_CASE("a leader that is stopped for longer than its lease lasts does nothing when it goes on") {
  SKIP_WITHOUT_POSTGRES();
  PostgresServer* const server = PostgresServer::Get();
  const TempDir dir;
  const std::string& folder = dir.path();
  const std::string schema = "reactors_stopped";
  auto store = PostgresStore::Open({.url = server->url(), .schema = schema});
  REQUIRE(store.ok());
  {
    WorkNode asking(**store, TestMaster(), folder + "/models.test", 9);
    std::vector<std::string> ids;
    for (size_t i = 0; i < 400; ++i) ids.push_back(absl::StrCat(i));
    REQUIRE(asking.Request("test", {ids.begin(), ids.begin() + 200}).ok());
    REQUIRE(asking.Request("test", {ids.begin() + 200, ids.end()}).ok());
    const std::string place = absl::StrCat("postgres:", schema, ":", server->url());
    Process a(place, folder, "a", 0);
    Process b(place, folder, "b", 0);
    REQUIRE(Await([&] { return Effects(folder).size() >= 100; }));
    const std::string leader = LastToAct(folder);
    Process& stopped = leader == "a" ? a : b;
    stopped.Signal(SIGSTOP);
    REQUIRE(Await([&] { return asking.Queue("test") == 0; }));
    const size_t lines = Effects(folder).size();
    CHECK(lines == 400);
    stopped.Signal(SIGCONT);
    absl::SleepFor(absl::Seconds(1));
    CHECK(asking.Events("org.work.done") == 400);
    size_t twice = 0;
    for (const auto& [work, names] : Effects(folder)) {
      twice += names.size() > 1 ? 1 : 0;
      CHECK(names.size() <= 2);
    }
    CHECK(twice <= kAtOnce);
  }
  store->reset();
  server->Query(absl::StrCat("DROP SCHEMA ", schema, " CASCADE"));
}

TEST_CASE("work that ends whoever tries it becomes a dead letter, and the rest is done") {
  const TempDir dir;
  const std::string& folder = dir.path();
  const auto open = [&] { return eventstore::RocksStore::Open({.path = folder + "/log"}); };
  {
    auto store = open();
    REQUIRE(store.ok());
    WorkNode asking(**store, TestMaster(), folder + "/models.node", 9);
    REQUIRE(asking.Request("test", {"poison", "other"}).ok());
  }
  int ends = 0;
  for (bool alive = false; !alive && ends < 10;) {
    Process node(folder + "/log", folder, "node", 0);
    alive = !Await([&] { return node.Ended(); }, absl::Seconds(5));
    ends += alive ? 0 : 1;
    if (alive) CHECK(node.EndInOrder() == 0);
  }
  CHECK(ends == 3);
  auto effects = Effects(folder);
  CHECK(effects["poison"].size() == 3);
  CHECK(effects["other"].size() <= 3);
  auto store = open();
  REQUIRE(store.ok());
  WorkNode node(**store, TestMaster(), folder + "/models.node", 9);
  CHECK(node.Queue("test") == 0);
  REQUIRE(node.Letters().size() == 1);
  CHECK(node.Letters().front().resource_id() == "poison");
  CHECK(node.Letters().front().attempts() == 3);
  CHECK(absl::StartsWith(node.Letters().front().reason(), "work.unanswered: "));
  CHECK(node.Events("org.work.done") == 1);
}

TEST_CASE("the embedded store's node does 1,000 pieces of work though it is killed halfway") {
  const TempDir dir;
  const std::string& folder = dir.path();
  {
    Process first(folder + "/log", folder, "first", kWork);
    REQUIRE(Await([&] { return Effects(folder).size() >= kWork / 2; }));
    first.Kill();
  }
  CHECK(Effects(folder).size() < kWork);
  // With the read models of the first.
  std::filesystem::rename(folder + "/models.first", folder + "/models.second");
  {
    Process second(folder + "/log", folder, "second", 0);
    REQUIRE(Await([&] { return Effects(folder).size() == kWork; }));
    CHECK(second.EndInOrder() == 0);
  }
  CheckEffects(folder, kWork, "first");
  // And without any. What the first had under way is tried last, one at a time.
  size_t done = 0;
  for (int round = 0; round < 20 && done < kWork; ++round) {
    {
      Process third(folder + "/log", folder, "third", 0);
      absl::SleepFor(absl::Seconds(1));
      CHECK(third.EndInOrder() == 0);
    }
    auto store = eventstore::RocksStore::Open({.path = folder + "/log"});
    REQUIRE(store.ok());
    WorkNode node(**store, TestMaster(), folder + "/models.test", 9);
    done = node.Events("org.work.done");
  }
  CHECK(done == kWork);
  CheckEffects(folder, kWork, "first");
}

}  // namespace
}  // namespace muniment::gateway

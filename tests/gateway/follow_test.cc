// `muniment events --follow` as a process, while the database goes away and comes back.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "absl/time/clock.h"
#include "gateway/program.h"
#include "gateway/shared_store.h"

namespace muniment::gateway {
namespace {

// The program in the background; what it says is kept in files.
class Follower {
 public:
  // `line`: as a shell takes it.
  explicit Follower(const std::string& line) {
    child_ = fork();
    if (child_ == 0) {
      Redirect(Out(), STDOUT_FILENO);
      Redirect(Err(), STDERR_FILENO);
      execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
      _exit(127);
    }
    REQUIRE(child_ > 0);
  }
  ~Follower() {
    if (child_ < 0) return;
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
  }
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  std::string Out() const { return folder_ / "out"; }
  std::string Err() const { return folder_ / "err"; }
  // How often the text stands in the file.
  int Wrote(const std::string& file, const std::string& text) const {
    const std::string content = ContentIfThere(file).value_or("");
    int count = 0;
    for (size_t at = content.find(text); at != std::string::npos; at = content.find(text, at + 1)) {
      ++count;
    }
    return count;
  }
  // Its exit code; -1 where it has not ended of itself in two seconds.
  int End(int signal) {
    kill(child_, signal);
    int status = 0;
    for (int i = 0; i < 100; ++i) {
      if (waitpid(child_, &status, WNOHANG) == child_) {
        child_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
      }
      absl::SleepFor(absl::Milliseconds(20));
    }
    return -1;
  }

 private:
  static void Redirect(const std::string& file, int descriptor) {
    dup2(open(file.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600), descriptor);
  }

  const DataDir folder_;
  pid_t child_ = -1;
};

// Tries for 20 s at most.
template <typename Condition>
bool Soon(Condition condition) {
  for (int i = 0; i < 400; ++i) {
    if (condition()) return true;
    absl::SleepFor(absl::Milliseconds(50));
  }
  return false;
}

std::string EventsOf(const Config& config, const std::string& more) {
  return absl::StrCat("MUNIMENT_MASTERKEY=", config.Text(Key::kMasterKey),
                      " MUNIMENT_STORE_POSTGRES_URL='", config.Text(Key::kPostgresUrl),
                      "' MUNIMENT_STORE_POSTGRES_SCHEMA=", config.Text(Key::kPostgresSchema),
                      " exec ", MUNIMENT_PROGRAM, " events --payload ", more);
}

TEST_CASE("who follows the log through an outage of the database gets every event once") {
  SKIP_WITHOUT_POSTGRES();
  const SharedStore store;
  const DataDir data;
  const Config config = store.Load(data);
  Server node(config);
  const Server::Headers bearer = {Bearer(data.token())};
  Follower follower(EventsOf(config, "--follow"));
  REQUIRE(AddHuman(node, "before", bearer).ok());
  REQUIRE(Soon([&] { return follower.Wrote(follower.Out(), "before@example.com") > 0; }));
  for (int outage = 0; outage < 2; ++outage) {
    SharedStore::server().Stop(/*crash=*/outage == 1);
    CHECK(Soon([&] { return follower.Wrote(follower.Err(), "the database is away") > outage; }));
    SharedStore::server().Start();
    const std::string name = absl::StrCat("after", outage);
    REQUIRE(Soon([&] { return AddHuman(node, name, bearer).ok(); }));
    CHECK(Soon([&] { return follower.Wrote(follower.Out(), name + "@example.com") > 0; }));
    CHECK(Soon([&] { return follower.Wrote(follower.Err(), "the database is back") > outage; }));
  }
  // What a node does of itself may come between the two.
  CHECK(Soon([&] {
    const Run all = RunShell("(" + EventsOf(config, "") + ")");
    return all.code == 0 && Content(follower.Out()) == all.output;
  }));
  CHECK(follower.End(SIGINT) == 0);
}

TEST_CASE("who follows a log ends at once when told to, also while the database is away") {
  SKIP_WITHOUT_POSTGRES();
  const SharedStore store;
  const DataDir data;
  const Config config = store.Load(data);
  { Server node(config); }
  Follower follower(EventsOf(config, "--follow"));
  REQUIRE(Soon([&] { return follower.Wrote(follower.Out(), "\n") > 0; }));
  SharedStore::server().Stop(/*crash=*/false);
  CHECK(Soon([&] { return follower.Wrote(follower.Err(), "the database is away") > 0; }));
  CHECK(follower.End(SIGTERM) == 0);
  SharedStore::server().Start();
}

TEST_CASE("who follows an embedded log ends with 0, and leaves no folder behind") {
  const DataDir data, scratch;
  { Server server(*data.Load()); }
  for (const int signal : {SIGINT, SIGTERM}) {
    Follower follower(absl::StrCat("TMPDIR=", scratch.path(), " exec ", MUNIMENT_PROGRAM,
                                   " events --follow --data-dir ", data.path()));
    REQUIRE(Soon([&] { return follower.Wrote(follower.Out(), "\n") > 0; }));
    CHECK(follower.End(signal) == 0);
    CHECK(std::filesystem::is_empty(scratch.path()));
  }
}

}  // namespace
}  // namespace muniment::gateway

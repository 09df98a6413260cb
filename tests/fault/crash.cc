// Kills a process that appends, again and again, and holds what it finds against what was
// acknowledged: nothing acknowledged is lost, no commit is half there, no number is missing or
// twice, claims and keys are what the log says.
//
//   crash 100 [folder]    kills 100 times; the last line is "N passed, N failed"
//
// The child writes a line to a pipe for each acknowledgement, from within the store's callback.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "eventstore/rocksdb/rocks_store.h"
#include "muniment/store/v1/body.pb.h"

namespace muniment::eventstore {
namespace {

constexpr int kCallers = 8;
constexpr uint64_t kInstances = 3;

StreamKey StreamOf(int caller) {
  return {.instance = 1 + static_cast<uint64_t>(caller) % kInstances,
          .type = 3,
          .aggregate = AGGREGATE_USER,
          .id = absl::StrCat("caller", caller)};
}

// The claim that a stream holds at a version.
std::string ClaimAt(const StreamKey& stream, uint64_t version) {
  std::string key = absl::StrCat(stream.id, "@", version);
  key.resize(32, '.');
  return key;
}

// A commit of 1 to 5 events that moves the stream's claim to its last version, now and then with a
// key. Its bodies say which event of how many they are.
Commit NextCommit(int caller, uint64_t version) {
  const StreamKey stream = StreamOf(caller);
  Commit commit{.instance = stream.instance, .reads = {{stream, version}}};
  const uint64_t count = 1 + version % 5;
  for (uint64_t i = 1; i <= count; ++i) {
    store::v1::Body body;
    body.set_stream_type(stream.type);
    body.set_aggregate(stream.aggregate);
    body.set_stream_id(stream.id);
    body.set_version(version + i);
    body.set_clear(absl::StrCat(i, " of ", count, std::string(version * 37 % 900, '.')));
    commit.events.push_back({.stream = stream,
                             .keep = (version + i) % 4 == 0 ? SIGN_IN : FOREVER,
                             .body = body.SerializeAsString()});
  }
  commit.events.back().claims = {{"name", ClaimAt(stream, version + count)}};
  if (version % 7 == 0) {
    std::string id = absl::StrCat(caller, "-", version);
    id.resize(16, '.');
    commit.keys = {{.id = id, .instance = stream.instance, .subject = stream.id, .wrapped = id}};
  }
  return commit;
}

// ------------------------------------------------------------------------------ the child

void Append(RocksStore& store, int pipe, int caller) {
  while (true) {
    const auto version = store.ReadHead(StreamOf(caller));
    if (!version.ok()) _exit(3);
    Commit commit = NextCommit(caller, *version);
    const uint64_t last = *version + commit.events.size();
    absl::Notification answered;
    store.Append(std::move(commit), [&](absl::StatusOr<Committed> done) {
      if (!done.ok()) _exit(4);
      const std::string line = absl::StrCat(caller, " ", last, " ", done->position, "\n");
      if (write(pipe, line.data(), line.size()) != static_cast<ssize_t>(line.size())) _exit(5);
      answered.Notify();
    });
    answered.WaitForNotification();
  }
}

int RunChild(const std::string& path, int pipe, uint64_t mark) {
  RocksOptions options{.path = path, .mark = {.epoch = 1, .position = mark}};
  const auto store = RocksStore::Open(options);
  if (!store.ok()) {
    std::cerr << store.status() << "\n";
    return 2;
  }
  std::vector<std::thread> threads;
  for (int caller = 0; caller < kCallers; ++caller) {
    threads.emplace_back([&, caller] { Append(**store, pipe, caller); });
  }
  // Flushes and compactions are cut short too.
  while (true) {
    absl::SleepFor(absl::Milliseconds(15));
    if (!(*store)->PurgeErased().ok()) return 6;
  }
}

// ------------------------------------------------------------------------------ the parent

struct Known {
  std::map<int, uint64_t> versions;  // by caller: the last acknowledged
  uint64_t position = 0;
  uint64_t acknowledged = 0;
};

class Round {
 public:
  Round(const std::string& path, Known& known) : path_(path), known_(known) {}

  // Runs a child for that long after it began to answer, kills it, and reads what it told.
  bool Kill(absl::Duration after) {
    int ends[2];
    if (pipe(ends) != 0) return Fail("no pipe");
    const pid_t child = fork();
    if (child == 0) {
      close(ends[0]);
      const std::string out = absl::StrCat(ends[1]);
      const std::string mark = absl::StrCat(known_.position);
      execl("/proc/self/exe", "crash", "--child", path_.c_str(), out.c_str(), mark.c_str(),
            static_cast<char*>(nullptr));
      _exit(127);
    }
    close(ends[1]);
    std::string told;
    char buffer[4096];
    if (after >= absl::ZeroDuration()) {
      const ssize_t size = read(ends[0], buffer, sizeof(buffer));
      if (size > 0) told.append(buffer, static_cast<size_t>(size));
      std::thread killer([&] {
        absl::SleepFor(after);
        kill(child, SIGKILL);
      });
      Drain(ends[0], told);
      killer.join();
    } else {
      absl::SleepFor(-after);
      kill(child, SIGKILL);
      Drain(ends[0], told);
    }
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    if (!WIFSIGNALED(status)) return Fail(absl::StrCat("the child ended by itself: ", status));
    return Note(told);
  }

  bool Verify() {
    const auto store = RocksStore::Open(
        {.path = path_, .mark = {.epoch = 1, .position = known_.position}});
    if (!store.ok()) return Fail(std::string(store.status().ToString()));
    return VerifyLog(**store) && VerifyHeads(**store) && VerifyClaims(**store);
  }

 private:
  bool Fail(const std::string& what) {
    std::cout << "   " << what << "\n";
    return false;
  }

  static void Drain(int end, std::string& told) {
    char buffer[4096];
    ssize_t size;
    while ((size = read(end, buffer, sizeof(buffer))) > 0) {
      told.append(buffer, static_cast<size_t>(size));
    }
  }

  bool Note(const std::string& told) {
    for (const absl::string_view line : absl::StrSplit(told, '\n', absl::SkipEmpty())) {
      const std::vector<std::string> words = absl::StrSplit(line, ' ');
      int caller = 0;
      uint64_t version = 0;
      uint64_t position = 0;
      if (words.size() != 3 || !absl::SimpleAtoi(words[0], &caller) ||
          !absl::SimpleAtoi(words[1], &version) || !absl::SimpleAtoi(words[2], &position)) {
        return Fail("a garbled acknowledgement");
      }
      known_.versions[caller] = std::max(known_.versions[caller], version);
      known_.position = std::max(known_.position, position);
      ++known_.acknowledged;
    }
    return true;
  }

  // Numbers without a gap; each commit whole.
  bool VerifyLog(RocksStore& store) {
    uint64_t position = 0;
    std::map<uint64_t, uint64_t> sequences;
    std::string open_commit;  // what its next event says
    bool sound = true;
    const absl::Status status = store.ReadLog(0, [&](const StoredEvent& event) {
      store::v1::Body body;
      sound = event.position == ++position && event.sequence == ++sequences[event.instance] &&
              body.ParseFromString(event.body) && body.version() == ++versions_[body.stream_id()];
      const std::vector<std::string> words = absl::StrSplit(body.clear(), absl::ByAnyChar(" ."));
      uint64_t index = 0;
      uint64_t count = 0;
      sound = sound && words.size() >= 3 && absl::SimpleAtoi(words[0], &index) &&
              absl::SimpleAtoi(words[2], &count);
      const std::string here = absl::StrCat(body.stream_id(), " ", index, "/", count);
      sound = sound && (open_commit.empty() ? index == 1 : here == open_commit);
      open_commit = index == count ? ""
                                   : absl::StrCat(body.stream_id(), " ", index + 1, "/", count);
      return sound;
    });
    if (!status.ok()) return Fail(std::string(status.ToString()));
    if (!sound) return Fail(absl::StrCat("the log is broken at position ", position));
    if (!open_commit.empty()) return Fail("the last commit is half there");
    if (position < known_.position) return Fail("an acknowledged position is lost");
    for (const auto& [instance, sequence] : sequences) {
      if (store.ReadSequence(instance).value_or(0) != sequence) return Fail("a sequence is off");
    }
    return true;
  }

  bool VerifyHeads(RocksStore& store) {
    for (int caller = 0; caller < kCallers; ++caller) {
      const StreamKey stream = StreamOf(caller);
      const uint64_t head = store.ReadHead(stream).value_or(~uint64_t{0});
      if (head < known_.versions[caller]) return Fail("an acknowledged version is lost");
      if (head != versions_[stream.id]) return Fail("a stream's head is not its last event");
      uint64_t read = 0;
      const absl::Status status = store.ReadStream(stream, 0, [&](const StoredEvent&) {
        ++read;
        return true;
      });
      if (!status.ok() || read != head) return Fail("a stream's index is not its events");
    }
    return true;
  }

  // Each stream with events holds exactly the claim of its last version, and has its keys.
  bool VerifyClaims(RocksStore& store) {
    size_t standing = 0;
    bool sound = true;
    const absl::Status status = store.ReadClaims(
        [&](const StreamKey& stream, absl::string_view slot, absl::string_view key) {
          ++standing;
          sound = slot == "name" && key == ClaimAt(stream, versions_[stream.id]);
          return sound;
        });
    size_t expected = 0;
    for (const auto& [id, version] : versions_) expected += version > 0 ? 1 : 0;
    if (!status.ok() || !sound || standing != expected) return Fail("the claims are off");
    for (int caller = 0; caller < kCallers; ++caller) {
      const StreamKey stream = StreamOf(caller);
      size_t keys = 0;
      for (uint64_t version = 0; version < versions_[stream.id];) {
        keys += version % 7 == 0 ? 1 : 0;
        version += 1 + version % 5;
      }
      const auto found = store.ReadSubjectKeys(stream.instance, stream.id);
      if (!found.ok() || found->keys.size() != keys) return Fail("the keys are off");
    }
    return true;
  }

  const std::string path_;
  Known& known_;
  std::map<std::string, uint64_t> versions_;
};

int RunParent(int kills, const std::string& path) {
  std::filesystem::remove_all(path);
  std::mt19937 random(std::random_device{}());
  Known known;
  int failed = 0;
  for (int i = 0; i < kills; ++i) {
    Round round(path, known);
    // One in five dies while it opens its files.
    const int dice = std::uniform_int_distribution<int>(0, 99)(random);
    const auto after = absl::Milliseconds(dice < 20 ? -1 - dice : dice);
    // Each second round the next child recovers by itself what the killed one left.
    const bool passed = round.Kill(after) && (i % 2 == 0 || round.Verify());
    if (!passed) ++failed;
  }
  Known unchanged = known;
  if (!Round(path, unchanged).Verify()) ++failed;
  std::filesystem::remove_all(path);
  std::cout << known.acknowledged << " commits acknowledged up to position " << known.position
            << "\n"
            << kills - std::min(failed, kills) << " passed, " << failed << " failed\n";
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace muniment::eventstore

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  int number = 0;
  uint64_t mark = 0;
  if (words.size() == 4 && words[0] == "--child" && absl::SimpleAtoi(words[2], &number) &&
      absl::SimpleAtoi(words[3], &mark)) {
    return muniment::eventstore::RunChild(words[1], number, mark);
  }
  if (words.empty() || words.size() > 2 || !absl::SimpleAtoi(words[0], &number) || number < 1) {
    std::cerr << "usage: crash KILLS [FOLDER]\n";
    return 2;
  }
  const std::string path =
      words.size() == 2
          ? words[1]
          : (std::filesystem::temp_directory_path() / absl::StrCat("muniment-crash-", getpid()))
                .string();
  return muniment::eventstore::RunParent(number, path);
}

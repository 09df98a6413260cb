// Appends to the embedded store against a raw loop in which each thread syncs its own WriteBatch of
// the same bytes, in the same minute on the same disk. Budget: 0.4 of the raw loop at equal
// concurrency.
//
//   append_bench [seconds a measurement] [folder]
//
// `threads`: each caller is a thread that waits for its commit. `async`: as many commits are under
// way, each followed by the next from its callback. `new`: as threads, but each commit makes a
// stream with a claim and a data key. The lines of 1, 8, 64 and 256 callers give commits of one
// event each a second.
#include <rocksdb/db.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "eventstore/rocksdb/rocks_store.h"

namespace muniment::eventstore {
namespace {

constexpr size_t kBodyBytes = 300;
constexpr int kRounds = 3;

class Folder {
 public:
  explicit Folder(std::string path) : path_(std::move(path)) {
    std::filesystem::remove_all(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  const std::string path_;
};

// Runs `work(caller, stop)` on each caller's thread for a while; answers its count a second.
double Rate(int callers, absl::Duration time,
            const std::function<uint64_t(int, const std::atomic<bool>&)>& work) {
  std::atomic<bool> stop = false;
  std::atomic<uint64_t> count = 0;
  const absl::Time start = absl::Now();
  std::vector<std::thread> threads;
  for (int caller = 0; caller < callers; ++caller) {
    threads.emplace_back([&, caller] { count += work(caller, stop); });
  }
  absl::SleepFor(time);
  stop = true;
  for (auto& thread : threads) thread.join();
  return static_cast<double>(count) / absl::ToDoubleSeconds(absl::Now() - start);
}

double RawLoop(const std::string& path, int callers, absl::Duration time) {
  const Folder folder(path + "/raw");
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* opened = nullptr;
  if (!rocksdb::DB::Open(options, folder.path(), &opened).ok()) abort();
  const std::unique_ptr<rocksdb::DB> db(opened);
  std::atomic<uint64_t> next = 0;
  return Rate(callers, time, [&](int, const std::atomic<bool>& stop) {
    rocksdb::WriteOptions synced;
    synced.sync = true;
    uint64_t count = 0;
    const std::string value(24 + kBodyBytes, 'v');
    for (; !stop; ++count) {
      const uint64_t position = next++;
      rocksdb::WriteBatch batch;
      batch.Put(rocksdb::Slice(reinterpret_cast<const char*>(&position), 8), value);
      if (!db->Write(synced, &batch).ok()) abort();
    }
    return count;
  });
}

StreamKey UserOf(int caller, uint64_t number = 0) {
  return {.instance = 1,
          .type = 3,
          .aggregate = AGGREGATE_USER,
          .id = absl::StrCat(300000000000000000 + 1000000000 * uint64_t(caller) + number)};
}

// One event on a stream; an organization is read beside it.
Commit Change(const StreamKey& stream, uint64_t version) {
  Commit commit{.instance = 1};
  commit.reads = {{stream, version},
                  {{.instance = 1, .type = 2, .aggregate = AGGREGATE_ORG, .id = "1"}, 0}};
  commit.events.push_back(
      {.stream = stream, .keep = FOREVER, .body = std::string(kBodyBytes, 'b')});
  return commit;
}

// A commit that makes a stream, as a new user does.
Commit Creation(int caller, uint64_t number) {
  const StreamKey stream = UserOf(caller, number);
  Commit commit = Change(stream, 0);
  std::string claim = stream.id;
  claim.resize(32, '.');
  commit.events[0].claims = {{"username", claim}};
  claim.resize(16);
  commit.keys = {{.id = claim, .instance = 1, .subject = stream.id, .wrapped = std::string(60, 'k')}};
  commit.keys[0].id = absl::StrCat(absl::Hex(number, absl::kZeroPad8),
                                   absl::Hex(uint64_t(caller), absl::kZeroPad8));
  return commit;
}

std::unique_ptr<RocksStore> OpenStore(const std::string& path) {
  auto store = RocksStore::Open({.path = path});
  if (!store.ok()) {
    std::cerr << store.status() << "\n";
    exit(1);
  }
  return *std::move(store);
}

void AppendAndWait(RocksStore& store, Commit commit) {
  absl::Notification done;
  store.Append(std::move(commit), [&](absl::StatusOr<Committed> result) {
    if (!result.ok()) {
      std::cerr << result.status() << "\n";
      abort();
    }
    done.Notify();
  });
  done.WaitForNotification();
}

double Threads(const std::string& path, int callers, absl::Duration time, bool creations) {
  const Folder folder(path + "/store");
  const auto store = OpenStore(folder.path());
  return Rate(callers, time, [&](int caller, const std::atomic<bool>& stop) {
    uint64_t count = 0;
    const StreamKey stream = UserOf(caller);
    for (; !stop; ++count) {
      AppendAndWait(*store, creations ? Creation(caller, count) : Change(stream, count));
    }
    return count;
  });
}

double Async(const std::string& path, int callers, absl::Duration time) {
  const Folder folder(path + "/store");
  const auto store = OpenStore(folder.path());
  std::atomic<bool> stop = false;
  std::atomic<uint64_t> count = 0;
  absl::BlockingCounter ended(callers);
  const std::function<void(int, uint64_t)> next = [&](int caller, uint64_t version) {
    store->Append(Change(UserOf(caller), version),
                  [&, caller, version](absl::StatusOr<Committed> result) {
                    if (!result.ok()) abort();
                    ++count;
                    if (stop) {
                      ended.DecrementCount();
                    } else {
                      next(caller, version + 1);
                    }
                  });
  };
  const absl::Time start = absl::Now();
  for (int caller = 0; caller < callers; ++caller) next(caller, 0);
  absl::SleepFor(time);
  stop = true;
  ended.Wait();
  return static_cast<double>(count) / absl::ToDoubleSeconds(absl::Now() - start);
}

void Measure(const std::string& path, int callers, absl::Duration time) {
  double raw = 0;
  double threads = 0;
  double async = 0;
  double creations = 0;
  // In turns, so that a disk that changes its mood changes it for all.
  for (int round = 0; round < kRounds; ++round) {
    raw += RawLoop(path, callers, time) / kRounds;
    threads += Threads(path, callers, time, false) / kRounds;
    async += Async(path, callers, time) / kRounds;
    creations += Threads(path, callers, time, true) / kRounds;
  }
  std::printf(
      "append %3d callers: raw %8.0f/s, threads %8.0f/s ratio %.2f, async %8.0f/s ratio %.2f, "
      "new %8.0f/s ratio %.2f\n",
      callers, raw, threads, threads / raw, async, async / raw, creations, creations / raw);
  std::fflush(stdout);
}

}  // namespace
}  // namespace muniment::eventstore

int main(int argc, char** argv) {
  double seconds = 1;
  if (argc > 1 && !absl::SimpleAtod(argv[1], &seconds)) {
    std::cerr << "usage: append_bench [SECONDS [FOLDER]]\n";
    return 2;
  }
  const std::string path =
      argc > 2 ? argv[2]
               : (std::filesystem::temp_directory_path() / absl::StrCat("muniment-bench-", getpid()))
                     .string();
  std::filesystem::create_directories(path);
  for (const int callers : {1, 8, 64, 256}) {
    muniment::eventstore::Measure(path, callers, absl::Seconds(seconds));
  }
  std::filesystem::remove_all(path);
  return 0;
}

// A log that moves from the embedded store to PostgreSQL and back, by the program as people run it:
// killed in the middle and gone on with each way, and the same to the byte at the end.
#include <rocksdb/db.h>
#include <signal.h>

#include <filesystem>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "contract/postgres_server.h"
#include "tests/bench/bench.h"
#include "tests/bench/parts.h"
#include "tests/bench/platform.h"
#include "tests/bench/process.h"
#include "tests/bench/raw_postgres.h"

namespace muniment::bench {
namespace {

constexpr size_t kRawEvents = 100'000, kRawBatch = 1000;
// Fewer are written in one piece, and there is nothing to go on with.
constexpr uint64_t kEnoughForPieces = 50'000;

class Migration {
 public:
  Migration(const Options& options, eventstore::PostgresServer& server)
      : options_(options), server_(server), old_(options.folder + "/old") {
    for (const std::string& folder : {old_, back()}) std::filesystem::remove_all(folder);
    MakeInstance(old_);
    Platform(old_, false).Populate(options.users);
    const std::string url = absl::StrCat("postgres:", server.url());
    there_ = {"migrate", "--from", absl::StrCat("rocksdb:", old_), "--to", url};
    back_ = {"migrate", "--from", url, "--to", absl::StrCat("rocksdb:", back())};
  }
  std::string back() const { return options_.folder + "/back"; }
  const std::string& old() const { return old_; }
  const std::vector<std::string>& there_words() const { return there_; }
  const std::vector<std::string>& back_words() const { return back_; }

  // A whole one; events a second.
  double Time(const std::vector<std::string>& words) {
    const absl::Time began = absl::Now();
    events_ = Number(Run(words), "events");
    return static_cast<double>(events_) / absl::ToDoubleSeconds(absl::Now() - began);
  }
  // Killed when a half of its time is over, and gone on with; what the second run said.
  std::string KillAndGoOn(const std::vector<std::string>& words, double rate) {
    {
      Process killed(Words(words), {}, Log("killed"));
      absl::SleepFor(absl::Seconds(0.3 * static_cast<double>(events_) / rate));
      killed.Signal(SIGKILL);
      if (killed.Wait() != -1) Fail("a migration ended before it was killed");
    }
    const std::string said = Run(words);
    const bool went_on = absl::StrContains(said, "went on behind position");
    if (!went_on && options_.users >= kEnoughForPieces) {
      Fail(absl::StrCat("a killed migration did not go on where it was:\n", said));
    }
    return said;
  }
  std::string Run(const std::vector<std::string>& words) {
    Process process(Words(words), {}, Log(words.front()));
    if (process.Wait() != 0) Fail(absl::StrCat("muniment ", words.front(), ":\n", process.Said()));
    return process.Said();
  }
  void Empty() { server_.Query("DROP SCHEMA muniment CASCADE"); }

 private:
  std::vector<std::string> Words(const std::vector<std::string>& words) const {
    std::vector<std::string> all = {options_.program};
    all.insert(all.end(), words.begin(), words.end());
    return all;
  }
  std::string Log(const std::string& name) const { return absl::StrCat(options_.folder, "/", name); }
  // The number behind a word at the beginning of a line.
  static uint64_t Number(const std::string& said, const std::string& word) {
    for (const absl::string_view line : absl::StrSplit(said, '\n')) {
      if (absl::StartsWith(line, word)) return std::stoull(std::string(line.substr(word.size())));
    }
    Fail(absl::StrCat("no ", word, " in:\n", said));
  }

  const Options& options_;
  eventstore::PostgresServer& server_;
  const std::string old_;
  std::vector<std::string> there_, back_;
  uint64_t events_ = 0;
};

// What `verify` found, without the progress that it tells before where that takes long.
std::string Verdict(const std::string& said) {
  const size_t progress = said.find("\nevents ");
  return progress == std::string::npos ? said : said.substr(progress + 1);
}

std::string Roots(const std::string& said) {
  std::string roots;
  for (const absl::string_view line : absl::StrSplit(said, '\n')) {
    if (absl::StartsWith(line, "root")) absl::StrAppend(&roots, line, "\n");
  }
  if (roots.empty()) Fail("no Merkle root was told");
  return roots;
}

// Batches of as many events into an embedded store without its rules, not synced.
double RawBatches(const std::string& folder, const std::string& body) {
  std::filesystem::remove_all(folder);
  rocksdb::Options opening;
  opening.create_if_missing = true;
  rocksdb::DB* opened = nullptr;
  if (!rocksdb::DB::Open(opening, folder, &opened).ok()) Fail("a raw store");
  const std::unique_ptr<rocksdb::DB> db(opened);
  const absl::Time began = absl::Now();
  for (size_t i = 0; i < kRawEvents; i += kRawBatch) {
    rocksdb::WriteBatch batch;
    for (size_t j = i; j < i + kRawBatch; ++j) {
      batch.Put(absl::StrCat(absl::Hex(j, absl::kZeroPad16)), body);
    }
    if (!db->Write(rocksdb::WriteOptions(), &batch).ok()) Fail("a raw batch");
  }
  return kRawEvents / absl::ToDoubleSeconds(absl::Now() - began);
}

void RequireSame(const std::string& name, const std::string& mine, const std::string& other) {
  if (mine != other) Fail(absl::StrCat(name, " differ"));
}

}  // namespace

void MigratePart(const Options& options) {
  eventstore::PostgresServer* const server = eventstore::PostgresServer::Get();
  if (server == nullptr) Fail("PostgreSQL is not installed");
  Migration migration(options, *server);
  const std::string body(700, 'v');
  RawPostgres raw(*server, body);

  const double there = migration.Time(migration.there_words());
  Tell({.name = absl::StrCat("migrate to PostgreSQL, ", options.users, " people"),
        .value = there,
        .unit = "events/s",
        .raw = raw.Copy(kRawEvents).per_second(),
        .raw_name = "by COPY"});
  migration.Empty();
  const std::string said_there = migration.KillAndGoOn(migration.there_words(), there);

  const double back = migration.Time(migration.back_words());
  Tell({.name = absl::StrCat("migrate to the embedded store, ", options.users, " people"),
        .value = back,
        .unit = "events/s",
        .raw = RawBatches(options.folder + "/raw", body),
        .raw_name = "in WriteBatches"});
  std::filesystem::remove_all(migration.back());
  const std::string said_back = migration.KillAndGoOn(migration.back_words(), back);

  const std::string key = absl::StrCat(migration.old(), "/master.key");
  const auto of = [&](const std::string& what, const std::string& folder) {
    return migration.Run({what, "--data-dir", folder, "--master-key-path", key});
  };
  const std::string verified = of("verify", migration.old());
  RequireSame("the roots there", Roots(said_there), Roots(verified));
  RequireSame("the roots back", Roots(said_back), Roots(verified));
  RequireSame("what verify says", Verdict(of("verify", migration.back())), Verdict(verified));
  RequireSame("the events", of("events", migration.back()), of("events", migration.old()));
}

}  // namespace muniment::bench

#include "fault/place.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "base/crypto.h"
#include "base/secret.h"
#include "muniment/store/v1/body.pb.h"

namespace muniment::eventstore {
namespace {

std::string NewPath() {
  static const auto* const run = new std::string(HexEncode(RandomBytes(6)));
  static std::atomic<int> count = 0;
  return (std::filesystem::temp_directory_path() /
          absl::StrCat("muniment-fault-", *run, "-", ++count))
      .string();
}

}  // namespace

Place::Place() : path_(NewPath()) {}

Place::~Place() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

RocksOptions Place::options(rocksdb::Env* env) const {
  return {.path = path_,
          .env = env,
          .first_retry = absl::Milliseconds(5),
          .last_retry = absl::Milliseconds(50)};
}

std::vector<std::string> Place::Files(absl::string_view suffix) const {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(path_)) {
    const std::string name = entry.path().filename().string();
    if (absl::EndsWith(name, suffix)) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string Place::Read(const std::string& name) const {
  std::ifstream in(path_ + "/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void Place::Write(const std::string& name, absl::string_view bytes) const {
  std::ofstream out(path_ + "/" + name, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  REQUIRE(out.good());
}

bool Place::Holds(absl::string_view bytes) const {
  for (const std::string& name : Files("")) {
    if (absl::StrContains(Read(name), bytes)) return true;
  }
  return false;
}

absl::StatusOr<Committed> AppendTo(EventStore& store, Commit commit) {
  absl::StatusOr<Committed> result;
  absl::Notification done;
  store.Append(std::move(commit), [&](absl::StatusOr<Committed> answer) {
    result = std::move(answer);
    done.Notify();
  });
  done.WaitForNotification();
  return result;
}

absl::StatusOr<Committed> AppendPatiently(EventStore& store, const Commit& commit) {
  const absl::Time until = absl::Now() + absl::Seconds(20);
  while (true) {
    auto result = AppendTo(store, commit);
    if (!absl::IsUnavailable(result.status()) || absl::Now() > until) return result;
    absl::SleepFor(absl::Milliseconds(2));
  }
}

std::vector<StoredEvent> SoundLog(EventStore& store) {
  std::vector<StoredEvent> log;
  std::map<std::string, uint64_t> versions;
  bool sound = true;
  const absl::Status status = store.ReadLog(0, [&](const StoredEvent& event) {
    store::v1::Body body;
    sound = sound && event.position == log.size() + 1 && body.ParseFromString(event.body) &&
            body.version() == ++versions[body.stream_id()];
    log.push_back(event);
    return true;
  });
  INFO(status);
  CHECK(status.ok());
  CHECK(sound);
  return log;
}

}  // namespace muniment::eventstore

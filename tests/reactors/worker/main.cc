// A node with a test's reactor, as a process that a test may kill:
//
//   reactor_worker STORE MODELS EFFECTS NAME ASK
//
// STORE: a folder, or "postgres:SCHEMA:URL". What it does outside of the log is a line in EFFECTS,
// "work by NAME", written at once; work about "poison" ends the process behind that. With ASK > 0 it
// first asks for so many pieces of work. It runs until its standard input ends.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "eventstore/postgres/postgres_store.h"
#include "eventstore/rocksdb/rocks_store.h"
#include "tests/reactors/platform.h"

namespace muniment::gateway {
namespace {

constexpr int kAskedAtOnce = 200;
// Work of that name ends its process.
constexpr char kPoison[] = "poison";

std::unique_ptr<eventstore::EventStore> OpenStore(absl::string_view place) {
  absl::StatusOr<std::unique_ptr<eventstore::EventStore>> store;
  if (absl::ConsumePrefix(&place, "postgres:")) {
    const std::vector<std::string> parts = absl::StrSplit(place, absl::MaxSplits(':', 1));
    store = eventstore::PostgresStore::Open({.url = parts[1], .schema = parts[0]});
  } else {
    store = eventstore::RocksStore::Open({.path = std::string(place)});
  }
  if (!store.ok()) throw std::runtime_error(std::string(store.status().message()));
  return *std::move(store);
}

void Ask(WorkNode& node, int count) {
  for (int first = 0; first < count; first += kAskedAtOnce) {
    std::vector<std::string> ids;
    for (int i = first; i < std::min(count, first + kAskedAtOnce); ++i) {
      ids.push_back(absl::StrCat(i));
    }
    const absl::Status asked = node.Request("test", ids);
    if (!asked.ok()) throw std::runtime_error(std::string(asked.message()));
  }
}

Reactor Writing(int effects, const std::string& name) {
  Reactor reactor;
  reactor.work = "test";
  reactor.at_once = 4;
  reactor.retry = {
      .attempts = 3, .first = absl::Milliseconds(10), .last = absl::Milliseconds(20)};
  reactor.act = [effects, name](Action& action) -> absl::Status {
    const std::string line = absl::StrCat(action.work().id.resource_id, " ", name, "\n");
    if (write(effects, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
      return absl::InternalError("no effect");
    }
    if (action.work().id.resource_id == kPoison) _exit(3);
    absl::SleepFor(absl::Milliseconds(4));
    return absl::OkStatus();
  };
  return reactor;
}

int Main(const std::vector<std::string>& words) {
  int ask = 0;
  if (words.size() != 5 || !absl::SimpleAtoi(words[4], &ask)) return 2;
  const int effects = open(words[2].c_str(), O_WRONLY | O_APPEND | O_CREAT, 0600);
  const auto store = OpenStore(words[0]);
  WorkNode node(*store, TestMaster(), words[1]);
  Ask(node, ask);
  node.Start({Writing(effects, words[3])}, {.ttl = absl::Seconds(2)});
  char end = 0;
  while (read(STDIN_FILENO, &end, 1) > 0) {
  }
  return 0;
}

}  // namespace
}  // namespace muniment::gateway

int main(int argc, char** argv) {
  try {
    return muniment::gateway::Main({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}

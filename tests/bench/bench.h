// What every bench shares: figures and how they are told, progress, clocks, many operations at once.
//
//   const Load ours = RunLanes(64, seconds, [&](int lane, Done done) { ...; done(status); });
//   const Load raw = RunThreads(64, seconds, [&](int thread) { ... });
//   Tell({.name = "create user", .value = ours.per_second(), .unit = "/s",
//         .raw = raw.per_second(), .raw_name = "raw commits", .at_least_ratio = 0.4});
//
// A figure is told on standard output as one line of fields with tabs between, which tests/bench/run
// sets out as a table; progress goes to standard error. A bench that fails ends the process: a
// figure of calls that went wrong says nothing.
#ifndef MUNIMENT_TESTS_BENCH_BENCH_H_
#define MUNIMENT_TESTS_BENCH_BENCH_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace muniment::bench {

struct Figure {
  std::string name;
  double value = 0;
  std::string unit;
  std::optional<double> raw = std::nullopt;  // of the same unit
  std::string raw_name = {};
  // Of the median round, where there are several; else value / raw.
  std::optional<double> ratio = std::nullopt;
  // The budget, at most one of them.
  std::optional<double> at_least_ratio = std::nullopt;
  std::optional<double> at_least = std::nullopt;
  std::optional<double> at_most = std::nullopt;
};

void Tell(const Figure& figure);

// Ends the process with a line that says what failed.
[[noreturn]] void Fail(absl::string_view what);
void Require(const absl::Status& status, absl::string_view what);
template <typename T>
T Require(absl::StatusOr<T> result, absl::string_view what) {
  Require(result.status(), what);
  return *std::move(result);
}

// The figure of the round whose ratio is the median; each round measures both sides one after the
// other, so that what else the machine does meets both.
struct Round {
  double value = 0;
  double raw = 0;
  double ratio() const { return value / raw; }
};
Round Median(int rounds, absl::FunctionRef<Round()> measure);

// CPU time of this process so far, all threads.
absl::Duration ProcessCpu();

// Microseconds of single operations.
class Latencies {
 public:
  void Add(double us) { us_.push_back(us); }
  void Merge(const Latencies& other);
  // 0.5, 0.99; 0 where there is none.
  double At(double part) const;

 private:
  mutable std::vector<double> us_;
};

struct Load {
  uint64_t operations = 0;
  double seconds = 0;
  double cpu_us = 0;  // of this process, an operation
  Latencies latencies = {};
  double per_second() const { return static_cast<double>(operations) / seconds; }
};

// Keeps `lanes` operations under way, without a thread for each: `start` begins one, and its lane
// begins the next when it is done.
using Done = std::function<void(const absl::Status&)>;
Load RunLanes(int lanes, absl::Duration time, std::function<void(int lane, Done done)> start);
// The same with a thread for each.
Load RunThreads(int threads, absl::Duration time, absl::FunctionRef<void(int thread)> one);

// A long step's progress, with what is left, on standard error.
class Meter {
 public:
  Meter(std::string what, uint64_t total);
  ~Meter();
  void At(uint64_t done);

 private:
  const std::string what_;
  const uint64_t total_;
  const absl::Time began_;
  absl::Time next_;
};

}  // namespace muniment::bench

#endif  // MUNIMENT_TESTS_BENCH_BENCH_H_

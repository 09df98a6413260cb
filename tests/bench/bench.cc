#include "tests/bench/bench.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"

namespace muniment::bench {
namespace {

std::string Number(double value) {
  if (value >= 100) return absl::StrFormat("%.0f", value);
  if (value >= 10) return absl::StrFormat("%.1f", value);
  return absl::StrFormat("%.2f", value);
}

// What the budget asks for, and whether it is kept.
std::pair<std::string, bool> Judge(const Figure& figure, std::optional<double> ratio) {
  if (figure.at_least_ratio.has_value()) {
    return {absl::StrCat(">= ", Number(*figure.at_least_ratio), "x"),
            ratio.has_value() && *ratio >= *figure.at_least_ratio};
  }
  if (figure.at_least.has_value()) {
    return {absl::StrCat(">= ", Number(*figure.at_least)), figure.value >= *figure.at_least};
  }
  if (figure.at_most.has_value()) {
    return {absl::StrCat("<= ", Number(*figure.at_most)), figure.value <= *figure.at_most};
  }
  return {"-", true};
}

double Us(const timeval& time) { return time.tv_sec * 1e6 + static_cast<double>(time.tv_usec); }

// One lane's next operation begins where its last one ended.
class Lanes : public std::enable_shared_from_this<Lanes> {
 public:
  Lanes(int lanes, absl::Duration time, std::function<void(int, Done)> start)
      : start_(std::move(start)), end_(absl::Now() + time), per_lane_(lanes), open_(lanes) {}

  void Begin(int lane) {
    const absl::Time began = absl::Now();
    start_(lane, [self = shared_from_this(), lane, began](const absl::Status& status) {
      self->Ended(lane, began, status);
    });
  }
  void Wait() {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(
        +[](int* open) { return *open == 0; }, &open_));
  }
  void Sum(Load& load) {
    for (const Latencies& lane : per_lane_) load.latencies.Merge(lane);
    load.operations = operations_;
  }

 private:
  void Ended(int lane, absl::Time began, const absl::Status& status) {
    Require(status, "an operation");
    const absl::Time now = absl::Now();
    per_lane_[lane].Add(absl::ToDoubleMicroseconds(now - began));
    ++operations_;
    if (now < end_) return Begin(lane);
    absl::MutexLock lock(&mutex_);
    --open_;
  }

  const std::function<void(int, Done)> start_;
  const absl::Time end_;
  std::vector<Latencies> per_lane_;
  std::atomic<uint64_t> operations_{0};
  absl::Mutex mutex_;
  int open_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

void Tell(const Figure& figure) {
  std::optional<double> ratio = figure.ratio;
  if (!ratio.has_value() && figure.raw.has_value() && *figure.raw > 0) {
    ratio = figure.value / *figure.raw;
  }
  const auto [budget, met] = Judge(figure, ratio);
  absl::PrintF("figure\t%s\t%s %s\t%s\t%s\t%s\t%s\n", figure.name, Number(figure.value),
               figure.unit,
               figure.raw.has_value() ? absl::StrCat(Number(*figure.raw), " ", figure.raw_name)
                                      : std::string("-"),
               ratio.has_value() ? absl::StrFormat("%.2fx", *ratio) : std::string("-"), budget,
               budget == "-" ? "-" : met ? "met" : "missed");
  std::fflush(stdout);
}

void Fail(absl::string_view what) {
  absl::FPrintF(stderr, "failed: %s\n", what);
  std::fflush(stdout);
  _exit(1);
}

void Require(const absl::Status& status, absl::string_view what) {
  if (!status.ok()) Fail(absl::StrCat(what, ": ", status.ToString()));
}

Round Median(int rounds, absl::FunctionRef<Round()> measure) {
  std::vector<Round> all;
  for (int i = 0; i < rounds; ++i) all.push_back(measure());
  std::sort(all.begin(), all.end(),
            [](const Round& a, const Round& b) { return a.ratio() < b.ratio(); });
  return all[all.size() / 2];
}

absl::Duration ProcessCpu() {
  rusage used;
  getrusage(RUSAGE_SELF, &used);
  return absl::Microseconds(Us(used.ru_utime) + Us(used.ru_stime));
}

void Latencies::Merge(const Latencies& other) {
  us_.insert(us_.end(), other.us_.begin(), other.us_.end());
}

double Latencies::At(double part) const {
  if (us_.empty()) return 0;
  const size_t at = std::min(us_.size() - 1, static_cast<size_t>(part * us_.size()));
  std::nth_element(us_.begin(), us_.begin() + at, us_.end());
  return us_[at];
}

Load RunLanes(int lanes, absl::Duration time, std::function<void(int lane, Done done)> start) {
  Load load;
  const absl::Time began = absl::Now();
  const absl::Duration cpu = ProcessCpu();
  const auto all = std::make_shared<Lanes>(lanes, time, std::move(start));
  for (int lane = 0; lane < lanes; ++lane) all->Begin(lane);
  all->Wait();
  load.seconds = absl::ToDoubleSeconds(absl::Now() - began);
  all->Sum(load);
  load.cpu_us = absl::ToDoubleMicroseconds(ProcessCpu() - cpu) / load.operations;
  return load;
}

Load RunThreads(int threads, absl::Duration time, absl::FunctionRef<void(int thread)> one) {
  Load load;
  const absl::Time began = absl::Now();
  const absl::Time end = began + time;
  const absl::Duration cpu = ProcessCpu();
  std::vector<Latencies> latencies(threads);
  std::atomic<uint64_t> operations{0};
  std::vector<std::thread> running;
  for (int i = 0; i < threads; ++i) {
    running.emplace_back([&, i] {
      uint64_t mine = 0;
      for (absl::Time now = absl::Now(); now < end; ++mine) {
        one(i);
        const absl::Time after = absl::Now();
        latencies[i].Add(absl::ToDoubleMicroseconds(after - now));
        now = after;
      }
      operations += mine;
    });
  }
  for (std::thread& thread : running) thread.join();
  load.seconds = absl::ToDoubleSeconds(absl::Now() - began);
  for (const Latencies& part : latencies) load.latencies.Merge(part);
  load.operations = operations;
  load.cpu_us = absl::ToDoubleMicroseconds(ProcessCpu() - cpu) / load.operations;
  return load;
}

Meter::Meter(std::string what, uint64_t total)
    : what_(std::move(what)),
      total_(total),
      began_(absl::Now()),
      next_(began_ + absl::Seconds(2)) {}

Meter::~Meter() {
  absl::FPrintF(stderr, "  %s: %.1f s\n", what_, absl::ToDoubleSeconds(absl::Now() - began_));
}

void Meter::At(uint64_t done) {
  const absl::Time now = absl::Now();
  if (now < next_ || done == 0) return;
  next_ = now + absl::Seconds(isatty(2) ? 1 : 5);
  const double took = absl::ToDoubleSeconds(now - began_);
  absl::FPrintF(stderr, "  %s: %d of %d, %.0f s left\n", what_, done, total_,
                took * static_cast<double>(total_ - std::min(done, total_)) /
                    static_cast<double>(done));
}

}  // namespace muniment::bench

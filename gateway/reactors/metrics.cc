#include "gateway/reactors/metrics.h"

#include <algorithm>
#include <limits>

#include "absl/time/clock.h"
#include "gateway/reactors/due_list.h"

namespace muniment::gateway {
namespace {

// Where a table is being built nobody knows.
constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

double Length(const projections::Database& database, const std::string& work) {
  const auto queue = QueueOf(database, work);
  return queue.ok() ? static_cast<double>(queue->length) : kUnknown;
}

double OldestSeconds(const projections::Database& database, const std::string& work) {
  const auto queue = QueueOf(database, work);
  if (!queue.ok()) return kUnknown;
  return std::max(0.0, absl::ToDoubleSeconds(absl::Now() - queue->oldest));
}

}  // namespace

void AddReactorMetrics(Metrics& metrics, const ReactorHost& host,
                       const projections::Database& database,
                       const std::vector<std::string>& works) {
  for (const std::string& work : works) {
    metrics.AddGauge("muniment_work_queue", "Work that is not done, due or not.",
                     [&database, work] { return Length(database, work); }, {{"work", work}});
  }
  for (const std::string& work : works) {
    metrics.AddGauge("muniment_work_oldest_seconds", "Age of the oldest work that is not done.",
                     [&database, work] { return OldestSeconds(database, work); },
                     {{"work", work}});
  }
  const auto count = [&](const char* name, const char* help,
                         uint64_t ReactorHost::Counts::*field) {
    for (const std::string& work : works) {
      metrics.AddCounter(name, help,
                         [&host, work, field] {
                           return static_cast<double>(host.counts(work).*field);
                         },
                         {{"work", work}});
    }
  };
  count("muniment_work_done_total", "Work done by this node.", &ReactorHost::Counts::done);
  count("muniment_work_failures_total", "Attempts of this node that failed.",
        &ReactorHost::Counts::failed);
  count("muniment_work_given_up_total", "Work that this node gave up.",
        &ReactorHost::Counts::given_up);
  metrics.AddGauge("muniment_work_dead_letters", "Work that was given up and not put back.",
                   [&database] {
                     const auto letters = DeadLetters(database);
                     return letters.ok() ? static_cast<double>(*letters) : kUnknown;
                   });
  metrics.AddGauge("muniment_work_leader", "1 while this node acts for all.",
                   [&host] { return host.leads() ? 1.0 : 0.0; });
}

}  // namespace muniment::gateway

#include "gateway/node_metrics.h"

namespace muniment::gateway {

void AddNodeMetrics(const NodeMetricSources& of) {
  Metrics& metrics = of.api->metrics();
  const auto count = [of](uint64_t command::CommandCounters::*field) {
    return [of, field] { return static_cast<double>(of.router->totals().*field); };
  };
  metrics.AddCounter("muniment_command_commits_total", "Commits with events.",
                     count(&command::CommandCounters::commits));
  metrics.AddCounter("muniment_command_conflicts_total", "Commits decided again after a conflict.",
                     count(&command::CommandCounters::conflicts));
  metrics.AddCounter("muniment_command_runs_total", "Runs of command handlers.",
                     count(&command::CommandCounters::runs));
  metrics.AddCounter("muniment_command_hashes_total", "Passwords hashed or verified.",
                     count(&command::CommandCounters::hashes));
  metrics.AddCounter("muniment_model_gets_total", "Keys looked up in the read models.", [of] {
    return static_cast<double>(of.api->gets() + of.lookup->gets());
  });
  metrics.AddGauge("muniment_query_queue", "Lists that wait for a thread.",
                   [of] { return static_cast<double>(of.pool->queued()); });
  metrics.AddGauge("muniment_requests_held_bytes", "Decoded large requests under way.",
                   [of] { return static_cast<double>(of.api->held()); });
  metrics.AddGauge("muniment_sequence_waiting", "Reads that wait for the sequence they name.",
                   [of] { return static_cast<double>(of.runner->waiting()); });
  metrics.AddGauge("muniment_models_position", "Position in the log that the read models show.",
                   [of] { return static_cast<double>(of.database->checkpoint().position); });
  metrics.AddGauge("muniment_ready", "1 while calls can be served.",
                   [of] { return of.ready() ? 1.0 : 0.0; });
  if (of.freshness == nullptr) return;
  metrics.AddGauge("muniment_store_age_seconds",
                   "For how long the node may have missed what others did.",
                   [of] { return absl::ToDoubleSeconds(of.freshness->Age()); });
  metrics.AddCounter("muniment_store_head_queries_total", "Times the database was asked where the "
                     "log ends.",
                     [of] { return static_cast<double>(of.shared->head_queries()); });
}

}  // namespace muniment::gateway

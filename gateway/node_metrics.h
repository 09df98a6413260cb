// What a node tells of itself at /metrics, beside calls (api.h), messages and reactors.
#ifndef MUNIMENT_GATEWAY_NODE_METRICS_H_
#define MUNIMENT_GATEWAY_NODE_METRICS_H_

#include <functional>

#include "command/router.h"
#include "eventstore/postgres/postgres_store.h"
#include "gateway/api/api.h"
#include "gateway/freshness.h"
#include "gateway/lookup.h"
#include "gateway/worker_pool.h"
#include "projections/database.h"
#include "projections/runner.h"

namespace muniment::gateway {

// Outlives the metrics' readers.
struct NodeMetricSources {
  Api* api = nullptr;
  const command::Router* router = nullptr;
  const ModelLookup* lookup = nullptr;
  const WorkerPool* pool = nullptr;
  const projections::Runner* runner = nullptr;
  const projections::Database* database = nullptr;
  // Null where the log is this node's alone.
  Freshness* freshness = nullptr;
  const eventstore::PostgresStore* shared = nullptr;
  std::function<bool()> ready;
};

void AddNodeMetrics(const NodeMetricSources& of);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_NODE_METRICS_H_

// What reactors have to do, and how it goes, for whoever watches a node: labelled by the name of
// the work. Queues are of the whole log, counts of this node.
#ifndef MUNIMENT_GATEWAY_REACTORS_METRICS_H_
#define MUNIMENT_GATEWAY_REACTORS_METRICS_H_

#include <string>
#include <vector>

#include "gateway/metrics.h"
#include "gateway/reactors/host.h"
#include "projections/database.h"

namespace muniment::gateway {

// Host and database outlive the metrics' readers.
void AddReactorMetrics(Metrics& metrics, const ReactorHost& host,
                       const projections::Database& database,
                       const std::vector<std::string>& works);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_REACTORS_METRICS_H_

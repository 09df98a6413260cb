// What the process counts, in the text form that Prometheus reads (GET /metrics).
//
//   Metrics metrics(methods);
//   metrics.Called(method_index, absl::StatusCode::kOk, elapsed);
//   metrics.AddGauge("muniment_log_position", "...", [&] { return store position; });
//   exchange->Respond(200, headers, metrics.Text());
//
// Thread-safe; Called takes well under a microsecond. Gauges are added before the first Text, and
// what they read outlives the metrics.
#ifndef MUNIMENT_GATEWAY_METRICS_H_
#define MUNIMENT_GATEWAY_METRICS_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace muniment::gateway {

class Metrics {
 public:
  // Full names; the index in it names a method from then on.
  explicit Metrics(const std::vector<std::string>& methods);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  void Called(size_t method, absl::StatusCode code, absl::Duration elapsed);
  // Read whenever somebody asks. A counter only rises. Those of one name, which differ by their
  // labels, are added one after the other.
  using Labels = std::vector<std::pair<std::string, std::string>>;
  void AddGauge(const std::string& name, const std::string& help, std::function<double()> read,
                const Labels& labels = {});
  void AddCounter(const std::string& name, const std::string& help, std::function<double()> read,
                  const Labels& labels = {});

  std::string Text() const;

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_METRICS_H_

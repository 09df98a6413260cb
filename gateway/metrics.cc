#include "gateway/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <atomic>

namespace muniment::gateway {
namespace {

constexpr size_t kCodes = 17;

struct Reader {
  prometheus::MetricFamily family;
  prometheus::ClientMetric metric;  // its labels
  std::function<double()> read;
};

struct Method {
  std::atomic<prometheus::Histogram*> latency{nullptr};
  // Made when first used: most methods never answer most codes.
  std::array<std::atomic<prometheus::Counter*>, kCodes> calls{};
};

}  // namespace

struct Metrics::Rep {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>* calls = nullptr;
  prometheus::Family<prometheus::Histogram>* latency = nullptr;
  std::vector<std::string> names;
  std::vector<Method> methods;
  std::vector<Reader> readers;

  explicit Rep(size_t count) : methods(count) {}
};

Metrics::Metrics(const std::vector<std::string>& methods)
    : rep_(std::make_unique<Rep>(methods.size())) {
  rep_->calls = &prometheus::BuildCounter()
                     .Name("muniment_calls_total")
                     .Help("Calls answered, by method and code.")
                     .Register(rep_->registry);
  rep_->latency = &prometheus::BuildHistogram()
                       .Name("muniment_call_seconds")
                       .Help("Time from a call's arrival to its answer.")
                       .Register(rep_->registry);
  rep_->names = methods;
}

Metrics::~Metrics() = default;

void Metrics::Called(size_t method, absl::StatusCode code, absl::Duration elapsed) {
  Method& known = rep_->methods[method];
  const size_t index = static_cast<size_t>(code) < kCodes ? static_cast<size_t>(code) : 2;
  prometheus::Counter* counter = known.calls[index].load(std::memory_order_acquire);
  if (counter == nullptr) {
    // Add gives the same counter for the same labels, so two threads that meet here agree.
    counter = &rep_->calls->Add(
        {{"method", rep_->names[method]},
         {"code", absl::StatusCodeToString(static_cast<absl::StatusCode>(index))}});
    known.calls[index].store(counter, std::memory_order_release);
  }
  counter->Increment();
  prometheus::Histogram* latency = known.latency.load(std::memory_order_acquire);
  if (latency == nullptr) {
    latency = &rep_->latency->Add(
        {{"method", rep_->names[method]}},
        prometheus::Histogram::BucketBoundaries{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005,
                                                0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5});
    known.latency.store(latency, std::memory_order_release);
  }
  latency->Observe(absl::ToDoubleSeconds(elapsed));
}

namespace {

Reader MakeReader(const std::string& name, const std::string& help, prometheus::MetricType type,
                  std::function<double()> read, const Metrics::Labels& labels) {
  Reader reader;
  for (const auto& [label, value] : labels) reader.metric.label.push_back({label, value});
  reader.family.name = name;
  reader.family.help = help;
  reader.family.type = type;
  reader.read = std::move(read);
  return reader;
}

}  // namespace

void Metrics::AddGauge(const std::string& name, const std::string& help,
                       std::function<double()> read,
                       const Labels& labels) {
  rep_->readers.push_back(
      MakeReader(name, help, prometheus::MetricType::Gauge, std::move(read), labels));
}

void Metrics::AddCounter(const std::string& name, const std::string& help,
                         std::function<double()> read,
                         const Labels& labels) {
  rep_->readers.push_back(
      MakeReader(name, help, prometheus::MetricType::Counter, std::move(read), labels));
}

std::string Metrics::Text() const {
  std::vector<prometheus::MetricFamily> families = rep_->registry.Collect();
  for (const Reader& reader : rep_->readers) {
    const bool same = !families.empty() && families.back().name == reader.family.name;
    if (!same) families.push_back(reader.family);
    prometheus::MetricFamily& family = families.back();
    prometheus::ClientMetric metric = reader.metric;
    if (family.type == prometheus::MetricType::Gauge) {
      metric.gauge.value = reader.read();
    } else {
      metric.counter.value = reader.read();
    }
    family.metric.push_back(std::move(metric));
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace muniment::gateway

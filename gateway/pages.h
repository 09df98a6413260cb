// What is served on the port beside calls: /debug/healthz (the process answers), /debug/ready (it
// can be sent calls), /metrics, and a word of welcome at /.
//
// Thread-safe; what it reads outlives it.
#ifndef MUNIMENT_GATEWAY_PAGES_H_
#define MUNIMENT_GATEWAY_PAGES_H_

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "gateway/metrics.h"
#include "gateway/net/http.h"

namespace muniment::gateway {

class Pages final : public net::Handler {
 public:
  // `ready`: OK, or why calls should go elsewhere.
  Pages(std::function<absl::Status()> ready, const Metrics& metrics)
      : ready_(std::move(ready)), metrics_(metrics) {}

  void Handle(std::shared_ptr<net::Exchange> exchange) override;

 private:
  const std::function<absl::Status()> ready_;
  const Metrics& metrics_;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_PAGES_H_

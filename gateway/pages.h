// What is served on the port beside calls: /debug/healthz (the process answers), /debug/ready (it
// can be sent calls), /metrics, what is below /debug/mail (message/outbox_pages.h), what stands in
// oidc/oidc_pages.h, and a word of welcome at /.
//
// The metrics tell what is called how often, so they are for the networks that they are given to:
// the client's address counts, past trusted proxies. Who comes by a proxy that is not trusted, and
// that therefore may speak for anybody, gets them from no address.
//
// Thread-safe; what it reads outlives it.
#ifndef MUNIMENT_GATEWAY_PAGES_H_
#define MUNIMENT_GATEWAY_PAGES_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "gateway/net/http.h"
#include "gateway/net/networks.h"

namespace muniment::gateway {

class Pages final : public net::Handler {
 public:
  // `ready`: OK, or why calls should go elsewhere.
  // `metrics`: their text, which is empty before there are any.
  // `outbox`, `oidc`: their pages, null where there are none.
  Pages(std::function<absl::Status()> ready, std::function<std::string()> metrics,
        net::Networks measurers, std::shared_ptr<net::Handler> outbox = nullptr,
        std::shared_ptr<net::Handler> oidc = nullptr)
      : ready_(std::move(ready)),
        metrics_(std::move(metrics)),
        measurers_(std::move(measurers)),
        outbox_(std::move(outbox)),
        oidc_(std::move(oidc)) {}

  void Handle(std::shared_ptr<net::Exchange> exchange) override;

 private:
  const std::function<absl::Status()> ready_;
  const std::function<std::string()> metrics_;
  const net::Networks measurers_;
  const std::shared_ptr<net::Handler> outbox_;
  const std::shared_ptr<net::Handler> oidc_;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_PAGES_H_

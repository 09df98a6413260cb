// Who may read what stands on the port beside calls.
#include "gateway/pages.h"

#include <catch2/catch.hpp>

#include "gateway/metrics.h"
#include "gateway/net/proxies.h"
#include "tests/gateway_rpc/local_exchange.h"

namespace muniment::gateway {
namespace {

// Reads pages through trusted proxies, as configured.
struct Site {
  Site(const std::vector<std::string>& measurers, const std::vector<std::string>& trusted)
      : proxies(*net::Proxies::Parse(trusted)),
        pages([] { return absl::OkStatus(); }, [this] { return metrics.Text(); },
              *net::Networks::Parse(measurers)) {}

  int Get(const std::string& path, const std::string& from,
          const std::vector<std::pair<std::string, std::string>>& headers = {}) {
    const auto exchange = std::make_shared<rpc::LocalExchange>("GET", path);
    for (const auto& [name, value] : headers) exchange->With(name, value);
    proxies.Introduce(from, exchange->mutable_request());
    exchange->Run(pages);
    return exchange->head.status;
  }

  const net::Proxies proxies;
  const Metrics metrics{{"a.Service/One"}};
  Pages pages;
};

const std::vector<std::string> kLoopback = {"127.0.0.0/8", "::1"};

TEST_CASE("metrics are for the networks that they are given to") {
  Site site(kLoopback, {});
  for (const auto* near : {"127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"}) {
    CHECK(site.Get("/metrics", near) == 200);
  }
  for (const auto* far : {"192.0.2.1", "10.0.0.1", "fe80::1", "::2", "", "nonsense"}) {
    INFO(far);
    CHECK(site.Get("/metrics", far) == 403);
    CHECK(site.Get("/debug/healthz", far) == 200);
    CHECK(site.Get("/debug/ready", far) == 200);
  }
  CHECK(Site({"10.0.0.0/8"}, {}).Get("/metrics", "10.9.9.9") == 200);
  CHECK(Site({"10.0.0.0/8"}, {}).Get("/metrics", "127.0.0.1") == 403);
  CHECK(Site({}, {}).Get("/metrics", "127.0.0.1") == 403);
  CHECK(Site({"0.0.0.0/0"}, {}).Get("/metrics", "192.0.2.1") == 200);
}

TEST_CASE("behind a trusted proxy the client's address counts for metrics") {
  Site site(kLoopback, {"127.0.0.1"});
  CHECK(site.Get("/metrics", "127.0.0.1", {{"x-forwarded-for", "192.0.2.1"}}) == 403);
  CHECK(site.Get("/metrics", "127.0.0.1", {{"forwarded", "for=192.0.2.1"}}) == 403);
  // The client's own word stands before what the proxy added.
  CHECK(site.Get("/metrics", "127.0.0.1", {{"x-forwarded-for", "127.0.0.1, 192.0.2.1"}}) == 403);
  // A proxy writes one of the two and passes the other on, from anybody.
  CHECK(site.Get("/metrics", "127.0.0.1",
                 {{"forwarded", "for=127.0.0.1"}, {"x-forwarded-for", "192.0.2.1"}}) == 403);
  CHECK(site.Get("/metrics", "127.0.0.1",
                 {{"x-forwarded-for", "127.0.0.1"}, {"forwarded", "for=192.0.2.1"}}) == 403);
  CHECK(site.Get("/metrics", "127.0.0.1") == 200);
  CHECK(Site({"192.0.2.0/24"}, {"127.0.0.1"})
            .Get("/metrics", "127.0.0.1", {{"x-forwarded-for", "192.0.2.1"}}) == 200);
}

TEST_CASE("a proxy that nobody named opens metrics to nobody") {
  Site site(kLoopback, {});
  for (const auto* header : {"x-forwarded-for", "forwarded", "x-forwarded-proto",
                             "x-forwarded-host", "x-real-ip", "via"}) {
    INFO(header);
    CHECK(site.Get("/metrics", "127.0.0.1", {{header, "127.0.0.1"}}) == 403);
    CHECK(site.Get("/debug/ready", "127.0.0.1", {{header, "127.0.0.1"}}) == 200);
  }
}

}  // namespace
}  // namespace muniment::gateway

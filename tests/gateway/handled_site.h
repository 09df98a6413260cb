// A server on loopback that a test's own handler answers for.
//
//   HandledSite<Echo> site;
//   outbound.Send({.url = site.Url("/hook")});
//   CHECK(site.handler->requests == 1);
#ifndef MUNIMENT_TESTS_GATEWAY_HANDLED_SITE_H_
#define MUNIMENT_TESTS_GATEWAY_HANDLED_SITE_H_

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gateway/net/server.h"
#include "tests/gateway/fake_smtp.h"

namespace muniment::gateway {

template <class Handler>
struct HandledSite {
  // Over TLS with a certificate, else in the clear.
  explicit HandledSite(const TestCertificate* certificate = nullptr)
      : secure(certificate != nullptr) {
    net::ServerOptions options;
    options.address = "127.0.0.1";
    if (certificate != nullptr) {
      options.certificate_file = certificate->certificate;
      options.key_file = certificate->key;
    }
    auto started = net::Server::Start(std::move(options), handler);
    REQUIRE(started.status().message() == "");
    server = *std::move(started);
  }
  std::string Url(const std::string& path) const {
    return absl::StrCat(secure ? "https" : "http", "://127.0.0.1:", server->port(), path);
  }

  const bool secure;
  const std::shared_ptr<Handler> handler = std::make_shared<Handler>();
  std::unique_ptr<net::Server> server;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_TESTS_GATEWAY_HANDLED_SITE_H_

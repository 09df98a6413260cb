// Chooses a handler by path: an exact path first, then the longest prefix, then the next handler.
//
//   auto router = std::make_shared<net::Router>(calls);
//   router->Exact("/debug/healthz", healthz);
//   router->Prefix("/oauth/v2/", oauth);
//
// Filled before the server starts; immutable and thread-safe after.
#ifndef MUNIMENT_GATEWAY_NET_ROUTER_H_
#define MUNIMENT_GATEWAY_NET_ROUTER_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "gateway/net/http.h"

namespace muniment::net {

class Router : public Handler {
 public:
  // Without a `next` what matches nothing is answered 404.
  explicit Router(std::shared_ptr<Handler> next = nullptr) : next_(std::move(next)) {}

  void Exact(absl::string_view path, std::shared_ptr<Handler> handler);
  void Prefix(absl::string_view prefix, std::shared_ptr<Handler> handler);

  void Handle(std::shared_ptr<Exchange> exchange) override;

 private:
  absl::flat_hash_map<std::string, std::shared_ptr<Handler>> exact_;
  std::vector<std::pair<std::string, std::shared_ptr<Handler>>> prefixes_;  // longest first
  const std::shared_ptr<Handler> next_;
};

// A handler made of a function.
class FunctionHandler : public Handler {
 public:
  using Function = absl::AnyInvocable<void(std::shared_ptr<Exchange>) const>;
  explicit FunctionHandler(Function function) : function_(std::move(function)) {}
  void Handle(std::shared_ptr<Exchange> exchange) override { function_(std::move(exchange)); }

 private:
  const Function function_;
};

}  // namespace muniment::net

#endif  // MUNIMENT_GATEWAY_NET_ROUTER_H_

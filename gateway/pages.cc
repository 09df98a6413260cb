#include "gateway/pages.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "gateway/message/outbox_pages.h"
#include "gateway/oidc/oidc_pages.h"
#include "gateway/rpc/handler.h"

namespace muniment::gateway {
namespace {

constexpr char kText[] = "text/plain; charset=utf-8";
constexpr char kWelcome[] =
    "This is Muniment, an identity platform.\n"
    "\n"
    "Calls: gRPC, gRPC-Web, Connect and REST, all on this port.\n"
    "State: /debug/healthz, /debug/ready, /metrics\n";

void Respond(net::Exchange& exchange, int status, absl::string_view type, std::string body) {
  net::Headers headers;
  headers.Add("content-type", type);
  headers.Add("cache-control", "no-store");
  headers.Add("x-content-type-options", "nosniff");
  exchange.Respond(status, std::move(headers), std::move(body));
}

}  // namespace

void Pages::Handle(std::shared_ptr<net::Exchange> exchange) {
  const std::string& path = exchange->request().path;
  const std::string& method = exchange->request().method;
  if (oidc_ != nullptr && OidcPages::Owns(path)) return oidc_->Handle(std::move(exchange));
  const bool mail = outbox_ != nullptr && OutboxPages::Owns(path);
  const bool known = mail || path == "/" || path == "/metrics" || path == "/debug/healthz" ||
                     path == "/debug/ready";
  if (!known) return rpc::AnswerNoRoute(*exchange);
  if (method != "GET" && method != "HEAD") {
    net::Headers headers;
    headers.Add("allow", "GET, HEAD");
    return exchange->Respond(405, std::move(headers), "");
  }
  if (mail) return outbox_->Handle(std::move(exchange));
  const net::Request& request = exchange->request();
  if (path == "/metrics" && (request.strange_proxy || !measurers_.Contains(request.peer))) {
    return Respond(*exchange, 403, kText,
                   "Metrics are for clients of Metrics.Networks, direct or by TrustedProxies.\n");
  }
  if (path == "/metrics") {
    return Respond(*exchange, 200, "text/plain; version=0.0.4; charset=utf-8", metrics_());
  }
  if (path == "/debug/ready") {
    const absl::Status ready = ready_();
    if (ready.ok()) return Respond(*exchange, 200, kText, "ok\n");
    return Respond(*exchange, 503, kText, absl::StrCat(Reason(ready), "\n"));
  }
  Respond(*exchange, 200, kText, path == "/" ? kWelcome : "ok\n");
}

}  // namespace muniment::gateway

#include "gateway/rpc/cors.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace muniment::rpc {
namespace {

constexpr absl::string_view kMethods = "GET, POST, PUT, PATCH, DELETE";
constexpr absl::string_view kAllow =
    "authorization, content-type, accept, accept-language, connect-protocol-version, "
    "connect-timeout-ms, connect-accept-encoding, connect-content-encoding, content-encoding, "
    "grpc-timeout, grpc-encoding, grpc-accept-encoding, x-grpc-web, x-user-agent, user-agent, "
    "x-zitadel-orgid, x-muniment-sequence, x-requested-with";
constexpr absl::string_view kExpose =
    "grpc-status, grpc-message, grpc-status-details-bin, grpc-encoding, grpc-accept-encoding, "
    "content-encoding, connect-content-encoding, connect-accept-encoding, x-muniment-sequence, "
    "x-muniment-age";

}  // namespace

Cors::Cors(std::vector<std::string> origins) : origins_(std::move(origins)) {
  any_ = std::find(origins_.begin(), origins_.end(), "*") != origins_.end();
  for (std::string& origin : origins_) absl::AsciiStrToLower(&origin);
}

Cors::Verdict Cors::Judge(const net::Request& request) const {
  const std::string origin = absl::AsciiStrToLower(request.headers.Get("origin"));
  if (origin.empty()) return Verdict::kNo;
  if (origin == absl::AsciiStrToLower(absl::StrCat(request.scheme, "://", request.authority)) ||
      std::find(origins_.begin(), origins_.end(), origin) != origins_.end()) {
    return Verdict::kNamed;
  }
  return any_ ? Verdict::kAny : Verdict::kNo;
}

bool Cors::Preflight(net::Exchange& exchange) const {
  const net::Request& request = exchange.request();
  if (request.method != "OPTIONS" || !request.headers.Has("access-control-request-method")) {
    return false;
  }
  net::Headers headers;
  Apply(request, headers);
  if (headers.Has("access-control-allow-origin")) {
    headers.Add("access-control-allow-methods", kMethods);
    headers.Add("access-control-allow-headers", kAllow);
    headers.Add("access-control-max-age", "7200");
  }
  exchange.Respond(204, std::move(headers), "");
  return true;
}

void Cors::Apply(const net::Request& request, net::Headers& headers) const {
  if (!request.headers.Has("origin")) return;
  headers.Add("vary", "origin");
  const Verdict verdict = Judge(request);
  if (verdict == Verdict::kNo) return;
  if (verdict == Verdict::kNamed) {
    headers.Add("access-control-allow-origin", request.headers.Get("origin"));
    headers.Add("access-control-allow-credentials", "true");
  } else {
    headers.Add("access-control-allow-origin", "*");
  }
  headers.Add("access-control-expose-headers", kExpose);
}

}  // namespace muniment::rpc

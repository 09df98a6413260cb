#include "gateway/oidc/oidc_pages.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "gateway/api/host.h"
#include "gateway/log.h"
#include "query/webkey/published.h"

namespace muniment::gateway {
namespace {

constexpr absl::string_view kKeysPath = "/oauth/v2/keys";
// For so long a verifier may not notice a new key: whoever activates it sooner has tokens refused.
constexpr absl::string_view kKeysCache = "max-age=300, must-revalidate";

void Respond(net::Exchange& exchange, int status, absl::string_view cache, std::string body) {
  net::Headers headers;
  headers.Add("content-type", "application/json");
  headers.Add("cache-control", cache);
  headers.Add("access-control-allow-origin", "*");
  headers.Add("x-content-type-options", "nosniff");
  exchange.Respond(status, std::move(headers), std::move(body));
}

void Refuse(net::Exchange& exchange, int status, absl::string_view error,
            absl::string_view description) {
  Respond(exchange, status, "no-store",
          absl::StrCat(R"({"error":")", error, R"(","error_description":")", description, R"("})"));
}

absl::StatusOr<std::string> KeySet(projections::View& view, uint64_t instance) {
  ASSIGN_OR_RETURN(const auto keys, query::PublishedWebKeys(view, instance));
  std::string set = R"({"keys":[)";
  absl::string_view comma = "";
  for (const row::v1::WebKey& key : keys) {
    if (key.jwk().empty()) continue;
    absl::StrAppend(&set, comma, key.jwk());
    comma = ",";
  }
  absl::StrAppend(&set, "]}");
  return set;
}

}  // namespace

bool OidcPages::Owns(absl::string_view path) { return path == kKeysPath; }

void OidcPages::Handle(std::shared_ptr<net::Exchange> exchange) {
  const net::Request& request = exchange->request();
  if (request.method != "GET" && request.method != "HEAD") {
    net::Headers headers;
    headers.Add("allow", "GET, HEAD");
    return exchange->Respond(405, std::move(headers), "");
  }
  const projections::Database* database = database_();
  const std::optional<std::string> host = HostOf(request.authority);
  if (database == nullptr) {
    return Refuse(*exchange, 503, "temporarily_unavailable", "The server is starting.");
  }
  const std::optional<uint64_t> instance =
      host.has_value() ? database->owners().InstanceOf(*host) : std::nullopt;
  if (!instance.has_value()) {
    return Refuse(*exchange, 404, "not_found", "There is no instance at this host.");
  }
  projections::View view = database->Read();
  const absl::StatusOr<std::string> keys = KeySet(view, *instance);
  if (keys.ok()) return Respond(*exchange, 200, kKeysCache, *keys);
  const bool passes = absl::IsUnavailable(keys.status());
  if (!passes) LogError("web keys cannot be shown", {{"why", std::string(keys.status().message())}});
  Refuse(*exchange, passes ? 503 : 500, passes ? "temporarily_unavailable" : "server_error",
         "The keys cannot be read now.");
}

}  // namespace muniment::gateway

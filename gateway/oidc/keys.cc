#include <string>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "gateway/oidc/endpoints.h"
#include "query/webkey/published.h"

namespace muniment::gateway {
namespace {

// For so long a verifier may not notice a new key: whoever activates it sooner has tokens refused.
constexpr absl::string_view kKeysCache = "max-age=300, must-revalidate";

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

void Keys(const VisitPtr& visit) {
  projections::View view = visit->ports->database->Read();
  auto keys = KeySet(view, visit->instance);
  if (!keys.ok()) return visit->Refuse(keys.status());
  visit->Cached(kKeysCache, *std::move(keys));
}

}  // namespace muniment::gateway

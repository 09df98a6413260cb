#include "command/oidc/revoke.h"

#include <utility>

#include "gateway/oidc/endpoints.h"
#include "gateway/oidc/live_token.h"

namespace muniment::gateway {

// Whichever sort it is: what token_type_hint says is a hint (RFC 7009 section 2.1).
void Revoke(const VisitPtr& visit) {
  const absl::string_view token = visit->Param("token");
  const auto refresh = visit->ports->sealed->Open(TokenSort::kRefresh, token, visit->began);
  if (refresh.has_value()) {
    *visit->request.mutable_refresh_token() = *refresh;
  } else if (const auto place = PlaceOfToken(*visit->ports->sealed, *visit->ports->signer,
                                             visit->instance, token, visit->began)) {
    *visit->request.mutable_access_token() = ContentOf(visit->instance, *place);
  }
  visit->Run(command::RevokeTokenHandler(), [visit](absl::StatusOr<command::CommandAnswer> done) {
    if (!done.ok()) return visit->Refuse(done.status());
    visit->Json(200, "{}");
  });
}

}  // namespace muniment::gateway

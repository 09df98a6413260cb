#include "gateway/oidc/exchange.h"

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/jwt.h"
#include "base/timestamp.h"
#include "command/oidc/exchange.h"
#include "gateway/api/authenticator.h"
#include "gateway/api/host.h"
#include "gateway/oidc/live_token.h"

namespace muniment::gateway {
namespace {

using command::NotExchanged;
using command::TokenType;

absl::Status ReadAccessToken(Visit& visit, absl::string_view token, bool personal) {
  const auto place = PlaceOfToken(*visit.ports->sealed, *visit.ports->signer, visit.instance, token,
                                  visit.began);
  if (place.has_value()) {
    *visit.request.mutable_subject()->mutable_access_token() = ContentOf(visit.instance, *place);
    return absl::OkStatus();
  }
  if (!personal) return absl::OkStatus();
  projections::View view = visit.ports->database->Read();
  ASSIGN_OR_RETURN(const auto live, FindPersonalToken(view, visit.owners(), visit.instance, token,
                                                      visit.began));
  if (!live.has_value()) return absl::OkStatus();
  auto* shown = visit.request.mutable_subject()->mutable_personal();
  shown->set_user_id(live->user.id());
  shown->set_token_id(live->token.id());
  return absl::OkStatus();
}

// One that is over proves nobody any more.
void ReadIdToken(Visit& visit, absl::string_view token) {
  const auto verified = visit.ports->signer->Verify(visit.instance, token);
  if (!verified.has_value() || verified->type != "jwt") return;
  const auto expiration = verified->Time("exp");
  const auto place = PlaceOfJwtId(verified->Text("jti").value_or(""));
  if (!expiration.has_value() || *expiration <= visit.began || !place.has_value()) return;
  auto* shown = visit.request.mutable_subject()->mutable_id_token();
  shown->set_family_id(place->family_id);
  shown->set_client_id(verified->Text("azp").value_or(""));
  *shown->mutable_expiration() = ToTimestamp(*expiration);
}

}  // namespace

absl::Status ReadSubject(Visit& visit) {
  const absl::string_view token = visit.Param("subject_token");
  const auto type = command::TokenTypeOf(visit.Param("subject_token_type"));
  if (type == TokenType::kAccessToken) return ReadAccessToken(visit, token, true);
  if (type == TokenType::kJwt && LooksLikeJwt(token)) return ReadAccessToken(visit, token, false);
  if (type == TokenType::kIdToken) ReadIdToken(visit, token);
  return absl::OkStatus();
}

absl::StatusOr<Caller> ActorOf(const Visit& visit) {
  projections::View view = visit.ports->database->Read();
  const std::string header = absl::StrCat("Bearer ", visit.Param("actor_token"));
  auto caller = FindCaller(view, visit.owners(), visit.instance,
                           {.authorization = header,
                            .organization = "",
                            .access = {visit.ports->sealed, visit.ports->signer}},
                           visit.began);
  if (!caller.ok()) return RefusedActor(caller.status());
  caller->instance_domain = HostOf(visit.exchange->request().authority).value_or("");
  return caller;
}

absl::Status RefusedActor(const absl::Status& status) {
  if (!absl::IsUnauthenticated(status) && !absl::IsPermissionDenied(status)) return status;
  if (absl::StartsWith(Reason(status), "oauth.")) return status;
  return NotExchanged("The actor_token does not act: it counts no more, or is not for this API.");
}

}  // namespace muniment::gateway

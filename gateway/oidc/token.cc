#include "command/oidc/token.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_join.h"
#include "base/error.h"
#include "base/oauth_error.h"
#include "base/timestamp.h"
#include "command/oidc/exchange.h"
#include "gateway/oidc/endpoints.h"
#include "gateway/oidc/exchange.h"
#include "gateway/oidc/issued_tokens.h"
#include "gateway/oidc/json_object.h"

namespace muniment::gateway {
namespace {

// RFC 6749 section 5.1, OpenID Connect Core section 3.1.3.3.
void Hand(const Visit& visit, const oidc::v1::Issued& issued) {
  const auto tokens = MakeTokens(visit, issued);
  if (!tokens.ok()) return visit.Refuse(tokens.status());
  JsonObject body;
  if (issued.access_token_id().empty()) {
    // RFC 8693 section 2.2.1: what was asked for stands there whatever it is.
    body.Add("access_token", tokens->id)
        .Add("token_type", "N_A")
        .Add("expires_in", issued.id_token_lifetime().seconds());
  } else {
    body.Add("access_token", tokens->access)
        .Add("token_type", "Bearer")
        .Add("expires_in", absl::ToInt64Seconds(ToTime(issued.access_expiration()) -
                                                ToTime(issued.issued_at())))
        .AddSet("refresh_token", tokens->refresh)
        .AddSet("id_token", tokens->id);
  }
  body.AddSet("issued_token_type", issued.issued_token_type());
  // Said where it is another than what was asked for, and where nothing was: so always.
  body.Add("scope", absl::StrJoin(issued.scope(), " "));
  visit.Json(200, body.Finish());
}

void Answer(const VisitPtr& visit, absl::StatusOr<command::CommandAnswer> answer) {
  if (!answer.ok()) return visit->Refuse(answer.status());
  const std::shared_ptr<const google::protobuf::Message> kept(std::move(answer->response));
  const auto& issued = static_cast<const oidc::v1::Issued&>(*kept);
  if (!TakesSignature(issued)) return Hand(*visit, issued);
  visit->Aside([visit, kept] { Hand(*visit, static_cast<const oidc::v1::Issued&>(*kept)); });
}

void Run(const VisitPtr& visit) {
  visit->Run(command::GrantTokensHandler(), [visit](absl::StatusOr<command::CommandAnswer> answer) {
    Answer(visit, std::move(answer));
  });
}

// RFC 8693. What the actor may is asked of the log, by the command that runs as his.
void Exchange(const VisitPtr& visit) {
  if (const absl::Status read = ReadSubject(*visit); !read.ok()) return visit->Refuse(read);
  if (visit->Param("actor_token").empty()) return Run(visit);
  auto actor = ActorOf(*visit);
  if (!actor.ok()) return visit->Refuse(actor.status());
  visit->RunAs(*std::move(actor), command::ExchangeAsActorHandler(),
               [visit](absl::StatusOr<command::CommandAnswer> answer) {
                 if (!answer.ok()) answer = RefusedActor(answer.status());
                 Answer(visit, std::move(answer));
               });
}

}  // namespace

void Token(const VisitPtr& visit) {
  const absl::string_view device = visit->Param("device_code");
  if (!device.empty() && !visit->ports->devices->Allow(device, visit->began)) {
    return visit->Refuse(OauthError(Oauth::kSlowDown, "The device asks too often."));
  }
  const absl::string_view refresh = visit->Param("refresh_token");
  if (!refresh.empty()) {
    const auto opened = visit->ports->sealed->Open(TokenSort::kRefresh, refresh, visit->began);
    if (opened.has_value()) *visit->request.mutable_refresh_token() = *opened;
  }
  // What is stored and cannot be answered is lost to whoever asked.
  const auto signs = visit->ports->signer->Algorithm(visit->instance);
  if (!signs.ok()) return visit->Refuse(signs.status());
  if (visit->Param("grant_type") == command::kTokenExchange) return Exchange(visit);
  Run(visit);
}

}  // namespace muniment::gateway

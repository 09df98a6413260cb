#include "command/oidc/issue.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/id.h"
#include "base/oidc_code.h"
#include "base/timestamp.h"
#include "command/oidc/session_logout.h"
#include "command/policy/settings.h"

namespace muniment::command {

namespace {

using google::protobuf::Duration;

absl::Status TellImpersonation(TokenFlow& flow, const std::string& family_id) {
  ASSIGN_OR_RETURN(const auto known, flow.unit.LoadAny<Impersonations>(flow.user->id()));
  event::v1::UserImpersonated impersonated;
  impersonated.set_actor_id(flow.grant.actor(0).user_id());
  impersonated.set_application_id(flow.grant.application_id());
  impersonated.set_oidc_session_id(family_id);
  *impersonated.mutable_scope() = flow.grant.scope();
  flow.unit.Raise(known, std::move(impersonated));
  return absl::OkStatus();
}

absl::StatusOr<Ref<TokenFamily>> Begin(TokenFlow& flow) {
  flow.grant.set_user_id(flow.user->id());
  flow.grant.set_organization_id((*flow.user)->organization_id);
  if (flow.grant.issuer().empty()) flow.grant.set_issuer(flow.request.issuer());
  if (flow.grant.session_id().empty()) {
    flow.grant.set_credential_epoch((*flow.user)->credential_epoch);
    // A machine proved what it has now; of an exchange nobody did.
    const bool exchanged = flow.exchanged_for.has_value();
    if (!exchanged) *flow.grant.mutable_auth_time() = ToTimestamp(flow.unit.Now());
  }
  ASSIGN_OR_RETURN(const auto family, flow.unit.LoadOrNew<TokenFamily>(flow.unit.NewId()));
  flow.unit.Raise(family, flow.grant);
  if (flow.grant.actor_size() > 0) RETURN_IF_ERROR(TellImpersonation(flow, family.id()));
  return family;
}

event::v1::OidcTokenType TypeFor(const TokenFlow& flow) {
  if (flow.exchanged_for == TokenType::kJwt) return event::v1::OIDC_TOKEN_TYPE_JWT;
  if (flow.client.has_value()) return (*flow.client)->oidc->access_token_type();
  return (*flow.user)->access_token_type == event::v1::ACCESS_TOKEN_TYPE_JWT
             ? event::v1::OIDC_TOKEN_TYPE_JWT
             : event::v1::OIDC_TOKEN_TYPE_BEARER;
}

struct Lifetimes {
  absl::Time now;
  absl::Time last;  // of the family

  absl::Time After(const Duration& lifetime) const {
    return std::min(now + ToDuration(lifetime), last);
  }
};

std::string GiveAccess(TokenFlow& flow, const Ref<TokenFamily>& family, absl::Time expiration) {
  event::v1::AccessTokenAdded added;
  const std::string id = flow.unit.NewId();
  added.set_token_id(id);
  *added.mutable_expiration() = ToTimestamp(expiration);
  const auto& whole = family->grant.scope();
  if (!std::equal(flow.scope.begin(), flow.scope.end(), whole.begin(), whole.end())) {
    added.mutable_scope()->Assign(flow.scope.begin(), flow.scope.end());
  }
  added.set_type(TypeFor(flow));
  flow.unit.Raise(family, std::move(added));
  return id;
}

void GiveRefresh(TokenFlow& flow, const Ref<TokenFamily>& family,
                 const event::v1::OidcSettings& settings, const Lifetimes& lifetimes,
                 const std::string& access_id) {
  const auto idle = ToTimestamp(lifetimes.After(settings.refresh_token_idle_expiration()));
  if (family->refresh_id.empty()) {
    event::v1::RefreshTokenAdded added;
    added.set_token_id(flow.unit.NewId());
    *added.mutable_idle_expiration() = idle;
    *added.mutable_expiration() =
        ToTimestamp(lifetimes.After(settings.refresh_token_expiration()));
    flow.unit.Raise(family, std::move(added));
    return;
  }
  event::v1::RefreshTokenRenewed renewed;
  renewed.set_token_id(flow.unit.NewId());
  *renewed.mutable_idle_expiration() = idle;
  *renewed.mutable_renewed_at() = ToTimestamp(flow.unit.Now());
  renewed.set_access_token_id(access_id);
  flow.unit.Raise(family, std::move(renewed));
}

void Tell(TokenFlow& flow, const Ref<TokenFamily>& family,
          const event::v1::OidcSettings& settings) {
  oidc::v1::Issued& issued = flow.issued;
  issued.set_family_id(family.id());
  *issued.mutable_family() = family->grant;
  *issued.mutable_issued_at() = ToTimestamp(flow.unit.Now());
  *issued.mutable_scope() = family->grant.scope();
  if (flow.access) {
    const TokenFamily::AccessToken& token =
        flow.repeated ? *family->Find(family->renewed_access_id) : family->access_tokens.back();
    issued.set_access_token_id(token.id);
    *issued.mutable_access_expiration() = ToTimestamp(token.expiration);
    issued.set_access_type(token.type);
    if (!token.scope.empty()) {
      issued.mutable_scope()->Assign(token.scope.begin(), token.scope.end());
    }
  }
  if (flow.refreshes) {
    issued.set_refresh_token_id(family->refresh_id);
    *issued.mutable_refresh_expiration() =
        ToTimestamp(std::min(family->idle_expiration, family->expiration));
  }
  if (flow.identifies) {
    const absl::Duration lifetime = std::min(ToDuration(settings.id_token_lifetime()),
                                             flow.not_after - flow.unit.Now());
    issued.mutable_id_token_lifetime()->set_seconds(absl::ToInt64Seconds(lifetime));
    issued.set_nonce(flow.nonce);
  }
  if (flow.exchanged_for.has_value()) {
    issued.set_issued_token_type(std::string(UrnOf(*flow.exchanged_for)));
  }
}

}  // namespace

absl::Status Issue(TokenFlow& flow) {
  ASSIGN_OR_RETURN(const auto settings, flow.unit.Policy<OidcSettings>(""));
  const bool begins = flow.begins();
  if (begins) {
    ASSIGN_OR_RETURN(flow.family, Begin(flow));
    RETURN_IF_ERROR(RegisterForLogout(flow));
  }
  const Ref<TokenFamily>& family = *flow.family;
  if (!flow.repeated) {
    const absl::Time began =
        begins ? flow.unit.Now() : IdTime(ParseId(family.id()).value_or(0));
    const Lifetimes lifetimes = {.now = flow.unit.Now(),
                                 .last = std::min(began + kMaxFamilyAge, flow.not_after)};
    std::string access;
    if (flow.access) {
      access = GiveAccess(flow, family, lifetimes.After(settings->policy.access_token_lifetime()));
    }
    if (flow.refreshes) GiveRefresh(flow, family, settings->policy, lifetimes, access);
  }
  if (begins && flow.auth_request.has_value()) {
    event::v1::AuthRequestCodeExchanged exchanged;
    exchanged.set_oidc_session_id(family.id());
    flow.unit.Raise(*flow.auth_request, std::move(exchanged));
  }
  if (begins && flow.device.has_value()) {
    event::v1::DeviceAuthDone done;
    done.set_oidc_session_id(family.id());
    flow.unit.Raise(*flow.device, std::move(done));
  }
  Tell(flow, family, settings->policy);
  return absl::OkStatus();
}

}  // namespace muniment::command

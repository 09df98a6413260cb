#include "command/oidc/authorize.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/error.h"
#include "base/timestamp.h"
#include "command/feature/features.h"
#include "command/oidc/auth_request.h"
#include "command/oidc/authorize_flow.h"
#include "command/oidc/token.h"

namespace muniment::command {

namespace {

constexpr Step<AuthorizeFlow> kSteps[] = {
    {"client_asks", "RFC 6749 section 4.1.2.1", &ClientAsks},
    {"response_mode_known", "OpenID Connect Core section 3.1.2.6", &ResponseModeKnown},
    {"redirect_uri_registered", "RFC 9700 section 2.1", &RedirectUriRegistered},
    {"parameters_once", "RFC 6749 section 3.1", &ParametersOnce},
    {"by_value_only", "OpenID Connect Core section 6", &ByValueOnly},
    {"response_type_allowed", "RFC 6749 section 3.1.1", &ResponseTypeAllowed},
    {"response_mode_fits", "OAuth 2.0 Multiple Response Types section 2.1", &ResponseModeFits},
    {"scope_asked", "RFC 6749 section 3.3", &ScopeAsked},
    {"nonce_given", "OpenID Connect Core section 3.2.2.1", &NonceGiven},
    {"challenge_fits", "RFC 7636 section 4.4.1", &ChallengeFits},
    {"prompt_known", "OpenID Connect Core section 3.1.2.1", &PromptKnown},
    {"max_age_counts", "OpenID Connect Core section 3.1.2.1", &MaxAgeCounts},
    {"claims_are_object", "OpenID Connect Core section 5.5", &ClaimsAreObject},
    {"hint_is_ours", "OpenID Connect Core section 3.1.2.1", &HintIsOurs},
    {"organization_known", "RFC 6749 section 3.3", &OrganizationKnown},
};

absl::StatusOr<std::string> LoginOf(const AuthorizeFlow& flow) {
  ASSIGN_OR_RETURN(const auto features, LoadFeatures(flow.unit));
  std::string uri = LoginBaseUri((*flow.client)->oidc->login_version(), features->flags);
  // Whoever names ours names none.
  const bool own = absl::StripSuffix(uri, "/") == absl::StrCat(flow.request.issuer(), kOwnLoginPath);
  return own ? std::string() : uri;
}

absl::Status Told(const AuthorizeFlow& flow, absl::Status status) {
  if (IsPending(status)) return status;
  if (!flow.asked.redirect_uri().empty()) {
    SetErrorFact(status, kErrorRedirect, flow.asked.redirect_uri());
    SetErrorFact(status, kErrorMode, absl::StrCat(flow.asked.response_mode()));
  }
  return InDevelopment(flow.client, std::move(status));
}

}  // namespace

absl::StatusOr<oidc::v1::Authorized> Authorize(Unit& unit, const oidc::v1::Request& request) {
  AuthorizeFlow flow(unit, request);
  absl::Status status = RunSteps<AuthorizeFlow>(kSteps, flow);
  if (!status.ok()) return Told(flow, std::move(status));
  oidc::v1::Authorized authorized;
  authorized.set_auth_request_id(unit.NewId());
  ASSIGN_OR_RETURN(*authorized.mutable_login_base_uri(), LoginOf(flow));
  flow.asked.set_login_client_id(request.login_client_id());
  if (authorized.login_base_uri().empty() && request.login_client_id().empty()) {
    flow.asked.set_browser_hash(request.browser_hash());
    const auto& prompt = flow.asked.prompt();
    authorized.set_silent(std::count(prompt.begin(), prompt.end(), event::v1::OIDC_PROMPT_NONE) > 0);
  }
  flow.asked.set_issuer(request.issuer());
  *flow.asked.mutable_added_at() = ToTimestamp(unit.Now());
  ASSIGN_OR_RETURN(const auto asked,
                   unit.LoadOrNew<AuthRequest>(authorized.auth_request_id()));
  unit.Raise(asked, std::move(flow.asked));
  return authorized;
}

const Handler& AuthorizeHandler() {
  static const Handler handler = MakeHandler("muniment.oidc.Authorize", &Authorize);
  return handler;
}

std::vector<std::string> AuthorizeChecks() {
  return LinesOf<AuthorizeFlow>(kSteps);
}

}  // namespace muniment::command

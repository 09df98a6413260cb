#include "command/oidc/token.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/oauth_error.h"
#include "base/oidc_scope.h"
#include "command/oidc/checks/checks.h"
#include "command/oidc/flow.h"
#include "command/oidc/issue.h"

namespace muniment::command {

namespace {

using TokenStep = Step<TokenFlow>;

constexpr TokenStep kClientCredentials[] = {
    {"machine_by_secret", "RFC 6749 section 4.4", &MachineBySecret},
    {"user_active", "RFC 6749 section 5.2", &UserActive},
    {"scope_known", "RFC 6749 section 3.3", &ScopeKnown},
    {"user_of_organization", "RFC 6749 section 3.3", &UserOfOrganization},
};

constexpr TokenStep kJwtBearer[] = {
    {"machine_by_assertion", "RFC 7523 section 3", &MachineByAssertion},
    {"user_active", "RFC 7523 section 3", &UserActive},
    {"assertion_once", "RFC 7523 section 3", &AssertionOnce},
    {"scope_known", "RFC 6749 section 3.3", &ScopeKnown},
    {"user_of_organization", "RFC 6749 section 3.3", &UserOfOrganization},
};

constexpr TokenStep kAuthorizationCode[] = {
    {"client_known", "RFC 6749 section 2.3", &ClientKnown},
    {"client_proved", "RFC 6749 section 3.2.1", &ClientProved},
    {"client_active", "RFC 6749 section 5.2", &ClientActive},
    {"client_may_use_grant", "RFC 6749 section 5.2", &ClientMayUseGrant},
    {"assertion_once", "RFC 7523 section 3", &AssertionOnce},
    {"code_found", "RFC 6749 section 4.1.3", &CodeFound},
    {"code_of_client", "RFC 6749 section 4.1.3", &CodeOfClient},
    {"code_once", "RFC 6749 section 4.1.2", &CodeOnce},
    {"code_in_time", "RFC 6749 section 4.1.2", &CodeInTime},
    {"redirect_uri_same", "RFC 6749 section 4.1.3", &RedirectUriSame},
    {"verifier_fits", "RFC 7636 section 4.6", &VerifierFits},
    {"sign_in_stands", "OpenID Connect Core section 3.1.3.2", &SignInStands},
    {"user_active", "RFC 6749 section 5.2", &UserActive},
    {"user_of_organization", "RFC 6749 section 3.3", &UserOfOrganization},
    {"project_admits", "RFC 6749 section 5.2", &ProjectAdmits},
};

constexpr TokenStep kRefreshToken[] = {
    {"client_known", "RFC 6749 section 2.3", &ClientKnown},
    {"client_proved", "RFC 6749 section 6", &ClientProved},
    {"client_active", "RFC 6749 section 5.2", &ClientActive},
    {"client_may_use_grant", "RFC 6749 section 5.2", &ClientMayUseGrant},
    {"assertion_once", "RFC 7523 section 3", &AssertionOnce},
    {"refresh_token_found", "RFC 6749 section 6", &RefreshTokenFound},
    {"refresh_token_of_client", "RFC 6749 section 6", &RefreshTokenOfClient},
    {"refresh_token_once", "RFC 9700 section 4.14.2", &RefreshTokenOnce},
    {"refresh_token_in_time", "RFC 6749 section 6", &RefreshTokenInTime},
    {"sign_in_stands", "OpenID Connect Core section 12", &SignInStands},
    {"user_active", "RFC 6749 section 5.2", &UserActive},
    {"scope_not_wider", "RFC 6749 section 6", &ScopeNotWider},
    {"user_of_organization", "RFC 6749 section 3.3", &UserOfOrganization},
    {"project_admits", "RFC 6749 section 5.2", &ProjectAdmits},
};

constexpr TokenStep kDeviceCode[] = {
    {"client_known", "RFC 6749 section 2.3", &ClientKnown},
    {"client_proved", "RFC 8628 section 3.4", &ClientProved},
    {"client_active", "RFC 6749 section 5.2", &ClientActive},
    {"client_may_use_grant", "RFC 6749 section 5.2", &ClientMayUseGrant},
    {"assertion_once", "RFC 7523 section 3", &AssertionOnce},
    {"device_found", "RFC 8628 section 3.4", &DeviceFound},
    {"device_of_client", "RFC 8628 section 3.4", &DeviceOfClient},
    {"device_answered", "RFC 8628 section 3.5", &DeviceAnswered},
    {"sign_in_stands", "RFC 8628 section 3.5", &SignInStands},
    {"user_active", "RFC 6749 section 5.2", &UserActive},
    {"user_of_organization", "RFC 6749 section 3.3", &UserOfOrganization},
    {"project_admits", "RFC 6749 section 5.2", &ProjectAdmits},
};

constexpr TokenStep kExchange[] = {
    {"client_known", "RFC 6749 section 2.3", &ClientKnown},
    {"client_proved", "RFC 8693 section 2.1", &ClientProved},
    {"client_active", "RFC 6749 section 5.2", &ClientActive},
    {"client_may_use_grant", "RFC 6749 section 5.2", &ClientMayUseGrant},
    {"assertion_once", "RFC 7523 section 3", &AssertionOnce},
    {"exchange_asked", "RFC 8693 section 2.1", &ExchangeAsked},
    {"subject_stands", "RFC 8693 section 2.2.2", &SubjectStands},
    {"actor_may", "RFC 8693 section 2.2.2", &ActorMay},
    {"exchange_scope", "RFC 8693 section 2.1", &ExchangeScope},
    {"subject_admitted", "RFC 8693 section 2.2.2", &SubjectAdmitted},
    {"target_served", "RFC 8693 section 2.2.2", &TargetServed},
};

struct GrantRow {
  absl::string_view name;
  absl::Span<const TokenStep> steps;
};

const GrantRow kGrants[] = {
    {"authorization_code", kAuthorizationCode},
    {"refresh_token", kRefreshToken},
    {"urn:ietf:params:oauth:grant-type:device_code", kDeviceCode},
    {"client_credentials", kClientCredentials},
    {"urn:ietf:params:oauth:grant-type:jwt-bearer", kJwtBearer},
    {kTokenExchange, kExchange},
};

const GrantRow* FindGrant(absl::string_view name) {
  const auto* found = std::find_if(std::begin(kGrants), std::end(kGrants),
                                   [name](const GrantRow& row) { return row.name == name; });
  return found == std::end(kGrants) ? nullptr : found;
}

bool Has(const std::vector<std::string>& scope, absl::string_view wanted) {
  return std::find(scope.begin(), scope.end(), wanted) != scope.end();
}

// What goes with the access token. Machines are no end-users and get nothing but that.
void DecideTokens(TokenFlow& flow) {
  if (!flow.client.has_value()) return;
  flow.access = flow.exchanged_for != TokenType::kIdToken;
  flow.identifies = Has(flow.scope, kOpenIdScope) || !flow.access;
  const auto& types = (*flow.client)->oidc->grant_type();
  const auto& granted = flow.grant.scope();
  flow.refreshes =
      std::find(granted.begin(), granted.end(), kOfflineScope) != granted.end() &&
      std::find(types.begin(), types.end(), event::v1::OIDC_GRANT_TYPE_REFRESH_TOKEN) !=
          types.end();
}

absl::Status Decide(TokenFlow& flow) {
  const absl::string_view asked = flow.Param("grant_type");
  if (asked.empty()) {
    return FailedAt(OauthError(Oauth::kInvalidRequest, "grant_type is missing."), "grant_type",
                    "RFC 6749 section 5.2");
  }
  const GrantRow* row = FindGrant(asked);
  if (row == nullptr) {
    return FailedAt(OauthError(Oauth::kUnsupportedGrantType, "There is no such grant type."),
                    "grant_type", "RFC 6749 section 5.2");
  }
  RETURN_IF_ERROR(RunSteps<TokenFlow>(row->steps, flow));
  DecideTokens(flow);
  return Issue(flow);
}

}  // namespace

absl::StatusOr<oidc::v1::Issued> GrantTokens(Unit& unit, const oidc::v1::Request& request) {
  TokenFlow flow(unit, request);
  absl::Status status = Decide(flow);
  if (status.ok()) return std::move(flow.issued);
  return InDevelopment(flow.client, std::move(status));
}

const Handler& GrantTokensHandler() {
  static const Handler handler = MakeHandler("muniment.oidc.Token", &GrantTokens);
  return handler;
}

const Handler& ExchangeAsActorHandler() {
  static const Handler handler = [] {
    Handler made = MakeHandler("muniment.oidc.Exchange", &GrantTokens);
    made.rule.emplace().set_authenticated(true);
    return made;
  }();
  return handler;
}

std::vector<std::string> GrantTypes() {
  std::vector<std::string> names;
  for (const GrantRow& row : kGrants) names.emplace_back(row.name);
  return names;
}

std::vector<std::string> TokenChecks() {
  std::vector<std::string> lines;
  for (const GrantRow& row : kGrants) {
    for (const std::string& line : LinesOf<TokenFlow>(row.steps)) {
      lines.push_back(absl::StrCat(row.name, ": ", line));
    }
  }
  return lines;
}

}  // namespace muniment::command

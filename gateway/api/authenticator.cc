#include "gateway/api/authenticator.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/oidc_scope.h"
#include "base/proof.h"
#include "base/session_token.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "gateway/api/host.h"
#include "gateway/oidc/live_token.h"
#include "muniment/row/v1/row.pb.h"
#include "projections/rows_by.h"
#include "projections/session_key.h"

namespace muniment::gateway {
namespace {

using projections::View;

constexpr size_t kMaxToken = 16 * 1024;
constexpr size_t kMaxId = 512;

absl::Status InvalidToken() {
  return Error(absl::StatusCode::kUnauthenticated, "auth.token_invalid",
               "The token is unknown, has ended, or its user may not sign in.");
}

// The token of a Bearer header (RFC 6750 section 2.1). What else may stand there is not said back:
// it may be a password.
absl::StatusOr<absl::string_view> BearerToken(absl::string_view header) {
  constexpr absl::string_view kScheme = "bearer ";
  const bool bearer = absl::StartsWithIgnoreCase(header, kScheme);
  const absl::string_view token =
      absl::StripAsciiWhitespace(header.substr(bearer ? kScheme.size() : header.size()));
  const size_t body = token.find_last_not_of('=');
  const bool formed =
      !token.empty() && token.size() <= kMaxToken && body != absl::string_view::npos &&
      std::all_of(token.begin(), token.begin() + static_cast<ptrdiff_t>(body) + 1, [](char c) {
        return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
               absl::string_view("-._~+/").find(c) != absl::string_view::npos;
      });
  if (formed) return token;
  return Error(absl::StatusCode::kUnauthenticated, "auth.header_malformed",
               bearer ? "What stands behind Bearer in the Authorization header is not a token."
                      : "The Authorization header must be of the form Bearer TOKEN.");
}

// The user whom a token names, if he may act.
absl::StatusOr<row::v1::User> ActiveUser(View& view, const projections::Owners& owners,
                                         uint64_t instance, const std::string& id) {
  ASSIGN_OR_RETURN(auto user, view.Get<row::v1::User>(instance, {id}));
  RETURN_IF_ERROR(view.Ready(projections::TablePlan::Of<row::v1::Org>()));
  if (!user.has_value() || !owners.Acts(instance, *user)) return InvalidToken();
  return *std::move(user);
}

absl::StatusOr<Caller> ByAccessToken(View& view, const projections::Owners& owners,
                                     uint64_t instance, absl::string_view token, absl::Time now,
                                     Caller caller) {
  const Digest hash = Sha256(token);
  ASSIGN_OR_RETURN(const auto row, view.GetUnique<row::v1::PersonalAccessToken>(
                                       instance, "hash", {hash.view()}));
  if (!row.has_value() || (row->has_expiration() && ToTime(row->expiration()) <= now)) {
    return InvalidToken();
  }
  ASSIGN_OR_RETURN(const auto user, ActiveUser(view, owners, instance, row->user_id()));
  caller.user_id = user.id();
  caller.organization_id = user.organization_id();
  caller.token_id = row->id();
  return caller;
}

Proofs ProofsOf(const row::v1::Session& row) {
  const auto when = [](bool proved, const google::protobuf::Timestamp& at) {
    return proved ? ToTime(at) : absl::InfinitePast();
  };
  return {.password = when(row.has_password(), row.password()),
          .web_authn = when(row.has_web_authn(), row.web_authn()),
          .user_verified = row.user_verified(),
          .totp = when(row.has_totp(), row.totp()),
          .otp_sms = when(row.has_otp_sms(), row.otp_sms()),
          .otp_email = when(row.has_otp_email(), row.otp_email()),
          .recovery_code = when(row.has_recovery_code(), row.recovery_code())};
}

// What the login policy of the user's organization and his factors ask of his sessions.
absl::StatusOr<Demands> DemandsOn(View& view, const projections::Owners& owners, uint64_t instance,
                                  const row::v1::User& user) {
  RETURN_IF_ERROR(view.Ready(projections::TablePlan::Of<row::v1::LoginPolicy>()));
  const auto policy = owners.LoginPolicy(instance, user.organization_id());
  if (policy == nullptr) return InvalidToken();
  ASSIGN_OR_RETURN(const auto factors, view.Get<row::v1::UserFactors>(instance, {user.id()}));
  if (!factors.has_value()) return DemandsOf(policy->policy(), false);
  const HeldFactors held = {
      .totp = factors->totp_verified(),
      .otp_sms = factors->otp_sms(),
      .otp_email = factors->otp_email(),
      .u2f = std::any_of(factors->u2f().begin(), factors->u2f().end(),
                         [](const auto& authenticator) { return authenticator.verified(); })};
  const auto& allowed = policy->second_factor();
  return DemandsOf(policy->policy(), HoldsSecondFactor(held, [&](event::v1::SecondFactor factor) {
                     return std::find(allowed.begin(), allowed.end(), factor) != allowed.end();
                   }));
}

absl::StatusOr<bool> PasswordChangeDue(const View& view, const projections::Owners& owners,
                                       uint64_t instance, const row::v1::User& user,
                                       const Proofs& proofs, absl::Time now) {
  RETURN_IF_ERROR(view.Ready(projections::TablePlan::Of<row::v1::PasswordAge>()));
  PasswordState password;
  password.change_required = user.password_change_required();
  if (user.has_password_changed()) password.changed = ToTime(user.password_changed());
  password.max_age_days = owners.PasswordMaxAge(instance, user.organization_id());
  return MustChangePassword(proofs, password, now);
}

absl::StatusOr<Caller> BySession(View& view, const projections::Owners& owners, uint64_t instance,
                                 absl::string_view token, absl::Time now, Caller caller) {
  const std::string id(*SessionOfToken(token));
  ASSIGN_OR_RETURN(const auto session, view.Get<row::v1::Session>(
                                           instance, {projections::SessionDay(id), id}));
  caller.session_token_hash = SessionTokenHash(token);
  if (!session.has_value() || session->user_id().empty() ||
      !ConstantTimeEqual(caller.session_token_hash, session->token_hash()) ||
      (session->has_expiration() && ToTime(session->expiration()) <= now)) {
    return InvalidToken();
  }
  ASSIGN_OR_RETURN(const auto user, ActiveUser(view, owners, instance, session->user_id()));
  if (session->credential_epoch() < user.credential_epoch()) {
    RETURN_IF_ERROR(view.Ready(projections::TablePlan::Of<row::v1::SessionPolicy>()));
    if (owners.SessionsEndWithCredentials(instance)) {
      return CredentialsChanged(absl::StatusCode::kUnauthenticated);
    }
  }
  ASSIGN_OR_RETURN(const Demands demands, DemandsOn(view, owners, instance, user));
  const Proofs proofs = ProofsOf(*session);
  RETURN_IF_ERROR(MayAct(proofs, demands, now));
  ASSIGN_OR_RETURN(caller.must_change_password,
                   PasswordChangeDue(view, owners, instance, user, proofs, now));
  caller.user_id = user.id();
  caller.organization_id = user.organization_id();
  caller.session_id = id;
  return caller;
}

absl::StatusOr<Caller> ByOidcToken(View& view, const projections::Owners& owners,
                                   uint64_t instance, const TokenPlace& place, absl::Time now,
                                   Caller caller) {
  const auto live = FindLiveToken(view, owners, instance, place, now);
  if (!live.ok()) {
    return absl::IsUnauthenticated(live.status()) ? InvalidToken() : live.status();
  }
  const auto& added = live->family.added();
  const Scopes scopes = live->scopes();
  const std::string own = absl::StrCat(instance);
  const bool addressed = std::any_of(scopes.begin(), scopes.end(), [&own](absl::string_view each) {
    const auto project = ProjectAudience(each);
    return project == kPlatformProject || project == own;
  });
  // Whoever got it by another token makes nothing here in its user's name (command/oidc/exchange.h).
  const bool exchanged = added.grant() == event::v1::OIDC_GRANT_TOKEN_EXCHANGE;
  if (!addressed || exchanged) return InvalidToken();
  caller.user_id = live->user.id();
  caller.organization_id = live->user.organization_id();
  caller.oidc_session_id = live->family.id();
  caller.oidc_token_id = live->token.id();
  caller.sign_in_session_id = added.session_id();
  return caller;
}

// Whom the token stands for, by what it looks like.
absl::StatusOr<Caller> ByToken(View& view, const projections::Owners& owners, uint64_t instance,
                               absl::string_view token, const AccessTokens& access,
                               absl::Time now, Caller caller) {
  if (SessionOfToken(token).has_value()) {
    return BySession(view, owners, instance, token, now, std::move(caller));
  }
  if (access.sealed != nullptr) {
    const auto place = PlaceOfToken(*access.sealed, *access.signer, instance, token, now);
    if (place.has_value()) {
      return ByOidcToken(view, owners, instance, *place, now, std::move(caller));
    }
  }
  return ByAccessToken(view, owners, instance, token, now, std::move(caller));
}

// What somebody has in an organization: roles on it, on a project of it or on a grant that it gave or
// got, or roles that applications are told.
absl::StatusOr<bool> Belongs(View& view, const projections::Owners& owners, uint64_t instance,
                             const Caller& caller) {
  const std::string& chosen = caller.chosen_organization_id;
  if (chosen == caller.organization_id) return true;
  if (!owners.InstanceRoles(instance, caller.user_id).empty()) return true;
  ASSIGN_OR_RETURN(const auto members, projections::RowsBy<row::v1::Member>(
                                           view, instance, "user", {caller.user_id}));
  for (const row::v1::Member& member : members) {
    const std::string& id = member.resource_id();
    if (member.aggregate() == AGGREGATE_ORG && id == chosen) return true;
    if (member.aggregate() == AGGREGATE_PROJECT) {
      const auto project = owners.projects().Project(instance, id);
      if (project != nullptr && project->organization_id() == chosen) return true;
    }
    if (member.aggregate() != AGGREGATE_PROJECT_GRANT) continue;
    const auto grant = owners.projects().Grant(instance, id);
    if (grant == nullptr) continue;
    if (grant->organization_id() == chosen || grant->granted_organization_id() == chosen) return true;
  }
  ASSIGN_OR_RETURN(const auto grants, projections::RowsBy<row::v1::UserGrant>(
                                          view, instance, "user", {caller.user_id}));
  return std::any_of(grants.begin(), grants.end(), [&chosen](const row::v1::UserGrant& grant) {
    return grant.organization_id() == chosen;
  });
}

}  // namespace

absl::StatusOr<uint64_t> FindInstance(const projections::View& view,
                                      const projections::Owners& owners,
                                      absl::string_view authority) {
  const std::optional<std::string> host = HostOf(authority);
  if (host.has_value()) {
    const std::optional<uint64_t> id = owners.InstanceOf(*host);
    if (id.has_value()) return *id;
    RETURN_IF_ERROR(view.Ready(projections::TablePlan::Of<row::v1::InstanceDomain>()));
  }
  // A malformed authority is the caller's own; saying it back helps whoever set up a proxy.
  return Error(absl::StatusCode::kNotFound, "instance.not_found",
               absl::StrCat("No instance is reached by the host ",
                            host.has_value() ? absl::StrCat("\"", *host, "\"") : "of this request",
                            ". Check ExternalDomain and the Host header that a proxy passes on."));
}

absl::StatusOr<Caller> FindCaller(projections::View& view, const projections::Owners& owners,
                                  uint64_t instance, const Credentials& credentials,
                                  absl::Time now) {
  Caller caller;
  if (!credentials.organization.empty()) {
    // Ids of organizations may be chosen by their makers: any text of up to 512 bytes (FORMAT.md).
    if (credentials.organization.size() > kMaxId || !ValidUtf8(credentials.organization)) {
      return Error(absl::StatusCode::kInvalidArgument, "request.organization",
                   "The x-zitadel-orgid header holds no organization's id.");
    }
    caller.chosen_organization_id = std::string(credentials.organization);
  }
  if (credentials.authorization.empty()) return caller;
  ASSIGN_OR_RETURN(const absl::string_view token, BearerToken(credentials.authorization));
  ASSIGN_OR_RETURN(caller, ByToken(view, owners, instance, token, credentials.access, now,
                                   std::move(caller)));
  if (caller.must_change_password && !credentials.before_password_change) {
    return PasswordChangeRequired();
  }
  // Told to known callers only. Whether he may do anything there is asked on the target.
  if (caller.chosen_organization_id.empty()) return caller;
  bool knows = owners.Exists(instance, caller.chosen_organization_id);
  if (knows) {
    ASSIGN_OR_RETURN(knows, Belongs(view, owners, instance, caller));
  }
  if (knows) return caller;
  return Error(absl::StatusCode::kNotFound, "org.not_found",
               "The x-zitadel-orgid header names no organization of this instance.");
}

}  // namespace muniment::gateway

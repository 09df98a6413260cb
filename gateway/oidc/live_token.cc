#include "gateway/oidc/live_token.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/oauth_error.h"
#include "base/oidc_scope.h"
#include "base/timestamp.h"
#include "gateway/oidc/impersonation.h"
#include "projections/rows_by.h"
#include "projections/session_key.h"

namespace muniment::gateway {
namespace {

using event::v1::OidcSessionAdded;
using projections::Owners;
using projections::RowsBy;
using projections::SessionDay;
using projections::TablePlan;
using projections::View;

// What an access token says that it is (RFC 9068 section 2.1).
constexpr absl::string_view kAccessTokenType = "at+jwt";

absl::Status Ended(absl::string_view why) { return OauthError(Oauth::kInvalidToken, why); }

absl::Status PersonalTokenStands(View& view, uint64_t instance, const std::string& user_id,
                                 const std::string& id, absl::Time now) {
  ASSIGN_OR_RETURN(const auto token,
                   view.Get<row::v1::PersonalAccessToken>(instance, {user_id, id}));
  if (!token.has_value()) return Ended("A personal access token that it came of was removed.");
  const bool over = token->has_expiration() && ToTime(token->expiration()) <= now;
  return over ? Ended("A personal access token that it came of is over.") : absl::OkStatus();
}

// The machine still has what it showed.
absl::Status CredentialStands(View& view, uint64_t instance, const OidcSessionAdded& added,
                              const row::v1::User& user, absl::Time now) {
  const auto& shown = added.user_credential();
  if (!shown.personal_token_id().empty()) {
    return PersonalTokenStands(view, instance, user.id(), shown.personal_token_id(), now);
  }
  if (!shown.secret_mark().empty() && shown.secret_mark() != user.secret_mark()) {
    return Ended("The machine's secret was replaced or removed.");
  }
  if (shown.key_id().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto key,
                   view.Get<row::v1::MachineKey>(instance, {user.id(), shown.key_id()}));
  if (!key.has_value()) return Ended("The machine's key was removed.");
  if (key->has_expiration() && ToTime(key->expiration()) <= now) {
    return Ended("The machine's key is over.");
  }
  return absl::OkStatus();
}

// The session was not ended, and its user has the credentials that it proved. That its time is over
// ends no token that it gave.
absl::Status SignInStands(View& view, const Owners& owners, uint64_t instance,
                          const OidcSessionAdded& added, const row::v1::User& user) {
  uint64_t epoch = added.credential_epoch();
  if (!added.session_id().empty()) {
    const std::string& id = added.session_id();
    ASSIGN_OR_RETURN(const auto session,
                     view.Get<row::v1::Session>(instance, {SessionDay(id), id}));
    if (!session.has_value() || session->user_id() != user.id()) {
      return Ended("The session was ended.");
    }
    epoch = session->credential_epoch();
  }
  if (epoch >= user.credential_epoch()) return absl::OkStatus();
  RETURN_IF_ERROR(view.Ready(TablePlan::Of<row::v1::SessionPolicy>()));
  if (!owners.SessionsEndWithCredentials(instance)) return absl::OkStatus();
  return Ended("The user's credentials were changed.");
}

absl::StatusOr<std::shared_ptr<const row::v1::Application>> ActiveClient(
    View& view, const Owners& owners, uint64_t instance, const OidcSessionAdded& added) {
  RETURN_IF_ERROR(view.Ready(TablePlan::Of<row::v1::Application>()));
  RETURN_IF_ERROR(view.Ready(TablePlan::Of<row::v1::Project>()));
  auto client = owners.clients().Find(instance, added.client_id());
  if (client == nullptr) return Ended("The application was removed.");
  if (client->state() != row::v1::APPLICATION_STATE_ACTIVE) {
    return Ended("The application is inactive.");
  }
  if (!owners.projects().Active(owners, instance, client->project_id())) {
    return Ended("The project, or its organization, is inactive.");
  }
  return client;
}

// As command/oidc/admission.h decides when a sign-in is answered.
absl::Status StillAdmitted(View& view, const Owners& owners, uint64_t instance,
                           const std::string& project_id, const row::v1::User& user) {
  const auto project = owners.projects().Project(instance, project_id);
  if (project == nullptr) return Ended("The project was removed.");
  if (project->project_access_required() &&
      project->organization_id() != user.organization_id()) {
    ASSIGN_OR_RETURN(const auto grants,
                     RowsBy<row::v1::ProjectGrant>(view, instance, "project_granted",
                                                   {project_id, user.organization_id()}, 1));
    const bool granted =
        !grants.empty() &&
        owners.projects().GrantActive(owners, instance,
                                      absl::StrCat(project_id, "/", grants.front().grant_id()));
    if (!granted) return Ended("The project is not granted to the user's organization any more.");
  }
  if (!project->authorization_required()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto given,
                   RowsBy<row::v1::UserGrant>(view, instance, "user", {user.id()}));
  const bool has = std::any_of(given.begin(), given.end(), [&](const row::v1::UserGrant& grant) {
    return grant.project_id() == project_id &&
           !owners.projects().RolesOf(owners, instance, grant).empty();
  });
  return has ? absl::OkStatus() : Ended("The user has no role of the project any more.");
}

struct Standing {
  row::v1::User user;
  std::shared_ptr<const row::v1::Application> client;
};

absl::StatusOr<Standing> GrantStands(View& view, const Owners& owners, uint64_t instance,
                                     const OidcSessionAdded& added, absl::Time now);

// `token_id` empty: of an ID token.
absl::Status FamilyStands(View& view, const Owners& owners, uint64_t instance,
                          const std::string& id, const std::string& token_id, absl::Time now) {
  ASSIGN_OR_RETURN(const auto family,
                   view.Get<row::v1::OidcSession>(instance, {SessionDay(id), id}));
  const bool there =
      family.has_value() &&
      (token_id.empty() || std::any_of(family->access_token().begin(), family->access_token().end(),
                                       [&](const auto& each) { return each.id() == token_id; }));
  if (!there) return Ended("A token that it was exchanged for was revoked.");
  return GrantStands(view, owners, instance, family->added(), now).status();
}

absl::StatusOr<row::v1::User> ActiveUser(View& view, const Owners& owners, uint64_t instance,
                                         const std::string& id) {
  RETURN_IF_ERROR(view.Ready(TablePlan::Of<row::v1::Org>()));
  ASSIGN_OR_RETURN(auto user, view.Get<row::v1::User>(instance, {id}));
  if (user.has_value() && owners.Acts(instance, *user)) return *std::move(user);
  return Ended("The user, or the organization, is not active.");
}

absl::Status ActorStands(View& view, const Owners& owners, uint64_t instance,
                         const event::v1::Actor& actor, absl::Time now) {
  ASSIGN_OR_RETURN(const auto user, ActiveUser(view, owners, instance, actor.user_id()));
  if (!actor.personal_token_id().empty()) {
    return PersonalTokenStands(view, instance, user.id(), actor.personal_token_id(), now);
  }
  if (!actor.session_id().empty()) {
    OidcSessionAdded proved;
    proved.set_session_id(actor.session_id());
    return SignInStands(view, owners, instance, proved, user);
  }
  if (actor.family_id().empty()) return absl::OkStatus();
  return FamilyStands(view, owners, instance, actor.family_id(), actor.token_id(), now);
}

absl::StatusOr<Standing> GrantStands(View& view, const Owners& owners, uint64_t instance,
                                     const OidcSessionAdded& added, absl::Time now) {
  Standing standing;
  ASSIGN_OR_RETURN(standing.user, ActiveUser(view, owners, instance, added.user_id()));
  RETURN_IF_ERROR(CredentialStands(view, instance, added, standing.user, now));
  RETURN_IF_ERROR(SignInStands(view, owners, instance, added, standing.user));
  if (!added.application_id().empty()) {
    ASSIGN_OR_RETURN(standing.client, ActiveClient(view, owners, instance, added));
    RETURN_IF_ERROR(StillAdmitted(view, owners, instance, standing.client->project_id(),
                                  standing.user));
  }
  if (added.actor_size() > 0) {
    const event::v1::Actor& actor = added.actor(0);
    RETURN_IF_ERROR(ActorStands(view, owners, instance, actor, now));
    ASSIGN_OR_RETURN(const bool may,
                     StillActsFor(view, owners, instance, actor.user_id(), standing.user));
    if (!may) return Ended("The actor may not act for the user any more.");
  }
  if (added.parent_id().empty()) return standing;
  RETURN_IF_ERROR(FamilyStands(view, owners, instance, added.parent_id(), added.parent_token_id(),
                               now));
  return standing;
}

}  // namespace

absl::StatusOr<LiveToken> FindLiveToken(View& view, const Owners& owners, uint64_t instance,
                                        const TokenPlace& place, absl::Time now) {
  LiveToken live;
  ASSIGN_OR_RETURN(auto family,
                   view.Get<row::v1::OidcSession>(
                       instance, {SessionDay(place.family_id), place.family_id}));
  if (!family.has_value()) return Ended("The family of the token was revoked.");
  live.family = *std::move(family);
  const auto& tokens = live.family.access_token();
  const auto token = std::find_if(tokens.begin(), tokens.end(), [&place](const auto& each) {
    return each.id() == place.token_id;
  });
  if (token == tokens.end()) return Ended("The token was revoked.");
  live.token = *token;
  if (ToTime(live.token.expiration()) <= now) return Ended("The token is over.");

  ASSIGN_OR_RETURN(auto standing,
                   GrantStands(view, owners, instance, live.family.added(), now));
  live.user = std::move(standing.user);
  live.client = std::move(standing.client);
  return live;
}

absl::Status GrantHolds(View& view, const Owners& owners, uint64_t instance,
                        const OidcSessionAdded& added, absl::Time now) {
  return GrantStands(view, owners, instance, added, now).status();
}

absl::StatusOr<std::optional<LivePersonalToken>> FindPersonalToken(
    View& view, const Owners& owners, uint64_t instance, absl::string_view token,
    absl::Time now) {
  ASSIGN_OR_RETURN(auto row, view.GetUnique<row::v1::PersonalAccessToken>(
                                 instance, "hash", {Sha256(token).view()}));
  const bool over =
      row.has_value() && row->has_expiration() && ToTime(row->expiration()) <= now;
  if (!row.has_value() || over) return std::nullopt;
  RETURN_IF_ERROR(view.Ready(TablePlan::Of<row::v1::Org>()));
  ASSIGN_OR_RETURN(auto user, view.Get<row::v1::User>(instance, {row->user_id()}));
  if (!user.has_value() || !owners.Acts(instance, *user)) return std::nullopt;
  return LivePersonalToken{*std::move(row), *std::move(user)};
}

const Scopes& PersonalScope() {
  static const auto* const scopes = new Scopes{kOpenIdScope, "profile", "email",
                                               kResourceOwnerScope, kProjectRolesScope};
  return *scopes;
}

std::optional<TokenPlace> PlaceOfToken(const SealedTokens& sealed, Signer& signer,
                                       uint64_t instance, absl::string_view token,
                                       absl::Time now) {
  if (const auto opened = sealed.Open(TokenSort::kAccess, token, now)) {
    if (opened->instance() != instance) return std::nullopt;
    return TokenPlace{opened->family_id(), opened->token_id()};
  }
  if (!LooksLikeJwt(token)) return std::nullopt;
  const auto verified = signer.Verify(instance, token);
  if (!verified.has_value() || verified->type != kAccessTokenType) return std::nullopt;
  return PlaceOfJwtId(verified->Text("jti").value_or(""));
}

oidc::v1::SealedToken ContentOf(uint64_t instance, const TokenPlace& place) {
  oidc::v1::SealedToken content;
  content.set_instance(instance);
  content.set_family_id(place.family_id);
  content.set_token_id(place.token_id);
  return content;
}

std::optional<TokenPlace> PlaceOfJwtId(absl::string_view id) {
  const size_t between = id.find('-');
  if (between == absl::string_view::npos) return std::nullopt;
  return TokenPlace{std::string(id.substr(0, between)), std::string(id.substr(between + 1))};
}

std::string JwtIdOf(const TokenPlace& place) {
  return absl::StrCat(place.family_id, "-", place.token_id);
}

}  // namespace muniment::gateway

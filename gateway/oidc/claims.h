// What tokens, userinfo and introspection say of a user: the claims that scopes and the application's
// configuration ask for, of the read models.
//
//   JsonObject claims;
//   RETURN_IF_ERROR(AddUserClaims(about, Wanted::kUserinfo, &claims));
//
// Names and sources: OpenID Connect Core section 5.1 and 5.4, and the platform's own, which begin with
// urn:zitadel:iam. Thread-safe functions of a view.
#ifndef MUNIMENT_GATEWAY_OIDC_CLAIMS_H_
#define MUNIMENT_GATEWAY_OIDC_CLAIMS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "base/oidc_scope.h"
#include "gateway/oidc/json_object.h"
#include "muniment/event/v1/oidc.pb.h"
#include "muniment/row/v1/row.pb.h"
#include "projections/database.h"
#include "projections/owners.h"

namespace muniment::gateway {

struct ClaimsAbout {
  projections::View& view;
  const projections::Owners& owners;
  uint64_t instance = 0;
  const row::v1::User& user;
  const Scopes& scope;
  // In which `urn:zitadel:iam:org:project:roles` counts; empty: none.
  std::string project_id;
  // Whose roles are told where all of the audience are asked for.
  std::vector<std::string> projects;
};

struct ClaimsWanted {
  bool profile = true;  // name, e-mail, telephone
  // Roles of the project that no scope asked for: where it says so of its own, always, or not at all.
  enum class Unasked { kAsserted, kAll, kNone } unasked_roles = Unasked::kAsserted;
};

absl::Status AddUserClaims(const ClaimsAbout& about, const ClaimsWanted& wanted,
                           JsonObject* claims);

// To whom a family's tokens are addressed: every client that its own project had when it began, that
// project, and what its scopes asked for; of a machine, itself where it asked for nothing. A client
// that comes later joins no audience (OpenID Connect Core section 12.2).
std::vector<std::string> AudienceOf(const projections::Owners& owners, uint64_t instance,
                                    const std::string& family_id,
                                    const event::v1::OidcSessionAdded& family,
                                    const Scopes& scope);

// The projects that scopes address, where they ask for roles of all of them.
std::vector<std::string> ProjectsAsked(const Scopes& scope);

// The `act` claim (RFC 8693 section 4.1), of a family that has actors.
void AddActors(const event::v1::OidcSessionAdded& family, JsonObject* claims);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_OIDC_CLAIMS_H_

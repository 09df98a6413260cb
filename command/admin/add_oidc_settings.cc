#include <utility>

#include "command/policy/oidc_settings.h"
#include "command/policy/settings.h"
#include "command/unit.h"
#include "zitadel/admin.pb.h"

namespace muniment::command {

using zitadel::admin::v1::AddOIDCSettingsRequest;
using zitadel::admin::v1::AddOIDCSettingsResponse;

absl::StatusOr<AddOIDCSettingsResponse> AddOIDCSettings(Unit& unit,
                                                        const AddOIDCSettingsRequest& request) {
  ASSIGN_OR_RETURN(auto wanted, WantedOidcSettings(request));
  ASSIGN_OR_RETURN(const auto settings, unit.LoadAny<OidcSettings>(InstanceScope()));
  if (settings->exists()) {
    return Error(absl::StatusCode::kAlreadyExists, "oidc_settings.already_exists",
                 "The instance has these settings; update them.");
  }
  event::v1::OidcSettingsAdded added;
  *added.mutable_policy() = std::move(wanted);
  unit.Raise(settings, std::move(added));
  return AddOIDCSettingsResponse();
}

}  // namespace muniment::command

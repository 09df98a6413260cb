#include <google/protobuf/util/message_differencer.h>

#include <utility>

#include "command/policy/oidc_settings.h"
#include "command/policy/settings.h"
#include "command/unit.h"
#include "zitadel/admin.pb.h"

namespace muniment::command {

using google::protobuf::util::MessageDifferencer;
using zitadel::admin::v1::UpdateOIDCSettingsRequest;
using zitadel::admin::v1::UpdateOIDCSettingsResponse;

absl::StatusOr<UpdateOIDCSettingsResponse> UpdateOIDCSettings(
    Unit& unit, const UpdateOIDCSettingsRequest& request) {
  ASSIGN_OR_RETURN(auto wanted, WantedOidcSettings(request));
  ASSIGN_OR_RETURN(const auto settings, unit.Policy<OidcSettings>(""));
  unit.AnswerWith(settings);
  if (MessageDifferencer::Equals(settings->policy, wanted)) return UpdateOIDCSettingsResponse();
  event::v1::OidcSettingsChanged changed;
  *changed.mutable_policy() = std::move(wanted);
  unit.Raise(settings, std::move(changed));
  return UpdateOIDCSettingsResponse();
}

}  // namespace muniment::command

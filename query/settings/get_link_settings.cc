#include "base/links.h"
#include "query/policy/policies.h"
#include "zitadel/settings/v2/link_settings.pb.h"

namespace muniment::query {

using zitadel::settings::v2::GetLinkSettingsRequest;
using zitadel::settings::v2::GetLinkSettingsResponse;

absl::StatusOr<GetLinkSettingsResponse> GetLinkSettings(Reader& reader,
                                                        const GetLinkSettingsRequest& request) {
  ASSIGN_OR_RETURN(const auto org, reader.Target<row::v1::Org>());
  ASSIGN_OR_RETURN(const auto found, ReadPolicy(reader, request.ctx().instance() ? "" : org.id(),
                                                api::policy::v1::POLICY_TYPE_LINKS));
  GetLinkSettingsResponse response;
  *response.mutable_settings() = LinksOf(found.policy().links());
  response.set_source(found.is_default() ? zitadel::settings::v2::SOURCE_INSTANCE
                                         : zitadel::settings::v2::SOURCE_ORGANIZATION);
  return response;
}

}  // namespace muniment::query

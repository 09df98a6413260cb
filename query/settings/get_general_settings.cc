#include "query/reader.h"
#include "query/settings/languages.h"
#include "zitadel/settings/v2/settings_service.pb.h"

namespace muniment::query {

using zitadel::settings::v2::GetGeneralSettingsRequest;
using zitadel::settings::v2::GetGeneralSettingsResponse;

absl::StatusOr<GetGeneralSettingsResponse> GetGeneralSettings(Reader& reader,
                                                              const GetGeneralSettingsRequest&) {
  RETURN_IF_ERROR(reader.AllowAnywhere());
  ASSIGN_OR_RETURN(const auto row, reader.view().Get<row::v1::Instance>(reader.instance(),
                                                                        {reader.instance_id()}));
  ASSIGN_OR_RETURN(const auto allowed, AllowedLanguages(reader.view(), reader.instance()));
  GetGeneralSettingsResponse response;
  if (row.has_value()) {
    response.set_default_org_id(row->default_organization_id());
    response.set_default_organization_id(row->default_organization_id());
    response.set_default_language(row->default_language());
  }
  for (std::string& tag : SupportedTags()) response.add_supported_languages(std::move(tag));
  response.mutable_allowed_languages()->Assign(allowed.begin(), allowed.end());
  return response;
}

}  // namespace muniment::query

#include "query/reader.h"
#include "query/settings/languages.h"
#include "zitadel/admin.pb.h"

namespace muniment::query {

using zitadel::admin::v1::GetAllowedLanguagesRequest;
using zitadel::admin::v1::GetAllowedLanguagesResponse;

absl::StatusOr<GetAllowedLanguagesResponse> GetAllowedLanguages(
    Reader& reader, const GetAllowedLanguagesRequest&) {
  ASSIGN_OR_RETURN(const auto allowed, AllowedLanguages(reader.view(), reader.instance()));
  GetAllowedLanguagesResponse response;
  response.mutable_languages()->Assign(allowed.begin(), allowed.end());
  return response;
}

}  // namespace muniment::query

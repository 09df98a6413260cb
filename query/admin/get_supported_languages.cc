#include "query/reader.h"
#include "query/settings/languages.h"
#include "zitadel/admin.pb.h"

namespace muniment::query {

using zitadel::admin::v1::GetSupportedLanguagesRequest;
using zitadel::admin::v1::GetSupportedLanguagesResponse;

absl::StatusOr<GetSupportedLanguagesResponse> GetSupportedLanguages(
    Reader&, const GetSupportedLanguagesRequest&) {
  GetSupportedLanguagesResponse response;
  for (std::string& tag : SupportedTags()) response.add_languages(std::move(tag));
  return response;
}

}  // namespace muniment::query

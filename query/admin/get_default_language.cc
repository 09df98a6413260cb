#include "query/reader.h"
#include "zitadel/admin.pb.h"

namespace muniment::query {

using zitadel::admin::v1::GetDefaultLanguageRequest;
using zitadel::admin::v1::GetDefaultLanguageResponse;

absl::StatusOr<GetDefaultLanguageResponse> GetDefaultLanguage(Reader& reader,
                                                              const GetDefaultLanguageRequest&) {
  ASSIGN_OR_RETURN(const auto row, reader.view().Get<row::v1::Instance>(reader.instance(),
                                                                        {reader.instance_id()}));
  GetDefaultLanguageResponse response;
  if (row.has_value()) response.set_language(row->default_language());
  return response;
}

}  // namespace muniment::query

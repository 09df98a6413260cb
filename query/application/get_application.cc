#include "query/application/present.h"

namespace muniment::query {

using zitadel::application::v2::GetApplicationRequest;
using zitadel::application::v2::GetApplicationResponse;

absl::StatusOr<GetApplicationResponse> GetApplication(Reader& reader,
                                                      const GetApplicationRequest&) {
  ASSIGN_OR_RETURN(const auto application, reader.Target<row::v1::Application>());
  GetApplicationResponse response;
  PresentApplication(reader, application, response.mutable_application());
  return response;
}

}  // namespace muniment::query

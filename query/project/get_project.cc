#include "query/project/present.h"

namespace muniment::query {

using zitadel::project::v2::GetProjectRequest;
using zitadel::project::v2::GetProjectResponse;

absl::StatusOr<GetProjectResponse> GetProject(Reader& reader, const GetProjectRequest&) {
  ASSIGN_OR_RETURN(const auto project, reader.Target<row::v1::Project>());
  GetProjectResponse response;
  PresentProject(project, response.mutable_project());
  return response;
}

}  // namespace muniment::query

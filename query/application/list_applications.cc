#include "query/application/present.h"

namespace muniment::query {

using zitadel::application::v2::ListApplicationsRequest;
using zitadel::application::v2::ListApplicationsResponse;

absl::StatusOr<ListApplicationsResponse> ListApplications(Reader& reader,
                                                          const ListApplicationsRequest& request) {
  return reader.List<ListApplicationsResponse>(request, OfProjects<row::v1::Application>(reader),
                                               &PresentApplication);
}

}  // namespace muniment::query

#include "query/reader.h"
#include "zitadel/admin.pb.h"

namespace muniment::query {

using zitadel::admin::v1::ListEventTypesRequest;
using zitadel::admin::v1::ListEventTypesResponse;

absl::StatusOr<ListEventTypesResponse> ListEventTypes(Reader& reader,
                                                      const ListEventTypesRequest&) {
  ListEventTypesResponse response;
  for (const std::string& name : reader.sources().codec->TypeNames()) {
    response.add_event_types()->set_type(name);
  }
  return response;
}

}  // namespace muniment::query

#include "query/metadata.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::query {

using zitadel::user::v2::ListUserMetadataRequest;
using zitadel::user::v2::ListUserMetadataResponse;

absl::StatusOr<ListUserMetadataResponse> ListUserMetadata(Reader& reader,
                                                          const ListUserMetadataRequest& request) {
  ASSIGN_OR_RETURN(const auto user, reader.Target<row::v1::User>());

  ListSpec<row::v1::Metadata> spec;
  spec.within = MetadataOf(AGGREGATE_USER, user.id());
  return reader.List<ListUserMetadataResponse>(request, std::move(spec), &PresentMetadata);
}

}  // namespace muniment::query

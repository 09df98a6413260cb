#include "query/text/texts.h"

namespace muniment::query {

using muniment::api::text::v1::GetMessageTextResponse;
using muniment::api::text::v1::GetOrganizationMessageTextRequest;

absl::StatusOr<GetMessageTextResponse> GetOrganizationMessageText(
    Reader& reader, const GetOrganizationMessageTextRequest& request) {
  ASSIGN_OR_RETURN(const auto org, reader.Target<row::v1::Org>());
  std::vector<TextLevel> levels = {{AGGREGATE_INSTANCE, reader.instance_id()}};
  if (!request.inherited()) levels.push_back({AGGREGATE_ORG, org.id(), true});
  return ReadMessageText(reader, request.type(), request.language(), levels);
}

}  // namespace muniment::query

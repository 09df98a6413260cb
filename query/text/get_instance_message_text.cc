#include "query/text/texts.h"

namespace muniment::query {

using muniment::api::text::v1::GetInstanceMessageTextRequest;
using muniment::api::text::v1::GetMessageTextResponse;

absl::StatusOr<GetMessageTextResponse> GetInstanceMessageText(
    Reader& reader, const GetInstanceMessageTextRequest& request) {
  std::vector<TextLevel> levels;
  if (!request.built_in()) levels.push_back({AGGREGATE_INSTANCE, reader.instance_id(), true});
  return ReadMessageText(reader, request.type(), request.language(), levels);
}

}  // namespace muniment::query

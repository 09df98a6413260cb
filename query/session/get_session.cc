#include "query/session/present.h"
#include "zitadel/session/v2/session_service.pb.h"

namespace muniment::query {

using zitadel::session::v2::GetSessionRequest;
using zitadel::session::v2::GetSessionResponse;

absl::StatusOr<GetSessionResponse> GetSession(Reader& reader, const GetSessionRequest&) {
  ASSIGN_OR_RETURN(const auto row, reader.TargetSession());
  GetSessionResponse response;
  PresentSession(reader, row, response.mutable_session());
  RETURN_IF_ERROR(NameUser(reader, response.mutable_session()));
  return response;
}

}  // namespace muniment::query

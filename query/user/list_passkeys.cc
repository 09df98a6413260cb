#include "query/user/factors.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::query {

using zitadel::user::v2::ListPasskeysRequest;
using zitadel::user::v2::ListPasskeysResponse;

absl::StatusOr<ListPasskeysResponse> ListPasskeys(Reader& reader, const ListPasskeysRequest&) {
  ASSIGN_OR_RETURN(const auto user, reader.Target<row::v1::User>());
  ASSIGN_OR_RETURN(const auto factors, FactorsOf(reader, user));
  ListPasskeysResponse response;
  for (const auto& passkey : factors.passkey()) {
    auto* shown = response.add_result();
    shown->set_id(passkey.token_id());
    shown->set_state(StateOf(passkey.verified()));
    shown->set_name(passkey.name());
  }
  reader.FillDetails(response.result_size(), response.mutable_details());
  return response;
}

}  // namespace muniment::query

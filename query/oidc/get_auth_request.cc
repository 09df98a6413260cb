#include <string>

#include "base/error.h"
#include "base/login_hint.h"
#include "base/oidc_code.h"
#include "base/timestamp.h"
#include "muniment/row/v1/oidc.pb.h"
#include "projections/session_key.h"
#include "query/oidc/login_client.h"
#include "query/reader.h"
#include "zitadel/oidc/v2/oidc_service.pb.h"

namespace muniment::query {

namespace wire = zitadel::oidc::v2;

using wire::GetAuthRequestRequest;
using wire::GetAuthRequestResponse;

namespace {

void Present(const row::v1::AuthRequest& row, wire::AuthRequest* request) {
  const event::v1::AuthRequestAdded& asked = row.added();
  request->set_id(LoginRequestId(row.id()));
  *request->mutable_creation_date() = row.stamp().created();
  request->set_client_id(asked.client_id());
  *request->mutable_scope() = asked.scope();
  request->set_redirect_uri(asked.redirect_uri());
  for (const int prompt : asked.prompt()) request->add_prompt(static_cast<wire::Prompt>(prompt));
  *request->mutable_ui_locales() = asked.ui_locale();
  if (asked.has_max_age()) *request->mutable_max_age() = asked.max_age();
  if (!asked.hint_user_id().empty()) request->set_hint_user_id(asked.hint_user_id());
}

}  // namespace

absl::StatusOr<GetAuthRequestResponse> GetAuthRequest(Reader& reader,
                                                      const GetAuthRequestRequest& request) {
  const std::string id(RequestOfLogin(request.auth_request_id()));
  ASSIGN_OR_RETURN(const auto row, reader.view().Get<row::v1::AuthRequest>(
                                       reader.instance(), {projections::SessionDay(id), id}));
  const bool open = row.has_value() &&
                    reader.call().now < ToTime(row->added().added_at()) + kAuthRequestTime;
  const std::string login_client = row.has_value() ? row->added().login_client_id() : "";
  RETURN_IF_ERROR(MayAnswerAs(reader, login_client, open, "auth_request"));
  GetAuthRequestResponse response;
  Present(*row, response.mutable_auth_request());
  const std::string hint = HintOfLogin(*reader.sources().sealer, reader.instance(),
                                       request.auth_request_id(), reader.call().now);
  if (hint.empty()) return response;
  response.mutable_auth_request()->set_login_hint(hint);
  // Whoever asks again by it is told again.
  response.mutable_auth_request()->set_id(request.auth_request_id());
  return response;
}

}  // namespace muniment::query

// Who may read what people who sign in are asked: a login. As command/oidc/login_client.h decides it.
#ifndef MUNIMENT_QUERY_OIDC_LOGIN_CLIENT_H_
#define MUNIMENT_QUERY_OIDC_LOGIN_CLIENT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "base/error.h"
#include "base/oidc_code.h"
#include "query/reader.h"

namespace muniment::query {

inline absl::Status MayAnswerAs(Reader& reader, const std::string& login_client_id, bool exists,
                                absl::string_view noun) {
  bool may = !login_client_id.empty() && reader.call().caller.user_id == login_client_id;
  if (!may) {
    ASSIGN_OR_RETURN(may, reader.Holds(kLinkPermission, ""));
  }
  if (may && exists) return absl::OkStatus();
  return NoLoginRequest(noun);
}

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_OIDC_LOGIN_CLIENT_H_

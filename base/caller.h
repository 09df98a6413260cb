// Who makes a call, as the gateway proved it and as commands and readers are told. What the caller
// may do is not in here: it is asked of the log or the rows each time.
#ifndef MUNIMENT_BASE_CALLER_H_
#define MUNIMENT_BASE_CALLER_H_

#include <string>

#include "absl/strings/string_view.h"

namespace muniment {

struct Caller {
  // Empty for nobody and for the system.
  std::string user_id;
  // That owns the user.
  std::string organization_id;
  // The personal access token that was shown; empty where the proof was another.
  std::string token_id;
  // The session whose token was shown, and the token's hash (base/session_token.h).
  std::string session_id;
  std::string session_token_hash;
  // The access token that was shown, and the family of tokens that it is of (OpenID Connect).
  std::string oidc_session_id;
  std::string oidc_token_id;
  // In which the family's user proved himself; empty of a machine's.
  std::string sign_in_session_id;
  // The session proved a password that its user must change first: he holds no permission.
  bool must_change_password = false;
  // The organization a call works in by the caller's choice (x-zitadel-orgid), or empty. It gives
  // no right: rules are applied to the target all the same.
  std::string chosen_organization_id;
  // The domain by which the call reached its instance; empty for the system.
  std::string instance_domain;
  // The process itself: first start and reactors. No rule applies.
  bool system = false;

  static Caller System() {
    Caller caller;
    caller.system = true;
    return caller;
  }
  bool known() const { return system || !user_id.empty(); }
  // Where a call works that names no organization.
  const std::string& working_organization_id() const {
    return chosen_organization_id.empty() ? organization_id : chosen_organization_id;
  }
};

}  // namespace muniment

#endif  // MUNIMENT_BASE_CALLER_H_

#include "command/oidc/flow.h"

#include "absl/container/flat_hash_set.h"
#include "base/error.h"
#include "base/oauth_error.h"
#include "command/oidc/token.h"

namespace muniment::command {

absl::string_view ParamOf(const oidc::v1::Request& request, absl::string_view name) {
  for (const auto& parameter : request.parameter()) {
    if (parameter.name() == name) return parameter.value();
  }
  return {};
}

absl::Status EachOnce(const oidc::v1::Request& request) {
  absl::flat_hash_set<absl::string_view> seen;
  for (const auto& parameter : request.parameter()) {
    if (parameter.name() == "resource" || parameter.name() == "audience") continue;
    if (!seen.insert(parameter.name()).second) {
      return OauthError(Oauth::kInvalidRequest, "A parameter stands in the request twice.");
    }
  }
  return absl::OkStatus();
}

absl::Status InDevelopment(const TokenFlow& flow, absl::Status status) {
  const bool development = flow.client.has_value() && (*flow.client)->oidc.has_value() &&
                           (*flow.client)->oidc->development_mode();
  if (development && !IsPending(status)) SetErrorFact(status, kInDevelopment, "true");
  return status;
}

absl::Status FailedAt(absl::Status status, absl::string_view name, absl::string_view source) {
  if (IsPending(status)) return status;
  SetErrorFact(status, kFailedCheck, name);
  SetErrorFact(status, kCheckSource, source);
  return status;
}

}  // namespace muniment::command

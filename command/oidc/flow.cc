#include "command/oidc/flow.h"

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

absl::Status ReadShown(TokenFlow& flow) {
  if (!flow.shown.id.empty()) return absl::OkStatus();
  const auto parameter = [&flow](absl::string_view name) { return flow.Param(name); };
  ASSIGN_OR_RETURN(flow.shown, ReadClient(flow.request.authorization(), parameter));
  return absl::OkStatus();
}

absl::Status InDevelopment(const std::optional<Ref<Application>>& client, absl::Status status) {
  const bool development = client.has_value() && (*client)->oidc.has_value() &&
                           (*client)->oidc->development_mode();
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

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include "base/oauth_error.h"
#include "base/text.h"
#include "command/oidc/authorize_flow.h"

namespace muniment::command {

absl::Status ClaimsAreObject(AuthorizeFlow& flow) {
  constexpr size_t kMost = 2048;
  const std::string asked(flow.Param("claims"));
  if (asked.empty()) return absl::OkStatus();
  google::protobuf::Struct object;
  if (asked.size() > kMost || !ValidUtf8(asked) || asked.front() != '{' ||
      !google::protobuf::util::JsonStringToMessage(asked, &object).ok()) {
    return OauthError(Oauth::kInvalidRequest, "claims is no JSON object.");
  }
  flow.asked.set_claims(asked);
  return absl::OkStatus();
}

}  // namespace muniment::command

#include "command/oidc/revoke.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/oauth_error.h"
#include "command/oidc/checks/checks.h"
#include "command/oidc/flow.h"
#include "command/oidc/token_family.h"

namespace muniment::command {

namespace {

constexpr Step<TokenFlow> kSteps[] = {
    {"client_or_machine", "RFC 7009 section 2.1", &ClientOrMachine},
    {"assertion_once", "RFC 7523 section 3", &AssertionOnce},
    {"token_of_client", "RFC 7009 section 2.1", &TokenOfClient},
};

}  // namespace

absl::StatusOr<oidc::v1::Done> RevokeToken(Unit& unit, const oidc::v1::Request& request) {
  TokenFlow flow(unit, request);
  absl::Status status = RunSteps<TokenFlow>(kSteps, flow);
  if (!status.ok()) return InDevelopment(flow.client, std::move(status));
  if (!flow.family.has_value() || !flow.family->exists()) return oidc::v1::Done();
  if (request.has_refresh_token()) {
    EndFamily(unit, *flow.family, event::v1::REVOCATION_REASON_CLIENT);
  } else if ((*flow.family)->Find(request.access_token().token_id()) != nullptr) {
    event::v1::AccessTokenRevoked revoked;
    revoked.set_token_id(request.access_token().token_id());
    unit.Raise(*flow.family, std::move(revoked));
  }
  return oidc::v1::Done();
}

const Handler& RevokeTokenHandler() {
  static const Handler handler = MakeHandler("muniment.oidc.Revoke", &RevokeToken);
  return handler;
}

void EndFamily(Unit& unit, const Ref<TokenFamily>& family, event::v1::RevocationReason reason) {
  if (!family.exists()) return;
  event::v1::RefreshTokenRevoked revoked;
  revoked.set_reason(reason);
  unit.Raise(family, std::move(revoked));
}

absl::Status RefuseReuse(Unit& unit, const std::string& family_id, absl::Status used) {
  if (family_id.empty()) return used;
  ASSIGN_OR_RETURN(const auto family, unit.LoadAny<TokenFamily>(family_id));
  if (!family.exists()) return used;
  EndFamily(unit, family, event::v1::REVOCATION_REASON_CODE_REUSE);
  return unit.Refuse(std::move(used));
}

absl::StatusOr<bool> RevokeFamilies(Unit& unit, const std::string& user_id,
                                    event::v1::RevocationReason reason,
                                    absl::FunctionRef<bool()> room) {
  constexpr size_t kMost = 200;
  ASSIGN_OR_RETURN(const auto ids, unit.FindTokenFamilies(user_id, kMost));
  for (const std::string& id : ids) (void)unit.LoadAny<TokenFamily>(id);
  for (const std::string& id : ids) {
    ASSIGN_OR_RETURN(const auto family, unit.LoadAny<TokenFamily>(id));
    if (!family.exists() || family->grant.user_id() != user_id) continue;
    if (!room()) return false;
    EndFamily(unit, family, reason);
  }
  return ids.size() < kMost;
}

std::vector<std::string> RevokeChecks() {
  return LinesOf<TokenFlow>(kSteps);
}

}  // namespace muniment::command

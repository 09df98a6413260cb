#include <string>
#include <utility>
#include <vector>

#include "base/code.h"
#include "command/unit.h"
#include "command/user/factor_rules.h"
#include "command/user/factors.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::GenerateRecoveryCodesRequest;
using zitadel::user::v2::GenerateRecoveryCodesResponse;

namespace {

RecoveryCodes NewSet(Unit& unit, size_t count) {
  std::vector<std::string> made;
  while (made.size() < count) made.push_back(unit.NewCode(RecoveryGenerator()));
  return MakeRecoveryCodes(unit.NewSecret(kRecoverySaltBytes), made);
}

}  // namespace

absl::StatusOr<GenerateRecoveryCodesResponse> GenerateRecoveryCodes(
    Unit& unit, const GenerateRecoveryCodesRequest& request) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  RETURN_IF_ERROR(MayHaveFactor(unit, user, event::v1::SECOND_FACTOR_RECOVERY_CODE));
  ASSIGN_OR_RETURN(const auto factors, unit.LoadAny<UserFactors>(user.id()));
  const auto count = static_cast<size_t>(request.count());
  if (factors->recovery_codes_left() + count > kMaxRecoveryCodes) {
    return Error(absl::StatusCode::kFailedPrecondition, "recovery_codes.too_many",
                 "A user has at most ten recovery codes; remove those that are left first.");
  }
  RecoveryCodes set = NewSet(unit, count);
  event::v1::RecoveryCodesAdded added;
  added.set_salt(std::move(set.salt));
  GenerateRecoveryCodesResponse response;
  for (size_t i = 0; i < count; ++i) {
    added.add_code_hash(std::move(set.hashes[i]));
    response.add_recovery_codes(std::move(set.codes[i]));
  }
  unit.Raise(factors, std::move(added));
  return response;
}

}  // namespace muniment::command

#include "command/oidc/assertion.h"

#include <utility>

#include "base/error.h"
#include "command/oidc/client_facts.h"
#include "command/user/machine_credentials.h"

namespace muniment::command {

namespace {

constexpr size_t kMaxUserId = 200;

}  // namespace

absl::StatusOr<MachineProof> ProveMachine(TokenFlow& flow, const Jwt& assertion,
                                          const absl::Status& invalid) {
  const std::string id = assertion.Text("iss").value_or("");
  if (id.empty() || id.size() > kMaxUserId) return invalid;
  const auto credentials = flow.unit.LoadAny<MachineCredentials>(id);
  ASSIGN_OR_RETURN(const auto user, flow.unit.LoadAny<User>(id));
  RETURN_IF_ERROR(credentials.status());
  if (!user.exists() || !user->machine) return invalid;
  ASSIGN_OR_RETURN(ClientProof proof,
                   ProveAssertion(assertion, FactsOf(id, **credentials),
                                  {.issuer = flow.request.issuer(), .now = flow.unit.Now()},
                                  invalid));
  return MachineProof{user, std::move(proof.credential), std::move(proof.assertion_id)};
}

absl::Status RedeemAssertion(Unit& unit, const std::string& assertion_id, absl::string_view issuer,
                             const std::string& organization_id, const absl::Status& used) {
  if (assertion_id.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto assertion, unit.LoadAny<Assertion>(assertion_id));
  if (assertion->redeemed) return used;
  event::v1::AssertionRedeemed redeemed;
  redeemed.set_issuer(std::string(issuer));
  redeemed.set_organization_id(organization_id);
  unit.Raise(assertion, std::move(redeemed));
  return absl::OkStatus();
}

}  // namespace muniment::command

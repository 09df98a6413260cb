#include "gateway/oidc/hint.h"

namespace muniment::gateway {

void ReadHint(Visit& visit) {
  const absl::string_view hint = visit.Param("id_token_hint");
  if (hint.empty()) return;
  const auto verified = visit.ports->signer->Verify(visit.instance, hint);
  // By whichever of its hosts the instance was reached: its keys are its own.
  if (!verified.has_value() || verified->type != "jwt") return;
  visit.request.set_hint_user_id(verified->Text("sub").value_or(""));
  visit.request.set_hint_session_id(verified->Text("sid").value_or(""));
  visit.request.set_hint_client_id(verified->Text("azp").value_or(""));
}

}  // namespace muniment::gateway

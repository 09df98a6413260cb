#include "gateway/oidc/own_login.h"

#include "muniment/row/v1/feature.pb.h"

namespace muniment::gateway {

std::string InstanceLogin(const Visit& visit) {
  projections::View view = visit.ports->database->Read();
  const auto row = view.Get<row::v1::Features>(visit.instance, {absl::StrCat(visit.instance)});
  const bool named = row.ok() && row->has_value();
  return LoginBase(visit.issuer, named ? (*row)->features().login_v2().base_uri() : "");
}

}  // namespace muniment::gateway

#include "query/reader.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::query {
namespace {

using zitadel::user::v2::Key;
using zitadel::user::v2::ListKeysRequest;
using zitadel::user::v2::ListKeysResponse;

void PresentKey(const Reader&, const row::v1::MachineKey& row, Key* key) {
  *key->mutable_creation_date() = row.stamp().created();
  *key->mutable_change_date() = row.stamp().changed();
  key->set_id(row.id());
  key->set_user_id(row.user_id());
  key->set_organization_id(row.organization_id());
  if (row.has_expiration()) *key->mutable_expiration_date() = row.expiration();
}

}  // namespace

absl::StatusOr<ListKeysResponse> ListKeys(Reader& reader, const ListKeysRequest& request) {
  ListSpec<row::v1::MachineKey> spec;
  spec.owner_column = "organization_id";
  spec.self_columns = {"user_id"};
  return reader.List<ListKeysResponse>(request, std::move(spec), &PresentKey);
}

}  // namespace muniment::query

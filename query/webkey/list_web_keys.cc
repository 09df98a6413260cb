#include "muniment/row/v1/web_key.pb.h"
#include "query/reader.h"
#include "query/webkey/published.h"
#include "zitadel/webkey/v2/webkey_service.pb.h"

namespace muniment::query {

namespace wire = zitadel::webkey::v2;

using wire::ListWebKeysRequest;
using wire::ListWebKeysResponse;

namespace {

void Present(const row::v1::WebKey& row, wire::WebKey* key) {
  key->set_id(row.id());
  *key->mutable_creation_date() = row.stamp().created();
  *key->mutable_change_date() = row.stamp().changed();
  key->set_state(static_cast<wire::State>(row.state()));
  const int algorithm = row.algorithm();
  if (algorithm == event::v1::WEB_KEY_ALGORITHM_EDDSA) {
    key->mutable_ed25519();
  } else if (algorithm >= event::v1::WEB_KEY_ALGORITHM_ES256) {
    key->mutable_ecdsa()->set_curve(
        static_cast<wire::ECDSACurve>(algorithm - event::v1::WEB_KEY_ALGORITHM_ES256 + 1));
  } else {
    key->mutable_rsa()->set_bits(row.bits() == 4096   ? wire::RSA_BITS_4096
                                 : row.bits() == 3072 ? wire::RSA_BITS_3072
                                                      : wire::RSA_BITS_2048);
    key->mutable_rsa()->set_hasher(static_cast<wire::RSAHasher>(algorithm));
  }
}

}  // namespace

absl::StatusOr<ListWebKeysResponse> ListWebKeys(Reader& reader, const ListWebKeysRequest&) {
  ASSIGN_OR_RETURN(const auto keys, PublishedWebKeys(reader.view(), reader.instance()));
  ListWebKeysResponse response;
  for (const row::v1::WebKey& key : keys) Present(key, response.add_web_keys());
  return response;
}

}  // namespace muniment::query

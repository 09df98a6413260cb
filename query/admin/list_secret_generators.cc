#include "query/admin/secret_generators.h"
#include "zitadel/admin.pb.h"

namespace muniment::query {

using zitadel::admin::v1::ListSecretGeneratorsRequest;
using zitadel::admin::v1::ListSecretGeneratorsResponse;

absl::StatusOr<ListSecretGeneratorsResponse> ListSecretGenerators(
    Reader& reader, const ListSecretGeneratorsRequest& request) {
  return reader.List<ListSecretGeneratorsResponse>(request, ListSpec<row::v1::SecretGenerator>(),
                                                   &PresentGenerator);
}

}  // namespace muniment::query

#include "query/admin/secret_generators.h"
#include "zitadel/admin.pb.h"

namespace muniment::query {

using zitadel::admin::v1::GetSecretGeneratorRequest;
using zitadel::admin::v1::GetSecretGeneratorResponse;

absl::StatusOr<GetSecretGeneratorResponse> GetSecretGenerator(
    Reader& reader, const GetSecretGeneratorRequest& request) {
  ASSIGN_OR_RETURN(const auto row, reader.view().Get<row::v1::SecretGenerator>(
                                       reader.instance(), {request.generator_type()}));
  if (!row.has_value()) {
    return Error(absl::StatusCode::kFailedPrecondition, "secret_generators.default_missing",
                 "The instance has no default for these codes.");
  }
  GetSecretGeneratorResponse response;
  PresentGenerator(reader, *row, response.mutable_secret_generator());
  return response;
}

}  // namespace muniment::query

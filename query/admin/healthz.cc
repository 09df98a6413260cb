#include "query/reader.h"
#include "zitadel/admin.pb.h"

namespace muniment::query {

using zitadel::admin::v1::HealthzRequest;
using zitadel::admin::v1::HealthzResponse;

absl::StatusOr<HealthzResponse> Healthz(Reader&, const HealthzRequest&) {
  return HealthzResponse();
}

}  // namespace muniment::query

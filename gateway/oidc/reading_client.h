// How a client proves itself at an endpoint that only reads: by the read models.
#ifndef MUNIMENT_GATEWAY_OIDC_READING_CLIENT_H_
#define MUNIMENT_GATEWAY_OIDC_READING_CLIENT_H_

#include <memory>

#include "absl/status/statusor.h"
#include "gateway/oidc/visit.h"
#include "muniment/row/v1/row.pb.h"
#include "projections/database.h"

namespace muniment::gateway {

// The application whose client the request shows, active as its project is; invalid_client else. A
// client that has no secret shows nothing and is known by its id alone.
absl::StatusOr<std::shared_ptr<const row::v1::Application>> ReadingClient(
    const Visit& visit, const projections::View& view);

// What refuses something of an application in development mode tells its developers which check did.
void SetInDevelopment(const row::v1::Application& application, absl::Status& status);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_OIDC_READING_CLIENT_H_

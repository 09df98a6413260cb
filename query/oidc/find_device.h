// The device that shows a code to its user (RFC 8628 section 3.3).
#ifndef MUNIMENT_QUERY_OIDC_FIND_DEVICE_H_
#define MUNIMENT_QUERY_OIDC_FIND_DEVICE_H_

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "eventstore/codec.h"
#include "muniment/row/v1/oidc.pb.h"
#include "projections/database.h"

namespace muniment::query {

// However it was typed. Nothing where none waits with it, or several do: nobody can say which is meant.
absl::StatusOr<std::optional<row::v1::DeviceAuth>> FindDevice(projections::View& view,
                                                              const eventstore::Codec& codec,
                                                              uint64_t instance,
                                                              absl::string_view typed,
                                                              absl::Time now);

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_OIDC_FIND_DEVICE_H_

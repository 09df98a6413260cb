// Whether the configuration can make a first instance: asked before anything is made, and told by the
// configuration's own keys instead of the fields of requests that they become.
//
//   RETURN_IF_ERROR(CheckFirstInstance(config, absl::Now()));
//
// INVALID_ARGUMENT "config.invalid_value" with the key and where it stood. Looks at the file system for
// where the tokens and the key go alone.
#ifndef MUNIMENT_GATEWAY_FIRST_CHECK_H_
#define MUNIMENT_GATEWAY_FIRST_CHECK_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gateway/config.h"

namespace muniment::gateway {

absl::Status CheckFirstInstance(const Config& config, absl::Time now);

// Before anything is opened: OK where a log stands, or may stand in PostgreSQL, and where none is to be
// made an instance in.
absl::Status CheckFreshStart(const Config& config, absl::Time now);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_FIRST_CHECK_H_

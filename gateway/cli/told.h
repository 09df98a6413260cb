// An explanation (muniment/api/permission/v1) as people read it: a sentence with the decision, and below
// it what decides, with the event that each thing stands by.
//
//   Yes: ada (2812) holds user.write on the organization Acme (2711).
//     by ORG_OWNER on the organization Acme (2711)
//       since org.member.added by root, 2026-11-28 23:01:02 UTC (event 4711)
//
// Pure.
#ifndef MUNIMENT_GATEWAY_CLI_TOLD_H_
#define MUNIMENT_GATEWAY_CLI_TOLD_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "muniment/api/permission/v1/permission.pb.h"

namespace muniment::gateway {

// Of what is allowed the ways that allow it; else whatever stands against it, and every way.
std::string Tell(const api::permission::v1::ExplainResponse& explained);

// "instance", "org/ID", "project/ID" or "grant/PROJECT/ORG", the organization that it is granted to.
// INVALID_ARGUMENT "why.invalid_resource".
absl::StatusOr<zitadel::internal_permission::v2::ResourceType> ParseResource(
    absl::string_view text);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_CLI_TOLD_H_

// Errors as clients see them, made in this one place for every protocol: google.rpc.Status with
// google.rpc.ErrorInfo (reason, domain "muniment", facts) and zitadel.v1.ErrorDetail.
//
// INTERNAL, UNKNOWN and DATA_LOSS say nothing of what went wrong inside: the text goes to the log
// under an id, and the id to the client. Only with a reason "request.*", the client's own fault, is
// the text shown. Thread-safe.
#ifndef MUNIMENT_GATEWAY_RPC_ERROR_H_
#define MUNIMENT_GATEWAY_RPC_ERROR_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/rpc/status.pb.h"

namespace muniment::rpc {

// Takes one line.
using Log = std::function<void(absl::string_view)>;

// `status` is not OK. `log` may be empty; then the line goes to standard error. `reveal` shows
// clients the text all the same: for tests.
google::rpc::Status ToRpcStatus(const absl::Status& status, const Log& log, bool reveal = false);

// As google.rpc.Code documents, with 499 for CANCELLED. Connect's table is the same.
int HttpStatus(absl::StatusCode code);
// What REST answers: HTTP's own word where it has one (RFC 9110 section 15.5), 413 for what is too
// large and 408 for a body that does not come, else as HttpStatus.
int RestStatus(const absl::Status& status);

// "invalid_argument", as Connect names codes.
absl::string_view ConnectCode(int code);

// google.rpc.Status as REST answers it.
std::string StatusJson(const google::rpc::Status& status);

// Connect's JSON error; its details are base64 without padding.
std::string ConnectErrorJson(const google::rpc::Status& status);

}  // namespace muniment::rpc

#endif  // MUNIMENT_GATEWAY_RPC_ERROR_H_

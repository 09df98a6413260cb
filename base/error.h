// Errors: an absl::Status whose dotted reason is stable and meant for programs, beside a message
// meant for people. The gateway turns them into every protocol's form in one place.
//
//   return Error(absl::StatusCode::kAlreadyExists, "user.username_taken",
//                "The user name is taken.");
//
// Thread-safe; nothing here throws.
#ifndef MUNIMENT_BASE_ERROR_H_
#define MUNIMENT_BASE_ERROR_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace muniment {

// A status with a reason: lower-case words joined by dots, "<resource>.<what>".
absl::Status Error(absl::StatusCode code, absl::string_view reason, absl::string_view message);

// The reason given to Error, or "" for a status made otherwise.
std::string Reason(const absl::Status& status);

// A fact beside the reason, shown to callers in ErrorInfo.metadata. Replaces an equal key.
void SetErrorFact(absl::Status& status, absl::string_view key, absl::string_view value);
std::vector<std::pair<std::string, std::string>> ErrorFacts(const absl::Status& status);

}  // namespace muniment

// Assigns the value of a StatusOr or returns its status; `lhs` may declare.
#define ASSIGN_OR_RETURN(lhs, expression) \
  MUNIMENT_ASSIGN_OR_RETURN_(MUNIMENT_CONCAT_(status_or_, __LINE__), lhs, expression)
#define RETURN_IF_ERROR(expression)                      \
  do {                                                   \
    absl::Status status_in_macro = (expression);         \
    if (!status_in_macro.ok()) return status_in_macro;   \
  } while (false)

#define MUNIMENT_CONCAT_INNER_(a, b) a##b
#define MUNIMENT_CONCAT_(a, b) MUNIMENT_CONCAT_INNER_(a, b)
#define MUNIMENT_ASSIGN_OR_RETURN_(temporary, lhs, expression) \
  auto temporary = (expression);                               \
  if (!temporary.ok()) return std::move(temporary).status();   \
  lhs = *std::move(temporary)

#endif  // MUNIMENT_BASE_ERROR_H_

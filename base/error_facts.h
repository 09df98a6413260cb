// Facts of errors (SetErrorFact) that clients are told in a published form as well; the gateway
// makes them of these keys.
//
//   SetErrorFact(status, kRetryAfter, RetryAfter(wait));
#ifndef MUNIMENT_BASE_ERROR_FACTS_H_
#define MUNIMENT_BASE_ERROR_FACTS_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/error.h"

namespace muniment {

// Whole seconds after which the same request may succeed: google.rpc.RetryInfo.
inline constexpr absl::string_view kRetryAfter = "retry_after";
// Wrong tries in a row, with this one: zitadel.v1.CredentialsCheckError.
inline constexpr absl::string_view kFailedAttempts = "failed_attempts";

// The value of a fact; empty where the status has none such.
inline std::string ErrorFact(const absl::Status& status, absl::string_view key) {
  for (const auto& [name, value] : ErrorFacts(status)) {
    if (name == key) return value;
  }
  return {};
}

// Rounded up, for whoever comes earlier is refused again.
inline std::string RetryAfter(absl::Duration wait) {
  return absl::StrCat(absl::ToInt64Seconds(absl::Ceil(wait, absl::Seconds(1))));
}

}  // namespace muniment

#endif  // MUNIMENT_BASE_ERROR_FACTS_H_

#include "gateway/reactors/attempt.h"

#include <algorithm>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/text.h"

namespace muniment::gateway {
namespace {

constexpr size_t kMaxReason = 500;

}  // namespace

bool IsLast(const Retry& retry, uint32_t attempts, const absl::Status& failure) {
  return attempts >= retry.attempts || absl::IsFailedPrecondition(failure);
}

absl::Duration PauseAfter(const Retry& retry, uint32_t attempts) {
  thread_local absl::BitGen random;
  absl::Duration pause = retry.first;
  for (uint32_t i = 1; i < attempts && pause < retry.last; ++i) pause *= 2;
  return std::min(pause, retry.last) * absl::Uniform(random, 0.75, 1.25);
}

std::string ReasonText(const absl::Status& failure) {
  const std::string reason = Reason(failure);
  std::string text = absl::StrCat(
      reason.empty() ? absl::StatusCodeToString(failure.code()) : reason, ": ", failure.message());
  if (!ValidUtf8(text)) return "The reason is no text.";
  if (text.size() > kMaxReason) {
    text.resize(kMaxReason);
    // Not in the middle of a character.
    while (!ValidUtf8(text)) text.pop_back();
  }
  return text;
}

bool Passes(const absl::Status& failure) {
  switch (failure.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kDeadlineExceeded:
      return Reason(failure) != "store.fenced";
    default:
      return false;
  }
}

}  // namespace muniment::gateway

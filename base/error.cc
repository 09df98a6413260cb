#include "base/error.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace muniment {
namespace {

constexpr absl::string_view kReason = "muniment.reason";
constexpr absl::string_view kFact = "muniment.fact.";

}  // namespace

absl::Status Error(absl::StatusCode code, absl::string_view reason, absl::string_view message) {
  absl::Status status(code, message);
  status.SetPayload(kReason, absl::Cord(reason));
  return status;
}

std::string Reason(const absl::Status& status) {
  const auto payload = status.GetPayload(kReason);
  return payload.has_value() ? std::string(*payload) : std::string();
}

void SetErrorFact(absl::Status& status, absl::string_view key, absl::string_view value) {
  status.SetPayload(absl::StrCat(kFact, key), absl::Cord(value));
}

std::vector<std::pair<std::string, std::string>> ErrorFacts(const absl::Status& status) {
  std::vector<std::pair<std::string, std::string>> facts;
  status.ForEachPayload([&facts](absl::string_view url, const absl::Cord& value) {
    if (absl::ConsumePrefix(&url, kFact)) facts.emplace_back(std::string(url), std::string(value));
  });
  return facts;
}

}  // namespace muniment

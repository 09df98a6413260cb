#include "gateway/api/sequence_token.h"

#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/error.h"

namespace muniment::gateway {
namespace {

constexpr absl::string_view kPurpose = "api.sequence";

absl::Status Invalid() {
  return Error(absl::StatusCode::kInvalidArgument, "request.sequence",
               "The sequence to wait for is none that this server gave.");
}

}  // namespace

std::string SequenceTokens::Seal(const Place& place) const {
  return sealer_.Seal(kPurpose,
                      absl::StrCat(place.epoch, ".", place.instance, ".", place.sequence),
                      absl::InfiniteFuture());
}

absl::StatusOr<Place> SequenceTokens::Open(absl::string_view text) const {
  const absl::StatusOr<std::string> payload =
      sealer_.Open(kPurpose, text, absl::UnixEpoch());
  if (!payload.ok()) return Invalid();
  const std::vector<absl::string_view> parts = absl::StrSplit(*payload, '.');
  Place place;
  if (parts.size() != 3 || !absl::SimpleAtoi(parts[0], &place.epoch) ||
      !absl::SimpleAtoi(parts[1], &place.instance) ||
      !absl::SimpleAtoi(parts[2], &place.sequence)) {
    return Invalid();
  }
  return place;
}

}  // namespace muniment::gateway

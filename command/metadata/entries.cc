#include "command/metadata/entries.h"

#include <algorithm>

namespace muniment::command {

absl::Status KeysDiffer(std::vector<absl::string_view> keys) {
  std::sort(keys.begin(), keys.end());
  if (std::adjacent_find(keys.begin(), keys.end()) == keys.end()) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, "metadata.key_repeated",
               "A key of the metadata is named twice.");
}

absl::Status KeysStand(const Metadata& metadata, const std::vector<absl::string_view>& keys) {
  for (const absl::string_view key : keys) {
    if (metadata.Has(key)) continue;
    absl::Status missing = Error(absl::StatusCode::kNotFound, "metadata.not_found",
                                 "There are no metadata under this key.");
    SetErrorFact(missing, "key", key);
    return missing;
  }
  return absl::OkStatus();
}

}  // namespace muniment::command

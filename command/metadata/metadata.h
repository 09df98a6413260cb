// The metadata of an organization or a user, as decisions see it: which keys stand, and whether a
// value would change. Values, which may be large, are kept as hashes.
#ifndef MUNIMENT_COMMAND_METADATA_METADATA_H_
#define MUNIMENT_COMMAND_METADATA_METADATA_H_

#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "base/crypto.h"
#include "muniment/event/v1/metadata.visit.h"

namespace muniment::command {

struct Metadata {
  using Event = event::v1::MetadataEvent;
  static constexpr absl::string_view kNoun = "metadata";

  // Key -> SHA-256 of its value.
  std::map<std::string, Digest, std::less<>> values;

  bool exists() const { return !values.empty(); }
  bool Has(absl::string_view key) const { return values.find(key) != values.end(); }
  bool Holds(absl::string_view key, absl::string_view value) const {
    const auto found = values.find(key);
    return found != values.end() && found->second == Sha256(value);
  }
  size_t bytes() const { return values.size() * 128; }
};

void Fold(Metadata& metadata, const event::v1::MetadataSet& event);
void Fold(Metadata& metadata, const event::v1::MetadataRemoved& event);
void Fold(Metadata& metadata, const event::v1::MetadataAllRemoved& event);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_METADATA_METADATA_H_

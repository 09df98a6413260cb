// Setting and removing metadata, which organizations and users share.
#ifndef MUNIMENT_COMMAND_METADATA_ENTRIES_H_
#define MUNIMENT_COMMAND_METADATA_ENTRIES_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "command/metadata/metadata.h"
#include "command/unit.h"

namespace muniment::command {

// INVALID_ARGUMENT "metadata.key_repeated".
absl::Status KeysDiffer(std::vector<absl::string_view> keys);
// NOT_FOUND "metadata.not_found" for a key that is not there.
absl::Status KeysStand(const Metadata& metadata, const std::vector<absl::string_view>& keys);

// An answer without a change is dated by the newest change there was.
inline void AnswerWithMetadata(Unit& unit, const Ref<Metadata>& metadata) {
  if (metadata.version() > 0) unit.AnswerWith(metadata);
}

// `entries`: messages with a key and a value. What is set already raises nothing. Whose aggregate
// it is must be loaded.
template <class Entries>
absl::StatusOr<Ref<Metadata>> SetMetadata(Unit& unit, const Scope& scope, const Entries& entries) {
  std::vector<absl::string_view> keys;
  for (const auto& entry : entries) keys.push_back(entry.key());
  RETURN_IF_ERROR(KeysDiffer(std::move(keys)));
  ASSIGN_OR_RETURN(const auto metadata, unit.LoadAny<Metadata>(scope));
  for (const auto& entry : entries) {
    if (metadata->Holds(entry.key(), entry.value())) continue;
    event::v1::MetadataSet set;
    set.set_key(entry.key());
    set.set_value(entry.value());
    unit.Raise(metadata, std::move(set));
  }
  return metadata;
}

// All of the keys or none of them.
template <class Keys>
absl::StatusOr<Ref<Metadata>> RemoveMetadata(Unit& unit, const Scope& scope, const Keys& keys) {
  const std::vector<absl::string_view> named(keys.begin(), keys.end());
  RETURN_IF_ERROR(KeysDiffer(named));
  ASSIGN_OR_RETURN(const auto metadata, unit.LoadAny<Metadata>(scope));
  RETURN_IF_ERROR(KeysStand(*metadata, named));
  for (const absl::string_view key : named) {
    event::v1::MetadataRemoved removed;
    removed.set_key(std::string(key));
    unit.Raise(metadata, std::move(removed));
  }
  return metadata;
}

// With the aggregate that ends.
inline absl::Status RemoveAllMetadata(Unit& unit, const Scope& scope) {
  ASSIGN_OR_RETURN(const auto metadata, unit.LoadAny<Metadata>(scope));
  if (metadata->exists()) unit.Raise(metadata, event::v1::MetadataAllRemoved());
  return absl::OkStatus();
}

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_METADATA_ENTRIES_H_

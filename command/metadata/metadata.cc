#include "command/metadata/metadata.h"

namespace muniment::command {

void Fold(Metadata& metadata, const event::v1::MetadataSet& event) {
  metadata.values[event.key()] = Sha256(event.value());
}

void Fold(Metadata& metadata, const event::v1::MetadataRemoved& event) {
  metadata.values.erase(event.key());
}

void Fold(Metadata& metadata, const event::v1::MetadataAllRemoved&) { metadata.values.clear(); }

}  // namespace muniment::command

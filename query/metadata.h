// Metadata of organizations and users: listing it, and finding its owners by it.
#ifndef MUNIMENT_QUERY_METADATA_H_
#define MUNIMENT_QUERY_METADATA_H_

#include <string>

#include "absl/strings/string_view.h"
#include "query/reader.h"
#include "zitadel/metadata.pb.h"
#include "zitadel/metadata/v2/metadata.pb.h"

namespace muniment::query {

// `id` reads the owner of a row.
// Predicates "metadata_key" and "metadata_value" over rows that own metadata: some entry
// has such a key, or such a value.
using OwnerId = std::string (*)(const google::protobuf::Message& row);
Named MetadataKey(Reader& reader, Aggregate aggregate, OwnerId id);
Named MetadataValue(Reader& reader, Aggregate aggregate, OwnerId id);

// The row key prefix of all metadata of one aggregate.
std::string MetadataOf(Aggregate aggregate, absl::string_view id);

void PresentMetadata(const Reader& reader, const row::v1::Metadata& row,
                     zitadel::metadata::v2::Metadata* metadata);

// One entry of what `owner` owns. NOT_FOUND "metadata.not_found".
absl::StatusOr<zitadel::metadata::v1::Metadata> OneMetadata(Reader& reader, Aggregate aggregate,
                                                            const std::string& id,
                                                            const std::string& owner,
                                                            const std::string& key);

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_METADATA_H_

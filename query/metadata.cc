#include "query/metadata.h"

#include "query/present.h"
#include "query/text_query.h"

namespace muniment::query {
namespace {

using google::protobuf::Message;
using row::v1::Metadata;
using zitadel::metadata::v2::MetadataKeyFilter;
using zitadel::metadata::v2::MetadataValueFilter;
using Entry = absl::FunctionRef<bool(const Metadata&)>;

absl::StatusOr<bool> SomeEntry(Reader& reader, Aggregate aggregate, const std::string& id,
                               Entry fits) {
  const auto& table = projections::TablePlan::Of<Metadata>();
  auto cursor =
      reader.view().ScanRows(reader.instance(), table, MetadataOf(aggregate, id));
  Metadata row;
  for (; cursor.Valid(); cursor.Next()) {
    RETURN_IF_ERROR(cursor.Row(&row));
    if (fits(row)) return true;
  }
  RETURN_IF_ERROR(cursor.status());
  return false;
}

}  // namespace

std::string MetadataOf(Aggregate aggregate, absl::string_view id) {
  return projections::TablePlan::Of<Metadata>().Key({aggregate, id});
}

Named MetadataKey(Reader& reader, Aggregate aggregate, OwnerId id) {
  Named named;
  named.name = "metadata_key";
  named.matches = [&reader, aggregate, id](const Message& argument, const Message& row) {
    const auto& filter = static_cast<const MetadataKeyFilter&>(argument);
    const TextQuery wanted(filter.key(), filter.method());
    return SomeEntry(reader, aggregate, id(row),
                     [&](const Metadata& entry) { return wanted.Fits(entry.key()); });
  };
  return named;
}

Named MetadataValue(Reader& reader, Aggregate aggregate, OwnerId id) {
  Named named;
  named.name = "metadata_value";
  named.matches = [&reader, aggregate, id](const Message& argument, const Message& row) {
    const auto& filter = static_cast<const MetadataValueFilter&>(argument);
    const bool differs = filter.method() == zitadel::filter::v2::BYTE_FILTER_METHOD_NOT_EQUALS;
    return SomeEntry(reader, aggregate, id(row), [&](const Metadata& entry) {
      return (entry.value() == filter.value()) != differs;
    });
  };
  return named;
}

void PresentMetadata(const Reader&, const Metadata& row,
                     zitadel::metadata::v2::Metadata* metadata) {
  *metadata->mutable_creation_date() = row.stamp().created();
  *metadata->mutable_change_date() = row.stamp().changed();
  metadata->set_key(row.key());
  metadata->set_value(row.value());
}

absl::StatusOr<zitadel::metadata::v1::Metadata> OneMetadata(Reader& reader, Aggregate aggregate,
                                                            const std::string& id,
                                                            const std::string& owner,
                                                            const std::string& key) {
  ASSIGN_OR_RETURN(const auto row,
                   reader.view().Get<Metadata>(reader.instance(), {aggregate, id, key}));
  if (!row.has_value()) {
    return Error(absl::StatusCode::kNotFound, "metadata.not_found", "There is no such entry.");
  }
  zitadel::metadata::v1::Metadata metadata;
  metadata.set_key(row->key());
  metadata.set_value(row->value());
  PresentDetails(row->stamp(), owner, metadata.mutable_details());
  return metadata;
}

}  // namespace muniment::query

#include "muniment/event/v1/metadata.visit.h"
#include "projections/attached.h"

namespace muniment::projections {
namespace {

using event::v1::MetadataAllRemoved;
using event::v1::MetadataEvent;
using event::v1::MetadataRemoved;
using event::v1::MetadataSet;
using event::v1::UserErased;
using event::v1::UserEvent;
using event::v1::UserRemoved;

struct MetadataTable {
  using Row = row::v1::Metadata;
  using Reads = Streams<MetadataEvent, UserEvent>;
  using Ignored = AttachedIgnored;

  static void Fold(Batch& batch, const EventMeta& meta, const MetadataSet& set) {
    const Values key = {meta.stream.aggregate, meta.stream.id, set.key()};
    Row* row = batch.Edit<Row>(meta.stream.instance, key);
    if (row != nullptr) {
      row->set_value(set.value());
      StampRow(meta, row->mutable_stamp());
      return;
    }
    Row added;
    added.set_aggregate(meta.stream.aggregate);
    added.set_resource_id(meta.stream.id);
    added.set_key(set.key());
    added.set_value(set.value());
    StampRow(meta, added.mutable_stamp());
    batch.Put(meta.stream.instance, std::move(added));
  }
  static void Fold(Batch& batch, const EventMeta& meta, const MetadataRemoved& removed) {
    batch.Delete<Row>(meta.stream.instance, {meta.stream.aggregate, meta.stream.id, removed.key()});
  }
  static void Fold(Batch& batch, const EventMeta& meta, const MetadataAllRemoved&) {
    DeleteAttached<Row>(batch, meta.stream.instance, {meta.stream.aggregate, meta.stream.id});
  }
  static void Fold(Batch& batch, const EventMeta& meta, const UserRemoved&) {
    DeleteAttached<Row>(batch, meta.stream.instance, {AGGREGATE_USER, meta.stream.id});
  }
  static void Fold(Batch& batch, const EventMeta& meta, const UserErased&) {
    DeleteAttached<Row>(batch, meta.stream.instance, {AGGREGATE_USER, meta.stream.id});
  }
};

}  // namespace

void AddMetadataTables(Projections* projections) {
  projections->push_back(MakeProjection<MetadataTable>());
}

}  // namespace muniment::projections

#include "muniment/event/v1/text.visit.h"
#include "muniment/row/v1/text.pb.h"
#include "projections/projection.h"

namespace muniment::projections {
namespace {

// A row for each message and language that somebody says otherwise.
struct MessageTextTable {
  using Row = row::v1::MessageText;
  using Reads = Streams<event::v1::TextEvent>;

  static void Fold(Batch& batch, const EventMeta& meta, const event::v1::MessageTextSet& set) {
    Row* known = batch.Edit<Row>(meta.stream.instance, {meta.stream.aggregate, meta.stream.id,
                                                        set.type(), set.language()});
    if (known != nullptr) {
      *known->mutable_text() = set.text();
      StampRow(meta, known->mutable_stamp());
      return;
    }
    Row row;
    row.set_aggregate(meta.stream.aggregate);
    row.set_resource_id(meta.stream.id);
    row.set_type(set.type());
    row.set_language(set.language());
    *row.mutable_text() = set.text();
    StampRow(meta, row.mutable_stamp());
    batch.Put(meta.stream.instance, std::move(row));
  }

  static void Fold(Batch& batch, const EventMeta& meta,
                   const event::v1::MessageTextRemoved& removed) {
    batch.Delete<Row>(meta.stream.instance, {meta.stream.aggregate, meta.stream.id,
                                             removed.type(), removed.language()});
  }
};

}  // namespace

void AddTextTables(Projections* projections) {
  projections->push_back(MakeProjection<MessageTextTable>());
}

}  // namespace muniment::projections

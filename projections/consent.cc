#include "muniment/event/v1/consent.visit.h"
#include "projections/attached.h"

namespace muniment::projections {
namespace {

struct ConsentTable {
  using Row = row::v1::Consent;
  using Reads = Streams<event::v1::UserConsentEvent, event::v1::UserEvent>;
  using Ignored = AttachedIgnored;

  static void Fold(Batch& batch, const EventMeta& meta, const event::v1::ConsentGiven& given) {
    Row row;
    row.set_user_id(meta.stream.id);
    row.set_kind(given.kind());
    row.set_version(given.version());
    *row.mutable_given_at() = given.given_at();
    row.set_language(given.language());
    row.set_reported_by(given.reported_by());
    StampRow(meta, row.mutable_stamp());
    batch.Put(meta.stream.instance, std::move(row));
  }
  static void Fold(Batch& batch, const EventMeta& meta, const event::v1::UserRemoved&) {
    DeleteAttached<Row>(batch, meta.stream.instance, {meta.stream.id});
  }
  static void Fold(Batch& batch, const EventMeta& meta, const event::v1::UserErased&) {
    DeleteAttached<Row>(batch, meta.stream.instance, {meta.stream.id});
  }
};

}  // namespace

void AddConsentTables(Projections* projections) {
  projections->push_back(MakeProjection<ConsentTable>());
}

}  // namespace muniment::projections

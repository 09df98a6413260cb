#include <string>

#include "base/jws.h"
#include "muniment/event/v1/web_key.visit.h"
#include "muniment/row/v1/web_key.pb.h"
#include "projections/projection.h"

namespace muniment::projections {
namespace {

// Made once, for anybody may ask for it at any rate.
std::string Jwk(const event::v1::WebKeyAdded& added) {
  const auto key = VerifyingKey::Open(added.public_key());
  return key.ok() ? key->Jwk(added.algorithm(), added.key_id()) : std::string();
}

struct WebKeyTable {
  using Row = row::v1::WebKey;
  using Reads = Streams<event::v1::WebKeyEvent>;

  static void Fold(Batch& batch, const EventMeta& meta, const event::v1::WebKeyAdded& added) {
    Row row;
    row.set_id(added.key_id());
    row.set_state(row::v1::WEB_KEY_STATE_INITIAL);
    row.set_algorithm(added.algorithm());
    row.set_bits(added.bits());
    row.set_public_key(added.public_key());
    row.set_jwk(Jwk(added));
    StampRow(meta, row.mutable_stamp());
    batch.Put(meta.stream.instance, std::move(row));
  }
  static void Fold(Batch& batch, const EventMeta& meta, const event::v1::WebKeyActivated& event) {
    Set(batch, meta, event.key_id(), row::v1::WEB_KEY_STATE_ACTIVE);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const event::v1::WebKeyDeactivated& event) {
    Set(batch, meta, event.key_id(), row::v1::WEB_KEY_STATE_INACTIVE);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const event::v1::WebKeyRemoved& event) {
    batch.Delete<Row>(meta.stream.instance, {event.key_id()});
  }

 private:
  static void Set(Batch& batch, const EventMeta& meta, const std::string& id,
                  row::v1::WebKeyState state) {
    Row* row = batch.Edit<Row>(meta.stream.instance, {id});
    if (row == nullptr) return;
    row->set_state(state);
    StampRow(meta, row->mutable_stamp());
  }
};

}  // namespace

void AddWebKeyTables(Projections* projections) {
  projections->push_back(MakeProjection<WebKeyTable>());
}

}  // namespace muniment::projections

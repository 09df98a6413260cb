// Rows of what is kept as long as its class: their key begins with the day on which their id was made,
// so that what a pruned day said of them goes with it, whole, with what later days still say: a rebuild
// finds no beginning of theirs either.
//
//   static void Fold(Batch& batch, const EventMeta& meta, const event::v1::DayPruned& pruned) {
//     PruneDay<Row>(batch, meta, pruned, SIGN_IN);
//   }
#ifndef MUNIMENT_PROJECTIONS_BY_DAY_H_
#define MUNIMENT_PROJECTIONS_BY_DAY_H_

#include <cstdint>
#include <string>

#include "muniment/event/v1/log.pb.h"
#include "projections/batch.h"
#include "projections/projection.h"
#include "projections/session_key.h"

namespace muniment::projections {

template <class Row>
void PruneDay(Batch& batch, const EventMeta& meta, const event::v1::DayPruned& pruned, Keep keep) {
  if (pruned.keep() != keep) return;
  // An id is made shortly before its event, and in a burst runs ahead of the clock.
  for (const int64_t day : {int64_t{pruned.day()} - 1, int64_t{pruned.day()},
                            int64_t{pruned.day()} + 1}) {
    for (const std::string& key : batch.Keys<Row>(meta.stream.instance, {day})) {
      const Row* row = batch.EditByKey<Row>(meta.stream.instance, key);
      if (row != nullptr && row->stamp().created().seconds() / 86'400 == pruned.day()) {
        batch.DeleteByKey<Row>(meta.stream.instance, key);
      }
    }
  }
}

// The row of the stream whose event it is, stamped; null where its beginning is not known.
template <class Row>
Row* EditByDay(Batch& batch, const EventMeta& meta) {
  Row* row = batch.Edit<Row>(meta.stream.instance, {SessionDay(meta.stream.id), meta.stream.id});
  if (row != nullptr) StampRow(meta, row->mutable_stamp());
  return row;
}

template <class Row>
void DeleteByDay(Batch& batch, const EventMeta& meta) {
  batch.Delete<Row>(meta.stream.instance, {SessionDay(meta.stream.id), meta.stream.id});
}

}  // namespace muniment::projections

#endif  // MUNIMENT_PROJECTIONS_BY_DAY_H_

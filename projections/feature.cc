#include <utility>

#include "base/features.h"
#include "muniment/event/v1/feature.visit.h"
#include "muniment/row/v1/feature.pb.h"
#include "projections/projection.h"

namespace muniment::projections {
namespace {

// What an instance set, one row; it stays when all is reset, for what was done last.
struct FeatureTable {
  using Row = row::v1::Features;
  using Reads = Streams<event::v1::FeatureEvent>;

  template <class Kind>
  static void Fold(Batch& batch, const EventMeta& meta, const Kind& kind) {
    Row* row = batch.Edit<Row>(meta.stream.instance, {meta.stream.id});
    Row added;
    added.set_instance_id(meta.stream.id);
    Row& now = row != nullptr ? *row : added;
    if constexpr (requires { kind.features(); }) {
      TakeFlags(kind.features(), now.mutable_features());
    } else {
      now.clear_features();
    }
    StampRow(meta, now.mutable_stamp());
    if (row == nullptr) batch.Put(meta.stream.instance, std::move(added));
  }
};

}  // namespace

void AddFeatureTables(Projections* projections) {
  projections->push_back(MakeProjection<FeatureTable>());
}

}  // namespace muniment::projections

#include "muniment/event/v1/role.visit.h"
#include "muniment/row/v1/role.pb.h"
#include "projections/projection.h"

namespace muniment::projections {
namespace {

using event::v1::RoleAdded;
using event::v1::RoleChanged;
using event::v1::RoleEvent;
using event::v1::RoleRemoved;
using event::v1::RolesCascadeRemoved;

// Rows stay when roles are removed: their names are spent.
struct DefinedRoleTable {
  using Row = row::v1::DefinedRole;
  using Reads = Streams<RoleEvent>;

  static void Fold(Batch& batch, const EventMeta& meta, const RoleAdded& added) {
    Row row;
    row.set_aggregate(meta.stream.aggregate);
    row.set_resource_id(meta.stream.id);
    row.set_name(added.name());
    row.set_display_name(added.display_name());
    row.set_level(added.level());
    *row.mutable_permission() = added.permission();
    StampRow(meta, row.mutable_stamp());
    batch.Put(meta.stream.instance, std::move(row));
  }
  static void Fold(Batch& batch, const EventMeta& meta, const RoleChanged& changed) {
    Row* row = batch.Edit<Row>(meta.stream.instance,
                               {meta.stream.aggregate, meta.stream.id, changed.name()});
    if (row == nullptr) return;
    row->set_display_name(changed.display_name());
    *row->mutable_permission() = changed.permission();
    StampRow(meta, row->mutable_stamp());
  }
  static void Fold(Batch& batch, const EventMeta& meta, const RoleRemoved& removed) {
    End(meta, batch.Edit<Row>(meta.stream.instance,
                              {meta.stream.aggregate, meta.stream.id, removed.name()}));
  }
  static void Fold(Batch& batch, const EventMeta& meta, const RolesCascadeRemoved&) {
    const uint64_t instance = meta.stream.instance;
    for (const std::string& key :
         batch.Keys<Row>(instance, {meta.stream.aggregate, meta.stream.id})) {
      End(meta, batch.EditByKey<Row>(instance, key));
    }
  }

 private:
  static void End(const EventMeta& meta, Row* row) {
    if (row == nullptr || row->removed()) return;
    row->set_removed(true);
    row->clear_permission();
    StampRow(meta, row->mutable_stamp());
  }
};

}  // namespace

void AddRoleTables(Projections* projections) {
  projections->push_back(MakeProjection<DefinedRoleTable>());
}

}  // namespace muniment::projections

#include "muniment/event/v1/member.visit.h"
#include "projections/projection.h"

namespace muniment::projections {
namespace {

using event::v1::MemberAdded;
using event::v1::MemberCascadeRemoved;
using event::v1::MemberChanged;
using event::v1::MemberEvent;
using event::v1::MemberRemoved;

struct MemberTable {
  using Row = row::v1::Member;
  using Reads = Streams<MemberEvent>;

  static void Fold(Batch& batch, const EventMeta& meta, const MemberAdded& added) {
    Row row;
    row.set_aggregate(meta.stream.aggregate);
    row.set_resource_id(meta.stream.id);
    row.set_user_id(added.user_id());
    *row.mutable_role() = added.role();
    if (meta.stream.aggregate != AGGREGATE_INSTANCE) row.set_organization_id(meta.owner);
    if (meta.stream.aggregate == AGGREGATE_PROJECT ||
        meta.stream.aggregate == AGGREGATE_PROJECT_GRANT) {
      row.set_project_id(meta.stream.id.substr(0, meta.stream.id.find('/')));
    }
    StampRow(meta, row.mutable_stamp());
    batch.Put(meta.stream.instance, std::move(row));
  }
  static void Fold(Batch& batch, const EventMeta& meta, const MemberChanged& changed) {
    Row* row = batch.Edit<Row>(meta.stream.instance,
                               {meta.stream.aggregate, meta.stream.id, changed.user_id()});
    if (row == nullptr) return;
    *row->mutable_role() = changed.role();
    StampRow(meta, row->mutable_stamp());
  }
  static void Fold(Batch& batch, const EventMeta& meta, const MemberRemoved& removed) {
    End(batch, meta, removed.user_id());
  }
  static void Fold(Batch& batch, const EventMeta& meta, const MemberCascadeRemoved& removed) {
    End(batch, meta, removed.user_id());
  }

 private:
  static void End(Batch& batch, const EventMeta& meta, const std::string& user) {
    batch.Delete<Row>(meta.stream.instance, {meta.stream.aggregate, meta.stream.id, user});
  }
};

}  // namespace

void AddMemberTables(Projections* projections) {
  projections->push_back(MakeProjection<MemberTable>());
}

}  // namespace muniment::projections

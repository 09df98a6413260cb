// Where user names count: what organizations say of it, and the moves of names.
#include "muniment/event/v1/domain_policy.visit.h"
#include "muniment/event/v1/org.visit.h"
#include "muniment/row/v1/names.pb.h"
#include "projections/projection.h"

namespace muniment::projections {
namespace {

using event::v1::DomainPolicyEvent;
using event::v1::DomainPolicyMoved;
using event::v1::DomainPolicyMoveEnded;
using event::v1::DomainPolicyMoveRefused;
using event::v1::DomainPolicyMoveStarted;
using event::v1::OrganizationSettingsRemoved;
using event::v1::OrganizationSettingsSet;

struct NameMoveTable {
  using Row = row::v1::NameMove;
  using Reads = Streams<DomainPolicyEvent, event::v1::OrgEvent>;
  using Ignored = Kinds<event::v1::DomainPolicyAdded, event::v1::DomainPolicyChanged,
                        event::v1::DomainPolicyRemoved, event::v1::OrgAdded, event::v1::OrgChanged,
                        event::v1::OrgDeactivated, event::v1::OrgReactivated,
                        event::v1::OrgRemoved>;

  static void Fold(Batch& batch, const EventMeta& meta, const DomainPolicyMoveStarted& started) {
    Row row;
    row.set_aggregate(meta.stream.aggregate);
    row.set_resource_id(meta.stream.id);
    row.set_state(row::v1::NAME_MOVE_STATE_CLAIMING);
    *row.mutable_started() = started;
    StampRow(meta, row.mutable_stamp());
    *row.mutable_started_at() = row.stamp().changed();
    batch.Put(meta.stream.instance, std::move(row));
  }
  static void Fold(Batch& batch, const EventMeta& meta, const DomainPolicyMoveRefused& refused) {
    Row* row = Turn(batch, meta, row::v1::NAME_MOVE_STATE_RELEASING);
    if (row != nullptr) *row->mutable_refused() = refused;
  }
  static void Fold(Batch& batch, const EventMeta& meta, const DomainPolicyMoved&) {
    Turn(batch, meta, row::v1::NAME_MOVE_STATE_RELEASING);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const DomainPolicyMoveEnded&) {
    Turn(batch, meta, row::v1::NAME_MOVE_STATE_ENDED);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const event::v1::OrgSwept&) {
    batch.Delete<Row>(meta.stream.instance, {AGGREGATE_ORG, meta.stream.id});
  }

 private:
  static Row* Turn(Batch& batch, const EventMeta& meta, row::v1::NameMoveState state) {
    Row* row = batch.Edit<Row>(meta.stream.instance, {meta.stream.aggregate, meta.stream.id});
    if (row == nullptr) return row;
    row->set_state(state);
    StampRow(meta, row->mutable_stamp());
    return row;
  }
};

struct OrganizationSettingsTable {
  using Row = row::v1::OrganizationSettings;
  using Reads = Streams<event::v1::OrganizationSettingsEvent>;

  static void Fold(Batch& batch, const EventMeta& meta, const OrganizationSettingsSet& set) {
    Row* row = batch.Edit<Row>(meta.stream.instance, {meta.stream.id});
    Row added;
    const bool stands = row != nullptr;
    if (!stands) row = &added;
    row->set_organization_id(meta.stream.id);
    *row->mutable_settings() = set.settings();
    StampRow(meta, row->mutable_stamp());
    if (!stands) batch.Put(meta.stream.instance, std::move(added));
  }
  static void Fold(Batch& batch, const EventMeta& meta, const OrganizationSettingsRemoved&) {
    batch.Delete<Row>(meta.stream.instance, {meta.stream.id});
  }
};

}  // namespace

void AddNameTables(Projections* projections) {
  projections->push_back(MakeProjection<NameMoveTable>());
  projections->push_back(MakeProjection<OrganizationSettingsTable>());
}

}  // namespace muniment::projections

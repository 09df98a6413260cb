#include "muniment/event/v1/org.visit.h"
#include "projections/projection.h"

namespace muniment::projections {
namespace {

using event::v1::OrgAdded;
using event::v1::OrgChanged;
using event::v1::OrgDeactivated;
using event::v1::OrgDomainAdded;
using event::v1::OrgDomainEvent;
using event::v1::OrgDomainPrimarySet;
using event::v1::OrgDomainRemoved;
using event::v1::OrgDomainVerificationAdded;
using event::v1::OrgDomainVerificationFailed;
using event::v1::OrgDomainVerified;
using event::v1::OrgEvent;
using event::v1::OrgReactivated;
using event::v1::OrgRemoved;
using event::v1::OrgSwept;

struct OrgTable {
  using Row = row::v1::Org;
  using Reads = Streams<OrgEvent, OrgDomainEvent>;
  using Ignored = Kinds<OrgDomainAdded, OrgDomainVerified, OrgDomainVerificationAdded,
                        OrgDomainVerificationFailed>;

  static void Fold(Batch& batch, const EventMeta& meta, const OrgAdded& added) {
    Row row;
    row.set_id(meta.stream.id);
    row.set_name(added.name());
    row.set_state(row::v1::ORG_STATE_ACTIVE);
    StampRow(meta, row.mutable_stamp());
    batch.Put(meta.stream.instance, std::move(row));
  }
  static void Fold(Batch& batch, const EventMeta& meta, const OrgChanged& changed) {
    if (Row* row = Edit(batch, meta)) row->set_name(changed.name());
  }
  static void Fold(Batch& batch, const EventMeta& meta, const OrgDeactivated&) {
    if (Row* row = Edit(batch, meta)) row->set_state(row::v1::ORG_STATE_INACTIVE);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const OrgReactivated&) {
    if (Row* row = Edit(batch, meta)) row->set_state(row::v1::ORG_STATE_ACTIVE);
  }
  // The row stays: what the organization owned is swept after, and asks who its owner was.
  static void Fold(Batch& batch, const EventMeta& meta, const OrgRemoved&) {
    if (Row* row = Edit(batch, meta)) row->set_state(row::v1::ORG_STATE_REMOVED);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const OrgSwept&) {
    batch.Delete<Row>(meta.stream.instance, {meta.stream.id});
  }
  static void Fold(Batch& batch, const EventMeta& meta, const OrgDomainPrimarySet& set) {
    if (Row* row = Edit(batch, meta)) row->set_primary_domain(set.domain());
  }
  static void Fold(Batch& batch, const EventMeta& meta, const OrgDomainRemoved& removed) {
    const Row* known = batch.Get<Row>(meta.stream.instance, {meta.stream.id});
    if (known == nullptr || known->primary_domain() != removed.domain()) return;
    if (Row* row = Edit(batch, meta)) row->clear_primary_domain();
  }

 private:
  static Row* Edit(Batch& batch, const EventMeta& meta) {
    Row* row = batch.Edit<Row>(meta.stream.instance, {meta.stream.id});
    if (row != nullptr) StampRow(meta, row->mutable_stamp());
    return row;
  }
};

struct OrgDomainTable {
  using Row = row::v1::OrgDomain;
  using Reads = Streams<OrgDomainEvent>;
  using Ignored = Kinds<OrgDomainVerificationFailed>;

  static void Fold(Batch& batch, const EventMeta& meta, const OrgDomainAdded& added) {
    Row row;
    row.set_organization_id(meta.stream.id);
    row.set_domain(added.domain());
    StampRow(meta, row.mutable_stamp());
    batch.Put(meta.stream.instance, std::move(row));
  }
  static void Fold(Batch& batch, const EventMeta& meta, const OrgDomainVerified& verified) {
    Row* row = batch.Edit<Row>(meta.stream.instance, {meta.stream.id, verified.domain()});
    if (row == nullptr) return;
    row->set_verified(true);
    row->set_proof(verified.proved_by());
    StampRow(meta, row->mutable_stamp());
  }
  // Where it has to be, and nothing of the token.
  static void Fold(Batch& batch, const EventMeta& meta, const OrgDomainVerificationAdded& added) {
    Row* row = batch.Edit<Row>(meta.stream.instance, {meta.stream.id, added.domain()});
    if (row == nullptr) return;
    row->set_proof(added.proof());
    StampRow(meta, row->mutable_stamp());
  }
  static void Fold(Batch& batch, const EventMeta& meta, const OrgDomainPrimarySet& set) {
    const std::string chosen = TablePlan::Of<Row>().Key({meta.stream.id, set.domain()});
    for (const std::string& key : batch.Keys<Row>(meta.stream.instance, {meta.stream.id})) {
      Row* row = batch.EditByKey<Row>(meta.stream.instance, key);
      if (row == nullptr || row->primary() == (key == chosen)) continue;
      row->set_primary(key == chosen);
      StampRow(meta, row->mutable_stamp());
    }
  }
  static void Fold(Batch& batch, const EventMeta& meta, const OrgDomainRemoved& removed) {
    batch.Delete<Row>(meta.stream.instance, {meta.stream.id, removed.domain()});
  }
};

}  // namespace

void AddOrgTables(Projections* projections) {
  projections->push_back(MakeProjection<OrgTable>());
  projections->push_back(MakeProjection<OrgDomainTable>());
}

}  // namespace muniment::projections

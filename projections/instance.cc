#include "muniment/event/v1/instance.visit.h"
#include "projections/projection.h"

namespace muniment::projections {
namespace {

using event::v1::InstanceAdded;
using event::v1::InstanceDefaultLanguageSet;
using event::v1::InstanceDefaultOrgSet;
using event::v1::InstanceDomainAdded;
using event::v1::InstanceDomainPrimarySet;
using event::v1::InstanceEvent;

struct InstanceTable {
  using Row = row::v1::Instance;
  using Reads = Streams<InstanceEvent>;
  using Ignored = Kinds<InstanceDomainAdded>;

  static void Fold(Batch& batch, const EventMeta& meta, const InstanceAdded& added) {
    Row row;
    row.set_id(meta.stream.id);
    row.set_name(added.name());
    StampRow(meta, row.mutable_stamp());
    batch.Put(meta.stream.instance, std::move(row));
  }
  static void Fold(Batch& batch, const EventMeta& meta, const InstanceDomainPrimarySet& set) {
    if (Row* row = Edit(batch, meta)) row->set_primary_domain(set.domain());
  }
  static void Fold(Batch& batch, const EventMeta& meta, const InstanceDefaultOrgSet& set) {
    if (Row* row = Edit(batch, meta)) row->set_default_organization_id(set.organization_id());
  }
  static void Fold(Batch& batch, const EventMeta& meta, const InstanceDefaultLanguageSet& set) {
    if (Row* row = Edit(batch, meta)) row->set_default_language(set.language());
  }

 private:
  static Row* Edit(Batch& batch, const EventMeta& meta) {
    Row* row = batch.Edit<Row>(meta.stream.instance, {meta.stream.id});
    if (row != nullptr) StampRow(meta, row->mutable_stamp());
    return row;
  }
};

struct InstanceDomainTable {
  using Row = row::v1::InstanceDomain;
  using Reads = Streams<InstanceEvent>;
  using Ignored = Kinds<InstanceAdded, InstanceDomainPrimarySet, InstanceDefaultOrgSet,
                        InstanceDefaultLanguageSet>;

  static void Fold(Batch& batch, const EventMeta& meta, const InstanceDomainAdded& added) {
    Row row;
    row.set_domain(added.domain());
    row.set_instance_id(meta.stream.id);
    batch.Put(eventstore::kSystemInstance, std::move(row));
  }
};

}  // namespace

void AddInstanceTables(Projections* projections) {
  projections->push_back(MakeProjection<InstanceTable>());
  projections->push_back(MakeProjection<InstanceDomainTable>());
}

}  // namespace muniment::projections

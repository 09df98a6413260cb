#include "muniment/event/v1/policy.visit.h"
#include "projections/projection.h"

namespace muniment::projections {
namespace {

using event::v1::DomainPolicyAdded;
using event::v1::DomainPolicyChanged;
using event::v1::DomainPolicyEvent;
using event::v1::DomainPolicyRemoved;
using event::v1::PasswordComplexityAdded;
using event::v1::PasswordComplexityChanged;
using event::v1::PasswordComplexityEvent;
using event::v1::PasswordComplexityRemoved;

// A setting that an instance has and an organization may have: one row each, as last said.
template <class Policy>
struct PolicyTable {
  using Row = typename Policy::Row;
  using Reads = Streams<typename Policy::Event>;

  static void Fold(Batch& batch, const EventMeta& meta, const typename Policy::Added& added) {
    Set(batch, meta, added.policy());
  }
  static void Fold(Batch& batch, const EventMeta& meta, const typename Policy::Changed& changed) {
    Set(batch, meta, changed.policy());
  }
  static void Fold(Batch& batch, const EventMeta& meta, const typename Policy::Removed&) {
    batch.Delete<Row>(meta.stream.instance, {meta.stream.aggregate, meta.stream.id});
  }

 private:
  template <class Values>
  static void Set(Batch& batch, const EventMeta& meta, const Values& policy) {
    Row* row = batch.Edit<Row>(meta.stream.instance, {meta.stream.aggregate, meta.stream.id});
    if (row != nullptr) {
      *row->mutable_policy() = policy;
      StampRow(meta, row->mutable_stamp());
      return;
    }
    Row added;
    added.set_aggregate(meta.stream.aggregate);
    added.set_resource_id(meta.stream.id);
    *added.mutable_policy() = policy;
    StampRow(meta, added.mutable_stamp());
    batch.Put(meta.stream.instance, std::move(added));
  }
};

struct Complexity {
  using Row = row::v1::PasswordComplexity;
  using Event = PasswordComplexityEvent;
  using Added = PasswordComplexityAdded;
  using Changed = PasswordComplexityChanged;
  using Removed = PasswordComplexityRemoved;
};

struct Domain {
  using Row = row::v1::DomainPolicy;
  using Event = DomainPolicyEvent;
  using Added = DomainPolicyAdded;
  using Changed = DomainPolicyChanged;
  using Removed = DomainPolicyRemoved;
};

}  // namespace

void AddPolicyTables(Projections* projections) {
  projections->push_back(MakeProjection<PolicyTable<Complexity>>());
  projections->push_back(MakeProjection<PolicyTable<Domain>>());
}

}  // namespace muniment::projections

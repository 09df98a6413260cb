#include "muniment/event/v1/log.visit.h"
#include "muniment/event/v1/metadata.visit.h"
#include "muniment/event/v1/user.visit.h"
#include "projections/projection.h"

namespace muniment::projections {
namespace {

using event::v1::DayClosed;
using event::v1::DayPruned;
using event::v1::EmailChanged;
using event::v1::EmailVerified;
using event::v1::HumanAdded;
using event::v1::LogEvent;
using event::v1::MachineAdded;
using event::v1::MachineChanged;
using event::v1::MetadataAllRemoved;
using event::v1::MetadataEvent;
using event::v1::MetadataRemoved;
using event::v1::MetadataSet;
using event::v1::PasswordChanged;
using event::v1::PhoneChanged;
using event::v1::PhoneRemoved;
using event::v1::PhoneVerified;
using event::v1::ProfileChanged;
using event::v1::StoreFounded;
using event::v1::SubjectErased;
using event::v1::UserDeactivated;
using event::v1::UserEvent;
using event::v1::UserLocked;
using event::v1::UsernameChanged;
using event::v1::UserReactivated;
using event::v1::UserRemoved;
using event::v1::UserUnlocked;

struct MetadataTable {
  using Row = row::v1::Metadata;
  using Reads = Streams<MetadataEvent, UserEvent, LogEvent>;
  using Ignored = Kinds<HumanAdded, MachineAdded, UsernameChanged, ProfileChanged, EmailChanged,
                        EmailVerified, PhoneChanged, PhoneVerified, PhoneRemoved, PasswordChanged,
                        MachineChanged, UserDeactivated, UserReactivated, UserLocked, UserUnlocked,
                        DayClosed, DayPruned, StoreFounded>;

  static void Fold(Batch& batch, const EventMeta& meta, const MetadataSet& set) {
    const Values key = {meta.stream.aggregate, meta.stream.id, set.key()};
    Row* row = batch.Edit<Row>(meta.stream.instance, key);
    if (row != nullptr) {
      row->set_value(set.value());
      StampRow(meta, row->mutable_stamp());
      return;
    }
    Row added;
    added.set_aggregate(meta.stream.aggregate);
    added.set_resource_id(meta.stream.id);
    added.set_key(set.key());
    added.set_value(set.value());
    StampRow(meta, added.mutable_stamp());
    batch.Put(meta.stream.instance, std::move(added));
  }
  static void Fold(Batch& batch, const EventMeta& meta, const MetadataRemoved& removed) {
    batch.Delete<Row>(meta.stream.instance, {meta.stream.aggregate, meta.stream.id, removed.key()});
  }
  static void Fold(Batch& batch, const EventMeta& meta, const MetadataAllRemoved&) {
    DeleteAll(batch, meta, meta.stream.aggregate);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const UserRemoved&) {
    DeleteAll(batch, meta, AGGREGATE_USER);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const SubjectErased& erased) {
    for (const Aggregate aggregate : {AGGREGATE_ORG, AGGREGATE_USER}) {
      for (const std::string& key :
           batch.Keys<Row>(meta.stream.instance, {aggregate, erased.subject_id()})) {
        batch.EraseByKey<Row>(meta.stream.instance, key);
      }
    }
  }

 private:
  static void DeleteAll(Batch& batch, const EventMeta& meta, Aggregate aggregate) {
    for (const std::string& key :
         batch.Keys<Row>(meta.stream.instance, {aggregate, meta.stream.id})) {
      batch.DeleteByKey<Row>(meta.stream.instance, key);
    }
  }
};

}  // namespace

void AddMetadataTables(Projections* projections) {
  projections->push_back(MakeProjection<MetadataTable>());
}

}  // namespace muniment::projections

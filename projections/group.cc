#include "muniment/event/v1/group.visit.h"
#include "projections/projection.h"

namespace muniment::projections {
namespace {

using event::v1::GroupAdded;
using event::v1::GroupChanged;
using event::v1::GroupEvent;
using event::v1::GroupRemoved;
using event::v1::GroupSwept;
using event::v1::GroupUserEvent;
using event::v1::GroupUsersAdded;
using event::v1::GroupUsersCascadeRemoved;
using event::v1::GroupUsersRemoved;

struct GroupTable {
  using Row = row::v1::Group;
  using Reads = Streams<GroupEvent>;
  using Ignored = Kinds<GroupSwept>;

  static void Fold(Batch& batch, const EventMeta& meta, const GroupAdded& added) {
    Row row;
    row.set_id(meta.stream.id);
    row.set_organization_id(added.organization_id());
    row.set_name(added.name());
    row.set_description(added.description());
    StampRow(meta, row.mutable_stamp());
    batch.Put(meta.stream.instance, std::move(row));
  }
  static void Fold(Batch& batch, const EventMeta& meta, const GroupChanged& changed) {
    Row* row = batch.Edit<Row>(meta.stream.instance, {meta.stream.id});
    if (row == nullptr) return;
    if (changed.has_name()) row->set_name(changed.name());
    if (changed.has_description()) row->set_description(changed.description());
    StampRow(meta, row->mutable_stamp());
  }
  static void Fold(Batch& batch, const EventMeta& meta, const GroupRemoved&) {
    batch.Delete<Row>(meta.stream.instance, {meta.stream.id});
  }
};

// Rows of a group that was removed stay until it is swept, which takes them page by page.
struct GroupUserTable {
  using Row = row::v1::GroupUser;
  using Reads = Streams<GroupUserEvent>;

  static void Fold(Batch& batch, const EventMeta& meta, const GroupUsersAdded& added) {
    for (const std::string& user : added.user_id()) {
      Row row;
      row.set_group_id(GroupOf(meta));
      row.set_user_id(user);
      row.set_organization_id(added.organization_id());
      StampRow(meta, row.mutable_stamp());
      batch.Put(meta.stream.instance, std::move(row));
    }
  }
  static void Fold(Batch& batch, const EventMeta& meta, const GroupUsersRemoved& removed) {
    Delete(batch, meta, removed);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const GroupUsersCascadeRemoved& removed) {
    Delete(batch, meta, removed);
  }

 private:
  // The stream's id is "group/page".
  static std::string GroupOf(const EventMeta& meta) {
    return meta.stream.id.substr(0, meta.stream.id.find('/'));
  }
  template <class Removed>
  static void Delete(Batch& batch, const EventMeta& meta, const Removed& removed) {
    for (const std::string& user : removed.user_id()) {
      batch.Delete<Row>(meta.stream.instance, {GroupOf(meta), user});
    }
  }
};

}  // namespace

void AddGroupTables(Projections* projections) {
  projections->push_back(MakeProjection<GroupTable>());
  projections->push_back(MakeProjection<GroupUserTable>());
}

}  // namespace muniment::projections

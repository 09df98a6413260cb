#include "absl/strings/str_cat.h"
#include "muniment/event/v1/project.visit.h"
#include "muniment/event/v1/user_grant.visit.h"
#include "projections/projection.h"

namespace muniment::projections {
namespace {

using event::v1::ProjectAdded;
using event::v1::ProjectChanged;
using event::v1::ProjectDeactivated;
using event::v1::ProjectEvent;
using event::v1::ProjectGrantAdded;
using event::v1::ProjectGrantCascadeChanged;
using event::v1::ProjectGrantChanged;
using event::v1::ProjectGrantDeactivated;
using event::v1::ProjectGrantEvent;
using event::v1::ProjectGrantReactivated;
using event::v1::ProjectGrantRemoved;
using event::v1::ProjectGrantRolesSwept;
using event::v1::ProjectGrantSwept;
using event::v1::ProjectReactivated;
using event::v1::ProjectRemoved;
using event::v1::ProjectRoleAdded;
using event::v1::ProjectRoleChanged;
using event::v1::ProjectRoleEvent;
using event::v1::ProjectRoleRemoved;
using event::v1::ProjectRolesSwept;
using event::v1::ProjectSwept;
using event::v1::UserGrantAdded;
using event::v1::UserGrantCascadeChanged;
using event::v1::UserGrantCascadeRemoved;
using event::v1::UserGrantChanged;
using event::v1::UserGrantDeactivated;
using event::v1::UserGrantEvent;
using event::v1::UserGrantReactivated;
using event::v1::UserGrantRemoved;

struct ProjectTable {
  using Row = row::v1::Project;
  using Reads = Streams<ProjectEvent>;

  static void Fold(Batch& batch, const EventMeta& meta, const ProjectAdded& added) {
    Row row;
    row.set_id(meta.stream.id);
    row.set_organization_id(added.organization_id());
    row.set_name(added.name());
    row.set_state(row::v1::PROJECT_STATE_ACTIVE);
    row.set_project_role_assertion(added.project_role_assertion());
    row.set_authorization_required(added.authorization_required());
    row.set_project_access_required(added.project_access_required());
    row.set_private_labeling(added.private_labeling());
    StampRow(meta, row.mutable_stamp());
    batch.Put(meta.stream.instance, std::move(row));
  }
  static void Fold(Batch& batch, const EventMeta& meta, const ProjectChanged& changed) {
    Row* row = Edit(batch, meta);
    if (row == nullptr) return;
    if (changed.has_name()) row->set_name(changed.name());
    if (changed.has_project_role_assertion()) {
      row->set_project_role_assertion(changed.project_role_assertion());
    }
    if (changed.has_authorization_required()) {
      row->set_authorization_required(changed.authorization_required());
    }
    if (changed.has_project_access_required()) {
      row->set_project_access_required(changed.project_access_required());
    }
    if (changed.has_private_labeling()) row->set_private_labeling(changed.private_labeling());
  }
  static void Fold(Batch& batch, const EventMeta& meta, const ProjectDeactivated&) {
    if (Row* row = Edit(batch, meta)) row->set_state(row::v1::PROJECT_STATE_INACTIVE);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const ProjectReactivated&) {
    if (Row* row = Edit(batch, meta)) row->set_state(row::v1::PROJECT_STATE_ACTIVE);
  }
  // The row stays: what hung on the project is swept after, and asks who its owner was.
  static void Fold(Batch& batch, const EventMeta& meta, const ProjectRemoved&) {
    if (Row* row = Edit(batch, meta)) row->set_state(row::v1::PROJECT_STATE_REMOVED);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const ProjectSwept&) {
    batch.Delete<Row>(meta.stream.instance, {meta.stream.id});
  }

 private:
  static Row* Edit(Batch& batch, const EventMeta& meta) {
    Row* row = batch.Edit<Row>(meta.stream.instance, {meta.stream.id});
    if (row != nullptr) StampRow(meta, row->mutable_stamp());
    return row;
  }
};

struct ProjectRoleTable {
  using Row = row::v1::ProjectRole;
  using Reads = Streams<ProjectRoleEvent, ProjectEvent>;
  using Ignored = Kinds<ProjectRolesSwept, ProjectAdded, ProjectChanged, ProjectDeactivated,
                        ProjectReactivated, ProjectSwept>;

  static void Fold(Batch& batch, const EventMeta& meta, const ProjectRoleAdded& added) {
    Row row;
    row.set_project_id(meta.stream.id);
    row.set_key(added.key());
    row.set_display_name(added.display_name());
    row.set_group(added.group());
    StampRow(meta, row.mutable_stamp());
    batch.Put(meta.stream.instance, std::move(row));
  }
  static void Fold(Batch& batch, const EventMeta& meta, const ProjectRoleChanged& changed) {
    Row* row = batch.Edit<Row>(meta.stream.instance, {meta.stream.id, changed.key()});
    if (row == nullptr) return;
    row->set_display_name(changed.display_name());
    row->set_group(changed.group());
    StampRow(meta, row->mutable_stamp());
  }
  static void Fold(Batch& batch, const EventMeta& meta, const ProjectRoleRemoved& removed) {
    batch.Delete<Row>(meta.stream.instance, {meta.stream.id, removed.key()});
  }
  static void Fold(Batch& batch, const EventMeta& meta, const ProjectRemoved&) {
    for (const std::string& key : batch.Keys<Row>(meta.stream.instance, {meta.stream.id})) {
      batch.DeleteByKey<Row>(meta.stream.instance, key);
    }
  }
};

struct ProjectGrantTable {
  using Row = row::v1::ProjectGrant;
  using Reads = Streams<ProjectGrantEvent>;
  using Ignored = Kinds<ProjectGrantSwept, ProjectGrantRolesSwept>;

  static void Fold(Batch& batch, const EventMeta& meta, const ProjectGrantAdded& added) {
    Row row;
    row.set_project_id(added.project_id());
    row.set_grant_id(added.grant_id());
    row.set_organization_id(added.organization_id());
    row.set_granted_organization_id(added.granted_organization_id());
    *row.mutable_role_key() = added.role_key();
    row.set_state(row::v1::GRANT_STATE_ACTIVE);
    StampRow(meta, row.mutable_stamp());
    batch.Put(meta.stream.instance, std::move(row));
  }
  static void Fold(Batch& batch, const EventMeta& meta, const ProjectGrantChanged& changed) {
    if (Row* row = Edit(batch, meta)) *row->mutable_role_key() = changed.role_key();
  }
  static void Fold(Batch& batch, const EventMeta& meta, const ProjectGrantCascadeChanged& changed) {
    if (Row* row = Edit(batch, meta)) *row->mutable_role_key() = changed.role_key();
  }
  static void Fold(Batch& batch, const EventMeta& meta, const ProjectGrantDeactivated&) {
    if (Row* row = Edit(batch, meta)) row->set_state(row::v1::GRANT_STATE_INACTIVE);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const ProjectGrantReactivated&) {
    if (Row* row = Edit(batch, meta)) row->set_state(row::v1::GRANT_STATE_ACTIVE);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const ProjectGrantRemoved&) {
    batch.DeleteByKey<Row>(meta.stream.instance, KeyOf(meta));
  }

 private:
  // The stream's id is "project/grant".
  static std::string KeyOf(const EventMeta& meta) {
    const std::string& id = meta.stream.id;
    const size_t at = id.find('/');
    return TablePlan::Of<Row>().Key({id.substr(0, at), id.substr(at + 1)});
  }
  static Row* Edit(Batch& batch, const EventMeta& meta) {
    Row* row = batch.EditByKey<Row>(meta.stream.instance, KeyOf(meta));
    if (row != nullptr) StampRow(meta, row->mutable_stamp());
    return row;
  }
};

struct UserGrantTable {
  using Row = row::v1::UserGrant;
  using Reads = Streams<UserGrantEvent>;

  static void Fold(Batch& batch, const EventMeta& meta, const UserGrantAdded& added) {
    Row row;
    row.set_id(meta.stream.id);
    row.set_user_id(added.user_id());
    row.set_project_id(added.project_id());
    row.set_organization_id(added.organization_id());
    row.set_project_grant_id(added.project_grant_id());
    row.set_user_organization_id(added.user_organization_id());
    row.set_within(added.within());
    *row.mutable_role_key() = added.role_key();
    row.set_state(row::v1::GRANT_STATE_ACTIVE);
    StampRow(meta, row.mutable_stamp());
    batch.Put(meta.stream.instance, std::move(row));
  }
  static void Fold(Batch& batch, const EventMeta& meta, const UserGrantChanged& changed) {
    if (Row* row = Edit(batch, meta)) *row->mutable_role_key() = changed.role_key();
  }
  static void Fold(Batch& batch, const EventMeta& meta, const UserGrantCascadeChanged& changed) {
    if (Row* row = Edit(batch, meta)) *row->mutable_role_key() = changed.role_key();
  }
  static void Fold(Batch& batch, const EventMeta& meta, const UserGrantDeactivated&) {
    if (Row* row = Edit(batch, meta)) row->set_state(row::v1::GRANT_STATE_INACTIVE);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const UserGrantReactivated&) {
    if (Row* row = Edit(batch, meta)) row->set_state(row::v1::GRANT_STATE_ACTIVE);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const UserGrantRemoved&) {
    batch.Delete<Row>(meta.stream.instance, {meta.stream.id});
  }
  static void Fold(Batch& batch, const EventMeta& meta, const UserGrantCascadeRemoved&) {
    batch.Delete<Row>(meta.stream.instance, {meta.stream.id});
  }

 private:
  static Row* Edit(Batch& batch, const EventMeta& meta) {
    Row* row = batch.Edit<Row>(meta.stream.instance, {meta.stream.id});
    if (row != nullptr) StampRow(meta, row->mutable_stamp());
    return row;
  }
};

}  // namespace

void AddProjectTables(Projections* projections) {
  projections->push_back(MakeProjection<ProjectTable>());
  projections->push_back(MakeProjection<ProjectRoleTable>());
  projections->push_back(MakeProjection<ProjectGrantTable>());
  projections->push_back(MakeProjection<UserGrantTable>());
}

}  // namespace muniment::projections

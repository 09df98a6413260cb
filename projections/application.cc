#include "muniment/event/v1/application.visit.h"
#include "projections/projection.h"

namespace muniment::projections {
namespace {

using event::v1::ApiConfigAdded;
using event::v1::ApiConfigChanged;
using event::v1::ApiSecretChanged;
using event::v1::ApplicationAdded;
using event::v1::ApplicationChanged;
using event::v1::ApplicationDeactivated;
using event::v1::ApplicationEvent;
using event::v1::ApplicationKeyAdded;
using event::v1::ApplicationKeyEvent;
using event::v1::ApplicationKeyRemoved;
using event::v1::ApplicationReactivated;
using event::v1::ApplicationRemoved;
using event::v1::OidcConfigAdded;
using event::v1::OidcConfigChanged;
using event::v1::OidcSecretChanged;

// The stream's id is "project/application".
std::string ApplicationOf(const EventMeta& meta) {
  return meta.stream.id.substr(meta.stream.id.find('/') + 1);
}

struct ApplicationTable {
  using Row = row::v1::Application;
  using Reads = Streams<ApplicationEvent>;

  static void Fold(Batch& batch, const EventMeta& meta, const ApplicationAdded& added) {
    Row row;
    row.set_id(added.application_id());
    row.set_project_id(added.project_id());
    row.set_organization_id(added.organization_id());
    row.set_name(added.name());
    row.set_state(row::v1::APPLICATION_STATE_ACTIVE);
    StampRow(meta, row.mutable_stamp());
    batch.Put(meta.stream.instance, std::move(row));
  }
  static void Fold(Batch& batch, const EventMeta& meta, const ApplicationChanged& changed) {
    if (Row* row = Edit(batch, meta)) row->set_name(changed.name());
  }
  static void Fold(Batch& batch, const EventMeta& meta, const ApplicationDeactivated&) {
    if (Row* row = Edit(batch, meta)) row->set_state(row::v1::APPLICATION_STATE_INACTIVE);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const ApplicationReactivated&) {
    if (Row* row = Edit(batch, meta)) row->set_state(row::v1::APPLICATION_STATE_ACTIVE);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const ApplicationRemoved&) {
    batch.Delete<Row>(meta.stream.instance, {ApplicationOf(meta)});
  }
  static void Fold(Batch& batch, const EventMeta& meta, const OidcConfigAdded& added) {
    Row* row = Edit(batch, meta);
    if (row == nullptr) return;
    row->set_type(row::v1::APPLICATION_TYPE_OIDC);
    row->set_client_id(added.client_id());
    row->set_secret_hash(added.secret_hash());
    *row->mutable_oidc() = added.config();
  }
  static void Fold(Batch& batch, const EventMeta& meta, const OidcConfigChanged& changed) {
    Row* row = Edit(batch, meta);
    if (row == nullptr) return;
    *row->mutable_oidc() = changed.config();
    if (changed.secret_ended()) row->clear_secret_hash();
  }
  static void Fold(Batch& batch, const EventMeta& meta, const OidcSecretChanged& changed) {
    if (Row* row = Edit(batch, meta)) row->set_secret_hash(changed.secret_hash());
  }
  static void Fold(Batch& batch, const EventMeta& meta, const ApiConfigAdded& added) {
    Row* row = Edit(batch, meta);
    if (row == nullptr) return;
    row->set_type(row::v1::APPLICATION_TYPE_API);
    row->set_client_id(added.client_id());
    row->set_secret_hash(added.secret_hash());
    row->set_api_auth_method(added.auth_method());
  }
  static void Fold(Batch& batch, const EventMeta& meta, const ApiConfigChanged& changed) {
    Row* row = Edit(batch, meta);
    if (row == nullptr) return;
    row->set_api_auth_method(changed.auth_method());
    if (changed.secret_ended()) row->clear_secret_hash();
  }
  static void Fold(Batch& batch, const EventMeta& meta, const ApiSecretChanged& changed) {
    if (Row* row = Edit(batch, meta)) row->set_secret_hash(changed.secret_hash());
  }

 private:
  static Row* Edit(Batch& batch, const EventMeta& meta) {
    Row* row = batch.Edit<Row>(meta.stream.instance, {ApplicationOf(meta)});
    if (row != nullptr) StampRow(meta, row->mutable_stamp());
    return row;
  }
};

struct ApplicationKeyTable {
  using Row = row::v1::ApplicationKey;
  using Reads = Streams<ApplicationKeyEvent, ApplicationEvent>;
  using Ignored = Kinds<ApplicationAdded, ApplicationChanged, ApplicationDeactivated,
                        ApplicationReactivated, OidcConfigAdded, OidcConfigChanged,
                        OidcSecretChanged, ApiConfigAdded, ApiConfigChanged, ApiSecretChanged>;

  static void Fold(Batch& batch, const EventMeta& meta, const ApplicationKeyAdded& added) {
    Row row;
    row.set_id(added.key_id());
    row.set_application_id(added.application_id());
    row.set_project_id(added.project_id());
    row.set_organization_id(added.organization_id());
    *row.mutable_expiration() = added.expiration();
    row.set_public_key(added.public_key());
    StampRow(meta, row.mutable_stamp());
    batch.Put(meta.stream.instance, std::move(row));
  }
  static void Fold(Batch& batch, const EventMeta& meta, const ApplicationKeyRemoved& removed) {
    batch.Delete<Row>(meta.stream.instance, {ApplicationOf(meta), removed.key_id()});
  }
  static void Fold(Batch& batch, const EventMeta& meta, const ApplicationRemoved&) {
    for (const std::string& key : batch.Keys<Row>(meta.stream.instance, {ApplicationOf(meta)})) {
      batch.DeleteByKey<Row>(meta.stream.instance, key);
    }
  }
};

}  // namespace

void AddApplicationTables(Projections* projections) {
  projections->push_back(MakeProjection<ApplicationTable>());
  projections->push_back(MakeProjection<ApplicationKeyTable>());
}

}  // namespace muniment::projections

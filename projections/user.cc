#include <optional>
#include <string>
#include <utility>

#include "base/client_proof.h"
#include "muniment/event/v1/credential.visit.h"
#include "projections/attached.h"

namespace muniment::projections {
namespace {

using event::v1::EmailChanged;
using event::v1::EmailVerified;
using event::v1::HumanAdded;
using event::v1::MachineAdded;
using event::v1::MachineChanged;
using event::v1::MachineCredentialEvent;
using event::v1::PasswordChanged;
using event::v1::PersonalAccessTokenAdded;
using event::v1::PersonalAccessTokenRemoved;
using event::v1::PhoneChanged;
using event::v1::PhoneRemoved;
using event::v1::PhoneVerified;
using event::v1::ProfileChanged;
using event::v1::UserDeactivated;
using event::v1::UserDomainClaimed;
using event::v1::UserErased;
using event::v1::UserEvent;
using event::v1::UserLocked;
using event::v1::UsernameChanged;
using event::v1::UserReactivated;
using event::v1::UserRemoved;
using event::v1::UserTokenEvent;
using event::v1::UserUnlocked;

struct UserTable {
  using Row = row::v1::User;
  using Reads = Streams<UserEvent, MachineCredentialEvent>;
  using Ignored = Kinds<event::v1::PasswordHashUpdated, event::v1::PasswordChangeSent,
                        event::v1::MachineKeyAdded, event::v1::MachineKeyRemoved,
                        event::v1::UserPurged, event::v1::UserDomainClaimedSent,
                        event::v1::UsernameClaimed, event::v1::UsernameReleased>;

  static void Fold(Batch& batch, const EventMeta& meta, const HumanAdded& added) {
    Row row = Begin(meta, row::v1::USER_TYPE_HUMAN, added.organization_id(), added.username());
    if (added.has_profile()) *row.mutable_profile() = added.profile();
    row.set_email(added.email());
    row.set_email_verified(added.email_verified());
    row.set_phone(added.phone());
    row.set_phone_verified(added.phone_verified());
    row.set_password_change_required(added.password_change_required());
    // Not by the hash, which goes with the person's key.
    row.set_has_password(added.has_password_changed_at());
    if (row.has_password()) *row.mutable_password_changed() = added.password_changed_at();
    batch.Put(meta.stream.instance, std::move(row));
  }
  static void Fold(Batch& batch, const EventMeta& meta, const MachineAdded& added) {
    Row row = Begin(meta, row::v1::USER_TYPE_MACHINE, added.organization_id(), added.username());
    row.set_name(added.name());
    row.set_description(added.description());
    row.set_access_token_type(added.access_token_type());
    batch.Put(meta.stream.instance, std::move(row));
  }
  static void Fold(Batch& batch, const EventMeta& meta, const UsernameChanged& changed) {
    if (Row* row = Edit(batch, meta)) row->set_username(changed.username());
  }
  static void Fold(Batch& batch, const EventMeta& meta, const UserDomainClaimed& claimed) {
    if (Row* row = Edit(batch, meta)) row->set_username(claimed.username());
  }
  static void Fold(Batch& batch, const EventMeta& meta, const ProfileChanged& changed) {
    Row* row = Edit(batch, meta);
    if (row == nullptr) return;
    row->clear_profile();
    if (changed.has_profile()) *row->mutable_profile() = changed.profile();
  }
  static void Fold(Batch& batch, const EventMeta& meta, const EmailChanged& changed) {
    Row* row = Edit(batch, meta);
    if (row == nullptr) return;
    row->set_email(changed.email());
    row->set_email_verified(false);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const EmailVerified&) {
    if (Row* row = Edit(batch, meta)) row->set_email_verified(true);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const PhoneChanged& changed) {
    Row* row = Edit(batch, meta);
    if (row == nullptr) return;
    row->set_phone(changed.phone());
    row->set_phone_verified(false);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const PhoneVerified&) {
    if (Row* row = Edit(batch, meta)) row->set_phone_verified(true);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const PhoneRemoved&) {
    Row* row = Edit(batch, meta);
    if (row == nullptr) return;
    row->clear_phone();
    row->clear_phone_verified();
  }
  static void Fold(Batch& batch, const EventMeta& meta, const PasswordChanged& changed) {
    Row* row = Edit(batch, meta);
    if (row == nullptr) return;
    row->set_password_change_required(changed.change_required());
    if (changed.has_changed_at()) *row->mutable_password_changed() = changed.changed_at();
    row->set_has_password(true);
    RaiseEpoch(row);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const event::v1::CredentialsRevoked&) {
    RaiseEpoch(Edit(batch, meta));
  }
  static void Fold(Batch& batch, const EventMeta& meta, const MachineChanged& changed) {
    Row* row = Edit(batch, meta);
    if (row == nullptr) return;
    row->set_name(changed.name());
    row->set_description(changed.description());
    row->set_access_token_type(changed.access_token_type());
  }
  static void Fold(Batch& batch, const EventMeta& meta, const event::v1::MachineSecretSet& set) {
    SetSecret(batch, meta, SecretMark(set.secret_hash()));
  }
  static void Fold(Batch& batch, const EventMeta& meta, const event::v1::MachineSecretRemoved&) {
    SetSecret(batch, meta, std::nullopt);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const UserDeactivated&) {
    Row* row = Edit(batch, meta);
    if (row != nullptr) row->set_state(row::v1::USER_STATE_INACTIVE);
    RaiseEpoch(row);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const UserReactivated&) {
    if (Row* row = Edit(batch, meta)) row->set_state(row::v1::USER_STATE_ACTIVE);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const UserLocked&) {
    Row* row = Edit(batch, meta);
    if (row != nullptr) row->set_state(row::v1::USER_STATE_LOCKED);
    RaiseEpoch(row);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const UserUnlocked&) {
    if (Row* row = Edit(batch, meta)) row->set_state(row::v1::USER_STATE_ACTIVE);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const UserRemoved&) {
    batch.Delete<Row>(meta.stream.instance, {meta.stream.id});
  }
  static void Fold(Batch& batch, const EventMeta& meta, const UserErased&) {
    batch.Erase<Row>(meta.stream.instance, {meta.stream.id});
  }

 private:
  static Row Begin(const EventMeta& meta, row::v1::UserType type, const std::string& organization,
                   const std::string& username) {
    Row row;
    row.set_id(meta.stream.id);
    row.set_organization_id(organization);
    row.set_type(type);
    row.set_state(row::v1::USER_STATE_ACTIVE);
    row.set_username(username);
    StampRow(meta, row.mutable_stamp());
    return row;
  }
  // The stamp is of the user's core.
  static void SetSecret(Batch& batch, const EventMeta& meta, std::optional<std::string> mark) {
    Row* row = batch.Edit<Row>(meta.stream.instance, {meta.stream.id});
    if (row == nullptr) return;
    row->set_has_secret(mark.has_value());
    row->set_secret_mark(std::move(mark).value_or(""));
  }
  static void RaiseEpoch(Row* row) {
    if (row != nullptr) row->set_credential_epoch(row->credential_epoch() + 1);
  }
  static Row* Edit(Batch& batch, const EventMeta& meta) {
    Row* row = batch.Edit<Row>(meta.stream.instance, {meta.stream.id});
    if (row != nullptr) StampRow(meta, row->mutable_stamp());
    return row;
  }
};

struct PersonalAccessTokenTable {
  using Row = row::v1::PersonalAccessToken;
  using Reads = Streams<UserTokenEvent, UserEvent>;
  using Ignored = AttachedIgnored;

  static void Fold(Batch& batch, const EventMeta& meta, const PersonalAccessTokenAdded& added) {
    Row row;
    row.set_id(added.token_id());
    row.set_user_id(meta.stream.id);
    row.set_organization_id(added.organization_id());
    row.set_token_hash(added.token_hash());
    if (added.has_expiration()) *row.mutable_expiration() = added.expiration();
    StampRow(meta, row.mutable_stamp());
    batch.Put(meta.stream.instance, std::move(row));
  }
  static void Fold(Batch& batch, const EventMeta& meta, const PersonalAccessTokenRemoved& removed) {
    batch.Delete<Row>(meta.stream.instance, {meta.stream.id, removed.token_id()});
  }
  static void Fold(Batch& batch, const EventMeta& meta, const UserRemoved&) {
    DeleteAttached<Row>(batch, meta.stream.instance, {meta.stream.id});
  }
  static void Fold(Batch& batch, const EventMeta& meta, const UserErased&) {
    DeleteAttached<Row>(batch, meta.stream.instance, {meta.stream.id});
  }
};

}  // namespace

void AddUserTables(Projections* projections) {
  projections->push_back(MakeProjection<UserTable>());
  projections->push_back(MakeProjection<PersonalAccessTokenTable>());
}

}  // namespace muniment::projections

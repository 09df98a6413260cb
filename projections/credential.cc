#include <algorithm>

#include "base/timestamp.h"
#include "eventstore/envelope.h"
#include "muniment/event/v1/credential.visit.h"
#include "muniment/event/v1/log.visit.h"
#include "muniment/row/v1/mfa_skip.pb.h"
#include "projections/attached.h"

namespace muniment::projections {
namespace {

using google::protobuf::RepeatedPtrField;
using row::v1::Authenticator;

struct UserFactorsTable {
  using Row = row::v1::UserFactors;
  using Reads = Streams<event::v1::UserFactorEvent, event::v1::UserEvent>;
  using Ignored = AttachedIgnored;

  static void Fold(Batch& batch, const EventMeta& meta, const event::v1::TotpAdded&) {
    Row* row = Edit(batch, meta);
    row->set_totp_added(true);
    row->set_totp_verified(false);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const event::v1::TotpVerified&) {
    Edit(batch, meta)->set_totp_verified(true);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const event::v1::TotpRemoved&) {
    Row* row = Edit(batch, meta);
    row->clear_totp_added();
    row->clear_totp_verified();
  }
  static void Fold(Batch& batch, const EventMeta& meta, const event::v1::OtpSmsAdded&) {
    Edit(batch, meta)->set_otp_sms(true);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const event::v1::OtpSmsRemoved&) {
    Edit(batch, meta)->clear_otp_sms();
  }
  static void Fold(Batch& batch, const EventMeta& meta, const event::v1::OtpEmailAdded&) {
    Edit(batch, meta)->set_otp_email(true);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const event::v1::OtpEmailRemoved&) {
    Edit(batch, meta)->clear_otp_email();
  }
  static void Fold(Batch& batch, const EventMeta& meta, const event::v1::U2fAdded& added) {
    Begin(Edit(batch, meta)->mutable_u2f(), added.registration());
  }
  static void Fold(Batch& batch, const EventMeta& meta, const event::v1::U2fVerified& verified) {
    Verify(Edit(batch, meta)->mutable_u2f(), verified.credential());
  }
  static void Fold(Batch& batch, const EventMeta& meta,
                   const event::v1::U2fSignCountChanged& changed) {
    Use(Edit(batch, meta)->mutable_u2f(), changed.use());
  }
  static void Fold(Batch& batch, const EventMeta& meta, const event::v1::U2fRemoved& removed) {
    Remove(Edit(batch, meta)->mutable_u2f(), removed.token_id());
  }
  static void Fold(Batch& batch, const EventMeta& meta, const event::v1::PasskeyAdded& added) {
    Begin(Edit(batch, meta)->mutable_passkey(), added.registration());
  }
  static void Fold(Batch& batch, const EventMeta& meta,
                   const event::v1::PasskeyVerified& verified) {
    Verify(Edit(batch, meta)->mutable_passkey(), verified.credential());
  }
  static void Fold(Batch& batch, const EventMeta& meta,
                   const event::v1::PasskeySignCountChanged& changed) {
    Use(Edit(batch, meta)->mutable_passkey(), changed.use());
  }
  static void Fold(Batch& batch, const EventMeta& meta, const event::v1::PasskeyRemoved& removed) {
    Remove(Edit(batch, meta)->mutable_passkey(), removed.token_id());
  }
  static void Fold(Batch& batch, const EventMeta& meta,
                   const event::v1::RecoveryCodesAdded& added) {
    Row* row = Edit(batch, meta);
    row->set_recovery_codes(row->recovery_codes() + added.code_hash_size());
  }
  static void Fold(Batch& batch, const EventMeta& meta, const event::v1::RecoveryCodesRemoved&) {
    Edit(batch, meta)->clear_recovery_codes();
  }
  static void Fold(Batch& batch, const EventMeta& meta, const event::v1::RecoveryCodeUsed&) {
    Row* row = Edit(batch, meta);
    if (row->recovery_codes() > 0) row->set_recovery_codes(row->recovery_codes() - 1);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const event::v1::UserRemoved&) {
    batch.Delete<Row>(meta.stream.instance, {meta.stream.id});
  }
  static void Fold(Batch& batch, const EventMeta& meta, const event::v1::UserErased&) {
    // What ended after his removal began a row of its own.
    batch.Delete<Row>(meta.stream.instance, {meta.stream.id});
  }

 private:
  static Row* Edit(Batch& batch, const EventMeta& meta) {
    Row* row = batch.Edit<Row>(meta.stream.instance, {meta.stream.id});
    if (row == nullptr) {
      Row added;
      added.set_user_id(meta.stream.id);
      batch.Put(meta.stream.instance, std::move(added));
      row = batch.Edit<Row>(meta.stream.instance, {meta.stream.id});
    }
    StampRow(meta, row->mutable_stamp());
    return row;
  }

  static Authenticator* Find(RepeatedPtrField<Authenticator>* tokens, const std::string& id) {
    const auto token = std::find_if(tokens->begin(), tokens->end(),
                                    [&](const auto& each) { return each.token_id() == id; });
    return token == tokens->end() ? nullptr : &*token;
  }
  static void Begin(RepeatedPtrField<Authenticator>* tokens,
                    const event::v1::WebAuthnRegistration& registration) {
    Authenticator* token = tokens->Add();
    token->set_token_id(registration.token_id());
    token->set_rp_id(registration.rp_id());
  }
  static void Verify(RepeatedPtrField<Authenticator>* tokens,
                     const event::v1::WebAuthnCredential& credential) {
    Authenticator* token = Find(tokens, credential.token_id());
    if (token == nullptr) return;
    token->set_verified(true);
    token->set_name(credential.name());
    token->set_user_verified(credential.user_verified());
    token->set_backup_eligible(credential.backup_eligible());
    token->set_backed_up(credential.backed_up());
  }
  static void Use(RepeatedPtrField<Authenticator>* tokens, const event::v1::WebAuthnUse& use) {
    if (Authenticator* token = Find(tokens, use.token_id())) token->set_backed_up(use.backed_up());
  }
  static void Remove(RepeatedPtrField<Authenticator>* tokens, const std::string& id) {
    const Authenticator* token = Find(tokens, id);
    if (token == nullptr) return;
    for (int i = 0; i < tokens->size(); ++i) {
      if (&tokens->Get(i) == token) return tokens->DeleteSubrange(i, 1);
    }
  }
};

struct MachineKeyTable {
  using Row = row::v1::MachineKey;
  using Reads = Streams<event::v1::MachineCredentialEvent, event::v1::UserEvent>;
  using Ignored =
      Joined<AttachedIgnored, event::v1::MachineSecretSet, event::v1::MachineSecretRemoved>;

  static void Fold(Batch& batch, const EventMeta& meta, const event::v1::MachineKeyAdded& added) {
    Row row;
    row.set_id(added.key_id());
    row.set_user_id(meta.stream.id);
    row.set_organization_id(added.organization_id());
    if (added.has_expiration()) *row.mutable_expiration() = added.expiration();
    row.set_public_key(added.public_key());
    StampRow(meta, row.mutable_stamp());
    batch.Put(meta.stream.instance, std::move(row));
  }
  static void Fold(Batch& batch, const EventMeta& meta,
                   const event::v1::MachineKeyRemoved& removed) {
    batch.Delete<Row>(meta.stream.instance, {meta.stream.id, removed.key_id()});
  }
  static void Fold(Batch& batch, const EventMeta& meta, const event::v1::UserRemoved&) {
    DeleteAttached<Row>(batch, meta.stream.instance, {meta.stream.id});
  }
  static void Fold(Batch& batch, const EventMeta& meta, const event::v1::UserErased&) {
    DeleteAttached<Row>(batch, meta.stream.instance, {meta.stream.id});
  }
};

// One write for each sign-in, of one row a day, so that a pruned day is found. It reads nothing of
// the user himself: of one who was removed his id and times stand on, as in the log, until the day
// goes.
struct SignInTable {
  using Row = row::v1::SignIn;
  using Reads = Streams<event::v1::UserCheckEvent, event::v1::LogEvent>;
  // A second factor alone is no sign-in.
  using Ignored =
      Kinds<event::v1::PasswordCheckFailed, event::v1::TotpCheckSucceeded,
            event::v1::TotpCheckFailed, event::v1::OtpSmsCheckSucceeded,
            event::v1::OtpSmsCheckFailed, event::v1::OtpEmailCheckSucceeded,
            event::v1::OtpEmailCheckFailed, event::v1::U2fCheckSucceeded,
            event::v1::U2fCheckFailed, event::v1::PasskeyCheckFailed,
            event::v1::RecoveryCodeCheckFailed, event::v1::MfaInitSkipped,
            event::v1::ChecksCleared, event::v1::DayClosed, event::v1::StoreFounded>;

  static void Fold(Batch& batch, const EventMeta& meta, const event::v1::PasswordCheckSucceeded&) {
    Note(batch, meta);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const event::v1::PasskeyCheckSucceeded&) {
    Note(batch, meta);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const event::v1::DayPruned& pruned) {
    if (pruned.keep() == SIGN_IN) DeleteAttached<Row>(batch, meta.stream.instance, {pruned.day()});
  }

 private:
  static void Note(Batch& batch, const EventMeta& meta) {
    Row row;
    row.set_day(eventstore::DayOf(meta.created_at));
    row.set_user_id(meta.stream.id);
    *row.mutable_at() = ToTimestamp(meta.created_at);
    batch.Put(meta.stream.instance, std::move(row));
  }
};

// Two writes for each, so that a pruned day finds what is of it, and a person his newest.
struct MfaSkipTable {
  using Row = row::v1::MfaSkip;
  using Reads = Streams<event::v1::UserCheckEvent, event::v1::LogEvent>;
  using Ignored =
      Kinds<event::v1::PasswordCheckSucceeded, event::v1::PasswordCheckFailed,
            event::v1::TotpCheckSucceeded, event::v1::TotpCheckFailed,
            event::v1::OtpSmsCheckSucceeded, event::v1::OtpSmsCheckFailed,
            event::v1::OtpEmailCheckSucceeded, event::v1::OtpEmailCheckFailed,
            event::v1::U2fCheckSucceeded, event::v1::U2fCheckFailed,
            event::v1::PasskeyCheckSucceeded, event::v1::PasskeyCheckFailed,
            event::v1::RecoveryCodeCheckFailed, event::v1::ChecksCleared, event::v1::DayClosed,
            event::v1::StoreFounded>;

  static void Fold(Batch& batch, const EventMeta& meta, const event::v1::MfaInitSkipped& skipped) {
    Row row;
    row.set_day(eventstore::DayOf(meta.created_at));
    row.set_user_id(meta.stream.id);
    batch.Put(meta.stream.instance, row);
    row.set_of_day(row.day());
    row.clear_day();
    *row.mutable_at() = skipped.skipped_at();
    batch.Put(meta.stream.instance, std::move(row));
  }
  static void Fold(Batch& batch, const EventMeta& meta, const event::v1::DayPruned& pruned) {
    if (pruned.keep() != SIGN_IN) return;
    const uint64_t instance = meta.stream.instance;
    for (const std::string& key : batch.Keys<Row>(instance, {pruned.day()})) {
      const Row* row = batch.EditByKey<Row>(instance, key);
      if (row == nullptr) continue;
      const std::string user_id = row->user_id();
      const Row* newest = batch.Get<Row>(instance, {0, user_id});
      if (newest != nullptr && newest->of_day() == pruned.day()) {
        batch.Delete<Row>(instance, {0, user_id});
      }
      batch.DeleteByKey<Row>(instance, key);
    }
  }
};

}  // namespace

void AddCredentialTables(Projections* projections) {
  projections->push_back(MakeProjection<UserFactorsTable>());
  projections->push_back(MakeProjection<MachineKeyTable>());
  projections->push_back(MakeProjection<SignInTable>());
  projections->push_back(MakeProjection<MfaSkipTable>());
}

}  // namespace muniment::projections

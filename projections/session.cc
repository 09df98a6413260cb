#include "muniment/event/v1/log.visit.h"
#include "muniment/event/v1/session.visit.h"
#include "projections/by_day.h"
#include "projections/projection.h"

namespace muniment::projections {
namespace {

using event::v1::LogEvent;
using event::v1::SessionAdded;
using event::v1::SessionCredentialsKept;
using event::v1::SessionEvent;
using event::v1::SessionLifetimeSet;
using event::v1::SessionMetadataSet;
using event::v1::SessionOtpEmailChallenged;
using event::v1::SessionOtpEmailChecked;
using event::v1::SessionOtpEmailFailed;
using event::v1::SessionOtpEmailSent;
using event::v1::SessionOtpSmsChallenged;
using event::v1::SessionOtpSmsChecked;
using event::v1::SessionOtpSmsFailed;
using event::v1::SessionOtpSmsSent;
using event::v1::SessionPasswordChecked;
using event::v1::SessionRecoveryCodeChecked;
using event::v1::SessionTerminated;
using event::v1::SessionTokenSet;
using event::v1::SessionTotpChecked;
using event::v1::SessionUserChecked;
using event::v1::SessionWebAuthnChallenged;
using event::v1::SessionWebAuthnChecked;
using google::protobuf::Timestamp;

// An erased person has none: they were terminated before.
struct SessionTable {
  using Row = row::v1::Session;
  using Reads = Streams<SessionEvent, LogEvent>;
  using Ignored =
      Kinds<SessionWebAuthnChallenged, SessionOtpSmsChallenged, SessionOtpSmsSent,
            SessionOtpSmsFailed, SessionOtpEmailChallenged, SessionOtpEmailSent,
            SessionOtpEmailFailed, event::v1::DayClosed, event::v1::StoreFounded>;

  static void Fold(Batch& batch, const EventMeta& meta, const SessionAdded& added) {
    Row row;
    row.set_day(SessionDay(meta.stream.id));
    row.set_id(meta.stream.id);
    row.set_creator_id(added.creator_id());
    row.set_organization_id(added.organization_id());
    if (added.has_user_agent()) *row.mutable_user_agent() = added.user_agent();
    StampRow(meta, row.mutable_stamp());
    batch.Put(meta.stream.instance, std::move(row));
  }
  static void Fold(Batch& batch, const EventMeta& meta, const SessionUserChecked& checked) {
    Row* row = Edit(batch, meta);
    if (row == nullptr) return;
    row->set_user_id(checked.user_id());
    row->set_organization_id(checked.organization_id());
    *row->mutable_user_checked() = checked.checked_at();
    if (checked.credential_epoch() > row->credential_epoch()) ForgetProofs(row);
    row->set_credential_epoch(checked.credential_epoch());
  }
  static void Fold(Batch& batch, const EventMeta& meta, const SessionCredentialsKept& kept) {
    if (Row* row = Edit(batch, meta)) row->set_credential_epoch(kept.credential_epoch());
  }
  static void Fold(Batch& batch, const EventMeta& meta, const SessionPasswordChecked& checked) {
    if (Row* row = Edit(batch, meta)) *row->mutable_password() = checked.checked_at();
  }
  static void Fold(Batch& batch, const EventMeta& meta, const SessionWebAuthnChecked& checked) {
    Row* row = Edit(batch, meta);
    if (row == nullptr) return;
    *row->mutable_web_authn() = checked.checked_at();
    row->set_user_verified(checked.user_verified());
  }
  static void Fold(Batch& batch, const EventMeta& meta, const SessionTotpChecked& checked) {
    if (Row* row = Edit(batch, meta)) *row->mutable_totp() = checked.checked_at();
  }
  static void Fold(Batch& batch, const EventMeta& meta, const SessionOtpSmsChecked& checked) {
    if (Row* row = Edit(batch, meta)) *row->mutable_otp_sms() = checked.checked_at();
  }
  static void Fold(Batch& batch, const EventMeta& meta, const SessionOtpEmailChecked& checked) {
    if (Row* row = Edit(batch, meta)) *row->mutable_otp_email() = checked.checked_at();
  }
  static void Fold(Batch& batch, const EventMeta& meta,
                   const SessionRecoveryCodeChecked& checked) {
    if (Row* row = Edit(batch, meta)) *row->mutable_recovery_code() = checked.checked_at();
  }
  static void Fold(Batch& batch, const EventMeta& meta, const SessionTokenSet& set) {
    if (Row* row = Edit(batch, meta)) row->set_token_hash(set.token_hash());
  }
  static void Fold(Batch& batch, const EventMeta& meta, const SessionMetadataSet& set) {
    if (Row* row = Edit(batch, meta)) *row->mutable_metadata() = set.metadata();
  }
  static void Fold(Batch& batch, const EventMeta& meta, const SessionLifetimeSet& set) {
    Row* row = Edit(batch, meta);
    if (row == nullptr) return;
    Timestamp expiration = row->stamp().created();
    const int64_t nanos = int64_t{expiration.nanos()} + set.lifetime().nanos();
    expiration.set_seconds(expiration.seconds() + set.lifetime().seconds() + nanos / 1'000'000'000);
    expiration.set_nanos(static_cast<int32_t>(nanos % 1'000'000'000));
    *row->mutable_expiration() = expiration;
  }
  static void Fold(Batch& batch, const EventMeta& meta, const SessionTerminated&) {
    DeleteByDay<Row>(batch, meta);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const event::v1::DayPruned& pruned) {
    PruneDay<Row>(batch, meta, pruned, SIGN_IN);
  }

 private:
  static void ForgetProofs(Row* row) {
    row->clear_password();
    row->clear_web_authn();
    row->clear_user_verified();
    row->clear_totp();
    row->clear_otp_sms();
    row->clear_otp_email();
    row->clear_recovery_code();
  }
  static Row* Edit(Batch& batch, const EventMeta& meta) { return EditByDay<Row>(batch, meta); }
};

}  // namespace

void AddSessionTables(Projections* projections) {
  projections->push_back(MakeProjection<SessionTable>());
}

}  // namespace muniment::projections

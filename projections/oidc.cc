#include "absl/strings/str_join.h"
#include "base/oidc_code.h"
#include "muniment/event/v1/log.visit.h"
#include "muniment/event/v1/oidc.visit.h"
#include "muniment/row/v1/oidc.pb.h"
#include "projections/by_day.h"
#include "projections/projection.h"

namespace muniment::projections {
namespace {

using event::v1::AccessTokenAdded;
using event::v1::AccessTokenRevoked;
using event::v1::AuthRequestAdded;
using event::v1::AuthRequestCodeAdded;
using event::v1::AuthRequestCodeExchanged;
using event::v1::AuthRequestFailed;
using event::v1::AuthRequestSessionLinked;
using event::v1::AuthRequestSucceeded;
using event::v1::DayPruned;
using event::v1::DeviceAuthAdded;
using event::v1::DeviceAuthApproved;
using event::v1::DeviceAuthCanceled;
using event::v1::DeviceAuthDone;
using event::v1::LogEvent;
using event::v1::OidcSessionAdded;
using event::v1::RefreshTokenAdded;
using event::v1::RefreshTokenRenewed;
using event::v1::RefreshTokenRevoked;

using LogIgnored = Kinds<event::v1::DayClosed, event::v1::StoreFounded>;

// Begins the row of the stream whose event it is.
template <class Row>
Row NewByDay(const EventMeta& meta) {
  Row row;
  row.set_day(SessionDay(meta.stream.id));
  row.set_id(meta.stream.id);
  StampRow(meta, row.mutable_stamp());
  return row;
}

struct OidcSessionTable {
  using Row = row::v1::OidcSession;
  using Reads = Streams<event::v1::OidcSessionEvent, LogEvent>;
  using Ignored = LogIgnored;

  static void Fold(Batch& batch, const EventMeta& meta, const OidcSessionAdded& added) {
    Row row = NewByDay<Row>(meta);
    *row.mutable_added() = added;
    row.mutable_added()->clear_scope();
    row.set_scope(absl::StrJoin(added.scope(), " "));
    row.set_user_id(added.user_id());
    row.set_session_id(added.session_id());
    batch.Put(meta.stream.instance, std::move(row));
  }
  static void Fold(Batch& batch, const EventMeta& meta, const AccessTokenAdded& added) {
    Row* row = EditByDay<Row>(batch, meta);
    if (row == nullptr) return;
    auto* tokens = row->mutable_access_token();
    if (tokens->size() >= kMaxAccessTokens) tokens->DeleteSubrange(0, 1);
    row::v1::AccessToken* token = tokens->Add();
    token->set_id(added.token_id());
    *token->mutable_expiration() = added.expiration();
    *token->mutable_added() = row->stamp().changed();
    token->set_scope(absl::StrJoin(added.scope(), " "));
    token->set_type(added.type());
  }
  static void Fold(Batch& batch, const EventMeta& meta, const AccessTokenRevoked& revoked) {
    Row* row = EditByDay<Row>(batch, meta);
    if (row == nullptr) return;
    auto* tokens = row->mutable_access_token();
    for (int i = tokens->size() - 1; i >= 0; --i) {
      const bool meant = revoked.token_id().empty() || tokens->Get(i).id() == revoked.token_id();
      if (meant) tokens->DeleteSubrange(i, 1);
    }
  }
  static void Fold(Batch& batch, const EventMeta& meta, const RefreshTokenAdded& added) {
    Row* row = EditByDay<Row>(batch, meta);
    if (row == nullptr) return;
    row->set_refresh_token_id(added.token_id());
    *row->mutable_refresh_idle_expiration() = added.idle_expiration();
    *row->mutable_refresh_expiration() = added.expiration();
  }
  static void Fold(Batch& batch, const EventMeta& meta, const RefreshTokenRenewed& renewed) {
    Row* row = EditByDay<Row>(batch, meta);
    if (row == nullptr) return;
    row->set_refresh_token_id(renewed.token_id());
    *row->mutable_refresh_idle_expiration() = renewed.idle_expiration();
  }
  static void Fold(Batch& batch, const EventMeta& meta, const RefreshTokenRevoked&) {
    DeleteByDay<Row>(batch, meta);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const DayPruned& pruned) {
    PruneDay<Row>(batch, meta, pruned, SIGN_IN);
  }
};

// A row while the request waits for an answer.
struct AuthRequestTable {
  using Row = row::v1::AuthRequest;
  using Reads = Streams<event::v1::AuthRequestEvent, LogEvent>;
  using Ignored = Kinds<event::v1::DayClosed, event::v1::StoreFounded, AuthRequestSessionLinked,
                        AuthRequestCodeExchanged>;

  static void Fold(Batch& batch, const EventMeta& meta, const AuthRequestAdded& added) {
    Row row = NewByDay<Row>(meta);
    *row.mutable_added() = added;
    batch.Put(meta.stream.instance, std::move(row));
  }
  static void Fold(Batch& batch, const EventMeta& meta, const AuthRequestCodeAdded&) {
    DeleteByDay<Row>(batch, meta);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const AuthRequestFailed&) {
    DeleteByDay<Row>(batch, meta);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const AuthRequestSucceeded&) {
    DeleteByDay<Row>(batch, meta);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const DayPruned& pruned) {
    PruneDay<Row>(batch, meta, pruned, SIGN_IN);
  }
};

// A row while somebody may let the device in.
struct DeviceAuthTable {
  using Row = row::v1::DeviceAuth;
  using Reads = Streams<event::v1::DeviceAuthEvent, LogEvent>;
  using Ignored = Kinds<event::v1::DayClosed, event::v1::StoreFounded, DeviceAuthDone>;

  static void Fold(Batch& batch, const EventMeta& meta, const DeviceAuthAdded& added) {
    Row row = NewByDay<Row>(meta);
    *row.mutable_added() = added;
    batch.Put(meta.stream.instance, std::move(row));
  }
  static void Fold(Batch& batch, const EventMeta& meta, const DeviceAuthApproved&) {
    DeleteByDay<Row>(batch, meta);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const DeviceAuthCanceled&) {
    DeleteByDay<Row>(batch, meta);
  }
  static void Fold(Batch& batch, const EventMeta& meta, const DayPruned& pruned) {
    PruneDay<Row>(batch, meta, pruned, SIGN_IN);
  }
};

}  // namespace

void AddOidcTables(Projections* projections) {
  projections->push_back(MakeProjection<OidcSessionTable>());
  projections->push_back(MakeProjection<AuthRequestTable>());
  projections->push_back(MakeProjection<DeviceAuthTable>());
}

}  // namespace muniment::projections

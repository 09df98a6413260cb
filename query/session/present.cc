#include "query/session/present.h"

#include "google/protobuf/util/time_util.h"
#include "query/user/present.h"

namespace muniment::query {

namespace wire = zitadel::session::v2;

namespace {

using google::protobuf::util::TimeUtil;

// A log may hold a session that ends later than anybody can write down (RFC 3339 has four digits for
// the year); it is told with the last second there is.
google::protobuf::Timestamp Told(const google::protobuf::Timestamp& expiration) {
  if (expiration.seconds() <= TimeUtil::kTimestampMaxSeconds) return expiration;
  google::protobuf::Timestamp last;
  last.set_seconds(TimeUtil::kTimestampMaxSeconds);
  return last;
}

void PresentFactors(const row::v1::Session& row, wire::Factors* factors) {
  auto* user = factors->mutable_user();
  *user->mutable_verified_at() = row.user_checked();
  user->set_id(row.user_id());
  user->set_organization_id(row.organization_id());
  if (row.has_password()) *factors->mutable_password()->mutable_verified_at() = row.password();
  if (row.has_web_authn()) {
    *factors->mutable_web_auth_n()->mutable_verified_at() = row.web_authn();
    factors->mutable_web_auth_n()->set_user_verified(row.user_verified());
  }
  if (row.has_totp()) *factors->mutable_totp()->mutable_verified_at() = row.totp();
  if (row.has_otp_sms()) *factors->mutable_otp_sms()->mutable_verified_at() = row.otp_sms();
  if (row.has_otp_email()) *factors->mutable_otp_email()->mutable_verified_at() = row.otp_email();
  if (row.has_recovery_code()) {
    *factors->mutable_recovery_code()->mutable_verified_at() = row.recovery_code();
  }
}

void PresentAgent(const event::v1::SessionUserAgent& from, wire::UserAgent* agent) {
  if (!from.fingerprint_id().empty()) agent->set_fingerprint_id(from.fingerprint_id());
  if (!from.ip().empty()) agent->set_ip(from.ip());
  if (!from.description().empty()) agent->set_description(from.description());
  for (const auto& header : from.header()) {
    *(*agent->mutable_header())[header.name()].mutable_values() = header.value();
  }
}

}  // namespace

void PresentSession(const Reader&, const row::v1::Session& row, wire::Session* session) {
  session->set_id(row.id());
  *session->mutable_creation_date() = row.stamp().created();
  *session->mutable_change_date() = row.stamp().changed();
  session->set_sequence(row.stamp().sequence());
  if (!row.user_id().empty()) PresentFactors(row, session->mutable_factors());
  *session->mutable_metadata() = row.metadata();
  if (row.has_user_agent()) PresentAgent(row.user_agent(), session->mutable_user_agent());
  if (row.has_expiration()) *session->mutable_expiration_date() = Told(row.expiration());
}

absl::Status NameUser(Reader& reader, wire::Session* session) {
  if (!session->factors().has_user()) return absl::OkStatus();
  auto* shown = session->mutable_factors()->mutable_user();
  ASSIGN_OR_RETURN(const auto user,
                   reader.view().Get<row::v1::User>(reader.instance(), {shown->id()}));
  if (!user.has_value()) return absl::OkStatus();
  shown->set_login_name(reader.owners().PreferredLoginName(
      reader.instance(), user->organization_id(), user->username()));
  shown->set_display_name(user->type() == row::v1::USER_TYPE_MACHINE
                              ? user->name()
                              : user->profile().display_name());
  return absl::OkStatus();
}

}  // namespace muniment::query

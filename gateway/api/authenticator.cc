#include "gateway/api/authenticator.h"

#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/text.h"
#include "gateway/api/host.h"
#include "muniment/row/v1/row.pb.h"

namespace muniment::gateway {
namespace {

constexpr size_t kMaxToken = 4096;
constexpr size_t kMaxId = 512;

absl::Status InvalidToken() {
  return Error(absl::StatusCode::kUnauthenticated, "auth.token_invalid",
               "The token is unknown, has ended, or its user may not sign in.");
}

// The token of a Bearer header (RFC 6750 section 2.1), or nothing.
std::optional<absl::string_view> BearerToken(absl::string_view header) {
  constexpr absl::string_view kScheme = "bearer ";
  if (!absl::StartsWithIgnoreCase(header, kScheme)) return std::nullopt;
  const absl::string_view token = absl::StripAsciiWhitespace(header.substr(kScheme.size()));
  if (token.empty() || token.size() > kMaxToken) return std::nullopt;
  return token;
}

absl::Time ToTime(const google::protobuf::Timestamp& stamp) {
  return absl::FromUnixSeconds(stamp.seconds()) + absl::Nanoseconds(stamp.nanos());
}

}  // namespace

absl::StatusOr<uint64_t> FindInstance(const projections::View& view,
                                      const projections::Owners& owners,
                                      absl::string_view authority) {
  const std::optional<std::string> host = HostOf(authority);
  if (host.has_value()) {
    const std::optional<uint64_t> id = owners.InstanceOf(*host);
    if (id.has_value()) return *id;
    RETURN_IF_ERROR(view.Ready(projections::TablePlan::Of<row::v1::InstanceDomain>()));
  }
  // A malformed authority is the caller's own; saying it back helps whoever set up a proxy.
  return Error(absl::StatusCode::kNotFound, "instance.not_found",
               absl::StrCat("No instance is reached by the host ",
                            host.has_value() ? absl::StrCat("\"", *host, "\"") : "of this request",
                            ". Check ExternalDomain and the Host header that a proxy passes on."));
}

absl::StatusOr<Caller> FindCaller(projections::View& view, const projections::Owners& owners,
                                  uint64_t instance, const Credentials& credentials,
                                  absl::Time now) {
  Caller caller;
  if (!credentials.organization.empty()) {
    // Ids of organizations may be chosen by their makers: any text of up to 512 bytes (FORMAT.md).
    if (credentials.organization.size() > kMaxId || !ValidUtf8(credentials.organization)) {
      return Error(absl::StatusCode::kInvalidArgument, "request.organization",
                   "The x-zitadel-orgid header holds no organization's id.");
    }
    caller.chosen_organization_id = std::string(credentials.organization);
  }
  if (credentials.authorization.empty()) return caller;
  const std::optional<absl::string_view> token = BearerToken(credentials.authorization);
  if (!token.has_value()) return InvalidToken();
  const Digest hash = Sha256(*token);
  ASSIGN_OR_RETURN(const auto row, view.GetUnique<row::v1::PersonalAccessToken>(
                                       instance, "hash", {hash.view()}));
  if (!row.has_value() || (row->has_expiration() && ToTime(row->expiration()) <= now)) {
    return InvalidToken();
  }
  ASSIGN_OR_RETURN(const auto user, view.Get<row::v1::User>(instance, {row->user_id()}));
  RETURN_IF_ERROR(view.Ready(projections::TablePlan::Of<row::v1::Org>()));
  if (!user.has_value() || user->state() != row::v1::USER_STATE_ACTIVE ||
      !owners.Active(instance, user->organization_id())) {
    return InvalidToken();
  }
  caller.user_id = user->id();
  caller.organization_id = user->organization_id();
  caller.token_id = row->id();
  return caller;
}

}  // namespace muniment::gateway

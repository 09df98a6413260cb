#include "gateway/lookup.h"

#include <algorithm>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/phone_number.h"
#include "base/text.h"
#include "gateway/name_look.h"
#include "muniment/row/v1/oidc.pb.h"
#include "muniment/row/v1/row.pb.h"
#include "projections/rows_by.h"

namespace muniment::gateway {
namespace {

using projections::RowsBy;
using projections::TablePlan;
using projections::View;

// Names are few where they are equal: one an organization at most. Memberships of one user are
// bounded by what anybody can oversee.
constexpr size_t kMaxSameName = 1000;
constexpr size_t kMaxMemberships = 10'000;
// Of those who have one user name by itself, each in an organization of his own, so many are named: two
// are too many for it to mean one of them.
constexpr size_t kMaxNamesakes = 8;
// Some 20 us each.
constexpr size_t kMaxLookedAt = 4096;

}  // namespace

absl::StatusOr<command::NameConflicts> ModelLookup::NameConflictsOf(
    uint64_t instance, const command::NamesElsewhere& names) {
  return LookForNameConflicts(database_, instance, names, kMaxLookedAt,
                              [] { return absl::OkStatus(); });
}

absl::StatusOr<std::vector<row::v1::User>> ModelLookup::Named(View& view, uint64_t instance,
                                                              absl::string_view organization_id,
                                                              absl::string_view username) {
  if (organization_id.empty()) {
    return RowsBy<row::v1::User>(view, instance, "username", {username}, kMaxSameName);
  }
  return RowsBy<row::v1::User>(view, instance, "org_username", {organization_id, username},
                               kMaxSameName);
}

absl::StatusOr<command::SignInName> ModelLookup::UsersBySignInName(
    uint64_t instance, absl::string_view name, absl::string_view organization_id) {
  View view = database_.Read();
  const absl::Cleanup counted = [&] { Count(view); };
  command::SignInName found;
  const std::string wanted = FoldName(name);
  // A login name is a user name, alone or with a domain behind it; the user name may hold an @.
  std::vector<absl::string_view> usernames = {name};
  const size_t at = name.rfind('@');
  if (at != absl::string_view::npos) usernames.push_back(name.substr(0, at));
  for (const absl::string_view username : usernames) {
    ASSIGN_OR_RETURN(const auto users, Named(view, instance, organization_id, username));
    size_t namesakes = 0;
    for (const row::v1::User& user : users) {
      if (namesakes == kMaxNamesakes) break;
      const auto names = database_.owners().LoginNames(instance, user.organization_id(),
                                                       user.username());
      const bool fits = std::any_of(names.begin(), names.end(), [&wanted](const auto& each) {
        return FoldName(each) == wanted;
      });
      if (!fits) continue;
      found.by_login_name.push_back(user.id());
      ++namesakes;
    }
  }
  if (at != absl::string_view::npos) {
    RETURN_IF_ERROR(AddNamedInDomain(view, instance, name.substr(0, at), name.substr(at + 1),
                                     found.by_login_name));
    ASSIGN_OR_RETURN(const auto users, RowsBy<row::v1::User>(view, instance, "email", {name},
                                                             kMaxSameName));
    for (const row::v1::User& user : users) {
      // Of so many one whose it is may be missed, so it is nobody's.
      if (users.size() == kMaxSameName) break;
      if (user.email_verified()) found.by_email.push_back(user.id());
    }
  }
  const absl::StatusOr<std::string> phone = NormalizePhoneNumber(name);
  if (phone.ok()) {
    ASSIGN_OR_RETURN(const auto users, RowsBy<row::v1::User>(view, instance, "phone", {*phone},
                                                             kMaxSameName));
    for (const row::v1::User& user : users) {
      if (users.size() == kMaxSameName) break;
      if (user.phone_verified()) found.by_phone.push_back(user.id());
    }
  }
  return found;
}

absl::Status ModelLookup::AddNamedInDomain(View& view, uint64_t instance,
                                           absl::string_view username, absl::string_view domain,
                                           std::vector<std::string>& ids) {
  ASSIGN_OR_RETURN(const auto domains, RowsBy<row::v1::OrgDomain>(view, instance, "domain", {domain},
                                                                  kMaxSameName));
  for (const row::v1::OrgDomain& row : domains) {
    if (!row.verified()) continue;
    ASSIGN_OR_RETURN(const auto users,
                     RowsBy<row::v1::User>(view, instance, "org_username",
                                           {row.organization_id(), username}, kMaxSameName));
    for (const row::v1::User& user : users) {
      if (std::find(ids.begin(), ids.end(), user.id()) == ids.end()) ids.push_back(user.id());
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::string>> ModelLookup::UserByUsername(
    uint64_t instance, absl::string_view scope, absl::string_view username) {
  View view = database_.Read();
  const absl::Cleanup counted = [&] { Count(view); };
  ASSIGN_OR_RETURN(const auto users,
                   scope.empty()
                       ? RowsBy<row::v1::User>(view, instance, "username", {username}, 1)
                       : RowsBy<row::v1::User>(view, instance, "org_username",
                                               {scope, username}, 1));
  if (users.empty()) return std::nullopt;
  return users.front().id();
}

absl::StatusOr<std::optional<std::string>> ModelLookup::OrganizationByDomain(
    uint64_t instance, absl::string_view domain) {
  View view = database_.Read();
  const absl::Cleanup counted = [&] { Count(view); };
  ASSIGN_OR_RETURN(const auto rows, RowsBy<row::v1::OrgDomain>(view, instance, "domain", {domain},
                                                               kMaxSameName));
  for (const row::v1::OrgDomain& row : rows) {
    if (row.verified()) return row.organization_id();
  }
  return std::nullopt;
}

absl::StatusOr<std::vector<command::Scope>> ModelLookup::MembershipsOf(
    uint64_t instance, absl::string_view user_id) {
  View view = database_.Read();
  const absl::Cleanup counted = [&] { Count(view); };
  ASSIGN_OR_RETURN(const auto rows, RowsBy<row::v1::Member>(view, instance, "user", {user_id},
                                                            kMaxMemberships));
  std::vector<command::Scope> scopes;
  for (const row::v1::Member& row : rows) {
    scopes.push_back({row.aggregate(), row.aggregate() == AGGREGATE_INSTANCE
                                           ? std::string()
                                           : row.resource_id()});
  }
  return scopes;
}

absl::StatusOr<std::optional<std::string>> ModelLookup::ProjectGrantOf(
    uint64_t instance, absl::string_view project_id, absl::string_view organization_id) {
  View view = database_.Read();
  const absl::Cleanup counted = [&] { Count(view); };
  ASSIGN_OR_RETURN(const auto rows,
                   RowsBy<row::v1::ProjectGrant>(view, instance, "project_granted",
                                                 {project_id, organization_id}, 1));
  if (rows.empty()) return std::nullopt;
  return rows.front().grant_id();
}

absl::StatusOr<std::vector<std::string>> ModelLookup::AuthorizationsOf(uint64_t instance,
                                                                       absl::string_view user_id,
                                                                       size_t most) {
  View view = database_.Read();
  const absl::Cleanup counted = [&] { Count(view); };
  ASSIGN_OR_RETURN(const auto rows,
                   RowsBy<row::v1::UserGrant>(view, instance, "user", {user_id}, most));
  std::vector<std::string> ids;
  for (const row::v1::UserGrant& row : rows) ids.push_back(row.id());
  return ids;
}

absl::StatusOr<std::vector<std::string>> ModelLookup::GroupsOf(uint64_t instance,
                                                               absl::string_view user_id,
                                                               size_t most) {
  View view = database_.Read();
  const absl::Cleanup counted = [&] { Count(view); };
  ASSIGN_OR_RETURN(const auto rows, RowsBy<row::v1::GroupUser>(view, instance, "user", {user_id},
                                                               kMaxMemberships));
  const TablePlan& table = TablePlan::Of<row::v1::Group>();
  RETURN_IF_ERROR(view.Ready(table));
  std::vector<std::string> keys;
  for (const row::v1::GroupUser& row : rows) keys.push_back(table.Key({row.group_id()}));
  ASSIGN_OR_RETURN(const auto groups, view.GetMany(table, instance, keys));
  std::vector<std::string> ids;
  for (size_t i = 0; i < rows.size() && ids.size() < most; ++i) {
    // A group that was removed is swept by itself, of all its users at once.
    if (groups[i] != nullptr) ids.push_back(rows[i].group_id());
  }
  return ids;
}

absl::StatusOr<std::optional<std::string>> ModelLookup::ApplicationOfClient(
    uint64_t instance, absl::string_view client_id) {
  View view = database_.Read();
  RETURN_IF_ERROR(view.Ready(TablePlan::Of<row::v1::Application>()));
  const auto client = database_.owners().clients().Find(instance, client_id);
  if (client == nullptr) return std::nullopt;
  return absl::StrCat(client->project_id(), "/", client->id());
}

absl::StatusOr<std::vector<std::string>> ModelLookup::SessionsOf(uint64_t instance,
                                                                 absl::string_view user_id,
                                                                 size_t most) {
  View view = database_.Read();
  const absl::Cleanup counted = [&] { Count(view); };
  ASSIGN_OR_RETURN(const auto rows,
                   RowsBy<row::v1::Session>(view, instance, "user", {user_id}, most));
  std::vector<std::string> sessions;
  for (const row::v1::Session& row : rows) sessions.push_back(row.id());
  return sessions;
}

absl::StatusOr<std::vector<std::string>> ModelLookup::TokenFamiliesOf(uint64_t instance,
                                                                      absl::string_view user_id,
                                                                      size_t most) {
  View view = database_.Read();
  const absl::Cleanup counted = [&] { Count(view); };
  ASSIGN_OR_RETURN(const auto rows,
                   RowsBy<row::v1::OidcSession>(view, instance, "user", {user_id}, most));
  std::vector<std::string> families;
  for (const row::v1::OidcSession& row : rows) families.push_back(row.id());
  return families;
}

}  // namespace muniment::gateway

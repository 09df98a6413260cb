#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/access.h"
#include "query/reader.h"
#include "zitadel/auth.pb.h"

namespace muniment::query {

using zitadel::auth::v1::ListMyZitadelPermissionsRequest;
using zitadel::auth::v1::ListMyZitadelPermissionsResponse;

namespace {

// Behind each permission: what it is held on, where that is no organization.
std::string SuffixOf(const row::v1::Member& row) {
  const std::string& id = row.resource_id();
  if (row.aggregate() == AGGREGATE_PROJECT) return absl::StrCat(":", id);
  if (row.aggregate() != AGGREGATE_PROJECT_GRANT) return "";
  return absl::StrCat(":", id.substr(id.find('/') + 1));
}

}  // namespace

absl::StatusOr<ListMyZitadelPermissionsResponse> ListMyZitadelPermissions(
    Reader& reader, const ListMyZitadelPermissionsRequest&) {
  const Caller& caller = reader.call().caller;
  const std::string& here = caller.working_organization_id();
  std::set<std::string> names;
  ASSIGN_OR_RETURN(const auto members, reader.Memberships(caller.user_id));
  for (const row::v1::Member& row : members) {
    Reader::Counting counting{Level::kInstance, ""};
    if (row.aggregate() != AGGREGATE_INSTANCE) {
      counting = reader.Counts(row).value_or(counting);
      if (counting.organization.empty() || counting.organization != here) continue;
    }
    const std::vector<std::string> roles(row.role().begin(), row.role().end());
    ASSIGN_OR_RETURN(const auto held, reader.Books(counting.organization));
    const Permissions permissions = RolePermissions(counting.level, roles, held.books());
    for (const std::string& name : permissions.Names()) names.insert(name + SuffixOf(row));
  }
  ListMyZitadelPermissionsResponse response;
  response.mutable_result()->Assign(names.begin(), names.end());
  return response;
}

}  // namespace muniment::query

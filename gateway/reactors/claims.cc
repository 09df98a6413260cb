#include "gateway/reactors/claims.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/host_name.h"
#include "base/text.h"
#include "command/org/claim_usernames.h"
#include "command/user/username.h"
#include "muniment/row/v1/row.pb.h"

namespace muniment::gateway {
namespace {

using command::Unit;
using projections::TablePlan;
using projections::View;
using Keys = std::vector<std::string>;

// An event each, of the 500 of a commit.
constexpr size_t kAtOnce = 200;
// Who was being added while the domain was proved may come in behind the first look.
constexpr int kLooks = 2;

absl::Status Interrupted() {
  return Error(absl::StatusCode::kCancelled, "claim.interrupted", "The claim goes on elsewhere.");
}

absl::StatusOr<Keys> AllKeys(View& view, const Action& action, const TablePlan& table) {
  Keys keys;
  auto cursor = view.ScanRows(action.work().instance, table, "");
  for (; cursor.Valid(); cursor.Next()) keys.emplace_back(cursor.row_key());
  RETURN_IF_ERROR(cursor.status());
  return keys;
}

// Rows among which are all whose user name ends in one of the domains, in A-labels or as written.
absl::StatusOr<Keys> Candidates(View& view, const Action& action,
                                const std::set<std::string>& domains) {
  const TablePlan& table = TablePlan::Of<row::v1::User>();
  std::set<std::string> ends, keys;
  for (const std::string& domain : domains) {
    ends.insert(FoldForSearch(absl::StrCat("@", domain)));
    ends.insert(FoldForSearch(absl::StrCat("@", ReadableHostName(domain))));
  }
  for (const std::string& end : ends) {
    const auto pause = [&] { return action.MayAct() ? absl::OkStatus() : Interrupted(); };
    ASSIGN_OR_RETURN(auto found, view.MayHold(action.work().instance, table,
                                              table.text("username_part"), Trigrams(end), pause));
    if (!found.has_value()) return AllKeys(view, action, table);
    keys.insert(found->begin(), found->end());
  }
  return Keys(keys.begin(), keys.end());
}

// Ids of users of others. A name that login names extend by a domain of its own carries no other.
absl::StatusOr<std::vector<std::string>> Carriers(const projections::Database& database,
                                                  const Action& action,
                                                  const std::set<std::string>& domains) {
  const uint64_t instance = action.work().instance;
  View view = database.Read();
  const TablePlan& table = TablePlan::Of<row::v1::User>();
  RETURN_IF_ERROR(view.Ready(table));
  ASSIGN_OR_RETURN(const Keys keys, Candidates(view, action, domains));
  std::vector<std::string> ids;
  for (size_t at = 0; at < keys.size(); at += kAtOnce) {
    if (!action.MayAct()) return Interrupted();
    const absl::Span<const std::string> some =
        absl::MakeConstSpan(keys).subspan(at, std::min(kAtOnce, keys.size() - at));
    ASSIGN_OR_RETURN(const auto rows, view.GetMany(table, instance, some));
    for (const auto& row : rows) {
      if (row == nullptr) continue;
      const auto& user = static_cast<const row::v1::User&>(*row);
      const std::string& org = user.organization_id();
      if (org == action.work().id.resource_id) continue;
      if (command::CarriedBy(user.username(), domains).empty()) continue;
      if (database.owners().DomainPolicy(instance, org).user_login_must_be_domain()) continue;
      ids.push_back(user.id());
    }
  }
  return ids;
}

absl::Status Claim(const projections::Database& database, Action& action) {
  const std::string& org = action.work().id.resource_id;
  std::set<std::string> domains;
  RETURN_IF_ERROR(action.Run([&](Unit& unit) -> absl::Status {
    ASSIGN_OR_RETURN(domains, command::ProvedDomains(unit, org));
    return absl::OkStatus();
  }));
  for (int look = 0; look < kLooks && !domains.empty(); ++look) {
    ASSIGN_OR_RETURN(const auto ids, Carriers(database, action, domains));
    for (size_t at = 0; at < ids.size(); at += kAtOnce) {
      if (!action.MayAct()) return Interrupted();
      const auto first = ids.begin() + static_cast<int64_t>(at);
      const auto last = ids.begin() + static_cast<int64_t>(std::min(ids.size(), at + kAtOnce));
      const std::vector<std::string> some(first, last);
      RETURN_IF_ERROR(
          action.Run([&](Unit& unit) { return command::ClaimUsernames(unit, org, some); }));
    }
  }
  return absl::OkStatus();
}

}  // namespace

Reactor ClaimReactor(const projections::Database& database) {
  Reactor reactor;
  reactor.work = "claim.domain";
  reactor.act = [&database](Action& action) { return Claim(database, action); };
  // It goes by steps, each of which is bounded.
  reactor.timeout = absl::InfiniteDuration();
  return reactor;
}

}  // namespace muniment::gateway

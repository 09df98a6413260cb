#include "gateway/reactors/sweeps.h"

#include <limits>
#include <string>
#include <utility>

#include "base/error.h"
#include "command/org/sweep_organization.h"
#include "command/user/end_user.h"
#include "muniment/row/v1/row.pb.h"

namespace muniment::gateway {
namespace {

using command::Unit;
using projections::TablePlan;
using projections::View;

// Each of them is an event at least, of the 500 of a commit.
constexpr size_t kUsersAtOnce = 200;

absl::Status Interrupted() {
  return Error(absl::StatusCode::kCancelled, "sweep.interrupted", "The sweep goes on elsewhere.");
}

absl::StatusOr<std::vector<std::string>> UsersOf(const projections::Database& database,
                                                 uint64_t instance, const std::string& org) {
  View view = database.Read();
  const TablePlan& table = TablePlan::Of<row::v1::User>();
  RETURN_IF_ERROR(view.Ready(table));
  const projections::IndexPlan& by_org = table.index("org_created");
  projections::IndexRange range;
  range.prefix = by_org.Prefix({org});
  auto cursor = view.Scan(instance, table, by_org, std::move(range));
  std::vector<std::string> keys;
  for (; cursor.Valid() && keys.size() < kUsersAtOnce; cursor.Next()) {
    keys.emplace_back(cursor.row_key());
  }
  RETURN_IF_ERROR(cursor.status());
  ASSIGN_OR_RETURN(const auto rows, view.GetMany(table, instance, keys));
  std::vector<std::string> users;
  for (const auto& row : rows) {
    if (row != nullptr) users.push_back(static_cast<const row::v1::User&>(*row).id());
  }
  return users;
}

// Runs a step, which answers whether all is done, until it is.
absl::Status Repeat(Action& action, const std::function<absl::StatusOr<bool>(Unit&)>& step) {
  bool all = false;
  while (!all) {
    if (!action.MayAct()) return Interrupted();
    RETURN_IF_ERROR(action.Run([&](Unit& unit) -> absl::Status {
      ASSIGN_OR_RETURN(all, step(unit));
      return absl::OkStatus();
    }));
  }
  return absl::OkStatus();
}

absl::Status SweepOrganization(const projections::Database& database, Action& action) {
  const std::string& org = action.work().id.resource_id;
  std::vector<std::string> last;
  while (true) {
    if (!action.MayAct()) return Interrupted();
    ASSIGN_OR_RETURN(std::vector<std::string> users,
                     UsersOf(database, action.work().instance, org));
    if (users.empty()) break;
    if (users == last) {
      return Error(absl::StatusCode::kInternal, "sweep.stuck",
                   "Users of a removed organization are listed who cannot be removed.");
    }
    RETURN_IF_ERROR(
        action.Run([&](Unit& unit) { return command::SweepUsers(unit, org, users); }));
    last = std::move(users);
  }
  return Repeat(action, [&](Unit& unit) { return command::SweepOwned(unit, org); });
}

}  // namespace

std::vector<Reactor> Sweeps(const projections::Database& database) {
  Reactor organizations;
  organizations.work = "sweep.organization";
  organizations.act = [&database](Action& action) { return SweepOrganization(database, action); };
  organizations.done = [](Unit& unit, const Work& work) {
    return command::RaiseOrgSwept(unit, work.id.resource_id);
  };
  // It goes by steps, each of which is bounded.
  organizations.timeout = absl::InfiniteDuration();

  Reactor users;
  users.work = std::string(command::kSweepUser);
  users.act = [](Action& action) {
    return Repeat(action, [&](Unit& unit) {
      return command::SweepUser(unit, action.work().id.resource_id, eventstore::kMaxCommitEvents);
    });
  };
  // The erasure itself, its last step, ends the work.
  users.done = [](Unit&, const Work&) { return absl::OkStatus(); };
  // It is owed to a person: nothing gives it up.
  users.retry = {.attempts = std::numeric_limits<uint32_t>::max(), .last = absl::Minutes(5)};
  users.timeout = absl::InfiniteDuration();
  return {std::move(organizations), std::move(users)};
}

}  // namespace muniment::gateway

#include "gateway/reactors/sweeps.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "base/error.h"
#include "command/application/settle.h"
#include "command/group/users.h"
#include "command/org/sweep_organization.h"
#include "command/project/grant.h"
#include "command/project/settle.h"
#include "command/user/end_user.h"
#include "muniment/row/v1/row.pb.h"

namespace muniment::gateway {
namespace {

using command::Unit;
using projections::TablePlan;
using projections::View;

// Each of them is an event at least, of the 500 of a commit.
constexpr size_t kUsersAtOnce = 200;
constexpr size_t kRowsAtOnce = 200;

absl::Status Interrupted() {
  return Error(absl::StatusCode::kCancelled, "sweep.interrupted", "The sweep goes on elsewhere.");
}

// Ids of up to `most` rows that stand under these values in an index, as `id` has them.
template <class Row>
absl::StatusOr<std::vector<std::string>> IdsOf(const projections::Database& database,
                                               uint64_t instance, absl::string_view index,
                                               const std::string& value,
                                               std::string (*id)(const Row& row),
                                               size_t most = std::numeric_limits<size_t>::max()) {
  View view = database.Read();
  const TablePlan& table = TablePlan::Of<Row>();
  RETURN_IF_ERROR(view.Ready(table));
  const projections::IndexPlan& by = table.index(index);
  projections::IndexRange range;
  range.prefix = by.Prefix({value});
  auto cursor = view.Scan(instance, table, by, std::move(range));
  std::vector<std::string> keys, ids;
  const auto take = [&]() -> absl::Status {
    ASSIGN_OR_RETURN(const auto rows, view.GetMany(table, instance, keys));
    for (const auto& row : rows) {
      if (row != nullptr) ids.push_back(id(static_cast<const Row&>(*row)));
    }
    keys.clear();
    return absl::OkStatus();
  };
  for (size_t seen = 0; cursor.Valid() && seen < most; cursor.Next(), ++seen) {
    keys.emplace_back(cursor.row_key());
    if (keys.size() >= kRowsAtOnce) RETURN_IF_ERROR(take());
  }
  RETURN_IF_ERROR(cursor.status());
  RETURN_IF_ERROR(take());
  return ids;
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

template <class Row>
std::string IdOf(const Row& row) {
  return row.id();
}

std::string GrantIdOf(const row::v1::ProjectGrant& row) {
  return command::ProjectGrantId(row.project_id(), row.grant_id());
}

std::string ApplicationIdOf(const row::v1::Application& row) {
  return command::ApplicationStreamId(row.project_id(), row.id());
}

// One command for so many at a time.
absl::Status InBatches(Action& action, const std::vector<std::string>& ids,
                       absl::Status (*settle)(Unit& unit, const std::vector<std::string>& ids)) {
  for (size_t at = 0; at < ids.size(); at += kRowsAtOnce) {
    if (!action.MayAct()) return Interrupted();
    const auto first = ids.begin() + static_cast<int64_t>(at);
    const auto last = ids.begin() + static_cast<int64_t>(std::min(ids.size(), at + kRowsAtOnce));
    const std::vector<std::string> some(first, last);
    RETURN_IF_ERROR(action.Run([&](Unit& unit) { return settle(unit, some); }));
  }
  return absl::OkStatus();
}

// Its own projects, and what it is granted of others'. Each of them asks for its own sweep.
absl::Status SweepProjectsOf(const projections::Database& database, Action& action,
                             const std::string& org) {
  const uint64_t instance = action.work().instance;
  ASSIGN_OR_RETURN(const auto projects,
                   IdsOf<row::v1::Project>(database, instance, "org_created", org,
                                           &IdOf<row::v1::Project>));
  RETURN_IF_ERROR(InBatches(action, projects, &command::SettleProjects));
  ASSIGN_OR_RETURN(const auto grants, IdsOf<row::v1::ProjectGrant>(database, instance, "granted",
                                                                   org, &GrantIdOf));
  return InBatches(action, grants, &command::SettleGrants);
}

absl::Status SweepGroupsOf(const projections::Database& database, Action& action,
                           const std::string& org) {
  ASSIGN_OR_RETURN(const auto groups,
                   IdsOf<row::v1::Group>(database, action.work().instance, "org_created", org,
                                         &IdOf<row::v1::Group>));
  return InBatches(action, groups, &command::SettleGroups);
}

absl::Status SweepOrganization(const projections::Database& database, Action& action) {
  const std::string& org = action.work().id.resource_id;
  // First, so that nobody is taken out of them one by one.
  RETURN_IF_ERROR(SweepGroupsOf(database, action, org));
  std::vector<std::string> last;
  while (true) {
    if (!action.MayAct()) return Interrupted();
    ASSIGN_OR_RETURN(std::vector<std::string> users,
                     IdsOf<row::v1::User>(database, action.work().instance, "org_created", org,
                                          &IdOf<row::v1::User>, kUsersAtOnce));
    if (users.empty()) break;
    if (users == last) {
      return Error(absl::StatusCode::kInternal, "sweep.stuck",
                   "Users of a removed organization are listed who cannot be removed.");
    }
    RETURN_IF_ERROR(
        action.Run([&](Unit& unit) { return command::SweepUsers(unit, org, users); }));
    last = std::move(users);
  }
  RETURN_IF_ERROR(SweepProjectsOf(database, action, org));
  return Repeat(action, [&](Unit& unit) { return command::SweepOwned(unit, org); });
}

// All of what was removed has gone, or what is left has lost what was taken away.
absl::Status SettleBelow(const projections::Database& database, Action& action,
                         const std::string& project) {
  const uint64_t instance = action.work().instance;
  ASSIGN_OR_RETURN(const auto grants, IdsOf<row::v1::ProjectGrant>(database, instance,
                                                                   "project_granted", project,
                                                                   &GrantIdOf));
  RETURN_IF_ERROR(InBatches(action, grants, &command::SettleGrants));
  ASSIGN_OR_RETURN(const auto given, IdsOf<row::v1::UserGrant>(database, instance, "project",
                                                               project, &IdOf<row::v1::UserGrant>));
  return InBatches(action, given, &command::SettleAuthorizations);
}

// Beside that its applications, which end with it.
absl::Status EndBelow(const projections::Database& database, Action& action,
                      const std::string& project) {
  ASSIGN_OR_RETURN(const auto applications,
                   IdsOf<row::v1::Application>(database, action.work().instance, "project",
                                               project, &ApplicationIdOf));
  RETURN_IF_ERROR(InBatches(action, applications, &command::SettleApplications));
  return SettleBelow(database, action, project);
}

absl::Status SettleWithin(const projections::Database& database, Action& action,
                          const std::string& grant) {
  ASSIGN_OR_RETURN(const auto given,
                   IdsOf<row::v1::UserGrant>(database, action.work().instance, "within", grant,
                                             &IdOf<row::v1::UserGrant>));
  return InBatches(action, given, &command::SettleAuthorizations);
}

// It goes by steps, each of which is bounded. Nothing gives it up: lists count on that what is gone is
// swept in the end.
Reactor Endless(Reactor reactor) {
  reactor.retry = {.attempts = std::numeric_limits<uint32_t>::max(), .last = absl::Minutes(5)};
  reactor.timeout = absl::InfiniteDuration();
  return reactor;
}

using Settle = absl::Status (*)(const projections::Database& database, Action& action,
                                const std::string& id);

// Of a project, or a grant, that was removed.
Reactor Removal(std::string work, const projections::Database& database, Settle settle,
                command::Scope (*scope)(absl::string_view id),
                absl::Status (*swept)(Unit& unit, absl::string_view id)) {
  Reactor reactor;
  reactor.work = std::move(work);
  reactor.act = [&database, settle, scope](Action& action) -> absl::Status {
    const std::string& id = action.work().id.resource_id;
    RETURN_IF_ERROR(settle(database, action, id));
    return Repeat(action, [&](Unit& unit) { return command::EndManagers(unit, scope(id)); });
  };
  reactor.done = [swept](Unit& unit, const Work& work) {
    return swept(unit, work.id.resource_id);
  };
  return Endless(std::move(reactor));
}

// Whether the models show that these roles were taken away; waits a little where they do not.
absl::StatusOr<bool> Shown(const projections::Database& database, const Action& action,
                           const command::Scope& scope, const command::RoleSet& taken) {
  const uint64_t instance = action.work().instance;
  const projections::Projects& projects = database.owners().projects();
  const auto grant = scope.aggregate == AGGREGATE_PROJECT_GRANT
                         ? projects.Grant(instance, scope.id)
                         : nullptr;
  const auto has = [&](const std::string& key) {
    if (scope.aggregate == AGGREGATE_PROJECT) {
      return projects.Role(instance, scope.id, key).has_value();
    }
    return grant != nullptr && std::find(grant->role_key().begin(), grant->role_key().end(), key) !=
                                   grant->role_key().end();
  };
  if (std::none_of(taken.begin(), taken.end(), has)) return true;
  absl::Notification never;
  never.WaitForNotificationWithTimeout(absl::Milliseconds(5));
  return false;
}

// Of roles that were taken from a project, or a grant. Others may be taken away meanwhile.
Reactor RolesTaken(std::string work, const projections::Database& database, Settle settle,
                   command::Scope (*scope)(absl::string_view id)) {
  Reactor reactor;
  reactor.work = std::move(work);
  reactor.act = [&database, settle, scope](Action& action) -> absl::Status {
    const std::string& id = action.work().id.resource_id;
    bool all = false;
    while (!all) {
      if (!action.MayAct()) return Interrupted();
      command::RoleSet ending;
      RETURN_IF_ERROR(action.Run([&](Unit& unit) -> absl::Status {
        ASSIGN_OR_RETURN(ending, command::EndingRoles(unit, scope(id)));
        return absl::OkStatus();
      }));
      // What named a role stood before it was taken, so it is listed once the models show that.
      ASSIGN_OR_RETURN(const bool shown, Shown(database, action, scope(id), ending));
      if (!shown) continue;
      RETURN_IF_ERROR(settle(database, action, id));
      RETURN_IF_ERROR(action.Run([&](Unit& unit) -> absl::Status {
        ASSIGN_OR_RETURN(all, command::RaiseRolesSwept(unit, scope(id), ending));
        return absl::OkStatus();
      }));
    }
    return absl::OkStatus();
  };
  // The last step ends the work.
  reactor.done = [](Unit&, const Work&) { return absl::OkStatus(); };
  return Endless(std::move(reactor));
}

}  // namespace

std::vector<Reactor> Sweeps(const projections::Database& database) {
  Reactor organizations;
  organizations.work = "sweep.organization";
  organizations.act = [&database](Action& action) { return SweepOrganization(database, action); };
  organizations.done = [](Unit& unit, const Work& work) {
    return command::RaiseOrgSwept(unit, work.id.resource_id);
  };

  Reactor users;
  users.work = std::string(command::kSweepUser);
  users.act = [](Action& action) {
    return Repeat(action, [&](Unit& unit) {
      return command::SweepUser(unit, action.work().id.resource_id, eventstore::kMaxCommitEvents);
    });
  };
  Reactor groups;
  groups.work = "sweep.group";
  groups.act = [](Action& action) {
    return Repeat(action, [&](Unit& unit) {
      return command::EndGroupUsers(unit, action.work().id.resource_id);
    });
  };
  groups.done = [](Unit& unit, const Work& work) {
    return command::RaiseGroupSwept(unit, work.id.resource_id);
  };

  // The erasure itself, its last step, ends the work.
  users.done = [](Unit&, const Work&) { return absl::OkStatus(); };
  return {Endless(std::move(organizations)),
          Endless(std::move(users)),
          Endless(std::move(groups)),
          Removal("sweep.project", database, &EndBelow, &command::ProjectScope,
                  &command::RaiseProjectSwept),
          Removal("sweep.project_grant", database, &SettleWithin, &command::ProjectGrantScope,
                  &command::RaiseGrantSwept),
          RolesTaken("sweep.project_roles", database, &SettleBelow, &command::ProjectScope),
          RolesTaken("sweep.project_grant_roles", database, &SettleWithin,
                     &command::ProjectGrantScope)};
}

}  // namespace muniment::gateway

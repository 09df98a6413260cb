#include "gateway/reactors/names.h"

#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "base/error.h"
#include "command/org/org.h"
#include "command/policy/move_names.h"
#include "gateway/name_look.h"

namespace muniment::gateway {
namespace {

using command::NameConflicts;
using command::NameMove;
using command::Scope;
using command::Unit;
using Ids = absl::Span<const std::string>;

constexpr size_t kAll = std::numeric_limits<size_t>::max();

absl::Status Interrupted() {
  return Error(absl::StatusCode::kCancelled, "names.interrupted", "The move goes on elsewhere.");
}

absl::Status MayGoOn(const Action& action) {
  return action.MayAct() ? absl::OkStatus() : Interrupted();
}

Scope ScopeOf(const Work& work) { return {work.id.aggregate, work.id.resource_id}; }

// What there is to do; nothing where the organization is removed, and its names go with its people.
absl::StatusOr<std::optional<NameMove>> Find(Action& action, const Scope& scope) {
  std::optional<NameMove> move;
  RETURN_IF_ERROR(action.Run([&](Unit& unit) -> absl::Status {
    ASSIGN_OR_RETURN(move, command::NameMoveOf(unit, scope));
    if (scope.aggregate != AGGREGATE_ORG) return absl::OkStatus();
    ASSIGN_OR_RETURN(const auto org, unit.LoadAny<command::Org>(scope.id));
    if (!org->exists()) move.reset();
    return absl::OkStatus();
  }));
  return move;
}

// Claims for these users. Of a name that somebody has there a commit says no more than that there is
// one, so it is looked for by halves.
absl::Status Claim(Action& action, Ids ids, NameConflicts& conflicts) {
  RETURN_IF_ERROR(MayGoOn(action));
  NameConflicts found;
  const absl::Status claimed = action.Run([&](Unit& unit) {
    return command::SettleNames(unit, std::vector<std::string>(ids.begin(), ids.end()), found);
  });
  if (claimed.ok()) {
    conflicts.Add(found);
    return absl::OkStatus();
  }
  if (Reason(claimed) != "user.username_taken") return claimed;
  if (ids.size() == 1) {
    conflicts.Add({ids.front(), /*taken=*/true});
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(Claim(action, ids.subspan(0, ids.size() / 2), conflicts));
  return Claim(action, ids.subspan(ids.size() / 2), conflicts);
}

// Answers whether to go on.
using Step = absl::FunctionRef<absl::StatusOr<bool>(Ids ids)>;

// In steps, each on what the models show by then, until there is nobody more.
absl::Status ForAll(const projections::Database& database, const Action& action,
                    const NameMove& move, Step step) {
  UserPages pages(database, action.work().instance, move.names.organization_id);
  while (true) {
    RETURN_IF_ERROR(MayGoOn(action));
    projections::View view = database.Read();
    ASSIGN_OR_RETURN(const auto users, pages.Next(view, command::kSettledAtOnce));
    if (!users.has_value()) return absl::OkStatus();
    std::vector<std::string> ids;
    for (const row::v1::User& user : *users) ids.push_back(user.id());
    if (ids.empty()) continue;
    ASSIGN_OR_RETURN(const bool goes_on, step(ids));
    if (!goes_on) return absl::OkStatus();
  }
}

absl::StatusOr<NameConflicts> Look(const projections::Database& database, Action& action,
                                   const NameMove& move) {
  NameConflicts none;
  if (!move.names.in_instance && !move.names.alone) return none;
  ASSIGN_OR_RETURN(const NameConflicts seen,
                   LookForNameConflicts(database, action.work().instance, move.names, kAll,
                                        [&action] { return MayGoOn(action); }));
  NameConflicts found;
  RETURN_IF_ERROR(action.Run([&](Unit& unit) {
    found = seen;
    return command::ConfirmConflicts(unit, move.names, found);
  }));
  return found.first.empty() ? none : found;
}

// All names are looked at before any is claimed, and again when one turns out to be taken, so that
// whoever asked is told of all and not of the first.
absl::StatusOr<NameConflicts> ClaimAll(const projections::Database& database, Action& action,
                                       const NameMove& move) {
  ASSIGN_OR_RETURN(NameConflicts conflicts, Look(database, action, move));
  if (conflicts.total > 0) return conflicts;
  RETURN_IF_ERROR(ForAll(database, action, move, [&](Ids ids) -> absl::StatusOr<bool> {
    RETURN_IF_ERROR(Claim(action, ids, conflicts));
    return conflicts.total == 0;
  }));
  if (conflicts.total == 0) return conflicts;
  ASSIGN_OR_RETURN(NameConflicts all, Look(database, action, move));
  return all.total > conflicts.total ? all : conflicts;
}

absl::Status Settle(const projections::Database& database, Action& action, const NameMove& move) {
  return ForAll(database, action, move, [&](Ids ids) -> absl::StatusOr<bool> {
    const std::vector<std::string> users(ids.begin(), ids.end());
    RETURN_IF_ERROR(action.Run([&](Unit& unit) -> absl::Status {
      if (move.names.alone) return command::SettleLoginNames(unit, users);
      NameConflicts others;  // of another move
      return command::SettleNames(unit, users, others);
    }));
    return true;
  });
}

absl::Status MoveNames(const projections::Database& database, Action& action) {
  const Scope scope = ScopeOf(action.work());
  ASSIGN_OR_RETURN(const auto move, Find(action, scope));
  if (!move.has_value()) return absl::OkStatus();
  if (!move->decided) {
    ASSIGN_OR_RETURN(const NameConflicts conflicts, ClaimAll(database, action, *move));
    RETURN_IF_ERROR(MayGoOn(action));
    RETURN_IF_ERROR(action.Run([&](Unit& unit) {
      return conflicts.total == 0
                 ? command::CompleteNameMove(unit, scope, move->number)
                 : command::RefuseNameMove(unit, scope, move->number, conflicts);
    }));
  }
  return Settle(database, action, *move);
}

}  // namespace

Reactor NameReactor(const projections::Database& database) {
  Reactor reactor;
  reactor.work = "move.names";
  reactor.act = [&database](Action& action) { return MoveNames(database, action); };
  reactor.done = [](Unit& unit, const Work& work) {
    return command::EndNameMove(unit, ScopeOf(work));
  };
  // It goes by steps, each of which is bounded. Nothing gives it up: while it is under way nobody
  // changes the setting.
  reactor.retry = {.attempts = std::numeric_limits<uint32_t>::max(), .last = absl::Minutes(1)};
  reactor.timeout = absl::InfiniteDuration();
  return reactor;
}

}  // namespace muniment::gateway

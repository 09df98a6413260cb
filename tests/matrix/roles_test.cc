// Whatever is given and taken, by whoever may and whoever may not, however far the sweeps have
// come: what a user has of a project is within what his organization is granted, within what the
// project has; and it is exactly what was given since it was taken last. Held against a ledger of
// the answers, after every step, as the streams say it and as the read models do.
//
//   MATRIX_SEQUENCES=1 MATRIX_SEED=1234 matrix_test "whatever is given*"   # one of them again
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/error.h"
#include "command/authorization/user_grant.h"
#include "command/project/grant.h"
#include "command/project/project.h"
#include "command/project/roles.h"
#include "command/project/settle.h"
#include "gateway/system_command.h"
#include "tests/matrix/world.h"
#include "zitadel/authorization/v2/authorization_service.pb.h"

namespace muniment::matrix {
namespace {

using Keys = std::set<std::string>;
using row::v1::UserGrant;
using zitadel::authorization::v2::CreateAuthorizationResponse;
using zitadel::authorization::v2::ListAuthorizationsResponse;

const std::vector<std::string> kKeys = {"reader", "writer", "admin", "guest"};
// Who may something somewhere, and who may nothing anywhere.
const std::vector<std::string> kWho = {"ann", "ann", "cora", "cora", "ivan", "lena", "vera", "pia",
                                       "otto"};

struct Given {
  std::string organization;
  bool active = true;
  Keys keys;
};

// What was answered so far, as a reader of the answers would keep it.
struct Ledger {
  Keys project;
  bool granted = false;
  bool grant_active = false;
  Keys grant;
  std::map<std::string, Given> held;  // by the authorization's id

  void Narrow() {
    std::erase_if(grant, [&](const std::string& key) { return !project.contains(key); });
    for (auto& [id, one] : held) {
      const bool theirs = one.organization == "customer1";
      std::erase_if(one.keys, [&](const std::string& key) {
        return !project.contains(key) || (theirs && !grant.contains(key));
      });
    }
  }
  void EndGrant() {
    granted = grant_active = false;
    grant.clear();
    std::erase_if(held, [](const auto& one) { return one.second.organization == "customer1"; });
  }
};

class Sequence {
 public:
  Sequence(World& world, uint32_t seed)
      : world_(world), random_(seed), project_(absl::StrCat("project", seed)) {
    Must("ann", "CreateProject",
         absl::StrCat(R"({"organizationId":"acme1","projectId":")", project_, R"(","name":")",
                      project_, R"("})"));
    for (const char* key : {"reader", "writer", "admin"}) AddRole("ann", key);
    CreateGrant("ann", {"reader", "writer"});
    REQUIRE(ledger_.project.size() == 3);
    REQUIRE(ledger_.granted);
  }

  void Step() {
    const std::string who = kWho[random_() % kWho.size()];
    const std::string key = kKeys[random_() % kKeys.size()];
    switch (random_() % 14) {
      case 0:
        return AddRole(who, key);
      case 1:
        return RemoveRole(who, key);
      case 2:
        return CreateGrant(who, Some());
      case 3:
        return UpdateGrant(who, Some());
      case 4:
        if (random_() % 3 == 0) return DeleteGrant(who);
        return SetGrant(who, random_() % 2 == 0);
      case 5:
      case 6:
      case 7:
        return Give(who, Some());
      case 8:
      case 9:
        return Change(who, Some());
      case 10:
        return Take(who);
      case 11:
        return SetHeld(who, random_() % 2 == 0);
      default:
        return Sweep();
    }
  }

  void Check() {
    INFO(absl::StrJoin(done_, "\n"));
    CheckModels();
    CheckStreams();
  }
  int accepted() const { return accepted_; }

 private:
  bool Ask(const std::string& who, const std::string& method, const std::string& json,
           Answer* answered = nullptr) {
    const std::string service =
        method.find("Authorization") != std::string::npos ? "authorization.v2.AuthorizationService"
                                                          : "project.v2.ProjectService";
    const auto& found = *FindMethod(absl::StrCat("zitadel.", service, "/", method));
    Answer answer = world_.Call(kOne, world_.token(kOne, who), found, *RequestOf(found, json));
    done_.push_back(absl::StrCat(who, " ", method, " ", json, " ",
                                 answer.status.ok() ? "ok" : Reason(answer.status)));
    const bool ok = answer.status.ok();
    // Whoever manages nothing here changes nothing.
    INFO(done_.back());
    const bool may = who != "pia" && who != "otto" && who != "vera";
    REQUIRE((may || !ok));
    accepted_ += ok;
    if (answered != nullptr) *answered = std::move(answer);
    return ok;
  }
  void Must(const std::string& who, const std::string& method, const std::string& json) {
    REQUIRE(Ask(who, method, json));
  }
  std::string Json(const std::string& more) const {
    return absl::StrCat(R"({"projectId":")", project_, R"(",)", more, "}");
  }
  static std::string KeysJson(const Keys& keys) {
    return keys.empty() ? R"("roleKeys":[])"
                        : absl::StrCat(R"("roleKeys":[")", absl::StrJoin(keys, R"(",")"), R"("])");
  }
  Keys Some() {
    Keys some;
    for (const std::string& key : kKeys) {
      if (random_() % 3 == 0) some.insert(key);
    }
    return some;
  }
  std::string SomeHeld() {
    if (ledger_.held.empty()) return "none";
    auto it = ledger_.held.begin();
    std::advance(it, random_() % ledger_.held.size());
    return it->first;
  }

  void AddRole(const std::string& who, const std::string& key) {
    const std::string json =
        Json(absl::StrCat(R"("roleKey":")", key, R"(","displayName":"R")"));
    if (Ask(who, "AddProjectRole", json)) ledger_.project.insert(key);
  }
  void RemoveRole(const std::string& who, const std::string& key) {
    if (!Ask(who, "RemoveProjectRole", Json(absl::StrCat(R"("roleKey":")", key, R"(")")))) return;
    ledger_.project.erase(key);
    ledger_.Narrow();
  }
  static constexpr char kTo[] = R"("grantedOrganizationId":"customer1")";
  void CreateGrant(const std::string& who, const Keys& keys) {
    if (!Ask(who, "CreateProjectGrant", Json(absl::StrCat(kTo, ",", KeysJson(keys))))) return;
    REQUIRE(!ledger_.granted);
    REQUIRE(std::ranges::includes(ledger_.project, keys));
    ledger_.granted = ledger_.grant_active = true;
    ledger_.grant = keys;
  }
  void UpdateGrant(const std::string& who, const Keys& keys) {
    if (!Ask(who, "UpdateProjectGrant", Json(absl::StrCat(kTo, ",", KeysJson(keys))))) return;
    REQUIRE(std::ranges::includes(ledger_.project, keys));
    ledger_.grant = keys;
    ledger_.Narrow();
  }
  void DeleteGrant(const std::string& who) {
    if (Ask(who, "DeleteProjectGrant", Json(kTo))) ledger_.EndGrant();
  }
  void SetGrant(const std::string& who, bool active) {
    const std::string method = active ? "ActivateProjectGrant" : "DeactivateProjectGrant";
    if (Ask(who, method, Json(kTo))) ledger_.grant_active = active;
  }
  bool MayHold(const std::string& organization, const Keys& keys) const {
    return std::ranges::includes(ledger_.project, keys) &&
           (organization == "acme1" || std::ranges::includes(ledger_.grant, keys));
  }
  void Give(const std::string& who, const Keys& keys) {
    const std::string organization = random_() % 3 == 0 ? "acme1" : "customer1";
    const std::string user = random_() % 2 == 0 ? "bob1" : "cole1";
    Answer answer;
    if (!Ask(who, "CreateAuthorization",
             Json(absl::StrCat(R"("userId":")", user, R"(","organizationId":")", organization,
                               R"(",)", KeysJson(keys))),
             &answer)) {
      return;
    }
    REQUIRE(MayHold(organization, keys));
    const auto& made = static_cast<const CreateAuthorizationResponse&>(*answer.message);
    ledger_.held[made.id()] = {organization, true, keys};
  }
  void Change(const std::string& who, const Keys& keys) {
    const std::string id = SomeHeld();
    if (!Ask(who, "UpdateAuthorization",
             absl::StrCat(R"({"id":")", id, R"(",)", KeysJson(keys), "}"))) {
      return;
    }
    REQUIRE(MayHold(ledger_.held.at(id).organization, keys));
    ledger_.held.at(id).keys = keys;
  }
  void Take(const std::string& who) {
    const std::string id = SomeHeld();
    if (Ask(who, "DeleteAuthorization", absl::StrCat(R"({"id":")", id, R"("})"))) {
      ledger_.held.erase(id);
    }
  }
  void SetHeld(const std::string& who, bool active) {
    const std::string id = SomeHeld();
    const std::string method = active ? "ActivateAuthorization" : "DeactivateAuthorization";
    if (Ask(who, method, absl::StrCat(R"({"id":")", id, R"("})"))) {
      ledger_.held.at(id).active = active;
    }
  }

  void AsSystem(const std::function<absl::Status(command::Unit&)>& decide) {
    const gateway::SystemCommand job{.name = "matrix", .instance = world_.id(kOne)};
    const auto done = gateway::RunAsSystem(world_.router(), job, decide);
    REQUIRE(done.status().message() == "");
  }
  // One step of what a sweep does, or its end where all that it takes was done.
  void Sweep();
  void CheckModels();
  void CheckStreams();
  // Keys of the project's rows, by an index that begins with it; its authorizations, swept or not;
  // ids of the grants of it.
  std::vector<std::string> Named(const projections::TablePlan& table, const char* index) const;
  std::vector<UserGrant> Held() const;
  std::vector<std::string> Grants() const;

  World& world_;
  std::mt19937 random_;
  const std::string project_;
  Ledger ledger_;
  std::vector<std::string> done_;
  int accepted_ = 0;
};

std::vector<std::string> Sequence::Named(const projections::TablePlan& table,
                                         const char* index) const {
  projections::View view = world_.database().Read();
  const auto& by_project = table.index(index);
  auto cursor = view.Scan(world_.id(kOne), table, by_project,
                                              {.prefix = by_project.Prefix({project_})});
  std::vector<std::string> keys;
  for (; cursor.Valid(); cursor.Next()) keys.emplace_back(cursor.row_key());
  return keys;
}

std::vector<UserGrant> Sequence::Held() const {
  projections::View view = world_.database().Read();
  const auto& table = projections::TablePlan::Of<UserGrant>();
  std::vector<UserGrant> all;
  const auto rows = view.GetMany(table, world_.id(kOne), Named(table, "project"));
  REQUIRE(rows.ok());
  for (const auto& row : *rows) all.push_back(static_cast<const UserGrant&>(*row));
  return all;
}

std::vector<std::string> Sequence::Grants() const {
  projections::View view = world_.database().Read();
  const auto& table = projections::TablePlan::Of<row::v1::ProjectGrant>();
  std::vector<std::string> ids;
  const auto rows = view.GetMany(table, world_.id(kOne), Named(table, "project_granted"));
  REQUIRE(rows.ok());
  for (const auto& row : *rows) {
    const auto& grant = static_cast<const row::v1::ProjectGrant&>(*row);
    ids.push_back(command::ProjectGrantId(grant.project_id(), grant.grant_id()));
  }
  return ids;
}

void Sequence::Sweep() {
  std::vector<std::string> held;
  const bool whole = random_() % 2 == 0;
  for (const UserGrant& row : Held()) {
    if (whole || random_() % 2 == 0) held.push_back(row.id());
  }
  const std::vector<std::string> grants = Grants();
  done_.push_back(whole ? "a whole sweep" : "a part of a sweep");
  command::RoleSet of_project;
  std::map<std::string, command::RoleSet> of_grants;
  AsSystem([&](command::Unit& unit) -> absl::Status {
    ASSIGN_OR_RETURN(of_project, EndingRoles(unit, command::ProjectScope(project_)));
    for (const std::string& id : grants) {
      ASSIGN_OR_RETURN(of_grants[id], EndingRoles(unit, command::ProjectGrantScope(id)));
    }
    return absl::OkStatus();
  });
  if (whole || random_() % 2 == 0) {
    AsSystem([&](command::Unit& unit) { return SettleGrants(unit, grants); });
  }
  AsSystem([&](command::Unit& unit) { return SettleAuthorizations(unit, held); });
  if (!whole) return;
  AsSystem([&](command::Unit& unit) -> absl::Status {
    RETURN_IF_ERROR(
        RaiseRolesSwept(unit, command::ProjectScope(project_), of_project).status());
    for (const auto& [id, ending] : of_grants) {
      RETURN_IF_ERROR(RaiseRolesSwept(unit, command::ProjectGrantScope(id), ending).status());
    }
    return absl::OkStatus();
  });
}

void Sequence::CheckModels() {
  Answer listed;
  REQUIRE(Ask("ivan", "ListAuthorizations",
              absl::StrCat(R"({"filters":[{"projectId":{"id":")", project_, R"("}}]})"), &listed));
  done_.pop_back();
  --accepted_;
  std::map<std::string, Keys> told;
  for (const auto& one :
       static_cast<const ListAuthorizationsResponse&>(*listed.message).authorizations()) {
    for (const auto& role : one.roles()) told[one.id()].insert(role.key());
    told.try_emplace(one.id());
  }
  std::map<std::string, Keys> wanted;
  for (const auto& [id, one] : ledger_.held) wanted[id] = one.keys;
  REQUIRE(told == wanted);
  const auto& owners = world_.database().owners();
  for (const UserGrant& row : Held()) {
    const auto roles = owners.projects().RolesOf(owners, world_.id(kOne), row);
    const Keys counts(roles.begin(), roles.end());
    const auto known = ledger_.held.find(row.id());
    const bool active = known != ledger_.held.end() && known->second.active &&
                        (row.project_grant_id().empty() || ledger_.grant_active);
    REQUIRE(counts == (active ? known->second.keys : Keys()));
    REQUIRE(std::ranges::includes(ledger_.project, counts));
    if (!row.project_grant_id().empty()) REQUIRE(std::ranges::includes(ledger_.grant, counts));
  }
}

void Sequence::CheckStreams() {
  std::map<std::string, Keys> folded;
  AsSystem([&](command::Unit& unit) -> absl::Status {
    folded.clear();
    ASSIGN_OR_RETURN(const auto roles, unit.LoadAny<command::ProjectRoles>(project_));
    for (const auto& [id, one] : ledger_.held) {
      ASSIGN_OR_RETURN(const auto held, unit.LoadAny<command::UserGrant>(id));
      Keys& keys = folded[id];
      for (const std::string& key : held->role_keys) {
        if (roles->Has(key)) keys.insert(key);
      }
      if (held->project_grant_id.empty()) continue;
      ASSIGN_OR_RETURN(const auto grant, unit.LoadAny<command::ProjectGrant>(held->within));
      std::erase_if(keys, [&](const std::string& key) {
        return !grant->exists() ||
               std::ranges::find(grant->role_keys, key) == grant->role_keys.end();
      });
    }
    return absl::OkStatus();
  });
  for (const auto& [id, one] : ledger_.held) REQUIRE(folded[id] == one.keys);
}

int Number(const char* name, int otherwise) {
  const char* said = std::getenv(name);
  int number = otherwise;
  if (said != nullptr) REQUIRE(absl::SimpleAtoi(said, &number));
  return number;
}

TEST_CASE("whatever is given and taken, roles stay within the grant's, and within the project's") {
  constexpr int kSteps = 25;
  const int sequences = Number("MATRIX_SEQUENCES", 200);
  const int first = Number("MATRIX_SEED", 1);
  World world;
  world.store().Dry(false);
  int steps = 0, accepted = 0;
  for (int seed = first; seed < first + sequences; ++seed) {
    CAPTURE(seed);
    Sequence sequence(world, static_cast<uint32_t>(seed));
    for (int step = 0; step < kSteps; ++step) {
      sequence.Step();
      sequence.Check();
      ++steps;
    }
    accepted += sequence.accepted();
  }
  std::cout << sequences << " sequences from seed " << first << ", " << steps << " steps, "
            << accepted << " changes accepted\n";
  CHECK(accepted > steps / 5);
}

}  // namespace
}  // namespace muniment::matrix

// What a user's roles of a project count for: what his authorization, the grant that it is within
// and the project all have, while each of them and each organization is active. Held against a
// model of three sets after every event of random sequences, live and from the rows.
#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "muniment/event/v1/project.visit.h"
#include "muniment/event/v1/user_grant.visit.h"
#include "projections/owners.h"
#include "tests/projections/fixture.h"

namespace muniment::projections {
namespace {

using event::v1::OrgEvent;
using event::v1::ProjectEvent;
using event::v1::ProjectGrantEvent;
using event::v1::ProjectRoleEvent;
using event::v1::UserGrantEvent;

using Keys = std::set<std::string>;

constexpr char kGrant[] = "lamps/g";

template <class Kind>
Kind WithKeys(const Keys& keys) {
  Kind kind;
  for (const std::string& key : keys) kind.add_role_key(key);
  return kind;
}

// What stands, as a reader of the events would say it.
struct Thing {
  bool there = true;
  bool active = true;
  Keys keys = {};
};

class Platform {
 public:
  explicit Platform(uint32_t seed) : random_(seed) {
    AddOrg(log, 1, "acme");
    AddOrg(log, 1, "customer");
    event::v1::ProjectAdded project;
    project.set_organization_id("acme");
    project.set_name("Lamps");
    log.Raise<ProjectEvent>(1, "lamps", project);
    for (const char* key : {"a", "b", "c"}) AddRole(key);
    event::v1::ProjectGrantAdded grant;
    grant.set_project_id("lamps");
    grant.set_grant_id("g");
    grant.set_organization_id("acme");
    grant.set_granted_organization_id("customer");
    for (const char* key : {"a", "b"}) grant.add_role_key(key);
    log.Raise<ProjectGrantEvent>(1, kGrant, grant);
    granted = {true, true, {"a", "b"}};
    Give("own", "acme", "", "lamps");
    Give("theirs", "customer", "g", kGrant);
  }

  Keys Expected(const std::string& id) const {
    const Thing& given = authorizations.at(id);
    Keys keys;
    if (!given.there || !given.active || !project.there || !project.active || !acme.active) {
      return keys;
    }
    const bool within = id == "theirs";
    if (within && (!granted.there || !granted.active || !customer.active)) return keys;
    for (const std::string& key : given.keys) {
      if (project.keys.count(key) > 0 && (!within || granted.keys.count(key) > 0)) keys.insert(key);
    }
    return keys;
  }

  // An event that may come next. Mostly of what leaves the rest to stand.
  void Step() {
    const Keys some = Some();
    switch (random_() % 12) {
      case 0:
        return AddRole(std::string(1, static_cast<char>('a' + random_() % 3)));
      case 1:
        return RemoveRole(std::string(1, static_cast<char>('a' + random_() % 3)));
      case 2:
        if (!granted.there) return;
        granted.keys = some;
        return Raise<ProjectGrantEvent>(kGrant, WithKeys<event::v1::ProjectGrantChanged>(some));
      case 3:
        if (!granted.there) return;
        granted.keys = some;
        return Raise<ProjectGrantEvent>(kGrant,
                                        WithKeys<event::v1::ProjectGrantCascadeChanged>(some));
      case 4:
        return Turn<ProjectGrantEvent, event::v1::ProjectGrantDeactivated,
                    event::v1::ProjectGrantReactivated>(kGrant, granted);
      case 5:
        return Turn<ProjectEvent, event::v1::ProjectDeactivated, event::v1::ProjectReactivated>(
            "lamps", project);
      case 6:
        return Turn<OrgEvent, event::v1::OrgDeactivated, event::v1::OrgReactivated>("acme", acme);
      case 7:
        return Turn<OrgEvent, event::v1::OrgDeactivated, event::v1::OrgReactivated>("customer",
                                                                                    customer);
      case 8:
        return End(random_() % 40);
      default:
        return Change(random_() % 2 == 0 ? "own" : "theirs", some);
    }
  }

  Log log;
  Thing acme, customer, project, granted;
  std::map<std::string, Thing> authorizations;
  std::string done;

 private:
  template <class Event, class Kind>
  void Raise(const std::string& id, Kind kind) {
    absl::StrAppend(&done, Kind::descriptor()->name(), " ", id, " ", kind.ShortDebugString(), "\n");
    log.Raise<Event>(1, id, std::move(kind));
  }
  template <class Event, class Off, class On>
  void Turn(const std::string& id, Thing& thing) {
    if (!thing.there) return;
    thing.active = !thing.active;
    if (thing.active) {
      Raise<Event>(id, On());
    } else {
      Raise<Event>(id, Off());
    }
  }
  void AddRole(const std::string& key) {
    if (!project.there || !project.keys.insert(key).second) return;
    event::v1::ProjectRoleAdded added;
    added.set_key(key);
    Raise<ProjectRoleEvent>("lamps", added);
  }
  void RemoveRole(const std::string& key) {
    if (project.keys.erase(key) == 0) return;
    event::v1::ProjectRoleRemoved removed;
    removed.set_key(key);
    Raise<ProjectRoleEvent>("lamps", removed);
  }
  void Give(const std::string& id, const std::string& organization, const std::string& grant,
            const std::string& within) {
    event::v1::UserGrantAdded added;
    added.set_user_id("u");
    added.set_project_id("lamps");
    added.set_organization_id(organization);
    added.set_project_grant_id(grant);
    added.set_within(within);
    added.add_role_key("a");
    Raise<UserGrantEvent>(id, added);
    authorizations[id] = {true, true, {"a"}};
  }
  void Change(const std::string& id, const Keys& some) {
    Thing& given = authorizations[id];
    if (!given.there) return;
    switch (random_() % 4) {
      case 0:
        return Turn<UserGrantEvent, event::v1::UserGrantDeactivated,
                    event::v1::UserGrantReactivated>(id, given);
      case 1:
        given.keys = some;
        return Raise<UserGrantEvent>(id, WithKeys<event::v1::UserGrantCascadeChanged>(some));
      default:
        given.keys = some;
        return Raise<UserGrantEvent>(id, WithKeys<event::v1::UserGrantChanged>(some));
    }
  }
  void End(uint32_t what) {
    if (what == 0 && project.there) {
      project = {false, false, {}};
      Raise<ProjectEvent>("lamps", event::v1::ProjectRemoved());
    } else if (what == 1 && granted.there) {
      granted = {false, false, {}};
      Raise<ProjectGrantEvent>(kGrant, event::v1::ProjectGrantRemoved());
    } else if (what == 2 && customer.there) {
      customer = {false, false, {}};
      Raise<OrgEvent>("customer", event::v1::OrgRemoved());
    }
  }
  Keys Some() {
    Keys some;
    for (const char* key : {"a", "b", "c", "d"}) {
      if (random_() % 2 == 0) some.insert(key);
    }
    return some;
  }

  std::mt19937 random_;
};

// What counts of an authorization by its row; of one that has no row nothing.
Keys Effective(Database& database, const std::string& id) {
  View view = database.Read();
  const auto row = view.Get<row::v1::UserGrant>(1, {id});
  REQUIRE(row.ok());
  if (!row->has_value()) return {};
  const auto roles = database.owners().projects().RolesOf(database.owners(), 1, **row);
  const Keys keys(roles.begin(), roles.end());
  CHECK(keys.size() == roles.size());
  // Whatever else: within his, the grant's and the project's.
  for (const std::string& key : keys) {
    CHECK(std::count((*row)->role_key().begin(), (*row)->role_key().end(), key) == 1);
    CHECK(database.owners().projects().Role(1, "lamps", key).has_value());
    if ((*row)->project_grant_id().empty()) continue;
    const auto grant = database.owners().projects().Grant(1, (*row)->within());
    REQUIRE(grant != nullptr);
    CHECK(std::count(grant->role_key().begin(), grant->role_key().end(), key) == 1);
  }
  return keys;
}

TEST_CASE("a user has the roles that his, the grant and the project have, while all are active") {
  const uint32_t seed = GENERATE(1u, 2u, 3u, 4u, 5u, 6u, 7u, 8u);
  CAPTURE(seed);
  const TempDir dir;
  Platform platform(seed);
  auto database = OpenAll(dir / "models");
  auto runner = Runner::Start(platform.log.source(), AllProjections(), *database, {});
  REQUIRE(runner.ok());
  bool some = false;
  for (int step = 0; step < 80; ++step) {
    REQUIRE(WaitFor(**runner, platform.log.store().ReadLogHead()->position).ok());
    INFO(platform.done);
    for (const char* id : {"own", "theirs"}) {
      const Keys expected = platform.Expected(id);
      REQUIRE(Effective(*database, id) == expected);
      some = some || !expected.empty();
    }
    platform.Step();
  }
  CHECK(some);
  REQUIRE(WaitFor(**runner, platform.log.store().ReadLogHead()->position).ok());
  runner->reset();
  RequireRebuilt(platform.log, *database, dir / "rebuilt");
  // A node that starts has it from the rows.
  database.reset();
  database = OpenAll(dir / "models");
  INFO(platform.done);
  for (const char* id : {"own", "theirs"}) {
    CHECK(Effective(*database, id) == platform.Expected(id));
  }
}

}  // namespace
}  // namespace muniment::projections

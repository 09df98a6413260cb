// What a removed organization owned, and a removed user had, is gone in the end, however much it
// was.
#include "gateway/reactors/sweeps.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <map>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "base/clock.h"
#include "base/error.h"
#include "command/group/group.h"
#include "command/group/users.h"
#include "command/member/members.h"
#include "command/metadata/metadata.h"
#include "command/org/domains.h"
#include "command/org/org.h"
#include "command/policy/settings.h"
#include "command/session/session.h"
#include "command/user/tokens.h"
#include "command/user/user.h"
#include "eventstore/memory/memory_store.h"
#include "gateway/reactors/purge.h"
#include "tests/base/temp_dir.h"
#include "tests/gateway/data_dir.h"
#include "tests/reactors/platform.h"
#include "tests/reactors/purge_spy.h"
#include "zitadel/group/v2/group_service.pb.h"
#include "zitadel/org/v2/org_service.pb.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::gateway {
namespace {

using command::Unit;
using zitadel::org::v2::DeleteOrganizationRequest;
using zitadel::user::v2::DeleteUserRequest;

constexpr char kDeleteOrganization[] = "zitadel.org.v2.OrganizationService/DeleteOrganization";
constexpr char kDeleteUser[] = "zitadel.user.v2.UserService/DeleteUser";
constexpr int kUsers = 700;
constexpr int kDomains = 650;

absl::Status AddOrg(Unit& unit, const std::string& id) {
  ASSIGN_OR_RETURN(const auto org, unit.LoadAny<command::Org>(id));
  event::v1::OrgAdded added;
  added.set_name(id);
  unit.Raise(org, std::move(added));
  return absl::OkStatus();
}

absl::Status AddUser(Unit& unit, const std::string& id, const std::string& org) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadAny<command::User>(id));
  event::v1::MachineAdded added;
  added.set_organization_id(org);
  added.set_username(absl::StrCat("name of ", id));
  unit.Raise(user, std::move(added));
  return absl::OkStatus();
}

absl::Status AddMember(Unit& unit, const command::Scope& scope, const std::string& user) {
  ASSIGN_OR_RETURN(const auto members, unit.LoadAny<command::Members>(scope));
  event::v1::MemberAdded added;
  added.set_user_id(user);
  added.add_role("ORG_OWNER");
  unit.Raise(members, std::move(added));
  return absl::OkStatus();
}

absl::Status AddDomains(Unit& unit, const std::string& org, int first, int last) {
  ASSIGN_OR_RETURN(const auto domains, unit.LoadAny<command::OrgDomains>(org));
  for (int i = first; i < last; ++i) {
    event::v1::OrgDomainAdded added;
    added.set_domain(absl::StrCat("d", i, ".example"));
    unit.Raise(domains, std::move(added));
    event::v1::OrgDomainVerified verified;
    verified.set_domain(absl::StrCat("d", i, ".example"));
    unit.Raise(domains, std::move(verified));
  }
  return absl::OkStatus();
}

absl::Status AddTokens(Unit& unit, const std::string& user, const std::string& org, int count) {
  ASSIGN_OR_RETURN(const auto owner, unit.LoadAny<command::User>(user));
  ASSIGN_OR_RETURN(const auto tokens, unit.LoadAny<command::UserTokens>(user));
  for (int i = 0; i < count; ++i) {
    event::v1::PersonalAccessTokenAdded added;
    added.set_token_id(absl::StrCat(user, "-", tokens->expiration.size()));
    added.set_organization_id(org);
    unit.Raise(tokens, std::move(added));
  }
  return owner->exists() ? absl::OkStatus() : absl::NotFoundError("no such user");
}

template <class State>
bool Stands(WorkNode& node, const command::Scope& scope) {
  bool stands = false;
  REQUIRE(node.Do([&](Unit& unit) -> absl::Status {
    ASSIGN_OR_RETURN(const auto state, unit.LoadAny<State>(scope));
    stands = state->exists();
    return absl::OkStatus();
  }).ok());
  return stands;
}

size_t Claims(eventstore::EventStore& store) {
  size_t claims = 0;
  REQUIRE(store.ReadClaims([&](const auto&, auto, auto) { return ++claims, true; }).ok());
  return claims;
}

struct World {
  explicit World(eventstore::EventStore* through = nullptr)
      : node(through == nullptr ? store : *through, master, dir / "models") {
    REQUIRE(Do([](Unit& unit) { return AddOrg(unit, "home"); }).ok());
    REQUIRE(Do([](Unit& unit) { return AddUser(unit, "root", "home"); }).ok());
  }
  absl::Status Do(const std::function<absl::Status(Unit&)>& command) { return node.Do(command); }
  // "acme" with people, memberships both ways, metadata, settings and domains.
  void Fill();

  const TempDir dir;
  const MasterKey& master = TestMaster();
  eventstore::MemoryStore store{SystemClock()};
  WorkNode node;
};

void World::Fill() {
  REQUIRE(Do([](Unit& unit) { return AddOrg(unit, "acme"); }).ok());
  for (int first = 0; first < kUsers; first += 100) {
    REQUIRE(Do([&](Unit& unit) -> absl::Status {
      for (int i = first; i < first + 100; ++i) {
        (void)unit.LoadAny<command::User>(absl::StrCat("u", i));
      }
      for (int i = first; i < first + 100; ++i) {
        const std::string id = absl::StrCat("u", i);
        RETURN_IF_ERROR(AddUser(unit, id, "acme"));
        RETURN_IF_ERROR(AddMember(unit, command::OrgScope(i % 2 == 0 ? "acme" : "home"), id));
      }
      return absl::OkStatus();
    }).ok());
  }
  for (int first = 0; first < kDomains; first += 200) {
    REQUIRE(Do([&](Unit& unit) {
      return AddDomains(unit, "acme", first, std::min(first + 200, kDomains));
    }).ok());
  }
  // One has more than a commit holds.
  for (int i = 0; i < 3; ++i) {
    REQUIRE(Do([](Unit& unit) { return AddTokens(unit, "u7", "acme", 300); }).ok());
  }
  REQUIRE(Do([](Unit& unit) { return AddMember(unit, command::OrgScope("acme"), "root"); }).ok());
  REQUIRE(Do([](Unit& unit) -> absl::Status {
    ASSIGN_OR_RETURN(const auto policy,
                     unit.LoadAny<command::DomainPolicy>(command::OrgScope("acme")));
    unit.Raise(policy, event::v1::DomainPolicyAdded());
    ASSIGN_OR_RETURN(const auto user, unit.LoadAny<command::User>("u3"));
    ASSIGN_OR_RETURN(const auto metadata,
                     unit.LoadAny<command::Metadata>(command::UserScope("u3")));
    event::v1::MetadataSet set;
    set.set_key("k");
    set.set_value("v");
    unit.Raise(metadata, std::move(set));
    return user->exists() ? absl::OkStatus() : absl::NotFoundError("");
  }).ok());
}

TEST_CASE("a removed organization is swept until nothing of it is left, in commits that fit") {
  World world;
  world.Fill();
  WorkNode& node = world.node;
  const size_t claims = Claims(world.store);
  CHECK(claims == 2 + 2 + kUsers - 1 + kDomains);
  DeleteOrganizationRequest request;
  request.set_organization_id("acme");
  REQUIRE(node.Call(kDeleteOrganization, request).ok());
  CHECK(node.Queue("sweep.organization") == 1);
  node.Start(Sweeps(node.database()));
  REQUIRE(Await([&] {
    return node.Queue("sweep.organization") == 0 && node.Queue("sweep.user") == 0;
  }));
  CHECK(node.Letters().empty());
  CHECK(node.Events("org.swept") == 1);
  CHECK(node.Events("user.removed") == kUsers);
  CHECK(node.Events("user.erased") == kUsers);
  CHECK(node.Queue("purge.user") == kUsers);
  CHECK(node.Events("user.pat.removed") == 900);
  CHECK(node.Events("org.domain.removed") == kDomains);
  // Its own members, and its people's memberships elsewhere.
  CHECK(node.Events("org.member.cascade.removed") == kUsers + 1);
  for (const int i : {0, 1, 3, 7, 699}) {
    CHECK_FALSE(Stands<command::User>(node, command::UserScope(absl::StrCat("u", i))));
    CHECK_FALSE(Stands<command::UserTokens>(node, command::UserScope(absl::StrCat("u", i))));
    CHECK_FALSE(Stands<command::Metadata>(node, command::UserScope(absl::StrCat("u", i))));
  }
  CHECK_FALSE(Stands<command::Members>(node, command::OrgScope("acme")));
  CHECK_FALSE(Stands<command::Members>(node, command::OrgScope("home")));
  CHECK_FALSE(Stands<command::OrgDomains>(node, command::OrgScope("acme")));
  CHECK_FALSE(Stands<command::DomainPolicy>(node, command::OrgScope("acme")));
  // The names of home and its root alone are taken.
  CHECK(Claims(world.store) == 2);
  projections::View view = node.database().Read();
  CHECK(*view.Count<row::v1::User>(kInstance, "all", {}) == 1);
  CHECK_FALSE(view.Get<row::v1::Org>(kInstance, {"acme"})->has_value());
  CHECK(node.database().owners().Removed(kInstance).empty());
  CHECK(node.database().owners().Exists(kInstance, "home"));

  // Names are free, and who gets them begins with nothing.
  REQUIRE(node.Do([](Unit& unit) { return AddOrg(unit, "new"); }).ok());
  REQUIRE(node.Do([](Unit& unit) -> absl::Status {
    ASSIGN_OR_RETURN(const auto user, unit.LoadAny<command::User>("v"));
    event::v1::MachineAdded added;
    added.set_organization_id("new");
    added.set_username("name of u7");
    unit.Raise(user, std::move(added));
    return AddDomains(unit, "new", 0, 2);
  }).ok());
  CHECK_FALSE(Stands<command::Members>(node, command::OrgScope("new")));
}

TEST_CASE("a sweep that is broken off by its node goes on on another") {
  World world;
  world.Fill();
  DeleteOrganizationRequest request;
  request.set_organization_id("acme");
  REQUIRE(world.node.Call(kDeleteOrganization, request).ok());
  world.node.Start(Sweeps(world.node.database()));
  REQUIRE(Await([&] { return world.node.Events("user.removed") > 0; }));
  world.node.Stop();
  const size_t before = world.node.Events("user.removed");
  WorkNode other(world.store, world.master, world.dir / "other", 2);
  other.Start(Sweeps(other.database()));
  REQUIRE(Await([&] { return other.Queue("sweep.organization") == 0; }));
  CHECK(other.Events("user.removed") == kUsers);
  CHECK(other.Events("org.swept") == 1);
  // What was broken off says so, and counts as no attempt.
  CHECK(other.Events("org.work.failed") == other.Events("org.work.begun") - 1);
  WARN(before << " of " << kUsers << " had been removed before");
}

TEST_CASE("what a removed user had beyond one commit is swept") {
  World world;
  WorkNode& node = world.node;
  for (int first = 0; first < 300; first += 100) {
    REQUIRE(node.Do([&](Unit& unit) -> absl::Status {
      for (int i = first; i < first + 100; ++i) {
        (void)unit.LoadAny<command::Org>(absl::StrCat("o", i));
        (void)unit.LoadAny<command::Members>(command::OrgScope(absl::StrCat("o", i)));
      }
      for (int i = first; i < first + 100; ++i) {
        RETURN_IF_ERROR(AddOrg(unit, absl::StrCat("o", i)));
        RETURN_IF_ERROR(AddMember(unit, command::OrgScope(absl::StrCat("o", i)), "root"));
      }
      return absl::OkStatus();
    }).ok());
  }
  for (int i = 0; i < 2; ++i) {
    REQUIRE(node.Do([](Unit& unit) { return AddTokens(unit, "root", "home", 300); }).ok());
  }
  DeleteUserRequest request;
  request.set_user_id("root");
  REQUIRE(node.Call(kDeleteUser, request).ok());
  CHECK(node.Queue("sweep.user") == 1);
  CHECK(node.Events("user.pat.removed") < 600);
  node.Start(Sweeps(node.database()));
  REQUIRE(Await([&] { return node.Queue("sweep.user") == 0; }));
  CHECK(node.Events("user.pat.removed") == 600);
  CHECK(node.Events("org.member.cascade.removed") == 300);
  CHECK(node.Events("user.erased") == 1);
  CHECK_FALSE(Stands<command::UserTokens>(node, command::UserScope("root")));
}

// Of "acme", with this many of its users in it.
absl::Status AddGroup(Unit& unit, const std::string& id, int users) {
  ASSIGN_OR_RETURN(const auto group, unit.LoadAny<command::Group>(id));
  event::v1::GroupAdded added;
  added.set_organization_id("acme");
  added.set_name(id);
  unit.Raise(group, std::move(added));
  std::map<std::string, event::v1::GroupUsersAdded> pages;
  for (int i = 0; i < users; ++i) {
    const std::string user = absl::StrCat("u", i);
    auto& page = pages[command::GroupPageOf(id, user)];
    page.set_organization_id("acme");
    page.add_user_id(user);
  }
  for (const auto& [name, users_added] : pages) (void)unit.LoadAny<command::GroupUsers>(name);
  for (const auto& [name, users_added] : pages) {
    ASSIGN_OR_RETURN(const auto page, unit.LoadAny<command::GroupUsers>(name));
    unit.Raise(page, users_added);
  }
  return absl::OkStatus();
}

uint64_t InGroups(const WorkNode& node) {
  projections::View view = node.database().Read();
  return *view.Count<row::v1::GroupUser>(kInstance, "all", {});
}

TEST_CASE("a removed group is emptied in a few events, however many were in it") {
  World world;
  world.Fill();
  WorkNode& node = world.node;
  for (const char* id : {"lights", "desks"}) {
    REQUIRE(node.Do([&](Unit& unit) { return AddGroup(unit, id, kUsers); }).ok());
  }
  CHECK(InGroups(node) == 2 * kUsers);
  zitadel::group::v2::DeleteGroupRequest request;
  request.set_id("lights");
  REQUIRE(node.Call("zitadel.group.v2.GroupService/DeleteGroup", request).ok());
  CHECK(node.Queue("sweep.group") == 1);
  node.Start(Sweeps(node.database()));
  REQUIRE(Await([&] { return node.Queue("sweep.group") == 0; }));
  CHECK(node.Letters().empty());
  CHECK(InGroups(node) == kUsers);
  CHECK(node.Events("group.swept") == 1);
  CHECK(node.Events("group.users.cascade.removed") <= command::kGroupPages);
  // A user who goes leaves the other.
  DeleteUserRequest gone;
  gone.set_user_id("u5");
  REQUIRE(node.Call(kDeleteUser, gone).ok());
  REQUIRE(Await([&] { return node.Queue("sweep.user") == 0; }));
  CHECK(InGroups(node) == kUsers - 1);
}

TEST_CASE("with an organization go its groups, and nobody is taken out of them one by one") {
  World world;
  world.Fill();
  WorkNode& node = world.node;
  REQUIRE(node.Do([](Unit& unit) { return AddGroup(unit, "lights", kUsers); }).ok());
  DeleteOrganizationRequest request;
  request.set_organization_id("acme");
  REQUIRE(node.Call(kDeleteOrganization, request).ok());
  node.Start(Sweeps(node.database()));
  REQUIRE(Await([&] {
    return node.Queue("sweep.organization") == 0 && node.Queue("sweep.group") == 0 &&
           node.Queue("sweep.user") == 0;
  }));
  CHECK(node.Events("group.removed") == 1);
  CHECK(node.Events("group.swept") == 1);
  CHECK(node.Events("group.users.cascade.removed") <= command::kGroupPages);
  CHECK(InGroups(node) == 0);
  projections::View view = node.database().Read();
  CHECK(*view.Count<row::v1::Group>(kInstance, "all", {}) == 0);
}

absl::Status AddSession(Unit& unit, const std::string& id, const std::string& user) {
  ASSIGN_OR_RETURN(const auto session, unit.LoadAny<command::Session>(id));
  event::v1::SessionAdded added;
  added.mutable_user_agent()->set_ip("192.0.2.1");
  added.set_organization_id("home");
  unit.Raise(session, std::move(added));
  event::v1::SessionUserChecked checked;
  checked.set_user_id(user);
  checked.set_organization_id("home");
  unit.Raise(session, std::move(checked));
  return absl::OkStatus();
}

TEST_CASE("a removed user's sessions end by his sweep, however many, and then his keys") {
  World world;
  WorkNode& node = world.node;
  REQUIRE(node.Do([](Unit& unit) { return AddUser(unit, "ann", "home"); }).ok());
  constexpr uint64_t kFirst = 300'000'000'000'000'000;
  for (int first = 0; first < 500; first += 100) {
    REQUIRE(node.Do([&](Unit& unit) -> absl::Status {
      for (int i = first; i < first + 100; ++i) {
        (void)unit.LoadAny<command::Session>(absl::StrCat(kFirst + i));
      }
      for (int i = first; i < first + 100; ++i) {
        RETURN_IF_ERROR(AddSession(unit, absl::StrCat(kFirst + i), i == 7 ? "root" : "ann"));
      }
      return absl::OkStatus();
    }).ok());
  }
  DeleteUserRequest request;
  request.set_user_id("ann");
  REQUIRE(node.Call(kDeleteUser, request).ok());
  CHECK(node.Events("session.terminated") == 0);
  const auto keys_of = [&](const std::string& subject) {
    return *node.store().ReadSubjectKeys(kInstance, subject);
  };
  const std::string own = absl::StrCat("/30/4/", kFirst + 1);
  CHECK(keys_of("ann").keys.size() == 1);
  CHECK(keys_of(own).keys.size() == 1);
  node.Start(Sweeps(node.database()));
  REQUIRE(Await([&] { return node.Queue("sweep.user") == 0; }));
  CHECK(node.Events("session.terminated") == 499);
  CHECK(node.Events("user.erased") == 1);
  for (const std::string& subject : {std::string("ann"), own}) {
    CHECK(keys_of(subject).erased);
    CHECK(keys_of(subject).keys.empty());
  }
  CHECK_FALSE(keys_of(absl::StrCat("/30/4/", kFirst + 7)).erased);
  CHECK(Stands<command::Session>(node, {AGGREGATE_SESSION, absl::StrCat(kFirst + 7)}));
}

constexpr int kRemoved = 30;

// People are added and removed; what is left to do about them is not done yet.
void RemovePeople(WorkNode& node) {
  for (int i = 0; i < kRemoved; ++i) {
    REQUIRE(node.Do([&](Unit& unit) { return AddUser(unit, absl::StrCat("p", i), "home"); }).ok());
    DeleteUserRequest request;
    request.set_user_id(absl::StrCat("p", i));
    REQUIRE(node.Call(kDeleteUser, request).ok());
  }
}

void StartPurging(WorkNode& node) {
  std::vector<Reactor> all = Sweeps(node.database());
  all.push_back(PurgeReactor(node.store(), node.models()));
  node.Start(std::move(all));
}

// Whether any file of the read models has one of their names.
bool NamesStand(const World& world) {
  bool stand = false;
  for (const auto& file : std::filesystem::directory_iterator(world.dir / "models")) {
    const auto content = ContentIfThere(file.path());
    stand = stand || (content.has_value() && absl::StrContains(*content, "name of p"));
  }
  return stand;
}

uint64_t NewestErasure(WorkNode& node) {
  uint64_t newest = 0;
  REQUIRE(node.store().ReadLog(0, [&](const eventstore::StoredEvent& stored) {
    if (node.codec().DecodeClear(stored)->meta.type == "user.erased") newest = stored.position;
    return true;
  }).ok());
  return newest;
}

TEST_CASE("an erasure is told to be done when the files are rewritten, in few passes") {
  eventstore::MemoryStore store{SystemClock()};
  PurgeSpy spy(store);
  World world(&spy);
  const absl::Cleanup release = [&] { spy.Release(); };
  WorkNode& node = world.node;
  RemovePeople(node);
  CHECK(NamesStand(world));
  spy.Hold();
  StartPurging(node);
  // The first pass is under way while all others are erased.
  REQUIRE(Await([&] { return node.Queue("purge.user") == kRemoved && spy.begun() == 1; }));
  CHECK(node.Events("user.purged") == 0);
  const uint64_t newest = NewestErasure(node);
  spy.Release();
  // Passes are followed by rests.
  REQUIRE(Await([&] { return node.Queue("purge.user") == 0; }, absl::Minutes(5)));
  CHECK(node.Events("user.purged") == kRemoved);
  CHECK(node.Events("user.erased") == kRemoved);
  CHECK(node.Letters().empty());
  // Another pass is for those who were erased meanwhile; it is one for all.
  const std::vector<uint64_t> passes = spy.reported();
  REQUIRE_FALSE(passes.empty());
  CHECK(passes.size() <= 2);
  CHECK(passes.back() >= newest);
  CHECK(spy.ended() == static_cast<int>(passes.size()));
  CHECK_FALSE(NamesStand(world));
}

TEST_CASE("an erasure is not told to be done while a node that lives has not rewritten its files") {
  eventstore::MemoryStore store{SystemClock()};
  PurgeSpy spy(store);
  World world(&spy);
  WorkNode& node = world.node;
  RemovePeople(node);
  spy.behind = true;
  StartPurging(node);
  REQUIRE(Await([&] { return node.Events("user.erased") == kRemoved && spy.asked() > 3; }));
  CHECK(spy.ended() == 1);
  CHECK(node.Events("user.purged") == 0);
  spy.behind = false;
  REQUIRE(Await([&] { return node.Events("user.purged") == kRemoved; }, absl::Minutes(5)));
  CHECK(node.Letters().empty());
}

}  // namespace
}  // namespace muniment::gateway

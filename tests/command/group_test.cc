// Groups and who is in them: what each command raises, and what it refuses by name.
#include <algorithm>
#include <set>

#include "command/group/group.h"
#include "command/group/users.h"
#include "command/user/end_user.h"
#include "tests/command/delegation_world.h"
#include "zitadel/group/v2/group_service.pb.h"

namespace muniment::command {
namespace {

using event::v1::GroupAdded;
using event::v1::GroupChanged;
using event::v1::GroupUsersAdded;
using event::v1::GroupUsersCascadeRemoved;
using event::v1::GroupUsersRemoved;
using zitadel::group::v2::AddUsersToGroupResponse;
using zitadel::group::v2::CreateGroupResponse;
using zitadel::group::v2::UpdateGroupResponse;

const std::string kLights = "id: 'lights' ";

// The page of the group that a user stands on.
std::string On(const std::string& user) { return GroupPageOf("lights", user); }
std::string Users(const Strings& users) {
  std::string text;
  for (const std::string& user : users) absl::StrAppend(&text, "user_ids: '", user, "' ");
  return text;
}

// acme has the group "lights", which ann and bob are in.
struct Grouped : Delegated {
  Grouped() {
    Must(*this, "CreateGroup", "organization_id: 'acme' id: 'lights' name: 'Lights'");
    Must(*this, "AddUsersToGroup", kLights + Users({"ann", "bob"}));
  }
  std::set<std::string> Inside() {
    std::set<std::string> users;
    for (int i = 0; i < kGroupPages; ++i) {
      const GroupUsers page = StateOf<GroupUsers>(*this, {AGGREGATE_GROUP, GroupPage("lights", i)});
      users.insert(page.users.begin(), page.users.end());
    }
    return users;
  }
};

TEST_CASE("a group is made in an organization, with nobody in it") {
  Given given;
  const Then then = given.When("ann", "CreateGroup",
                               "organization_id: 'acme' name: 'Lights' description: 'who lights'");
  REQUIRE(then.ok());
  const auto& response = then.response<CreateGroupResponse>();
  CHECK(response.has_creation_date());
  CHECK(then.events == Strings{"group.added " + response.id()});
  const auto& added = then.fact<GroupAdded>(0);
  CHECK(added.organization_id() == "acme");
  CHECK(added.name() == "Lights");
  CHECK(added.description() == "who lights");
  CHECK(added.chosen_id() == "");
  CHECK(then.facts[0].meta.owner == "acme");
}

TEST_CASE("an id that a group is given is taken for everything, for ever") {
  Given given;
  const auto create = [&given](const std::string& name, const std::string& id) {
    return given.When("ann", "CreateGroup", absl::StrCat("organization_id: 'acme' name: '", name,
                                                         "' id: '", id, "'"));
  };
  REQUIRE(create("A", "lights").ok());
  for (const char* taken : {"lights", "ann", "acme", "root", "home", "1"}) {
    INFO(taken);
    const Then then = create("B", taken);
    CHECK(then.reason == "group.already_exists");
    CHECK(then.events.empty());
  }
  CHECK(given.When("ann", "CreateProject",
                   "organization_id: 'acme' name: 'P' project_id: 'lights'").reason ==
        "project.already_exists");
  REQUIRE(given.When("ann", "DeleteGroup", kLights).ok());
  CHECK(create("A", "lights").reason == "group.already_exists");
  CHECK(create("B", "a/b").reason == "request.id.not_id");
  CHECK(create("B", "").reason == "request.id.too_short");
}

TEST_CASE("a group's name is its own within its organization, and free with its end") {
  Grouped given;
  const auto create = [&given](const std::string& organization, const std::string& name) {
    return given.When("root", "CreateGroup", absl::StrCat("organization_id: '", organization,
                                                          "' name: '", name, "'"));
  };
  const Then taken = create("acme", "ＬＩＧＨＴＳ");
  CHECK(taken.reason == "group.name_taken");
  CHECK(taken.code == absl::StatusCode::kAlreadyExists);
  CHECK(taken.events.empty());
  CHECK(create("customer", "Lights").ok());
  REQUIRE(create("acme", "Chairs").ok());
  CHECK(given.When("ann", "UpdateGroup", kLights + "name: 'chairs'").reason == "group.name_taken");
  REQUIRE(given.When("ann", "UpdateGroup", kLights + "name: 'Lanterns'").ok());
  CHECK(create("acme", "Lights").ok());
  REQUIRE(given.When("ann", "DeleteGroup", kLights).ok());
  CHECK(create("acme", "Lanterns").ok());
}

TEST_CASE("a group is changed where it is asked to be, and not where nothing changes") {
  Grouped given;
  const Then then = given.When("ann", "UpdateGroup", kLights + "name: 'Lights' description: 'x'");
  CHECK(then.events == Strings{"group.changed lights"});
  CHECK_FALSE(then.fact<GroupChanged>(0).has_name());
  CHECK(then.fact<GroupChanged>(0).description() == "x");
  for (const char* same : {"", "description: 'x'", "name: 'Lights'"}) {
    INFO(same);
    const Then again = given.When("ann", "UpdateGroup", kLights + same);
    CHECK(again.ok());
    CHECK(again.events.empty());
    CHECK(again.response<UpdateGroupResponse>().has_change_date());
  }
}

TEST_CASE("users are added once each, whoever names them again") {
  Grouped given;
  CHECK(given.Inside() == std::set<std::string>{"ann", "bob"});
  const Then then = given.When("ann", "AddUsersToGroup",
                               kLights + Users({"bob", "pam", "ann", "pam"}));
  REQUIRE(then.ok());
  CHECK(then.events == Strings{"group.users.added " + On("pam")});
  const auto& added = then.fact<GroupUsersAdded>(0);
  CHECK(Strings(added.user_id().begin(), added.user_id().end()) == Strings{"pam"});
  CHECK(added.organization_id() == "acme");
  CHECK(then.facts[0].meta.owner == "acme");
  CHECK(then.response<AddUsersToGroupResponse>().has_change_date());
  const Then again = given.When("ann", "AddUsersToGroup", kLights + Users({"pam", "bob"}));
  CHECK(again.ok());
  CHECK(again.events.empty());
  CHECK(again.response<AddUsersToGroupResponse>().has_change_date());
  CHECK(given.Inside() == std::set<std::string>{"ann", "bob", "pam"});
}

TEST_CASE("machines are in groups like people, and so is who is inactive") {
  Grouped given;
  Must(given, "DeactivateUser", "user_id: 'pam'");
  CHECK(given.When("ann", "AddUsersToGroup", kLights + Users({"robot", "pam"})).ok());
  CHECK(given.Inside() == std::set<std::string>{"ann", "bob", "pam", "robot"});
}

TEST_CASE("of users one of whom is nobody here none is added") {
  Grouped given;
  Must(given, "DeleteUser", "user_id: 'robot'");
  for (const char* other : {"cora", "root", "nobody", "robot", "acme", "lights"}) {
    INFO(other);
    for (const char* caller : {"ann", "root"}) {
      const Then then = given.When(caller, "AddUsersToGroup", kLights + Users({"pam", other}));
      CHECK(then.reason == "user.not_found");
      CHECK(then.events.empty());
      CHECK(ErrorFacts(then.status) ==
            std::vector<std::pair<std::string, std::string>>{{"user_id", other}});
    }
  }
  CHECK(given.Inside() == std::set<std::string>{"ann", "bob"});
}

TEST_CASE("users are taken out, and who is not in it is passed over") {
  Grouped given;
  const Then then = given.When("ann", "RemoveUsersFromGroup",
                               kLights + Users({"bob", "pam", "nobody", "bob"}));
  REQUIRE(then.ok());
  CHECK(then.events == Strings{"group.users.removed " + On("bob")});
  CHECK(then.fact<GroupUsersRemoved>(0).user_id_size() == 1);
  CHECK(given.Inside() == std::set<std::string>{"ann"});
  CHECK(given.When("ann", "RemoveUsersFromGroup", kLights + Users({"bob"})).events.empty());
  CHECK(given.When("ann", "AddUsersToGroup", kLights + Users({"bob"})).ok());
  CHECK(given.Inside() == std::set<std::string>{"ann", "bob"});
}

TEST_CASE("what is wrong with a group is refused by name, and nothing is stored") {
  Grouped given;
  Strings many;
  for (int i = 0; i < 1001; ++i) many.push_back(absl::StrCat("u", i));
  const std::vector<std::pair<std::string, std::string>> refused = {
      {"CreateGroup organization_id: 'nowhere' name: 'G'", "org.not_found"},
      {"CreateGroup organization_id: 'acme' name: '  '", "request.name.not_name"},
      {"CreateGroup organization_id: 'acme'", "request.name.required"},
      {"CreateGroup name: 'G'", "request.organization_id.required"},
      {"UpdateGroup id: 'nothing' name: 'G'", "group.not_found"},
      {"UpdateGroup id: 'lights/00' name: 'G'", "group.not_found"},
      {"UpdateGroup id: 'lights' name: ''", "request.name.too_short"},
      {"UpdateGroup id: 'lights' description: ''", "request.description.too_short"},
      {"DeleteGroup id: 'acme'", "group.not_found"},
      {"DeleteGroup", "request.id.required"},
      {"AddUsersToGroup id: 'nothing' user_ids: 'bob'", "group.not_found"},
      {"AddUsersToGroup id: 'lights/00' user_ids: 'bob'", "group.not_found"},
      {"AddUsersToGroup id: 'lights'", "request.user_ids.too_few"},
      {"AddUsersToGroup id: 'lights' " + Users(many), "request.user_ids.too_many"},
      {"RemoveUsersFromGroup id: 'lights'", "request.user_ids.too_few"},
      {"RemoveUsersFromGroup id: 'lights' " + Users(many), "request.user_ids.too_many"},
  };
  for (const auto& [call, reason] : refused) {
    INFO(call.substr(0, 80));
    const size_t space = call.find(' ');
    const Then then = given.When("root", call.substr(0, space),
                                 space == std::string::npos ? "" : call.substr(space + 1));
    CHECK(then.reason == reason);
    CHECK(then.events.empty());
  }
  Must(given, "DeactivateOrganization", "organization_id: 'acme'");
  const Then rests = given.When("root", "CreateGroup", "organization_id: 'acme' name: 'G'");
  CHECK(rests.reason == "org.not_active");
}

TEST_CASE("who may what on a group is who may it in its organization") {
  // Nobody in particular; a person without a permission; who owns the group's organization, manages
  // its users; who owns another; who owns, looks at, and signs people in to the instance, and who
  // manages its organizations; a machine that owns a project.
  const Strings callers = {"anonymous", "bob",    "ann",    "clerk", "cora",
                           "root",      "viewer", "client", "maker", "robot"};
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"CreateGroup organization_id: 'acme' name: 'G'", "u-+--+--+-"},
      {"UpdateGroup id: 'lights' name: 'G'", "u-+--+--+-"},
      {"DeleteGroup id: 'lights'", "u-+--+--+-"},
      {"AddUsersToGroup id: 'lights' user_ids: 'pam'", "u-+--+--+-"},
      {"RemoveUsersFromGroup id: 'lights' user_ids: 'bob'", "u-+--+--+-"},
  };
  for (const auto& [call, marks] : rows) {
    REQUIRE(marks.size() == callers.size());
    std::string met;
    for (const std::string& caller : callers) {
      Grouped given;
      const size_t space = call.find(' ');
      const Then then = given.When(caller, call.substr(0, space), call.substr(space + 1));
      INFO(call << " by " << caller << ": " << then.status);
      CHECK(then.events.empty() == !then.ok());
      met += then.ok()                                        ? '+'
             : then.code == absl::StatusCode::kUnauthenticated ? 'u'
             : then.code == absl::StatusCode::kNotFound        ? '-'
                                                               : '?';
    }
    INFO(call);
    CHECK(met == marks);
  }
}

TEST_CASE("with its organization's rest a group's managers may nothing, and with its end nobody") {
  Grouped given;
  Must(given, "DeactivateOrganization", "organization_id: 'acme'");
  CHECK(given.When("root", "UpdateGroup", kLights + "name: 'G'").ok());
  CHECK_FALSE(given.When("ann", "UpdateGroup", kLights + "name: 'H'").ok());
  Must(given, "DeleteOrganization", "organization_id: 'acme'");
  CHECK(given.When("root", "UpdateGroup", kLights + "name: 'H'").reason == "group.not_found");
  CHECK(given.When("root", "AddUsersToGroup", kLights + Users({"bob"})).reason ==
        "group.not_found");
}

TEST_CASE("a user who is removed is in no group any more") {
  Grouped given;
  Must(given, "CreateGroup", "organization_id: 'acme' id: 'second' name: 'Second'");
  Must(given, "AddUsersToGroup", "id: 'second' user_ids: 'bob'");
  const Then then = given.When("ann", "DeleteUser", "user_id: 'bob'");
  REQUIRE(then.ok());
  const std::multiset<std::string> events(then.events.begin(), then.events.end());
  CHECK(events.count("group.users.cascade.removed " + On("bob")) == 1);
  CHECK(events.count("group.users.cascade.removed " + GroupPageOf("second", "bob")) == 1);
  CHECK(given.Inside() == std::set<std::string>{"ann"});
}

TEST_CASE("with a removed group no user is bothered: its sweep takes all of them") {
  Grouped given;
  Must(given, "DeleteGroup", kLights);
  const Then then = given.When("ann", "DeleteUser", "user_id: 'bob'");
  REQUIRE(then.ok());
  for (const std::string& event : then.events) CHECK(event.find("group.") == std::string::npos);
  Strings swept = Raised(given, [](Unit& unit) { return EndGroupUsers(unit, "lights").status(); });
  std::sort(swept.begin(), swept.end());
  Strings expected;
  for (const std::string& page : std::set<std::string>{On("ann"), On("bob")}) {
    expected.push_back("group.users.cascade.removed " + page);
  }
  CHECK(swept == expected);
  CHECK(given.Inside().empty());
  const auto again = [](Unit& unit) { return EndGroupUsers(unit, "lights").status(); };
  CHECK(Raised(given, again).empty());
  const auto done = [](Unit& unit) { return RaiseGroupSwept(unit, "lights"); };
  CHECK(Raised(given, done) == Strings{"group.swept lights"});
  CHECK(Raised(given, done).empty());
}

TEST_CASE("nothing is swept out of a group that stands, and none ends whose organization stands") {
  Grouped given;
  CHECK(Raised(given, [](Unit& unit) { return EndGroupUsers(unit, "lights").status(); }).empty());
  CHECK(Raised(given, [](Unit& unit) { return RaiseGroupSwept(unit, "lights"); }).empty());
  const auto settle = [](Unit& unit) { return SettleGroups(unit, {"lights", "none"}); };
  CHECK(Raised(given, settle).empty());
  Must(given, "DeactivateOrganization", "organization_id: 'acme'");
  CHECK(Raised(given, settle).empty());
  Must(given, "DeleteOrganization", "organization_id: 'acme'");
  CHECK(Raised(given, settle) == Strings{"group.removed lights"});
  CHECK(Raised(given, settle).empty());
}

TEST_CASE("a group with more users than a commit should hold is swept in several") {
  Grouped given;
  constexpr int kEach = 3000;
  for (int page = 0; page < 3; ++page) {
    GroupUsersAdded added;
    added.set_organization_id("acme");
    for (int i = 0; i < kEach; ++i) added.add_user_id(absl::StrCat("u", page, "-", i));
    given.Fact<GroupUsers>({AGGREGATE_GROUP, GroupPage("lights", page)}, added);
  }
  const size_t all = given.Inside().size();
  CHECK(all >= 3 * kEach);
  Must(given, "DeleteGroup", kLights);
  size_t taken = 0, commits = 0;
  bool done = false;
  while (!done && commits < 100) {
    given.AsSystem([&done](Unit& unit) -> absl::Status {
      ASSIGN_OR_RETURN(done, EndGroupUsers(unit, "lights"));
      return absl::OkStatus();
    });
    ++commits;
    const size_t left = given.Inside().size();
    CHECK(all - taken - left <= 4000);
    taken = all - left;
  }
  CHECK(taken == all);
  CHECK(commits == (all + 3999) / 4000);
}

TEST_CASE("of two who add one user at the same time one adds him, and both are told so") {
  Grouped given;
  const std::string request = kLights + Users({"pam"});
  const auto thens = given.Race("ann", "AddUsersToGroup", {request, request});
  CHECK(thens[0].ok());
  CHECK(thens[1].ok());
  CHECK(thens[0].events == Strings{"group.users.added " + On("pam")});
}

TEST_CASE("nobody is left in a group that ends while he is added, or in which he ends meanwhile") {
  for (int round = 0; round < 20; ++round) {
    Grouped given;
    const auto thens = given.Race({{"ann", "DeleteGroup", kLights},
                                   {"ann", "AddUsersToGroup", kLights + Users({"pam"})}});
    REQUIRE(thens[0].ok());
    if (!thens[1].ok()) CHECK(thens[1].reason == "group.not_found");
    given.AsSystem([](Unit& unit) { return EndGroupUsers(unit, "lights").status(); });
    CHECK(given.Inside().empty());
    CHECK(given.When("ann", "AddUsersToGroup", kLights + Users({"bob"})).reason ==
          "group.not_found");

    Grouped other;
    const auto both = other.Race({{"ann", "DeleteUser", "user_id: 'pam'"},
                                  {"ann", "AddUsersToGroup", kLights + Users({"pam"})}});
    REQUIRE(both[0].ok());
    if (!both[1].ok()) CHECK(both[1].reason == "user.not_found");
    other.AsSystem([](Unit& unit) { return SweepUser(unit, "pam", 100).status(); });
    CHECK(other.Inside().count("pam") == 0);
  }
}

TEST_CASE("every user has one page, and a thousand spread over most of them") {
  std::set<std::string> pages;
  for (int i = 0; i < 1000; ++i) {
    const std::string user = absl::StrCat("user-", i);
    const std::string page = GroupPageOf("g", user);
    CHECK(page == GroupPageOf("g", user));
    CHECK(page.size() == 4);
    CHECK(page.substr(0, 2) == "g/");
    pages.insert(page);
  }
  CHECK(pages.size() > 200);
  CHECK(pages.size() <= kGroupPages);
  // It stands in keys and never changes.
  CHECK(GroupPageOf("g", "bob") == "g/81");
}

}  // namespace
}  // namespace muniment::command

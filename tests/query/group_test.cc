// Who sees which groups, and who is in them.
#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "muniment/row/v1/work.pb.h"
#include "projections/batch.h"
#include "tests/query/models.h"
#include "zitadel/group/v2/group_service.pb.h"

namespace muniment::query {
namespace {

using google::protobuf::Message;
using projections::Batch;
using projections::TablePlan;
using zitadel::group::v2::GetGroupRequest;
using zitadel::group::v2::GetGroupResponse;
using zitadel::group::v2::ListGroupsRequest;
using zitadel::group::v2::ListGroupsResponse;
using zitadel::group::v2::ListGroupUsersRequest;
using zitadel::group::v2::ListGroupUsersResponse;
using Strings = std::vector<std::string>;

constexpr uint64_t kInstance = 7;
const std::string kService = "zitadel.group.v2.GroupService/";

std::vector<const TablePlan*> Tables() {
  auto tables = CommonTables();
  tables.push_back(&TablePlan::Of<row::v1::GroupUser>());
  return tables;
}

// acme has the groups lights (ann, bob) and desks (bob), globex has doors (gil), gone had gates (guy).
struct World : Models {
  World() : Models(Tables()) {
    Batch batch(*database);
    batch.Begin(kInstance, 1);
    for (const char* id : {"acme", "globex", "gone"}) {
      row::v1::Org org;
      org.set_id(id);
      org.set_state(std::string(id) == "gone" ? row::v1::ORG_STATE_REMOVED
                                              : row::v1::ORG_STATE_ACTIVE);
      batch.Put(kInstance, org);
    }
    User(batch, "acme", "ann");
    User(batch, "acme", "bob");
    User(batch, "globex", "gil");
    Group(batch, "acme", "lights", {"ann", "bob"});
    Group(batch, "acme", "desks", {"bob"});
    Group(batch, "globex", "doors", {"gil"});
    Group(batch, "gone", "gates", {"guy"});
    Member(batch, AGGREGATE_INSTANCE, "7", "root", "IAM_OWNER");
    Member(batch, AGGREGATE_INSTANCE, "7", "client", "IAM_LOGIN_CLIENT");
    Member(batch, AGGREGATE_ORG, "acme", "ann", "ORG_OWNER");
    Member(batch, AGGREGATE_ORG, "acme", "clerk", "ORG_USER_MANAGER");
    Member(batch, AGGREGATE_ORG, "acme", "setter", "ORG_SETTINGS_MANAGER");
    Member(batch, AGGREGATE_ORG, "globex", "gil", "ORG_OWNER");
    Commit(batch, 1);
  }
  void Commit(Batch& batch, uint64_t position) {
    REQUIRE(batch.Commit({1, position, std::string(32, 'h')}).ok());
    LoadOwners();
  }

  static void User(Batch& batch, const std::string& org, const std::string& id) {
    row::v1::User user;
    user.set_id(id);
    user.set_organization_id(org);
    user.set_username(id);
    user.set_type(row::v1::USER_TYPE_MACHINE);
    user.set_name("name of " + id);
    user.set_state(row::v1::USER_STATE_ACTIVE);
    batch.Put(kInstance, user);
  }
  static void Group(Batch& batch, const std::string& org, const std::string& id,
                    const Strings& users) {
    row::v1::Group group;
    group.set_id(id);
    group.set_organization_id(org);
    group.set_name("The " + id);
    group.set_description("of " + org);
    group.mutable_stamp()->mutable_created()->set_seconds(100);
    batch.Put(kInstance, group);
    for (const std::string& user : users) {
      row::v1::GroupUser member;
      member.set_group_id(id);
      member.set_user_id(user);
      member.set_organization_id(org);
      member.mutable_stamp()->mutable_created()->set_seconds(200);
      batch.Put(kInstance, member);
    }
  }
  static void Member(Batch& batch, Aggregate aggregate, const std::string& resource,
                     const std::string& user, const std::string& role) {
    row::v1::Member member;
    member.set_aggregate(aggregate);
    member.set_resource_id(resource);
    member.set_user_id(user);
    member.add_role(role);
    batch.Put(kInstance, member);
  }

  template <class Response>
  absl::StatusOr<Response> Ask(const std::string& method, const std::string& caller,
                               const Message& request, const std::string& target = "") {
    ReadCall call;
    call.instance = kInstance;
    call.caller.user_id = caller;
    call.target_id = target;
    for (const Handler& handler : Handlers()) {
      if (handler.method != kService + method) continue;
      ASSIGN_OR_RETURN(auto response, Run(handler, call, request));
      return static_cast<const Response&>(*response);
    }
    return absl::UnimplementedError(method);
  }
  Strings Groups(const std::string& caller, const ListGroupsRequest& request = {}) {
    const auto response = Ask<ListGroupsResponse>("ListGroups", caller, request);
    REQUIRE(response.ok());
    CHECK(response->pagination().total_result() == static_cast<uint64_t>(response->groups_size()));
    Strings ids;
    for (const auto& group : response->groups()) ids.push_back(group.id());
    return ids;
  }
  // "group:user"
  Strings Users(const std::string& caller, const ListGroupUsersRequest& request = {}) {
    const auto response = Ask<ListGroupUsersResponse>("ListGroupUsers", caller, request);
    REQUIRE(response.ok());
    CHECK(response->pagination().total_result() ==
          static_cast<uint64_t>(response->group_users_size()));
    Strings names;
    for (const auto& one : response->group_users()) {
      names.push_back(one.group_id() + ":" + one.user().id());
    }
    std::sort(names.begin(), names.end());
    return names;
  }
};

Strings Sorted(Strings names) {
  std::sort(names.begin(), names.end());
  return names;
}

TEST_CASE("a group is read by whom its organization's roles let, and is unknown to all others") {
  World world;
  const auto get = [&world](const std::string& caller, const std::string& id) {
    return world.Ask<GetGroupResponse>("GetGroup", caller, GetGroupRequest(), id);
  };
  for (const char* caller : {"ann", "clerk", "root", "client"}) {
    INFO(caller);
    const auto found = get(caller, "lights");
    REQUIRE(found.ok());
    CHECK(found->group().id() == "lights");
    CHECK(found->group().name() == "The lights");
    CHECK(found->group().description() == "of acme");
    CHECK(found->group().organization_id() == "acme");
    CHECK(found->group().creation_date().seconds() == 100);
  }
  // Being in it shows nobody the group.
  for (const char* caller : {"bob", "setter", "gil", "nobody"}) {
    INFO(caller);
    const auto hidden = get(caller, "lights").status();
    CHECK(Reason(hidden) == "group.not_found");
    CHECK(hidden == get(caller, "nothing").status());
  }
  CHECK(Reason(get("root", "gates").status()) == "group.not_found");
}

TEST_CASE("lists of groups hold what the caller may see, and totals count only that") {
  World world;
  CHECK(Sorted(world.Groups("root")) == Strings{"desks", "doors", "lights"});
  CHECK(Sorted(world.Groups("client")) == Strings{"desks", "doors", "lights"});
  CHECK(Sorted(world.Groups("ann")) == Strings{"desks", "lights"});
  CHECK(Sorted(world.Groups("clerk")) == Strings{"desks", "lights"});
  CHECK(world.Groups("gil") == Strings{"doors"});
  for (const char* caller : {"bob", "setter", "nobody"}) CHECK(world.Groups(caller).empty());
}

TEST_CASE("groups are found by id, by organization and by name, and sorted as asked") {
  World world;
  ListGroupsRequest by_id;
  for (const char* id : {"lights", "doors", "nothing"}) {
    if (by_id.filters_size() == 0) by_id.add_filters();
    by_id.mutable_filters(0)->mutable_group_ids()->add_ids(id);
  }
  CHECK(Sorted(world.Groups("root", by_id)) == Strings{"doors", "lights"});
  CHECK(world.Groups("ann", by_id) == Strings{"lights"});
  ListGroupsRequest of_acme;
  of_acme.add_filters()->mutable_organization_id()->set_id("acme");
  CHECK(Sorted(world.Groups("root", of_acme)) == Strings{"desks", "lights"});
  CHECK(world.Groups("gil", of_acme).empty());
  ListGroupsRequest named;
  auto* name = named.add_filters()->mutable_name_filter();
  name->set_name("THE D");
  name->set_method(zitadel::filter::v2::TEXT_FILTER_METHOD_STARTS_WITH_IGNORE_CASE);
  named.set_sorting_column(zitadel::group::v2::FIELD_NAME_NAME);
  named.mutable_pagination()->set_asc(true);
  CHECK(world.Groups("root", named) == Strings{"desks", "doors"});
  named.mutable_pagination()->set_asc(false);
  CHECK(world.Groups("root", named) == Strings{"doors", "desks"});
}

TEST_CASE("who is in a group is seen by whom its organization's roles let") {
  World world;
  const Strings of_acme = {"desks:bob", "lights:ann", "lights:bob"};
  CHECK(world.Users("root") == Strings{"desks:bob", "doors:gil", "lights:ann", "lights:bob"});
  CHECK(world.Users("ann") == of_acme);
  CHECK(world.Users("clerk") == of_acme);
  CHECK(world.Users("gil") == Strings{"doors:gil"});
  for (const char* caller : {"bob", "setter", "nobody"}) CHECK(world.Users(caller).empty());
  const auto told = world.Ask<ListGroupUsersResponse>("ListGroupUsers", "gil",
                                                      ListGroupUsersRequest());
  REQUIRE(told->group_users_size() == 1);
  const auto& one = told->group_users(0);
  CHECK(one.organization_id() == "globex");
  CHECK(one.creation_date().seconds() == 200);
  CHECK(one.user().display_name() == "name of gil");
  CHECK(one.user().preferred_login_name() == "gil");
  CHECK(one.user().organization_id() == "globex");
}

TEST_CASE("who is in groups is found by group and by user") {
  World world;
  ListGroupUsersRequest of_lights;
  of_lights.add_filters()->mutable_group_ids()->add_ids("lights");
  CHECK(world.Users("root", of_lights) == Strings{"lights:ann", "lights:bob"});
  ListGroupUsersRequest of_bob;
  of_bob.add_filters()->mutable_user_ids()->add_ids("bob");
  CHECK(world.Users("root", of_bob) == Strings{"desks:bob", "lights:bob"});
  CHECK(world.Users("gil", of_bob).empty());
  of_bob.add_filters()->mutable_group_ids()->add_ids("desks");
  CHECK(world.Users("root", of_bob) == Strings{"desks:bob"});
}

TEST_CASE("what is left of a removed group, or of a removed user, is listed no more") {
  World world;
  Batch batch(*world.database);
  batch.Begin(kInstance, 2);
  batch.Delete<row::v1::Group>(kInstance, {"lights"});
  batch.Delete<row::v1::User>(kInstance, {"gil"});
  for (const auto& [id, work] : {std::pair("lights", "sweep.group"), {"gil", "sweep.user"}}) {
    row::v1::Work pending;
    pending.set_instance(kInstance);
    pending.set_resource_id(id);
    pending.set_name(work);
    batch.Put(eventstore::kSystemInstance, pending);
  }
  world.Commit(batch, 2);
  CHECK(world.Users("root") == Strings{"desks:bob"});
  CHECK(world.Users("ann") == Strings{"desks:bob"});
  ListGroupUsersRequest of_lights;
  of_lights.add_filters()->mutable_group_ids()->add_ids("lights");
  CHECK(world.Users("root", of_lights).empty());
}

}  // namespace
}  // namespace muniment::query

// How many rows a page reads of a table that is large beside what its caller may see.
#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/text.h"
#include "muniment/row/v1/row.pb.h"
#include "projections/batch.h"
#include "query/list.h"
#include "tests/query/models.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::query {
namespace {

using projections::Batch;
using projections::TablePlan;
using row::v1::User;
using zitadel::user::v2::ListUsersRequest;

constexpr uint64_t kInstance = 7;
constexpr int kPeople = 20'000, kSeen = 10;
constexpr uint32_t kPage = 50;

// All are alike in what filters ask; ten are of the organization "small".
struct World : Models {
  World() : Models({&TablePlan::Of<User>()}) {
    for (int at = 0; at < kPeople; at += 1000) {
      Batch batch(*database);
      for (int i = at; i < at + 1000; ++i) {
        User user;
        user.set_id(absl::StrCat(100'000 + i));
        user.set_organization_id(i % (kPeople / kSeen) == 7 ? "small" : "large");
        user.set_type(row::v1::USER_TYPE_HUMAN);
        user.set_state(row::v1::USER_STATE_ACTIVE);
        user.set_username(absl::StrCat("person", i));
        user.mutable_profile()->set_given_name("Ada");
        user.mutable_profile()->set_family_name("King");
        user.mutable_profile()->set_display_name("Ada King");
        user.set_email(absl::StrCat("person", i, "@example.com"));
        user.mutable_stamp()->mutable_created()->set_seconds(1'000'000 + i);
        batch.Begin(kInstance, i + 1);
        batch.Put(kInstance, user);
      }
      REQUIRE(batch.Commit({1, static_cast<uint64_t>(at + 1000), std::string(32, 'h')}).ok());
    }
  }

  struct Read {
    uint64_t rows = 0, total = 0;
  };
  Read List(Visibility visibility, ListUsersRequest request,
            std::vector<std::string> removed = {}) {
    request.mutable_query()->set_limit(kPage);
    const TablePlan& table = TablePlan::Of<User>();
    const auto asked = ParseListRequest(request, table);
    REQUIRE(asked.ok());
    ListPlan plan;
    plan.table = &table;
    plan.instance = kInstance;
    plan.owner_column = "organization_id";
    plan.self_columns = {"id"};
    plan.visibility = std::move(visibility);
    plan.stands = [removed](absl::string_view org) {
      return std::find(removed.begin(), removed.end(), org) == removed.end();
    };
    plan.removed = removed;
    projections::View view = database->Read();
    const auto page = RunList(view, plan, *asked);
    INFO(page.status());
    REQUIRE(page.ok());
    return {view.rows(), page->total};
  }
};

ListUsersRequest Filtered(int which) {
  ListUsersRequest request;
  if (which == 0) return request;
  auto& query = *request.add_queries();
  if (which == 1) query.mutable_state_query()->set_state(zitadel::user::v2::USER_STATE_ACTIVE);
  if (which == 2) query.mutable_first_name_query()->set_first_name("Ada");
  if (which > 2) {
    query.mutable_user_name_query()->set_user_name("erson");
    query.mutable_user_name_query()->set_method(
        zitadel::object::v2::TEXT_QUERY_METHOD_CONTAINS_IGNORE_CASE);
  }
  if (which == 4) {
    query.mutable_user_name_query()->set_user_name("person");
    query.mutable_user_name_query()->set_method(
        zitadel::object::v2::TEXT_QUERY_METHOD_STARTS_WITH_IGNORE_CASE);
  }
  if (which == 5) request.set_sorting_column(zitadel::user::v2::USER_FIELD_NAME_EMAIL);
  return request;
}

TEST_CASE("who may see ten of twenty thousand reads no more than three rows for each of a page") {
  World world;
  for (int which = 0; which <= 5; ++which) {
    INFO("filter " << which);
    const World::Read read = world.List({.organizations = {"small"}}, Filtered(which));
    CHECK(read.total == kSeen);
    CHECK(read.rows <= 3 * kPage);
    CHECK(read.rows >= kSeen);
    // Beyond what is merged, too.
    Visibility many{.organizations = {"small"}, .self = "100003"};
    for (int i = 0; i < 80; ++i) many.organizations.push_back(absl::StrCat("t", 100 + i));
    const World::Read scattered = world.List(many, Filtered(which));
    CHECK(scattered.total == kSeen + 1);
    CHECK(scattered.rows <= 3 * kPage);
  }
}

TEST_CASE("an owner reads a page's rows of a large organization, himself or a guest among them") {
  World world;
  for (const char* self : {"100003", "100007"}) {  // of the large one, and of the small one
    for (const uint64_t offset : {0, 10'000}) {
      ListUsersRequest request;
      request.mutable_query()->set_offset(offset);
      const World::Read read = world.List({.organizations = {"large"}, .self = self}, request);
      CHECK(read.total == kPeople - kSeen + (self[5] == '7' ? 1 : 0));
      CHECK(read.rows == kPage + 1);
    }
  }
}

TEST_CASE("what is removed and not yet swept slows down nobody who sees all") {
  World world;
  for (const uint64_t offset : {0, 10'000}) {
    ListUsersRequest request;
    request.mutable_query()->set_offset(offset);
    const World::Read read = world.List({.all = true}, request, {"small"});
    CHECK(read.total == kPeople - kSeen);
    CHECK(read.rows == kPage);
  }
}

TEST_CASE("who may see all reads a page's rows however far it is, and what a filter leaves") {
  World world;
  for (const uint64_t offset : {0, 10'000}) {
    ListUsersRequest request;
    request.mutable_query()->set_offset(offset);
    const World::Read read = world.List({.all = true}, request);
    CHECK(read.total == kPeople);
    CHECK(read.rows == kPage);
  }
  ListUsersRequest one;
  one.add_queries()->mutable_user_name_query()->set_user_name("person77");
  const World::Read read = world.List({.all = true}, one);
  CHECK(read.total == 1);
  CHECK(read.rows <= 3);
}

}  // namespace
}  // namespace muniment::query

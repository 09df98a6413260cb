// When people put off setting up a second factor, told with them: alone, and of a list all at once.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "projections/batch.h"
#include "tests/query/models.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::query {
namespace {

using projections::Batch;
using zitadel::user::v2::GetUserByIDRequest;
using zitadel::user::v2::GetUserByIDResponse;
using zitadel::user::v2::ListUsersRequest;
using zitadel::user::v2::ListUsersResponse;

constexpr uint64_t kInstance = 7;
constexpr int64_t kSkipped = 9;

struct World : Models {
  World() : Models(CommonTables()) {
    Batch batch(*database);
    batch.Begin(kInstance, 1);
    row::v1::Org org;
    org.set_id("acme");
    org.set_state(row::v1::ORG_STATE_ACTIVE);
    batch.Put(kInstance, org);
    row::v1::Member member;
    member.set_aggregate(AGGREGATE_ORG);
    member.set_resource_id("acme");
    member.set_user_id("manager");
    member.add_role("ORG_OWNER");
    batch.Put(kInstance, member);
    REQUIRE(batch.Commit({1, 1, std::string(32, 'h')}).ok());
    LoadOwners();
  }

  // Those whose ids end in 3 put it off.
  void AddPeople(uint64_t position, int first, int end, row::v1::UserType type) {
    Batch batch(*database);
    batch.Begin(kInstance, position);
    for (int i = first; i < end; ++i) {
      row::v1::User user;
      user.set_id(absl::StrCat("u", i));
      user.set_organization_id("acme");
      user.set_username(user.id());
      user.set_type(type);
      user.set_state(row::v1::USER_STATE_ACTIVE);
      batch.Put(kInstance, user);
      if (i % 10 != 3) continue;
      row::v1::MfaSkip skip;
      skip.set_user_id(user.id());
      skip.set_of_day(20'000);
      skip.mutable_at()->set_seconds(kSkipped);
      batch.Put(kInstance, skip);
      // The mark of its day is nobody's newest.
      skip.set_day(20'000);
      skip.clear_at();
      batch.Put(kInstance, skip);
    }
    REQUIRE(batch.Commit({1, position, std::string(32, 'h')}).ok());
  }

  template <class Response>
  Response Ask(const std::string& method, const google::protobuf::Message& request,
               const std::string& target = "") {
    ReadCall call;
    call.instance = kInstance;
    call.caller.user_id = "manager";
    call.target_id = target;
    for (const auto& handler : Handlers()) {
      if (absl::StrReplaceAll(handler.method, {{"/", "."}}) != method) continue;
      const auto response = Run(handler, call, request);
      REQUIRE(response.ok());
      return static_cast<const Response&>(**response);
    }
    FAIL(method);
    return Response();
  }
  ListUsersResponse List() {
    return Ask<ListUsersResponse>("zitadel.user.v2.UserService.ListUsers", ListUsersRequest());
  }
  int64_t Skipped(const std::string& user) {
    const auto response = Ask<GetUserByIDResponse>("zitadel.user.v2.UserService.GetUserByID",
                                                   GetUserByIDRequest(), user);
    return response.user().human().mfa_init_skipped().seconds();
  }
};

TEST_CASE("when a person put off a second factor last is told with him, alone and in lists") {
  World world;
  world.AddPeople(2, 2, 5, row::v1::USER_TYPE_HUMAN);
  CHECK(world.Skipped("u3") == kSkipped);
  CHECK(world.Skipped("u4") == 0);
  const ListUsersResponse listed = world.List();
  REQUIRE(listed.result_size() == 3);
  for (const auto& user : listed.result()) {
    INFO(user.user_id());
    CHECK(user.human().has_mfa_init_skipped() == (user.user_id() == "u3"));
  }
}

TEST_CASE("to whom in a list it applies takes no walk for each, and no look at machines") {
  World world;
  world.AddPeople(2, 0, 2, row::v1::USER_TYPE_HUMAN);
  REQUIRE(world.List().result_size() == 2);
  const int cursors = world.cursors;
  world.AddPeople(3, 2, 50, row::v1::USER_TYPE_HUMAN);
  const ListUsersResponse listed = world.List();
  REQUIRE(listed.result_size() == 50);
  CHECK(world.cursors == cursors);
  const int gets = world.gets;
  int skipped = 0;
  for (const auto& user : listed.result()) {
    CHECK(user.human().mfa_init_skipped().seconds() % kSkipped == 0);
    skipped += user.human().has_mfa_init_skipped() ? 1 : 0;
  }
  CHECK(skipped == 5);
  // A machine costs its row alone.
  world.AddPeople(4, 50, 60, row::v1::USER_TYPE_MACHINE);
  const ListUsersResponse more = world.List();
  REQUIRE(more.result_size() == 60);
  CHECK(world.gets == gets + 10);
  for (const auto& user : more.result()) {
    if (user.has_machine()) CHECK_FALSE(user.has_human());
  }
}

}  // namespace
}  // namespace muniment::query

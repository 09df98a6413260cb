// What a published command costs and answers, all the way through the router.
#include <catch2/catch.hpp>

#include "command/handler.h"
#include "tests/command/fixture.h"

namespace muniment::command {
namespace {

using zitadel::user::v2::AddHumanUserRequest;
using zitadel::user::v2::AddHumanUserResponse;

constexpr char kMethod[] = "zitadel.user.v2.UserService/AddHumanUser";

AddHumanUserRequest Ada() {
  AddHumanUserRequest request;
  request.mutable_organization()->set_org_id("100");
  request.mutable_profile()->set_given_name("Ada");
  request.mutable_profile()->set_family_name("Lovelace");
  request.mutable_email()->set_email("ada@example.com");
  request.mutable_email()->set_is_verified(true);
  return request;
}

TEST_CASE("adding a person costs one commit and one hash, and says where he stands") {
  World world(Handlers());
  auto request = Ada();
  request.mutable_password()->set_password("long enough");
  auto answer = world.Run(kMethod, request, CallerOf("owner"));
  REQUIRE(answer.ok());
  const auto& response = static_cast<const AddHumanUserResponse&>(*answer->response);
  CHECK_FALSE(response.user_id().empty());
  CHECK(response.details().resource_owner() == "100");
  CHECK(response.details().sequence() == world.Events());
  CHECK(response.details().creation_date().seconds() == response.details().change_date().seconds());
  CHECK(response.details().creation_date().seconds() > 0);
  CHECK(answer->counters.commits == 1);
  CHECK(answer->counters.hashes == 1);

  request.mutable_email()->set_email("second@example.com");
  request.mutable_password()->set_password("also long enough");
  answer = world.Run(kMethod, request, CallerOf("owner"));
  REQUIRE(answer.ok());
  CHECK(answer->counters.loads == 0);
  CHECK(answer->counters.runs == 2);
  CHECK(answer->counters.commits == 1);
}

TEST_CASE("a name that stands already, in any spelling, is refused by its reason") {
  World world(Handlers());
  auto request = Ada();
  REQUIRE(world.Run(kMethod, request, CallerOf("owner")).ok());
  const uint64_t before = world.Events();
  request.set_username("ADA@Example.COM");
  const auto answer = world.Run(kMethod, request, CallerOf("owner"));
  CHECK(answer.status().code() == absl::StatusCode::kAlreadyExists);
  CHECK(Reason(answer.status()) == "user.username_taken");
  CHECK(world.Events() == before);
}

TEST_CASE("an id is used once, also after its user is removed") {
  World world(Handlers());
  auto request = Ada();
  request.set_user_id("ada");
  REQUIRE(world.Run(kMethod, request, CallerOf("owner")).ok());
  CHECK(Reason(world.Run(kMethod, request, CallerOf("owner")).status()) == "user.already_exists");
  REQUIRE(World::OnUser(*world.router, "ada", event::v1::UserRemoved()).ok());
  CHECK(Reason(world.Run(kMethod, request, CallerOf("owner")).status()) == "user.already_exists");
  // His name is free again.
  request.set_user_id("ada2");
  CHECK(world.Run(kMethod, request, CallerOf("owner")).ok());
}

TEST_CASE("metadata come with the person, and nobody adds people where he may not") {
  World world(Handlers());
  auto request = Ada();
  auto* entry = request.add_metadata();
  entry->set_key("badge");
  entry->set_value("1842");
  const uint64_t before = world.Events();
  for (const char* caller : {"viewer", "nobody", "foreign"}) {
    CHECK(Reason(world.Run(kMethod, request, CallerOf(caller)).status()) == "org.not_found");
  }
  CHECK(world.Events() == before);
  const auto answer = world.Run(kMethod, request, CallerOf("iam"));
  REQUIRE(answer.ok());
  CHECK(world.Events() == before + 2);
}

}  // namespace
}  // namespace muniment::command

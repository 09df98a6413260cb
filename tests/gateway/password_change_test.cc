// Whom a session's token stands for while his password is to be changed, as the rows say.
#include <catch2/catch.hpp>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/session_token.h"
#include "base/timestamp.h"
#include "gateway/api/authenticator.h"
#include "projections/batch.h"
#include "projections/session_key.h"
#include "tests/query/models.h"

namespace muniment::gateway {
namespace {

constexpr uint64_t kInstance = 7;
constexpr char kDue[] = "auth.password_change_required";
const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);
const std::string kSession = "270000000000000001";
const std::string kToken = SessionToken(kSession, std::string(kSessionSecretBytes, 's'));

// bob of acme, whose password is a day old, in a session that proved it.
struct World : query::Models {
  World() : Models(query::CommonTables()) {
    row::v1::Org org;
    org.set_id("acme");
    org.set_state(row::v1::ORG_STATE_ACTIVE);
    Put(org);
    row::v1::LoginPolicy login;
    login.set_aggregate(AGGREGATE_INSTANCE);
    login.set_resource_id("7");
    Put(login);
    user.set_id("bob");
    user.set_organization_id("acme");
    user.set_state(row::v1::USER_STATE_ACTIVE);
    user.set_has_password(true);
    *user.mutable_password_changed() = ToTimestamp(kNow - absl::Hours(24));
    Put(user);
    session.set_day(projections::SessionDay(kSession));
    session.set_id(kSession);
    session.set_user_id("bob");
    session.set_organization_id("acme");
    session.set_token_hash(SessionTokenHash(kToken));
    *session.mutable_password() = ToTimestamp(kNow);
    Put(session);
  }

  template <class Row>
  void Put(const Row& row) {
    projections::Batch batch(*database);
    ++position;
    batch.Begin(kInstance, position);
    batch.Put(kInstance, row);
    REQUIRE(batch.Commit({1, position, std::string(32, 'h')}).ok());
    LoadOwners();
  }
  void Age(Aggregate aggregate, const std::string& of, uint64_t days) {
    row::v1::PasswordAge age;
    age.set_aggregate(aggregate);
    age.set_resource_id(of);
    age.mutable_policy()->set_max_age_days(days);
    Put(age);
  }
  absl::StatusOr<Caller> Find(bool before_password_change = false, absl::Time now = kNow) {
    projections::View view = database->Read();
    const std::string header = absl::StrCat("Bearer ", kToken);
    auto caller = FindCaller(view, owners, kInstance, {header, "", before_password_change}, now);
    gets = view.gets();
    return caller;
  }
  std::string Found(absl::Time now = kNow) { return Reason(Find(false, now).status()); }

  uint64_t position = 0;
  row::v1::User user;
  row::v1::Session session;
};

TEST_CASE("a token of a session whose password must be changed is refused, at no further cost") {
  World world;
  REQUIRE(world.Find().ok());
  CHECK_FALSE(world.Find()->must_change_password);
  CHECK(world.gets == 3);
  world.user.set_password_change_required(true);
  world.Put(world.user);
  const auto refused = world.Find();
  CHECK(Reason(refused.status()) == kDue);
  CHECK(refused.status().code() == absl::StatusCode::kPermissionDenied);
  CHECK(world.gets == 3);
}

TEST_CASE("for a method of its change the caller is known as who must change it") {
  World world;
  world.user.set_password_change_required(true);
  world.Put(world.user);
  const auto caller = world.Find(true);
  REQUIRE(caller.ok());
  CHECK(caller->user_id == "bob");
  CHECK(caller->must_change_password);
}

TEST_CASE("rows say when a password is too old, by the organization's setting or the instance's") {
  World world;
  world.Age(AGGREGATE_INSTANCE, "7", 2);
  CHECK(world.Found(kNow + absl::Hours(24) - absl::Microseconds(1)) == "");
  CHECK(world.Found(kNow + absl::Hours(24)) == kDue);
  world.Age(AGGREGATE_ORG, "acme", 1);
  CHECK(world.Found() == kDue);
  world.Age(AGGREGATE_ORG, "acme", 0);
  CHECK(world.Found(kNow + absl::Hours(24)) == "");
  // Nobody knows how old it is.
  world.user.clear_password_changed();
  world.Put(world.user);
  CHECK(world.Found() == "");
  world.Age(AGGREGATE_ORG, "acme", 36500);
  CHECK(world.Found() == kDue);
}

TEST_CASE("a session that proved a passkey alone stands for its user all the same") {
  World world;
  world.user.set_password_change_required(true);
  world.Put(world.user);
  world.Age(AGGREGATE_INSTANCE, "7", 1);
  world.session.clear_password();
  *world.session.mutable_web_authn() = ToTimestamp(kNow);
  world.session.set_user_verified(true);
  world.Put(world.session);
  const auto caller = world.Find();
  REQUIRE(caller.ok());
  CHECK_FALSE(caller->must_change_password);
}

}  // namespace
}  // namespace muniment::gateway

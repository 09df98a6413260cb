#include "command/user/check_password.h"

#include "absl/strings/match.h"
#include "base/error_facts.h"
#include "tests/command/checked_world.h"

namespace muniment::command {
namespace {

absl::Status Check(Unit& unit, const Ref<User>& user, const std::string& typed) {
  return CheckPassword(unit, user, typed);
}

std::string FailedAttempts(const absl::Status& status) {
  return ErrorFact(status, kFailedAttempts);
}

TEST_CASE("wrong passwords are counted in a row, and a right one ends the count") {
  CheckedWorld world(Check);
  CHECK(FailedAttempts(world.Type("wrong")) == "1");
  const absl::Status second = world.Type("wrong again");
  CHECK(Reason(second) == "user.password_wrong");
  CHECK(second.code() == absl::StatusCode::kInvalidArgument);
  CHECK(FailedAttempts(second) == "2");
  CHECK(world.Of<UserChecks>().password_failures == 2);
  CHECK(world.Type("right").ok());
  CHECK(world.Of<UserChecks>().password_failures == 0);
  CHECK(FailedAttempts(world.Type("wrong")) == "1");
}

TEST_CASE("a count that is not to be shown is not") {
  CheckedWorld world(Check);
  world.SetLockout(1, false);
  const absl::Status wrong = world.Type("wrong");
  CHECK(FailedAttempts(wrong).empty());
  // Locked by now, and it looks the same, even to whoever has the right one.
  const absl::Status locked = world.Type("right");
  CHECK(world.Of<User>().state == UserState::kLocked);
  CHECK(locked == wrong);
}

TEST_CASE("the last try that the policy allows locks the user, and then even the right one waits") {
  CheckedWorld world(Check);
  world.SetLockout(3, true);
  const uint64_t epoch = world.Of<User>().credential_epoch;
  for (int i = 0; i < 3; ++i) CHECK(Reason(world.Type("wrong")) == "user.password_wrong");
  CHECK(world.Of<User>().state == UserState::kLocked);
  CHECK(world.Of<User>().credential_epoch == epoch + 1);
  const absl::Status locked = world.Type("right");
  CHECK(Reason(locked) == "user.locked");
  CHECK(locked.code() == absl::StatusCode::kFailedPrecondition);
}

TEST_CASE("a policy that becomes stricter counts at once") {
  CheckedWorld world(Check);
  for (int i = 0; i < 3; ++i) (void)world.Type("wrong");
  world.SetLockout(2, true);
  CHECK(Reason(world.Type("right")) == "user.locked");
  CHECK(world.Of<User>().state == UserState::kLocked);
}

TEST_CASE("of fifty guesses at once no more are heard than the policy allows, none uncounted") {
  CheckedWorld world(Check);
  world.SetLockout(3, true);
  const auto reasons = world.TypeAtOnce(std::vector<std::string>(50, "wrong"));
  CHECK(Count(reasons, "user.password_wrong") == 3);
  const int locked = Count(reasons, "user.locked");
  const int refused = Count(reasons, "user.too_many_tries");
  CHECK(locked + refused == 47);
  CHECK(refused > 0);
  CHECK(world.Of<UserChecks>().password_failures == static_cast<uint64_t>(3 + locked));
}

TEST_CASE("whoever cannot sign in by a password costs one hash like everybody") {
  CheckedWorld world(Check);
  event::v1::HumanAdded bare;
  bare.set_organization_id("100");
  bare.set_username("bare");
  REQUIRE(World::OnUser(*world.router, "bare", bare).ok());
  event::v1::HumanAdded resting = bare;
  resting.set_username("resting");
  resting.set_password_hash("hash of right");
  REQUIRE(World::OnUser(*world.router, "resting", resting).ok());
  REQUIRE(World::OnUser(*world.router, "resting", event::v1::UserDeactivated()).ok());
  REQUIRE(World::OnUser(*world.router, "robot", event::v1::UserLocked()).ok());
  world.SetLockout(2, true);
  for (const char* user : {"ada", "bare", "resting", "viewer"}) {
    INFO(user);
    const int before = world.hashed;
    const absl::Status wrong = world.Type("wrong", user);
    CHECK(Reason(wrong) == "user.password_wrong");
    CHECK(world.hashed == before + 1);
    CHECK(world.Of<UserChecks>(user).password_failures == 1);
  }
  const int before = world.hashed;
  CHECK(Reason(world.Type("right", "resting")) == "user.password_wrong");
  CHECK(Reason(world.Type("wrong", "robot")) == "user.locked");
  CHECK(world.hashed == before + 2);
  // Whom no guess can get at no guess locks out.
  for (int i = 0; i < 3; ++i) (void)world.Type("wrong", "bare");
  CHECK(world.Of<User>("bare").active());
}

TEST_CASE("an unknown name costs one hash and one commit, and is answered like a wrong password") {
  CheckedWorld world([](Unit& unit, const Ref<User>&, const std::string& typed) {
    return CheckPasswordOfNobody(unit, "nobody", typed);
  });
  const int before = world.hashed;
  const uint64_t events = world.Events();
  CHECK(Reason(world.Type("right")) == "user.password_wrong");
  CHECK(world.hashed == before + 1);
  CHECK(world.Events() == events + 1);
}

TEST_CASE("what is too long to be a password costs neither a hash nor a try") {
  CheckedWorld world(Check);
  for (const std::string& typed : {std::string(201, 'a'), std::string(1 << 20, 'a')}) {
    const int before = world.hashed;
    CHECK(Reason(world.Type(typed)) == "password.too_long");
    CHECK(world.hashed == before);
  }
  CHECK(world.Of<UserChecks>().password_failures == 0);
  // Two hundred characters of any script are not too many.
  std::string long_one;
  for (int i = 0; i < 200; ++i) long_one += "é";
  CHECK(Reason(world.Type(long_one)) == "user.password_wrong");
}

TEST_CASE("a hash that was brought along is made anew by the first right password") {
  CheckedWorld world(Check);
  event::v1::PasswordChanged imported;
  imported.set_password_hash("old hash of right");
  REQUIRE(World::OnUser(*world.router, "ada", imported).ok());
  world.passwords.verify = [](absl::string_view hash,
                              absl::string_view password) -> absl::StatusOr<bool> {
    return absl::EndsWith(hash, absl::StrCat("hash of ", password));
  };
  const auto node = world.Node();
  const auto type = [&](const std::string& text) {
    return Await(*node, World::Call("check", world.Typed(text), CallerOf("owner"))).status();
  };
  const uint64_t epoch = world.Of<User>().credential_epoch;
  CHECK(Reason(type("wrong")) == "user.password_wrong");
  CHECK(world.Of<User>().password_hash == "old hash of right");
  CHECK(type("right").ok());
  CHECK(world.Of<User>().password_hash == "hash of right");
  // It is the same password, so nothing that it proved ends.
  CHECK(world.Of<User>().credential_epoch == epoch);
}

TEST_CASE("from the fifth try on answers are held back, right or wrong, at most ten seconds") {
  CHECK(Tarpit(0) == absl::ZeroDuration());
  CHECK(Tarpit(4) == absl::ZeroDuration());
  CHECK(Tarpit(5) == absl::Seconds(1));
  CHECK(Tarpit(9) == absl::Seconds(1));
  CHECK(Tarpit(10) == absl::Seconds(2));
  CHECK(Tarpit(50) == absl::Seconds(10));
  CHECK(Tarpit(UINT64_MAX) == absl::Seconds(10));
  // The place that a try takes is taken for longer.
  CHECK(TryPause(4) == absl::ZeroDuration());
  CHECK(TryPause(50) == absl::Seconds(10));
  CHECK(TryPause(1000) == absl::Seconds(200));
  CHECK(TryPause(UINT64_MAX) == absl::Minutes(10));

  CheckedWorld world(Check);
  for (int i = 0; i < 4; ++i) (void)world.Type("wrong");
  for (const char* typed : {"wrong", "right"}) {
    const absl::Time began = absl::Now();
    (void)world.Type(typed, "ada", absl::Seconds(5));
    CHECK(absl::Now() >= began + absl::Seconds(1));
  }
  const absl::Time began = absl::Now();
  CHECK(Reason(world.Type("wrong", "ada", absl::Seconds(5))) == "user.password_wrong");
  CHECK(absl::Now() < began + absl::Seconds(1));
}

}  // namespace
}  // namespace muniment::command

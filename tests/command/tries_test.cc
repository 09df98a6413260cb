// Tries at one user that are under way at once: guesses are throttled, not only answered late.
#include "command/tries.h"

#include <atomic>
#include <memory>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "base/error_facts.h"
#include "command/user/check_otp.h"
#include "command/user/check_password.h"
#include "tests/base/eventually.h"
#include "tests/command/checked_world.h"

namespace muniment::command {
namespace {

constexpr char kTooMany[] = "user.too_many_tries";
constexpr char kHome[] = "192.0.2.1";

TEST_CASE("a user has twenty places, five of them for one address, and a place that goes is free") {
  Tries tries;
  std::vector<Tries::Place> places;
  const auto take = [&](absl::string_view whom, absl::string_view address) {
    auto place = tries.Take(whom, address);
    if (!place.has_value()) return false;
    places.push_back(*std::move(place));
    return true;
  };
  for (int i = 0; i < kTriesOfAddress; ++i) CHECK(take("1/ada", kHome));
  CHECK_FALSE(take("1/ada", kHome));
  CHECK(take("1/bob", kHome));
  CHECK(take("2/ada", kHome));
  for (int i = kTriesOfAddress; i < kTriesOfUser; ++i) {
    CHECK(take("1/ada", absl::StrCat("198.51.100.", i)));
  }
  CHECK_FALSE(take("1/ada", "203.0.113.1"));
  CHECK(tries.users() == 3);
  while (places.size() > 7) places.pop_back();
  CHECK_FALSE(take("1/ada", kHome));
  CHECK(take("1/ada", "203.0.113.1"));
  places.clear();
  CHECK(tries.users() == 0);
  for (int i = 0; i < kTriesOfAddress; ++i) CHECK(take("1/ada", kHome));
}

TEST_CASE("addresses of one machine are one address") {
  const auto same = [](const std::string& a, const std::string& b) {
    Tries tries;
    std::vector<Tries::Place> places;
    for (int i = 0; i < kTriesOfAddress; ++i) places.push_back(*tries.Take("1/ada", a));
    return !tries.Take("1/ada", b).has_value();
  };
  CHECK(same(kHome, kHome));
  CHECK(same(kHome, "::ffff:192.0.2.1"));
  CHECK(same("2001:db8:1:2::1", "2001:DB8:1:2:ffff::9"));
  CHECK(same("", ""));
  CHECK_FALSE(same(kHome, "192.0.2.2"));
  CHECK_FALSE(same("2001:db8:1:2::1", "2001:db8:1:3::1"));
  CHECK(same(kHome, " 192.0.2.1 "));
  // Whoever may say where he sits gains nothing by making places up.
  CHECK(same("not an address", "nor is this"));
  CHECK(same("192.0.2.01", "192.0.2.001"));
}

absl::Status Password(Unit& unit, const Ref<User>& user, const std::string& typed) {
  return CheckPassword(unit, user, typed);
}
absl::Status PasswordOfNobody(Unit& unit, const Ref<User>&, const std::string& typed) {
  return CheckPasswordOfNobody(unit, "nobody", typed);
}
absl::Status Otp(Unit& unit, const Ref<User>& user, const std::string& typed) {
  RETURN_IF_ERROR(MayTryOtp(unit, user));
  return typed == "right" ? RightOtp(unit, user, event::v1::TotpCheckSucceeded())
                          : WrongOtp(unit, user, event::v1::OtpEmailCheckFailed());
}

class GuessedWorld : public CheckedWorld {
 public:
  // ada was guessed at in vain so often that the next answer is held back.
  explicit GuessedWorld(CheckFunction check, int more = 0) : CheckedWorld(std::move(check)) {
    for (int i = 0; i < 4; ++i) (void)Type("wrong");
    REQUIRE(AsSystem([&](Unit& unit) -> absl::Status {
              ASSIGN_OR_RETURN(const auto checks, unit.LoadAny<UserChecks>("ada"));
              for (int i = 0; i < more; ++i) unit.Raise(checks, event::v1::PasswordCheckFailed());
              return absl::OkStatus();
            }).ok());
  }

  absl::Status From(const std::string& address, const std::string& typed,
                    absl::Duration patience = absl::Seconds(1)) {
    return Await(*router, CallFrom(address, typed, patience)).status();
  }
  // One call for each address, all at once.
  std::vector<absl::Status> AtOnce(const std::vector<std::string>& addresses,
                                   absl::Duration patience) {
    std::vector<absl::Status> answers(addresses.size());
    absl::BlockingCounter left(static_cast<int>(addresses.size()));
    for (size_t i = 0; i < addresses.size(); ++i) {
      router->Run(CallFrom(addresses[i], "wrong", patience),
                  [&, i](const absl::StatusOr<CommandAnswer>& answer) {
                    answers[i] = answer.status();
                    left.DecrementCount();
                  });
    }
    left.Wait();
    return answers;
  }

  CommandCall CallFrom(const std::string& address, const std::string& typed,
                       absl::Duration patience) {
    CommandCall call = Call("check", Typed(typed), CallerOf("owner"), absl::Now() + patience);
    call.context.set_ip(address);
    return call;
  }
};

int Refused(const std::vector<absl::Status>& answers) {
  return static_cast<int>(
      std::count_if(answers.begin(), answers.end(), [](const absl::Status& answer) {
        return Reason(answer) == kTooMany && absl::IsResourceExhausted(answer);
      }));
}

TEST_CASE("of forty guesses at once, of any kind, five are judged and the others are not counted") {
  const std::vector<std::pair<CheckFunction, int>> ways = {
      {Password, 5}, {PasswordOfNobody, 5}, {Otp, 0}};
  for (const auto& [check, hashes] : ways) {
    GuessedWorld world(check);
    const int hashed = world.hashed;
    const uint64_t events = world.Events();
    const auto answers = world.AtOnce(std::vector<std::string>(40, kHome), absl::Seconds(10));
    CHECK(Refused(answers) == 35);
    CHECK(world.Events() == events + 5);
    CHECK(world.hashed == hashed + hashes);
    for (const absl::Status& answer : answers) {
      if (Reason(answer) != kTooMany) continue;
      CHECK(ErrorFacts(answer) == std::vector<std::pair<std::string, std::string>>{
                                      {std::string(kRetryAfter), "1"}});
    }
    // Their answers are out, so their places are free.
    CHECK(Reason(world.From(kHome, "wrong")) != kTooMany);
  }
}

TEST_CASE("as long as nobody guessed wrong any number of sign-ins at once is let in") {
  CheckedWorld world(Password);
  std::atomic<int> in{0};
  absl::BlockingCounter left(60);
  for (int i = 0; i < 60; ++i) {
    world.router->Run(World::Call("check", world.Typed("right"), CallerOf("owner")),
                      [&](const absl::StatusOr<CommandAnswer>& answer) {
                        in += answer.ok();
                        left.DecrementCount();
                      });
  }
  left.Wait();
  CHECK(in == 60);
}

TEST_CASE("whoever waits for no answer has no more tries, from wherever they come") {
  GuessedWorld world(Password, 46);
  std::vector<std::string> addresses;
  for (int i = 0; i < 40; ++i) addresses.push_back(absl::StrCat("198.51.100.", i));
  const auto answers = world.AtOnce(addresses, absl::Milliseconds(800));
  CHECK(Refused(answers) == 20);
  CHECK(world.Of<UserChecks>().password_failures == 70);
  // All were told after 0.8 s; their places are taken for the ten that an answer is held back.
  CHECK(Refused(world.AtOnce(addresses, absl::Milliseconds(800))) == 40);
  CHECK(Reason(world.From("203.0.113.1", "right")) == kTooMany);
  CHECK(world.Of<UserChecks>().password_failures == 70);
}

TEST_CASE("who guesses from one address shuts nobody out who signs in from another") {
  GuessedWorld world(Password);
  const auto answers =
      world.AtOnce(std::vector<std::string>(10, kHome), absl::Milliseconds(300));
  CHECK(Refused(answers) == 5);
  CHECK(world.From("203.0.113.1", "right", absl::Milliseconds(300)).ok());
  CHECK(world.Of<UserChecks>().password_failures == 0);
  // Nothing is held back any more, so it takes no place.
  CHECK(Reason(world.From(kHome, "wrong")) == "user.password_wrong");
}

TEST_CASE("a try that ends without an answer gives its place back") {
  GuessedWorld world(Password);
  absl::Notification go;
  world.passwords.verify = [&](absl::string_view, absl::string_view) {
    go.WaitForNotification();
    return false;
  };
  const auto node = world.Node();
  const auto type = [&](absl::Duration patience) {
    return Reason(Await(*node, world.CallFrom(kHome, "wrong", patience)).status());
  };
  constexpr absl::Duration kShort = absl::Milliseconds(300);
  const uint64_t events = world.Events();
  for (int i = 0; i < 5; ++i) CHECK(type(kShort) == "command.deadline");
  CHECK(type(kShort) == kTooMany);
  CHECK(world.Events() == events);
  go.Notify();
  CHECK(Eventually([&] { return type(absl::Seconds(10)) == "user.password_wrong"; }));
  CHECK(world.Events() == events + 1);
}

TEST_CASE("a try comes from where a login client says, but not from where one says of himself") {
  // What is typed is the address that is reported, then whom it is reported of.
  const auto reported = [](std::string of) {
    return [of = std::move(of)](Unit& unit, const Ref<User>& user, const std::string& typed) {
      store::v1::Reported where;
      where.set_ip(typed);
      unit.Report(std::move(where), of);
      return CheckPassword(unit, user, typed);
    };
  };
  const auto refused_of = [&](const std::string& of) {
    GuessedWorld world(reported(of));
    absl::BlockingCounter left(40);
    std::atomic<int> refused{0};
    for (int i = 0; i < 40; ++i) {
      world.router->Run(
          world.CallFrom(kHome, absl::StrCat("198.51.100.", i % 10), absl::Milliseconds(800)),
          [&](const absl::StatusOr<CommandAnswer>& answer) {
            refused += Reason(answer.status()) == kTooMany;
            left.DecrementCount();
          });
    }
    left.Wait();
    return refused.load();
  };
  CHECK(refused_of("ada") == 20);
  CHECK(refused_of("") == 20);
  CHECK(refused_of("owner") == 35);
}

}  // namespace
}  // namespace muniment::command

#include <atomic>
#include <catch2/catch.hpp>

#include "absl/strings/numbers.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "tests/command/fixture.h"

namespace muniment::command {
namespace {

using zitadel::org::v2::UpdateOrganizationRequest;
using zitadel::org::v2::UpdateOrganizationResponse;

UpdateOrganizationRequest On(const std::string& org) {
  UpdateOrganizationRequest request;
  request.set_organization_id(org);
  return request;
}

int GuessesIn(absl::string_view name) {
  int guesses = 0;
  (void)absl::SimpleAtoi(name, &guesses);
  return guesses;
}

// The organization's name counts wrong guesses; after three there are no more.
constexpr int kGuesses = 3;
absl::StatusOr<UpdateOrganizationResponse> Guess(Unit& unit, const UpdateOrganizationRequest&) {
  ASSIGN_OR_RETURN(const auto org, unit.LoadTarget<Org>());
  const int guesses = GuessesIn(org->name);
  if (guesses >= kGuesses) {
    return Error(absl::StatusCode::kPermissionDenied, "guess.locked", "No more guesses.");
  }
  event::v1::OrgChanged changed;
  changed.set_name(absl::StrCat(guesses + 1));
  unit.Raise(org, std::move(changed));
  return unit.Refuse(Error(absl::StatusCode::kInvalidArgument, "guess.wrong", "Wrong."));
}

Handler OrgHandler(const std::string& name,
                   std::function<absl::StatusOr<UpdateOrganizationResponse>(
                       Unit&, const UpdateOrganizationRequest&)>
                       function) {
  return TestHandler<UpdateOrganizationRequest, UpdateOrganizationResponse>(
      name, OrgRule("org.write"), std::move(function));
}

TEST_CASE("a wrong guess is in the log before it is answered") {
  World world({OrgHandler("guess", Guess)});
  const uint64_t before = world.Events();
  const auto answer = world.Run("guess", On("100"), CallerOf("owner"));
  CHECK(Reason(answer.status()) == "guess.wrong");
  CHECK(answer.status().code() == absl::StatusCode::kInvalidArgument);
  CHECK(world.Events() == before + 1);
  // The mark that keeps the events is nobody's business.
  int payloads = 0;
  answer.status().ForEachPayload([&](auto, const auto&) { ++payloads; });
  int plain = 0;
  Error(absl::StatusCode::kInvalidArgument, "guess.wrong", "Wrong.")
      .ForEachPayload([&](auto, const auto&) { ++plain; });
  CHECK(payloads == plain);
}

TEST_CASE("guesses at once, on two nodes, gain nothing: the count decides") {
  RouterOptions options;
  options.max_conflicts = 1000;
  World world({OrgHandler("guess", Guess)}, options);
  const auto other = world.Node();
  const uint64_t before = world.Events();
  constexpr int kCalls = 50;
  std::atomic<int> wrong{0}, locked{0};
  absl::BlockingCounter left(kCalls);
  for (int i = 0; i < kCalls; ++i) {
    Router& node = i % 2 == 0 ? *world.router : *other;
    node.Run(World::Call("guess", On("100"), CallerOf("owner")),
             [&](absl::StatusOr<CommandAnswer> answer) {
               wrong += Reason(answer.status()) == "guess.wrong";
               locked += Reason(answer.status()) == "guess.locked";
               left.DecrementCount();
             });
  }
  left.Wait();
  CHECK(wrong == kGuesses);
  CHECK(locked == kCalls - kGuesses);
  CHECK(world.Events() == before + kGuesses);
}

TEST_CASE("a refusal that is not meant to leave events leaves none, whatever was raised") {
  World world({OrgHandler("drop",
                          [](Unit& unit, const auto&)
                              -> absl::StatusOr<UpdateOrganizationResponse> {
                            ASSIGN_OR_RETURN(const auto org, unit.LoadTarget<Org>());
                            unit.Raise(org, event::v1::OrgDeactivated());
                            (void)unit.Refuse(Error(absl::StatusCode::kInvalidArgument, "a.b", ""));
                            return Error(absl::StatusCode::kNotFound, "c.d", "Another.");
                          }),
               OrgHandler("nothing",
                          [](Unit& unit, const auto&)
                              -> absl::StatusOr<UpdateOrganizationResponse> {
                            RETURN_IF_ERROR(unit.LoadTarget<Org>().status());
                            return unit.Refuse(
                                Error(absl::StatusCode::kNotFound, "c.d", "Nothing raised."));
                          })});
  const uint64_t before = world.Events();
  CHECK(Reason(world.Run("drop", On("100"), CallerOf("owner")).status()) == "c.d");
  const auto nothing = world.Run("nothing", On("100"), CallerOf("owner"));
  CHECK(Reason(nothing.status()) == "c.d");
  CHECK(world.Events() == before);
}

TEST_CASE("events of a refusal take an applied rule like any others") {
  World world({OrgHandler("bare", [](Unit& unit, const auto&)
                                      -> absl::StatusOr<UpdateOrganizationResponse> {
    ASSIGN_OR_RETURN(const auto org, unit.LoadAny<Org>("100"));
    unit.Raise(org, event::v1::OrgDeactivated());
    return unit.Refuse(Error(absl::StatusCode::kNotFound, "c.d", "Refused."));
  })});
  const uint64_t before = world.Events();
  CHECK(Reason(world.Run("bare", On("100"), CallerOf("owner")).status()) ==
        "command.rule_not_applied");
  CHECK(world.Events() == before);
}

// A try at whom the request names.
Handler Delayed(absl::Duration delay) {
  return OrgHandler("delayed", [delay](Unit& unit, const auto& request)
                                   -> absl::StatusOr<UpdateOrganizationResponse> {
    RETURN_IF_ERROR(unit.LoadTarget<Org>().status());
    RETURN_IF_ERROR(unit.HoldBack(request.name(), delay, delay));
    return UpdateOrganizationResponse();
  });
}

TEST_CASE("a thousand answers that are held back hold no worker") {
  RouterOptions options;
  options.workers = 1;
  World world({Delayed(absl::Milliseconds(300)), OrgHandler("guess", Guess)}, options);
  constexpr int kCalls = 1000;
  absl::BlockingCounter left(kCalls);
  std::atomic<int> early{0};
  const absl::Time began = absl::Now();
  for (int i = 0; i < kCalls; ++i) {
    UpdateOrganizationRequest request = On("100");
    request.set_name(absl::StrCat(i));
    world.router->Run(World::Call("delayed", request, CallerOf("owner")),
                      [&](absl::StatusOr<CommandAnswer> answer) {
                        if (!answer.ok() || absl::Now() < began + absl::Milliseconds(300)) ++early;
                        left.DecrementCount();
                      });
  }
  // Another call is answered while they wait.
  CHECK(Reason(world.Run("guess", On("100"), CallerOf("owner")).status()) == "guess.wrong");
  left.Wait();
  CHECK(early == 0);
}

TEST_CASE("an answer is held back no longer than its caller waits, nor than the router lives") {
  {
    World world({Delayed(absl::Hours(1))});
    const auto answer = world.Run("delayed", On("100"), CallerOf("owner"),
                                  absl::Now() + absl::Milliseconds(200));
    CHECK(answer.ok());
  }
  absl::Notification answered;
  {
    World world({Delayed(absl::Hours(1))});
    world.router->Run(World::Call("delayed", On("100"), CallerOf("owner")),
                      [&](const auto&) { answered.Notify(); });
    CHECK_FALSE(answered.WaitForNotificationWithTimeout(absl::Milliseconds(100)));
  }
  CHECK(answered.HasBeenNotified());
}

}  // namespace
}  // namespace muniment::command

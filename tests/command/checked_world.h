// A World in which one person has a password and codes, and a handler that checks what is typed.
#ifndef MUNIMENT_TESTS_COMMAND_CHECKED_WORLD_H_
#define MUNIMENT_TESTS_COMMAND_CHECKED_WORLD_H_

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/time/clock.h"
#include "command/user/checks.h"
#include "command/user/codes.h"
#include "tests/command/fixture.h"

namespace muniment::command {

using zitadel::user::v2::VerifyEmailRequest;
using zitadel::user::v2::VerifyEmailResponse;

// Checks `verification_code` of the request as whatever the test is about.
using CheckFunction = std::function<absl::Status(Unit&, const Ref<User>&, const std::string&)>;

class CheckedWorld : public World {
 public:
  explicit CheckedWorld(CheckFunction check, int max_conflicts = 1000)
      : World({HandlerOf(std::move(check))}, {.max_conflicts = max_conflicts}) {
    event::v1::HumanAdded person;
    person.set_organization_id("100");
    person.set_username("ada");
    person.set_email("ada@example.org");
    person.set_password_hash("hash of right");
    REQUIRE(OnUser(*router, "ada", person).ok());
    SetLockout(0, true);
  }

  void SetLockout(uint64_t attempts, bool shown) {
    REQUIRE(AsSystem([&](Unit& unit) -> absl::Status {
              ASSIGN_OR_RETURN(const auto policy, unit.LoadAny<LockoutPolicy>(InstanceScope()));
              event::v1::LockoutPolicyAdded added;
              added.mutable_policy()->set_max_password_attempts(attempts);
              added.mutable_policy()->set_show_failure(shown);
              unit.Raise(policy, added);
              return absl::OkStatus();
            }).ok());
  }
  // The state as the log has it.
  template <class State>
  State Of(const std::string& user = "ada") {
    State state;
    REQUIRE(AsSystem([&](Unit& unit) -> absl::Status {
              ASSIGN_OR_RETURN(const auto ref, unit.LoadAny<State>(user));
              state = *ref;
              return absl::OkStatus();
            }).ok());
    return state;
  }

  static VerifyEmailRequest Typed(const std::string& text, const std::string& user = "ada") {
    VerifyEmailRequest request;
    request.set_user_id(user);
    request.set_verification_code(text);
    return request;
  }
  // Held back no longer than `patience`.
  absl::Status Type(const std::string& text, const std::string& user = "ada",
                    absl::Duration patience = absl::Milliseconds(500)) {
    return Run("check", Typed(text, user), CallerOf("owner"), absl::Now() + patience).status();
  }
  // All at once, on two nodes in turn; the reasons of the answers, "" for a success.
  std::vector<std::string> TypeAtOnce(const std::vector<std::string>& texts) {
    const auto other = Node();
    std::vector<std::string> reasons(texts.size());
    absl::BlockingCounter left(static_cast<int>(texts.size()));
    for (size_t i = 0; i < texts.size(); ++i) {
      (i % 2 == 0 ? *router : *other)
          .Run(Call("check", Typed(texts[i]), CallerOf("owner"), absl::Now() + absl::Seconds(10)),
               [&, i](const absl::StatusOr<CommandAnswer>& answer) {
                 reasons[i] = Reason(answer.status());
                 left.DecrementCount();
               });
    }
    left.Wait();
    return reasons;
  }

 private:
  static Handler HandlerOf(CheckFunction check) {
    return TestHandler<VerifyEmailRequest, VerifyEmailResponse>(
        "check", UserRule("user.write"),
        [check = std::move(check)](Unit& unit, const VerifyEmailRequest& request)
            -> absl::StatusOr<VerifyEmailResponse> {
          ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
          RETURN_IF_ERROR(check(unit, user, request.verification_code()));
          return VerifyEmailResponse();
        });
  }
};

inline int Count(const std::vector<std::string>& reasons, absl::string_view reason) {
  return static_cast<int>(std::count(reasons.begin(), reasons.end(), reason));
}

}  // namespace muniment::command

#endif  // MUNIMENT_TESTS_COMMAND_CHECKED_WORLD_H_

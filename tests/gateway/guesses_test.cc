// Guesses at one person, at once on three nodes over one PostgreSQL: each is counted, and no more
// are heard than may be.
#include <catch2/catch.hpp>
#include <mutex>
#include <set>
#include <thread>

#include "absl/time/clock.h"
#include "base/error.h"
#include "base/error_facts.h"
#include "gateway/shared_store.h"
#include "zitadel/admin.pb.h"

namespace muniment::gateway {
namespace {

using zitadel::user::v2::SetEmailRequest;
using zitadel::user::v2::SetEmailResponse;
using zitadel::user::v2::SetPasswordRequest;
using zitadel::user::v2::SetPasswordResponse;
using zitadel::user::v2::VerifyEmailRequest;
using zitadel::user::v2::VerifyEmailResponse;

const std::string kService = "zitadel.user.v2.UserService/";

struct Three {
  Three() : token(data[0].token()) {
    const auto added = AddHuman(node[0], "ada", {Bearer(token)});
    REQUIRE(added.status().message() == "");
    user = *added;
  }

  // `each` for every one of `count` guesses, spread over the nodes.
  void AtOnce(int count, const std::function<void(Server&, int)>& each) {
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i) {
      threads.emplace_back([&, i] { each(node[i % 3], i); });
    }
    for (std::thread& thread : threads) thread.join();
  }
  int EventsOf(const std::string& type) {
    zitadel::admin::v1::ListEventsRequest request;
    request.set_aggregate_id(user);
    request.add_event_types(type);
    request.set_limit(1000);
    const auto listed = node[0].Call<zitadel::admin::v1::ListEventsResponse>(
        "zitadel.admin.v1.AdminService/ListEvents", request, {Bearer(token)});
    REQUIRE(listed.status().message() == "");
    return listed->events_size();
  }

  SharedStore store;
  DataDir data[3];
  Server node[3] = {Server(store.Load(data[0])), Server(store.Load(data[1])),
                    Server(store.Load(data[2]))};
  std::string token;
  std::string user;
};

TEST_CASE("fifty guesses at a code, on three nodes at once, are six tries") {
  SKIP_WITHOUT_POSTGRES();
  Three three;
  SetEmailRequest set;
  set.set_user_id(three.user);
  set.set_email("ada@example.net");
  set.mutable_return_code();
  const auto answer = three.node[1].Call<SetEmailResponse>(kService + "SetEmail", set,
                                                           {Bearer(three.token)});
  REQUIRE(answer.status().message() == "");
  std::atomic<int> invalid{0};
  three.AtOnce(50, [&](Server& node, int) {
    VerifyEmailRequest verify;
    verify.set_user_id(three.user);
    verify.set_verification_code("WRONG1");
    const auto verified =
        node.Call<VerifyEmailResponse>(kService + "VerifyEmail", verify, {Bearer(three.token)});
    invalid += Reason(verified.status()) == "code.invalid";
  });
  CHECK(invalid == 50);
  CHECK(three.EventsOf("user.human.email.verification.failed") == 6);
  VerifyEmailRequest verify;
  verify.set_user_id(three.user);
  verify.set_verification_code(answer->verification_code());
  CHECK(Reason(three.node[2]
                   .Call<VerifyEmailResponse>(kService + "VerifyEmail", verify,
                                              {Bearer(three.token)})
                   .status()) == "code.invalid");
}

TEST_CASE("wrong passwords on three nodes at once are counted one by one, held back, and bounded") {
  SKIP_WITHOUT_POSTGRES();
  Three three;
  SetPasswordRequest set;
  set.set_user_id(three.user);
  set.mutable_new_password()->set_password("Wood-Lamp-7-River");
  REQUIRE(three.node[0]
              .Call<SetPasswordResponse>(kService + "SetPassword", set, {Bearer(three.token)})
              .status()
              .message() == "");
  std::mutex mutex;
  std::multiset<std::string> counts;
  int too_early = 0;
  int refused = 0;
  const auto guess_once = [&](Server& node, int) {
    SetPasswordRequest guess = set;
    guess.mutable_new_password()->set_password("Wood-Lamp-8-River");
    guess.set_current_password("Wood-Lamp-9-River");
    const absl::Time began = absl::Now();
    const auto wrong = node.Call<SetPasswordResponse>(kService + "SetPassword", guess,
                                                      {Bearer(three.token)});
    const std::lock_guard lock(mutex);
    refused += Reason(wrong.status()) == "user.too_many_tries";
    for (const auto& [key, value] : ErrorFacts(wrong.status())) {
      if (key != kFailedAttempts) continue;
      counts.insert(value);
      const int count = std::stoi(value);
      too_early += absl::Now() - began < absl::Seconds(count / 5);
    }
  };
  // So many that each node has a place for each.
  constexpr int kHeard = 15;
  three.AtOnce(kHeard, guess_once);
  CHECK(refused == 0);
  CHECK(counts.size() == kHeard);
  constexpr int kMore = 60;
  three.AtOnce(kMore, guess_once);
  CHECK(refused > 0);
  CHECK(counts.size() + refused == kHeard + kMore);
  std::multiset<std::string> expected;
  for (size_t i = 1; i <= counts.size(); ++i) expected.insert(absl::StrCat(i));
  CHECK(counts == expected);
  CHECK(too_early == 0);
  CHECK(three.EventsOf("user.human.password.check.failed") == static_cast<int>(counts.size()));
}

}  // namespace
}  // namespace muniment::gateway

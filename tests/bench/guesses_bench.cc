// What a guess at a password tells by the time that it takes: wrong guesses at people who can sign in,
// at such as cannot, and at names that nobody has, one after the other by turns. Each person and each
// name is guessed at once, so that nothing is held back. And what reads take while very many are.
#include <array>
#include <atomic>
#include <memory>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "base/error.h"
#include "base/password.h"
#include "base/totp.h"
#include "tests/bench/bench.h"
#include "tests/bench/parts.h"
#include "tests/bench/platform.h"
#include "tests/bench/reads.h"
#include "tests/bench/welch.h"
#include "zitadel/session/v2/session_service.pb.h"

namespace muniment::bench {
namespace {

using zitadel::session::v2::CreateSessionRequest;
constexpr char kUsers[] = "zitadel.user.v2.UserService/";
constexpr uint64_t kGuesses = 2'000;  // of each kind

// "known" first; the others are held against it. Each but "unknown" names what is done to people.
struct Kind {
  const char* name;
  const char* method;  // empty: nothing
};
constexpr std::array<Kind, 5> kKinds = {{{"known", ""},
                                         {"unknown", ""},
                                         {"locked", "LockUser"},
                                         {"deactivated", "DeactivateUser"},
                                         {"passwordless", ""}}};

template <typename Request>
absl::Status RunOne(Platform& platform, const std::string& method, Request request) {
  absl::Notification ended;
  absl::Status status;
  platform.Run(platform.Call(method, std::make_shared<Request>(std::move(request))),
               [&](const absl::Status& result) {
                 status = result;
                 ended.Notify();
               });
  ended.WaitForNotification();
  return status;
}

std::string NameOf(const Kind& kind, uint64_t number) {
  return absl::StrCat(kind.name, number, "@example.com");
}

void AddPeople(Platform& platform, const Kind& kind, const std::string& hash) {
  Meter meter(absl::StrCat("people, ", kind.name), kGuesses);
  for (uint64_t i = 0; i < kGuesses; ++i) {
    const std::string id = absl::StrCat(kind.name, i);
    auto person = NewPerson(platform.organization(), kind.name, i);
    person.set_user_id(id);
    person.mutable_hashed_password()->set_hash(hash);
    if (std::string(kind.name) == "passwordless") person.clear_hashed_password();
    Require(RunOne(platform, absl::StrCat(kUsers, "AddHumanUser"), person), "a person");
    if (kind.method == std::string("LockUser")) {
      zitadel::user::v2::LockUserRequest request;
      request.set_user_id(id);
      Require(RunOne(platform, absl::StrCat(kUsers, kind.method), request), "a lock");
    } else if (kind.method == std::string("DeactivateUser")) {
      zitadel::user::v2::DeactivateUserRequest request;
      request.set_user_id(id);
      Require(RunOne(platform, absl::StrCat(kUsers, kind.method), request), "a deactivation");
    }
    meter.At(i);
  }
}

double Guess(Platform& platform, const std::string& name) {
  CreateSessionRequest request;
  request.mutable_checks()->mutable_user()->set_login_name(name);
  request.mutable_checks()->mutable_password()->set_password("Wrong-Lamp-7-River");
  const absl::Time began = absl::Now();
  const absl::Status status =
      RunOne(platform, "zitadel.session.v2.SessionService/CreateSession", request);
  const double us = absl::ToDoubleMicroseconds(absl::Now() - began);
  if (Reason(status) != "user.password_wrong" && Reason(status) != "user.locked") {
    Require(status, "a guess");
    Fail("a guess was right");
  }
  return us;
}

constexpr int kHeld = 1'000;
constexpr char kSecret[] = "kkkkkkkkkkkkkkkkkkkk";  // of everybody's authenticator app

// Six digits that the app does not show around now.
std::string WrongCode() {
  std::set<std::string> right;
  const auto step = static_cast<uint64_t>(TotpStep(absl::Now()));
  for (uint64_t at = step - 10; at < step + 30; ++at) right.insert(Hotp(kSecret, at));
  std::string code = "000000";
  while (right.count(code) > 0) ++code.back();
  return code;
}

std::shared_ptr<CreateSessionRequest> CodeGuess(int person) {
  auto request = std::make_shared<CreateSessionRequest>();
  request->mutable_checks()->mutable_user()->set_user_id(absl::StrCat("held", person));
  request->mutable_checks()->mutable_totp()->set_code(WrongCode());
  return request;
}

// A guess at each, at once; `answered` counts those that were heard.
void GuessAtAll(Platform& platform, std::atomic<int>& answered) {
  for (int i = 0; i < kHeld; ++i) {
    platform.Run(platform.Call("zitadel.session.v2.SessionService/CreateSession", CodeGuess(i)),
                 [&answered](const absl::Status& status) {
                   if (Reason(status) != "code.invalid") Fail("a guess at a code: " + Reason(status));
                   answered.fetch_add(1);
                 });
  }
}

void Await(const std::atomic<int>& answered) {
  while (answered.load() < kHeld) absl::SleepFor(absl::Milliseconds(1));
}

// Reads of one user, alone and while so many guesses are judged and held back.
void TellHeld(const Options& options, Platform& platform) {
  for (int i = 0; i < kHeld; ++i) {
    auto person = NewPerson(platform.organization(), "held", static_cast<uint64_t>(i));
    person.set_user_id(absl::StrCat("held", i));
    person.set_totp_secret(Base32Encode(kSecret));
    Require(RunOne(platform, absl::StrCat(kUsers, "AddHumanUser"), person), "a person");
  }
  for (int i = 0; i < 4; ++i) {
    std::atomic<int> answered = 0;
    GuessAtAll(platform, answered);
    Await(answered);
  }
  Reads reads(platform, TokenOf(options.folder));
  const auto* method = reads.method("GetUserByID");
  const auto p99 = [&] {
    return OneByOne(absl::Milliseconds(400), [&](Done done) {
             auto request = std::make_unique<zitadel::user::v2::GetUserByIDRequest>();
             request->set_user_id("held7");
             reads.Call(method, std::move(request), std::move(done));
           }).latencies.At(0.99);
  };
  // From the fifth to the ninth wrong one an answer takes a second.
  const Round round = Median(3, [&] {
    const double alone = p99();
    std::atomic<int> answered = 0;
    GuessAtAll(platform, answered);
    absl::SleepFor(absl::Milliseconds(300));  // until they are judged
    const double beside = p99();
    if (answered.load() != 0) Fail("a guess was answered too soon");
    Await(answered);
    return Round{beside, alone};
  });
  Tell({.name = absl::StrCat("get user, p99 beside ", kHeld, " guesses held back"),
        .value = round.value,
        .unit = "us",
        .raw = round.raw,
        .raw_name = "with none held back",
        // Unchanged, but for what a p99 of a shared machine is worth.
        .at_most = 2 * round.raw});
}

}  // namespace

void GuessesPart(const Options& options) {
  MakeInstance(options.folder);
  Platform platform(options.folder);
  TellHeld(options, platform);
  const std::string hash = Require(HashPassword("Wood-Lamp-7-River"), "a hash");
  for (const Kind& kind : kKinds) {
    if (kind.name != std::string("unknown")) AddPeople(platform, kind, hash);
  }
  std::array<Sample, kKinds.size()> samples;
  Meter meter("guesses", kGuesses);
  for (uint64_t i = 0; i < kGuesses; ++i) {
    // Whoever comes after whom changes with each round.
    for (size_t k = 0; k < kKinds.size(); ++k) {
      const size_t kind = (i + k * (1 + i % 4)) % kKinds.size();
      samples[kind].Add(Guess(platform, NameOf(kKinds[kind], i)));
    }
    meter.At(i);
  }
  for (size_t k = 1; k < kKinds.size(); ++k) {
    Tell({.name = absl::StrCat("wrong password, ", kKinds[k].name),
          .value = samples[k].mean(),
          .unit = "us",
          .raw = samples[0].mean(),
          .raw_name = "of somebody known"});
    Tell({.name = absl::StrCat("Welch's t of ", kKinds[k].name, " against known"),
          .value = Welch(samples[k], samples[0]),
          .unit = "",
          .at_most = kAlike});
  }
}

}  // namespace muniment::bench

// Passwords through the endpoints, and what a crowd of them leaves for others.
#include <functional>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/bench/bench.h"
#include "tests/bench/oidc_rows.h"
#include "tests/bench/platform.h"
#include "zitadel/session/v2/session_service.pb.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::bench {
namespace {

constexpr int kPeople = 64;
constexpr size_t kEnvelope = 5;  // before a message of gRPC

// More than all threads can hash.
constexpr double kCrowd = 3;
constexpr absl::Duration kCrowdPatience = absl::Milliseconds(500);
constexpr char kCrowdTimeout[] = "500m";  // grpc-timeout
// So long does the hosted login wait for a command.
constexpr double kLoginPatienceMs = 30'000;
constexpr int kCrowdAtLogin = 40;
constexpr double kMostMs = 5;  // p99 of what is cheap
constexpr double kCheapRate = 200;

LoadClient CallsOf(const Server& server, const std::string& token) {
  return LoadClient(server.port(), token, kConnections, kStreams);
}

std::string SessionIn(const std::string& answer) {
  zitadel::session::v2::CreateSessionResponse session;
  if (answer.size() <= kEnvelope || !session.ParseFromString(answer.substr(kEnvelope))) {
    Fail("a session");
  }
  return session.session_id();
}

// So many sessions, without a password yet.
Load Begin(LoadClient& calls, const OidcParties& parties, const std::vector<std::string>& people,
           uint64_t count, std::vector<std::string>* sessions) {
  std::vector<std::string> answers;
  const Load load = calls.RunEach(
      kCreateSession, count,
      [&](uint64_t number) { return parties.Session(people[number % people.size()], false); },
      &answers);
  for (const std::string& answer : answers) sessions->push_back(SessionIn(answer));
  return load;
}

// Two calls, two commits and one hash each.
void TellTwoCalls(const Server& server, const Options& options, const OidcParties& parties,
                  const std::vector<std::string>& people) {
  LoadClient calls = CallsOf(server, parties.token());
  Floor floor(server, {.grpc = true, .calls = 2, .argon2id = true}, "");
  const auto count = static_cast<uint64_t>(absl::ToDoubleSeconds(options.time) *
                                           HashLoop(absl::Milliseconds(300)).per_second());
  Most most;
  std::vector<Round> of_hashes;
  const Round round = Median(options.rounds, [&] {
    most.floor = floor.Measure(options.time / 2);
    std::vector<std::string> sessions;
    const absl::Duration before = server.Cpu();
    const Load begun = Begin(calls, parties, people, count, &sessions);
    const Load proved = calls.RunEach(kSetSession, count, [&](uint64_t number) {
      return parties.Password(sessions[number]);
    });
    most.per_core = static_cast<double>(count) / absl::ToDoubleSeconds(server.Cpu() - before);
    most.per_second = static_cast<double>(count) / (begun.seconds + proved.seconds);
    of_hashes.push_back({most.per_core, 1e6 / HashLoop(options.time / 2).cpu_us});
    return Round{most.per_core, most.floor.per_core()};
  });
  const std::string name = "password session, two calls";
  TellMost(name, round, most, floor, std::nullopt);
  size_t at = 0;
  const Round hashes = Median(options.rounds, [&] { return of_hashes[at++]; });
  Tell({.name = absl::StrCat(name, ", of one core"),
        .value = hashes.value,
        .unit = "/s",
        .raw = hashes.raw,
        .raw_name = "argon2id loop",
        .at_least_ratio = 0.95});
}

// A cheap call at a calm pace.
struct Cheap {
  std::string name, path;
  LoadClient* client;
  std::string body;

  double P99(absl::Duration time) const {
    return client->RunPaced(path, kCheapRate, time, [this](uint64_t) { return body; })
               .latencies.At(0.99) /
           1000;
  }
};

// Beside `crowd`, which runs in a thread of its own and begins a moment before.
void TellCheap(const std::vector<Cheap>& all, const std::string& beside, absl::Duration time,
               const std::function<void()>& crowd) {
  std::vector<double> alone, together;
  for (const Cheap& each : all) alone.push_back(each.P99(time));
  std::thread thread(crowd);
  absl::SleepFor(absl::Milliseconds(500));
  for (const Cheap& each : all) together.push_back(each.P99(time));
  thread.join();
  for (size_t i = 0; i < all.size(); ++i) {
    Tell({.name = absl::StrCat(all[i].name, ", p99 beside ", beside),
          .value = together[i],
          .unit = "ms",
          .raw = alone[i],
          .raw_name = "alone",
          .at_most = kMostMs});
  }
}

// `right`: the status that says there is too much to do.
void TellRefusals(const std::string& who, const LoadClient::Refusals& refusals,
                  const std::string& right, double deadline_ms) {
  const auto found = refusals.by_status.find(right);
  const uint64_t refused = found == refusals.by_status.end() ? 0 : found->second;
  if (refused == 0) Fail(absl::StrCat("nobody of ", who, " was refused"));
  Tell({.name = absl::StrCat(who, ", p99 until the refusal"),
        .value = refusals.latencies.At(0.99) / 1000,
        .unit = "ms",
        .raw = deadline_ms,
        .raw_name = "their deadline",
        .at_most = deadline_ms});
  Tell({.name = absl::StrCat(who, ", refused with ", right, " of ", refusals.count()),
        .value = 100.0 * static_cast<double>(refused) / static_cast<double>(refusals.count()),
        .unit = "%",
        .at_least = 99});
}

std::string GetBody(const std::string& user) {
  zitadel::user::v2::GetUserByIDRequest request;
  request.set_user_id(user);
  return request.SerializeAsString();
}

// Their clients, on connections of their own.
struct CheapClients {
  CheapClients(const Server& server, const OidcParties& parties, const std::string& user)
      : calls(CallsOf(server, parties.token())), asks(CallsOf(server, "-")) {
    asks.PostForms(parties.api());
    all = {{"get user", kGet, &calls, GetBody(user)},
           {"introspect", "/oauth/v2/introspect", &asks,
            absl::StrCat("token=", parties.AccessToken(1))}};
  }
  LoadClient calls, asks;
  std::vector<Cheap> all;
};

}  // namespace

void TellPasswords(const Server& server, const Options& options, OidcParties& parties) {
  const std::vector<std::string> people = parties.AddPeople(kPeople);
  TellTwoCalls(server, options, parties, people);
  const Must must = {.grpc = true, .argon2id = true};
  TellEndpoint(server, options,
               {"password session, one call", kCreateSession, parties.token(),
                [&](uint64_t number) { return parties.Session(people[number % kPeople], true); },
                must, std::nullopt, 0.95});
  std::vector<std::string> sessions;
  LoadClient calls = CallsOf(server, parties.token());
  Begin(calls, parties, people, kPeople, &sessions);
  TellEndpoint(server, options,
               {"password check", kSetSession, parties.token(),
                [&](uint64_t number) { return parties.Password(sessions[number % kPeople]); },
                must, std::nullopt, 0.95});
}

void TellCrowd(const Server& server, const Options& options, OidcParties& parties) {
  const std::vector<std::string> people = parties.AddPeople(4 * kPeople);
  LoadClient crowd = CallsOf(server, parties.token());
  crowd.Say("grpc-timeout", kCrowdTimeout);
  crowd.CountRefusals();
  const double hashes = HashLoop(absl::Milliseconds(500)).per_second();
  CheapClients cheap(server, parties, people.front());
  Load served;
  TellCheap(cheap.all, "a full hash pool", options.time, [&] {
    served = crowd.RunPaced(kCreateSession, kCrowd * hashes, 2 * options.time + absl::Seconds(1),
                            [&](uint64_t number) {
                              return parties.Session(people[number % people.size()], true);
                            });
  });
  Tell({.name = absl::StrCat("password sessions served, of ", kCrowd, " times too many"),
        .value = served.per_second(),
        .unit = "/s",
        .raw = hashes,
        .raw_name = "argon2id loop"});
  TellRefusals("password sessions too many", crowd.refusals(), "8",  // RESOURCE_EXHAUSTED
               absl::ToDoubleMilliseconds(kCrowdPatience));
}

void TellCrowdAtLogin(const Options& options) {
  Server server(options.program, options.folder, {{"MUNIMENT_WORKERS_HASH", "1"}});
  server.AwaitReady();
  OidcParties parties(server, TokenOf(options.folder));
  const auto browser = parties.AtPassword(parties.AddDearPeople(kCrowdAtLogin));
  LoadClient crowd = CallsOf(server, "-");
  crowd.PostForms("");
  crowd.Say("cookie", browser.cookie);
  crowd.CountRefusals();
  CheapClients cheap(server, parties, parties.AddPeople(1).front());
  LoadClient::Refusals refused;
  TellCheap(cheap.all, "a hosted login too full", options.time, [&] {
    crowd.RunEach(kLoginPassword, browser.forms.size(),
                  [&](uint64_t number) { return browser.forms[number]; });
    refused = crowd.refusals();
  });
  // Whose turn came was told that his password is wrong.
  const uint64_t judged = refused.by_status["422"];
  if (judged == 0 || judged == refused.count()) Fail("the hosted login judged none, or all");
  const uint64_t too_many = refused.by_status["429"];
  Tell({.name = absl::StrCat("hosted login, told 429 of ", refused.count() - judged, " too many"),
        .value = 100.0 * static_cast<double>(too_many) /
                 static_cast<double>(refused.count() - judged),
        .unit = "%",
        .at_least = 100});
  Tell({.name = absl::StrCat("hosted login, the last of ", refused.count(), " answers"),
        .value = refused.latencies.At(1) / 1000,
        .unit = "ms",
        .raw = kLoginPatienceMs,
        .raw_name = "its deadline",
        .at_most = kLoginPatienceMs});
}

}  // namespace muniment::bench

// OpenID Connect's endpoints over HTTP/2 on loopback (oidc_rows.h).
#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/redirect.h"
#include "tests/bench/bench.h"
#include "tests/bench/oidc_rows.h"
#include "tests/bench/platform.h"

namespace muniment::bench {
namespace {

constexpr int kSignIns = 900;  // of each half: at its most, and at a pace

LoadClient ClientOf(const Server& server, const Endpoint& endpoint) {
  return LoadClient(server.port(), endpoint.authorization, kConnections, kStreams);
}

LoadClient::Body Always(std::string body) {
  return [body = std::move(body)](uint64_t) { return body; };
}

// The tokens of one answer that are signed.
int SignaturesIn(const std::string& answer) {
  const bool id = HasText(answer, "id_token");
  const bool access = HasText(answer, "access_token") &&
                      absl::StartsWith(TextOf(answer, "access_token"), "eyJ");
  return (id ? 1 : 0) + (access ? 1 : 0);
}

// One answer of the token endpoint tells what it signs.
Must MustOf(const Server& server, const std::string& authorization, const std::string& form,
            Must must) {
  LoadClient client(server.port(), "-", 1, 1);
  client.PostForms(authorization);
  std::vector<std::string> answers;
  client.RunEach(kTokenPath, 1, Always(form), &answers);
  must.rs256_signs = SignaturesIn(answers.front());
  return must;
}

// What counts once, each of `bodies` once, in some parts by turns with the floor: codes, refresh
// tokens. How many a second there were, with 64 under way.
double TellEach(const Server& server, const Options& options, const std::string& name,
                const std::string& authorization, const std::vector<std::string>& bodies,
                Floor& floor, std::vector<std::string>* answers) {
  LoadClient client(server.port(), "-", kConnections, kStreams);
  client.PostForms(authorization);
  const uint64_t each = bodies.size() / static_cast<uint64_t>(options.rounds);
  uint64_t from = 0;
  Most most;
  const Round round = Median(options.rounds, [&] {
    most.floor = floor.Measure(options.time / 2);
    std::vector<std::string> heard;
    const absl::Duration before = server.Cpu();
    const Load load = client.RunEach(
        kTokenPath, each, [&](uint64_t number) { return bodies[from + number]; }, &heard);
    most.per_core = static_cast<double>(load.operations) /
                    absl::ToDoubleSeconds(server.Cpu() - before);
    most.per_second = load.per_second();
    from += each;
    answers->insert(answers->end(), heard.begin(), heard.end());
    return Round{most.per_core, most.floor.per_core()};
  });
  TellMost(name, round, most, floor, std::nullopt);
  return most.per_second;
}

void TellPacedEach(const Server& server, const std::string& name, const std::string& authorization,
                   const std::vector<std::string>& bodies, double rate, Floor& floor) {
  LoadClient client(server.port(), "-", kConnections, kStreams);
  client.PostForms(authorization);
  size_t next = 0;
  // One less than there are, as the last may begin late.
  const absl::Duration time = absl::Seconds(static_cast<double>(bodies.size() - 1) / rate);
  const Load paced = client.RunPaced(kTokenPath, rate, time, [&](uint64_t) {
    return bodies[std::min(next++, bodies.size() - 1)];
  });
  TellDelays(name, paced, floor.Paced(rate, time), floor.name());
}

std::vector<std::string> Refreshes(const std::vector<std::string>& answers) {
  std::vector<std::string> forms;
  for (const std::string& answer : answers) {
    forms.push_back(FormEncode({{"grant_type", "refresh_token"},
                                {"refresh_token", TextOf(answer, "refresh_token")}}));
  }
  return forms;
}

void TellCodes(const Server& server, const Options& options, OidcParties& parties) {
  std::vector<std::string> codes = parties.Codes(2 * kSignIns);
  const Must must = MustOf(server, parties.web(), parties.Codes(1).front(), {});
  Floor floor(server, must, parties.web());
  const std::vector<std::string> first(codes.begin(), codes.begin() + kSignIns);
  const std::vector<std::string> second(codes.begin() + kSignIns, codes.end());
  std::vector<std::string> tokens, refreshed;
  const std::string code = "code to tokens, RS256", refresh = "refresh, RS256";
  double most = TellEach(server, options, code, parties.web(), first, floor, &tokens);
  TellPacedEach(server, code, parties.web(), second, kOfTheMost * most, floor);
  most = TellEach(server, options, refresh, parties.web(), Refreshes(tokens), floor, &refreshed);
  TellPacedEach(server, refresh, parties.web(), Refreshes(refreshed), kOfTheMost * most, floor);
}

}  // namespace

void TellMost(const std::string& name, const Round& round, const Most& most, const Floor& floor,
              std::optional<double> goal) {
  Tell({.name = absl::StrCat(name, ", of one core"),
        .value = round.value,
        .unit = "/s",
        .raw = round.raw,
        .raw_name = floor.name(),
        .at_least = goal});
  Tell({.name = absl::StrCat(name, ", ", kConnections * kStreams, " under way"),
        .value = most.per_second,
        .unit = "/s",
        .raw = most.floor.per_second(),
        .raw_name = floor.name()});
}

void TellDelays(const std::string& name, const Load& load, const Floor::Delays& floor,
                const std::string& floor_name) {
  for (const double part : {0.5, 0.99}) {
    Tell({.name = absl::StrCat(name, ", p", part * 100, " at ", kOfTheMost * 100, "% of that"),
          .value = load.latencies.At(part) / 1000,
          .unit = "ms",
          .raw = floor.Of(part),
          .raw_name = floor_name});
  }
}

void TellEndpoint(const Server& server, const Options& options, const Endpoint& endpoint) {
  LoadClient client = ClientOf(server, endpoint);
  if (!endpoint.must.grpc) client.PostForms(endpoint.authorization);
  Floor floor(server, endpoint.must, endpoint.authorization);
  client.Run(endpoint.path, absl::Milliseconds(300), endpoint.body);  // warm
  Most most;
  std::vector<Round> of_hashes;
  const Round round = Median(options.rounds, [&] {
    most.floor = floor.Measure(options.time / 2);
    const absl::Duration before = server.Cpu();
    const Load ours = client.Run(endpoint.path, options.time, endpoint.body);
    most.per_core = static_cast<double>(ours.operations) /
                    absl::ToDoubleSeconds(server.Cpu() - before);
    most.per_second = ours.per_second();
    if (endpoint.of_hash_loop.has_value()) {
      of_hashes.push_back({most.per_core, 1e6 / HashLoop(options.time / 2).cpu_us});
    }
    return Round{most.per_core, most.floor.per_core()};
  });
  TellMost(endpoint.name, round, most, floor, endpoint.goal);
  if (endpoint.of_hash_loop.has_value()) {
    size_t at = 0;
    const Round hashes = Median(options.rounds, [&] { return of_hashes[at++]; });
    Tell({.name = absl::StrCat(endpoint.name, ", of one core"),
          .value = hashes.value,
          .unit = "/s",
          .raw = hashes.raw,
          .raw_name = "argon2id loop",
          .at_least_ratio = endpoint.of_hash_loop});
  }
  const double rate = kOfTheMost * most.per_second;
  const Load paced = client.RunPaced(endpoint.path, rate, options.time, endpoint.body);
  TellDelays(endpoint.name, paced, floor.Paced(rate, options.time), floor.name());
}

void OidcPart(const Options& options) {
  {
    Server server(options.program, options.folder);
    server.AwaitReady();
    OidcParties parties(server, TokenOf(options.folder));
    const std::string one = parties.AccessToken(1), many = parties.AccessToken(600);
    const std::string person = parties.AddPeople(1).front();
    const std::string credentials = parties.Credentials(1), assertion = parties.Bearer();
    const std::string introspect = "/oauth/v2/introspect";
    const Endpoint endpoints[] = {
        {"introspect", introspect, parties.api(), Always(FormEncode({{"token", one}})), {}, 10'000},
        {"introspect, 600 audiences", introspect, parties.api(),
         Always(FormEncode({{"token", many}})), {}, 10'000},
        {"userinfo", "/oidc/v1/userinfo", absl::StrCat("Bearer ", one), Always(""), {}, 20'000},
        {"client credentials", kTokenPath, parties.machine(), Always(credentials),
         MustOf(server, parties.machine(), credentials, {}), 7'000},
        {"JWT profile, RS256", kTokenPath, "", Always(assertion),
         MustOf(server, "", assertion, {.rs256_verifies = 1}), 2'300},
        {"add session", kCreateSession, parties.token(), Always(parties.Session(person, false)),
         {.grpc = true}, 5'000},
    };
    for (const Endpoint& endpoint : endpoints) TellEndpoint(server, options, endpoint);
    TellCodes(server, options, parties);
    TellPasswords(server, options, parties);
    TellCrowd(server, options, parties);
  }
  TellCrowdAtLogin(options);
}

}  // namespace muniment::bench

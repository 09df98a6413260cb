// The rows of OpenID Connect's bench, each beside its floor (oidc_floor.h): of one core of the
// server's and with 64 under way, at its most; and what people wait at 60 % of that, where they
// come as they come (an open loop).
#ifndef MUNIMENT_TESTS_BENCH_OIDC_ROWS_H_
#define MUNIMENT_TESTS_BENCH_OIDC_ROWS_H_

#include <optional>
#include <string>
#include <vector>

#include "tests/bench/load_client.h"
#include "tests/bench/oidc_floor.h"
#include "tests/bench/oidc_parties.h"
#include "tests/bench/parts.h"
#include "tests/bench/server.h"

namespace muniment::bench {

// Of the most that an endpoint does, where its latency is looked at.
inline constexpr double kOfTheMost = 0.6;

struct Endpoint {
  std::string name, path;
  std::string authorization;  // of a gRPC call the bearer's token alone
  LoadClient::Body body;
  Must must;
  std::optional<double> goal = std::nullopt;         // a second of one core
  std::optional<double> of_hash_loop = std::nullopt;  // the least, of the argon2id loop
};
void TellEndpoint(const Server& server, const Options& options, const Endpoint& endpoint);

// The two rows of what an endpoint does at its most, of the last round but for the ratio.
struct Most {
  double per_core = 0, per_second = 0;
  Floor::Cost floor;
};
void TellMost(const std::string& name, const Round& round, const Most& most, const Floor& floor,
              std::optional<double> goal);
void TellDelays(const std::string& name, const Load& load, const Floor::Delays& floor,
                const std::string& floor_name);

// Passwords checked through the endpoints, against the raw hash loop of the same minute.
void TellPasswords(const Server& server, const Options& options, OidcParties& parties);
// Cheap calls while more people sign in than can be hashed, and what those hear who are too many.
void TellCrowd(const Server& server, const Options& options, OidcParties& parties);
// The same at the hosted login, whose pages wait long, on a server of its own with one thread for
// hashes.
void TellCrowdAtLogin(const Options& options);

}  // namespace muniment::bench

#endif  // MUNIMENT_TESTS_BENCH_OIDC_ROWS_H_

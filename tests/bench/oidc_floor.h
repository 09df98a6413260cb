// What an endpoint must do at the least, by itself and in the same minute: an exchange over the
// same wire that says "ok", and the bare cryptography, by OpenSSL and libsodium in a loop. What is
// summed is time: of an operation, of a core; so the floor is the rate of a server that does these
// things and nothing else. What a store must do for it, a synced batch, is none of it.
//
//   Floor floor(server, {.rs256_signs = 1}, authorization);
//   const Floor::Cost cost = floor.Measure(absl::Seconds(1));
//   cost.per_core(); floor.name();           // "echo+SHA-256+RS256 sign"
#ifndef MUNIMENT_TESTS_BENCH_OIDC_FLOOR_H_
#define MUNIMENT_TESTS_BENCH_OIDC_FLOOR_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/bench/bench.h"
#include "tests/bench/load_client.h"
#include "tests/bench/server.h"

namespace muniment::bench {

// As many as the bench keeps under way.
inline constexpr int kConnections = 4, kStreams = 16;

// What one operation holds. A token or a secret is always hashed, by SHA-256.
struct Must {
  bool grpc = false;  // else a page
  int calls = 1;
  int rs256_signs = 0, rs256_verifies = 0;
  bool argon2id = false;
};

class Floor {
 public:
  Floor(const Server& server, const Must& must, std::string authorization);

  struct Cost {
    double cpu_us = 0;   // of the server's process and of the loops, an operation
    double wall_us = 0;  // with all cores at it
    double per_core() const { return 1e6 / cpu_us; }
    double per_second() const { return 1e6 / wall_us; }
  };
  // Takes about as long as `time` in all.
  Cost Measure(absl::Duration time);
  // Milliseconds of an operation at that pace: of echoes in an open loop, and of each loop by
  // itself, as they were when they were last measured.
  struct Delays {
    double Of(double part) const;
    Latencies echo;
    double calls = 1;
    std::vector<std::pair<double, Latencies>> loops;  // how often each
  };
  Delays Paced(double rate, absl::Duration time);
  std::string name() const;

 private:
  struct Loop {
    std::string name;
    int times = 0;
    int threads = 1;
    std::function<void()> one;
    Latencies latencies = {};
  };

  const Server& server_;
  const Must must_;
  const std::string echo_path_;
  LoadClient echo_;
  std::vector<Loop> loops_;
};

// The argon2id loop alone, on every core, each with memory that is kept.
Load HashLoop(absl::Duration time);

}  // namespace muniment::bench

#endif  // MUNIMENT_TESTS_BENCH_OIDC_FLOOR_H_

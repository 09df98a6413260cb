// The hash pool against a loop of the fastest argon2id there is: libsodium's in memory that is
// kept. The second figure says what keeping it is worth.
#include "absl/strings/str_cat.h"
#include "base/hash_memory.h"
#include "base/password.h"
#include "base/secret.h"
#include "command/hash_pool.h"
#include "tests/bench/bench.h"
#include "tests/bench/parts.h"
#include "tests/bench/raw_hash.h"

namespace muniment::bench {
namespace {

constexpr int kThreads = 2;

}  // namespace

void HashPart(const Options& options) {
  const auto kept = [](int) {
    const HashMemory memory;
    RawHash();
  };
  command::HashPool pool(kThreads, command::RealPasswordFunctions());
  const std::string hash = Require(HashPassword("correct horse"), "a hash");
  const Round round = Median(options.rounds, [&] {
    // A lane is a user: one's own are checked one after the other.
    const Load ours = RunLanes(kThreads * 2, options.time, [&](int lane, Done done) {
      pool.Verify(absl::StrCat(lane), Secret("correct horse"), hash, absl::InfiniteFuture(),
                  [done = std::move(done)](absl::StatusOr<bool> right) {
                    if (right.ok() && !*right) Fail("the password was refused");
                    done(right.status());
                  });
    });
    const Load raw = RunThreads(kThreads, options.time, kept);
    return Round{ours.per_second(), raw.per_second()};
  });
  Tell({.name = "password check, pool of 2",
        .value = round.value,
        .unit = "/s",
        .raw = round.raw,
        .raw_name = "argon2id loop",
        .at_least_ratio = 0.95});
  const Round memory = Median(options.rounds, [&] {
    const Load in_kept = RunThreads(kThreads, options.time, kept);
    const Load in_fresh = RunThreads(kThreads, options.time, [](int) { RawHash(); });
    return Round{in_kept.per_second(), in_fresh.per_second()};
  });
  Tell({.name = "argon2id in kept memory",
        .value = memory.value,
        .unit = "/s",
        .raw = memory.raw,
        .raw_name = "in fresh memory"});
}

}  // namespace muniment::bench

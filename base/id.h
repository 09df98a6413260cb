// Ids of users, organizations, instances and all else: 63-bit numbers, published in decimal.
//
//   62..24 ticks of 10 ms since 2020-01-01T00:00:00Z (174 years)
//   23..12 sequence within a tick
//   11..0  node
//
// Ids of one generator rise strictly; ids of several nodes sort by time within a tick. They are no
// secret: never a capability. When a tick's 4096 ids are used up, or the clock steps back, the
// generator runs ahead of the clock instead of waiting. A node that restarts passes the newest time
// its log has seen, so it repeats none even if the clock was set back meanwhile.
//
//   IdGenerator ids(SystemClock(), [&store] { return store.node_number(); }, newest_created_at);
//   std::string user_id = ids.NextText();
//
// Thread-safe and lock-free.
#ifndef MUNIMENT_BASE_ID_H_
#define MUNIMENT_BASE_ID_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"

namespace muniment {

class IdGenerator {
 public:
  // The last number is no generator's: FoundingId has it.
  static constexpr uint32_t kNodes = 4095;

  // `node` < kNodes, different for each node that writes to one store; asked for each id, as it may
  // change. Ids are later than `not_before`. `clock` outlives the generator.
  IdGenerator(Clock& clock, std::function<uint32_t()> node,
              absl::Time not_before = absl::InfinitePast());
  IdGenerator(Clock& clock, uint32_t node, absl::Time not_before = absl::InfinitePast());

  uint64_t Next();
  std::string NextText();

 private:
  Clock& clock_;
  const std::function<uint32_t()> node_;
  std::atomic<uint64_t> last_;  // ticks and sequence of the newest id
};

// The number of a decimal id; nothing for an empty text, a sign, a leading zero, other characters
// or a number beyond 64 bits. Zero is no id.
std::optional<uint64_t> ParseId(absl::string_view text);

// The same id on every node, of something that is made once in a store: by the time when that was
// founded. No generator makes it.
uint64_t FoundingId(absl::Time founded);

// The tick in which a generator made the id.
absl::Time IdTime(uint64_t id);

}  // namespace muniment

#endif  // MUNIMENT_BASE_ID_H_

#include "base/id.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace muniment {
namespace {

constexpr int kNodeBits = 12;
constexpr int kSequenceBits = 12;
constexpr int64_t kEpochSeconds = 1'577'836'800;  // 2020-01-01T00:00:00Z
constexpr absl::Duration kTick = absl::Milliseconds(10);

absl::Time Epoch() { return absl::FromUnixSeconds(kEpochSeconds); }

uint64_t Ticks(absl::Time time) {
  if (time <= Epoch()) return 0;
  const int64_t ticks = absl::ToInt64Milliseconds(time - Epoch()) / 10;
  return static_cast<uint64_t>(std::min(ticks, (int64_t{1} << 39) - 1));
}

}  // namespace

IdGenerator::IdGenerator(Clock& clock, uint32_t node, absl::Time not_before)
    : IdGenerator(
          clock, [node] { return node; }, not_before) {}

IdGenerator::IdGenerator(Clock& clock, std::function<uint32_t()> node, absl::Time not_before)
    : clock_(clock), node_(std::move(node)), last_(0) {
  MUNIMENT_CHECK(node_() < kNodes);
  // The last place of that tick: the first id falls into the next one.
  const uint64_t sequences = (uint64_t{1} << kSequenceBits) - 1;
  if (not_before > Epoch()) last_ = (Ticks(not_before) << kSequenceBits) | sequences;
}

uint64_t IdGenerator::Next() {
  const uint64_t now = Ticks(clock_.Now()) << kSequenceBits;
  uint64_t last = last_.load(std::memory_order_relaxed);
  uint64_t next;
  do {
    next = std::max(last + 1, now);
  } while (!last_.compare_exchange_weak(last, next, std::memory_order_relaxed));
  return (next << kNodeBits) | node_();
}

std::string IdGenerator::NextText() { return absl::StrCat(Next()); }

std::optional<uint64_t> ParseId(absl::string_view text) {
  if (text.empty() || text.size() > 20 || text[0] == '0') return std::nullopt;
  uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    const uint64_t digit = static_cast<uint64_t>(c - '0');
    if (value > (std::numeric_limits<uint64_t>::max() - digit) / 10) return std::nullopt;
    value = value * 10 + digit;
  }
  return value;
}

uint64_t FoundingId(absl::Time founded) {
  return Ticks(founded) << (kSequenceBits + kNodeBits) | IdGenerator::kNodes;
}

absl::Time IdTime(uint64_t id) {
  return Epoch() + static_cast<int64_t>(id >> (kNodeBits + kSequenceBits)) * kTick;
}

}  // namespace muniment

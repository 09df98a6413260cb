// The versions of the streams that were asked for lately, bounded. Two generations instead of a
// list of uses: what is asked for again moves to the young one, and when that is half the bound
// the old one goes.
//
// Threads: one at a time.
#ifndef MUNIMENT_EVENTSTORE_ROCKSDB_HEADS_H_
#define MUNIMENT_EVENTSTORE_ROCKSDB_HEADS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"

namespace muniment::eventstore {

class HeadCache {
 public:
  explicit HeadCache(size_t streams) : half_(streams / 2 + 1) {}

  std::optional<uint64_t> Find(const std::string& stream) {
    const auto young = young_.find(stream);
    if (young != young_.end()) return young->second;
    const auto old = old_.find(stream);
    if (old == old_.end()) return std::nullopt;
    const uint64_t version = old->second;
    young_.emplace(stream, version);
    return version;
  }
  void Set(const std::string& stream, uint64_t version) { young_[stream] = version; }
  // Forgets what was not asked for lately; until then nothing is lost.
  void Trim() {
    if (young_.size() < half_) return;
    old_ = std::exchange(young_, {});
  }
  void Clear() {
    young_.clear();
    old_.clear();
  }

 private:
  const size_t half_;
  absl::flat_hash_map<std::string, uint64_t> young_;
  absl::flat_hash_map<std::string, uint64_t> old_;
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_ROCKSDB_HEADS_H_

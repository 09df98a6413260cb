// The claims table as the log tells it, event by event (FORMAT.md, Unique values): what verification
// holds the table to, and what a restored log gets.
//
//   ClaimFold fold;
//   for each event in order: fold.Apply(stream, inspection);
//   for (const auto& [stream, slots] : fold.streams()) ...
//
// Memory: about 300 bytes a claim. One thread.
#ifndef MUNIMENT_EVENTSTORE_CLAIM_FOLD_H_
#define MUNIMENT_EVENTSTORE_CLAIM_FOLD_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "base/crypto.h"
#include "eventstore/codec.h"
#include "eventstore/store.h"

namespace muniment::eventstore {

class ClaimFold {
 public:
  struct Slots {
    std::map<std::string, Digest> held;
    // False while a sealed part that may hold claims is gone.
    bool knowable = true;
  };

  // False if a value stands elsewhere.
  bool Apply(const StreamKey& stream, const Inspection& event);
  const absl::flat_hash_map<StreamKey, Slots>& streams() const { return streams_; }

 private:
  absl::flat_hash_map<StreamKey, Slots> streams_;
  absl::flat_hash_map<std::pair<uint64_t, Digest>, StreamKey> holders_;
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_CLAIM_FOLD_H_

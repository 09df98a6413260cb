// What a log is, in a few hundred bytes: Merkle roots of every instance's main tree and of every
// day that stands, a hash over all positions and leaves, and a hash over each kind of rows. Two
// stores with one fingerprint hold the same log, byte for byte.
//
//   Fingerprint print;
//   print.Add(event) for each event in order;  print.Add(row) for each row in order
//   const std::string other = print.Difference(another);   // empty: the same
//
// A fingerprint can be put away and grown on (SaveEvents, RestoreEvents): an incremental backup
// goes on with it.
//
// Memory: about 1 KB an instance and a day that stands. One thread.
#ifndef MUNIMENT_EVENTSTORE_FINGERPRINT_H_
#define MUNIMENT_EVENTSTORE_FINGERPRINT_H_

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/crypto.h"
#include "eventstore/export.h"
#include "eventstore/merkle.h"
#include "muniment/store/v1/backup.pb.h"

namespace muniment::eventstore {

class Fingerprint {
 public:
  // A tree of an instance: keep FOREVER and day 0 for the main one.
  using TreeName = std::tuple<uint64_t, Keep, uint32_t>;

  void Add(const StoredEvent& event);
  void Add(const Row& row);

  uint64_t events() const { return events_; }
  uint64_t position() const { return position_; }  // of the last event
  // Of the last event that is kept forever; 0 before the first.
  uint64_t kept_position() const { return kept_position_; }
  const Digest& kept_leaf() const { return kept_leaf_; }
  uint64_t rows(RowKind kind) const { return rows_[kind].count; }
  const std::map<TreeName, MerkleFrontier>& trees() const { return trees_; }

  // What differs, in words for people; empty when nothing does. Rows of kinds that only one of the
  // two was given count as different.
  std::string Difference(const Fingerprint& other) const;

  // The part that events make.
  store::v1::LogPrint SaveEvents() const;
  // DATA_LOSS "merkle.frontier_damaged" or "backup.damaged".
  static absl::StatusOr<Fingerprint> RestoreEvents(const store::v1::LogPrint& saved);

 private:
  struct Rows {
    uint64_t count = 0;
    Digest chain;
  };
  std::map<TreeName, MerkleFrontier> trees_;
  uint64_t events_ = 0;
  uint64_t position_ = 0;
  uint64_t kept_position_ = 0;
  Digest kept_leaf_;
  Digest chain_;
  std::array<Rows, kRowKinds> rows_;
};

// Of all that an exporter reads. `progress` is called every few thousand events with the position.
absl::StatusOr<Fingerprint> FingerprintOf(Exporter& exporter,
                                          absl::FunctionRef<void(uint64_t position)> progress);

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_FINGERPRINT_H_

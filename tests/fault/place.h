// A folder of the embedded store that a test damages, and what it asks of the store in it.
#ifndef MUNIMENT_TESTS_FAULT_PLACE_H_
#define MUNIMENT_TESTS_FAULT_PLACE_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "contract/harness.h"
#include "eventstore/rocksdb/rocks_store.h"

namespace muniment::eventstore {

// Deleted with its end.
class Place {
 public:
  Place();
  ~Place();
  const std::string& path() const { return path_; }
  // Options for this folder that retry soon.
  RocksOptions options(rocksdb::Env* env = nullptr) const;

  // Names of files that end so, oldest first.
  std::vector<std::string> Files(absl::string_view suffix) const;
  std::string Read(const std::string& name) const;
  void Write(const std::string& name, absl::string_view bytes) const;
  // True when a file holds these bytes.
  bool Holds(absl::string_view bytes) const;

 private:
  const std::string path_;
};

absl::StatusOr<Committed> AppendTo(EventStore& store, Commit commit);
// Until it is answered otherwise than UNAVAILABLE, or 20 seconds have passed.
absl::StatusOr<Committed> AppendPatiently(EventStore& store, const Commit& commit);
// The whole log; its positions have no gap, and the streams' versions neither.
std::vector<StoredEvent> SoundLog(EventStore& store);

}  // namespace muniment::eventstore

#endif  // MUNIMENT_TESTS_FAULT_PLACE_H_

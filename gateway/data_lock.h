// Keeps a data directory to one process: whoever changes the log or puts read models in place of
// others holds it for as long as it works. Without it a second server, before it finds the log
// taken, would move the read models away under the first.
//
//   ASSIGN_OR_RETURN(const auto lock, DataLock::Take(config.Text(Key::kDataDir)));
//
// The kernel lets go of it when the process ends, however that happens. Readers that follow a
// running server (events, verify, prepare) do not take it.
// Errors: UNAVAILABLE "store.in_use" where another holds it, "file.unwritable" where there is no
// such directory.
#ifndef MUNIMENT_GATEWAY_DATA_LOCK_H_
#define MUNIMENT_GATEWAY_DATA_LOCK_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace muniment::gateway {

class DataLock {
 public:
  static absl::StatusOr<std::unique_ptr<DataLock>> Take(const std::string& directory);
  ~DataLock();
  DataLock(const DataLock&) = delete;
  DataLock& operator=(const DataLock&) = delete;

 private:
  explicit DataLock(int descriptor) : descriptor_(descriptor) {}

  const int descriptor_;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_DATA_LOCK_H_

#include "gateway/data_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"

namespace muniment::gateway {

absl::StatusOr<std::unique_ptr<DataLock>> DataLock::Take(const std::string& directory) {
  const int descriptor = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) {
    return Error(absl::StatusCode::kUnavailable, "file.unwritable",
                 absl::StrCat(directory, ": ", std::strerror(errno), "."));
  }
  auto lock = absl::WrapUnique(new DataLock(descriptor));
  if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno == EWOULDBLOCK) {
    return Error(absl::StatusCode::kUnavailable, "store.in_use",
                 absl::StrCat(directory, " is in use. Is a server running on it?"));
  }
  return Error(absl::StatusCode::kUnavailable, "file.unwritable",
               absl::StrCat(directory, ": ", std::strerror(errno), "."));
}

DataLock::~DataLock() { close(descriptor_); }

}  // namespace muniment::gateway

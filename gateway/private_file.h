// Files that only the process's own user may read: keys and tokens.
//
// Thread-safe; blocks on the disk.
// Errors: NOT_FOUND or PERMISSION_DENIED "file.unreadable", ALREADY_EXISTS "file.exists",
// UNAVAILABLE "file.unwritable", each with the file's name.
#ifndef MUNIMENT_GATEWAY_PRIVATE_FILE_H_
#define MUNIMENT_GATEWAY_PRIVATE_FILE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace muniment::gateway {

// At most 64 KiB.
absl::StatusOr<std::string> ReadPrivateFile(const std::string& path);

// Makes the file with mode 0600, or fails where one stands; on the disk when this returns.
absl::Status WriteNewPrivateFile(const std::string& path, absl::string_view content);
// The same, in place of a file that stands.
absl::Status ReplacePrivateFile(const std::string& path, absl::string_view content);
// Within one file system, in place of a file that stands; on the disk when this returns.
absl::Status MovePrivateFile(const std::string& from, const std::string& to);
// What is not there is removed already.
absl::Status RemovePrivateFile(const std::string& path);

// Makes a directory, mode 0700, and those above it, where they are missing.
absl::Status MakePrivateDirectory(const std::string& path);
// The directory and those above it that are not there, the innermost first.
std::vector<std::string> MissingDirectories(const std::string& directory);
// In their order; of one that holds anything it removes nothing.
void RemoveEmptyDirectories(const std::vector<std::string>& paths);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_PRIVATE_FILE_H_

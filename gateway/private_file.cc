#include "gateway/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "base/error.h"

namespace muniment::gateway {
namespace {

constexpr size_t kMaxBytes = 64 << 10;

absl::Status Failed(absl::StatusCode code, absl::string_view reason, const std::string& path) {
  const int error = errno;
  return Error(code, reason, absl::StrCat(path, ": ", std::strerror(error), "."));
}

// A descriptor that closes itself.
class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return descriptor_; }
  bool ok() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

std::string DirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// The directory's entry for a new file is on the disk only after this.
void SyncDirectory(const std::string& path) {
  const File directory(open(DirectoryOf(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.ok()) fsync(directory.get());
}

}  // namespace

absl::StatusOr<std::string> ReadPrivateFile(const std::string& path) {
  const File file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.ok()) {
    return Failed(errno == ENOENT ? absl::StatusCode::kNotFound
                                  : absl::StatusCode::kPermissionDenied,
                  "file.unreadable", path);
  }
  std::string content(kMaxBytes + 1, '\0');
  size_t length = 0;
  while (length < content.size()) {
    const ssize_t count = read(file.get(), content.data() + length, content.size() - length);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Failed(absl::StatusCode::kPermissionDenied, "file.unreadable", path);
    if (count == 0) break;
    length += static_cast<size_t>(count);
  }
  if (length > kMaxBytes) {
    return Error(absl::StatusCode::kPermissionDenied, "file.unreadable",
                 absl::StrCat(path, " is larger than any key or token."));
  }
  content.resize(length);
  return content;
}

absl::Status WriteNewPrivateFile(const std::string& path, absl::string_view content) {
  const File file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.ok()) {
    if (errno == EEXIST) return Failed(absl::StatusCode::kAlreadyExists, "file.exists", path);
    return Failed(absl::StatusCode::kUnavailable, "file.unwritable", path);
  }
  while (!content.empty()) {
    const ssize_t count = write(file.get(), content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return Failed(absl::StatusCode::kUnavailable, "file.unwritable", path);
    content.remove_prefix(static_cast<size_t>(count));
  }
  if (fsync(file.get()) != 0) {
    return Failed(absl::StatusCode::kUnavailable, "file.unwritable", path);
  }
  SyncDirectory(path);
  return absl::OkStatus();
}

absl::Status ReplacePrivateFile(const std::string& path, absl::string_view content) {
  const std::string fresh = absl::StrCat(path, ".new");
  if (unlink(fresh.c_str()) != 0 && errno != ENOENT) {
    return Failed(absl::StatusCode::kUnavailable, "file.unwritable", fresh);
  }
  RETURN_IF_ERROR(WriteNewPrivateFile(fresh, content));
  return MovePrivateFile(fresh, path);
}

absl::Status MovePrivateFile(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) != 0) {
    return Failed(absl::StatusCode::kUnavailable, "file.unwritable", to);
  }
  SyncDirectory(to);
  return absl::OkStatus();
}

absl::Status RemovePrivateFile(const std::string& path) {
  if (unlink(path.c_str()) != 0 && errno != ENOENT) {
    return Failed(absl::StatusCode::kUnavailable, "file.unwritable", path);
  }
  SyncDirectory(path);
  return absl::OkStatus();
}

absl::Status MakePrivateDirectory(const std::string& path) {
  if (mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return absl::OkStatus();
  if (errno == ENOENT && DirectoryOf(path) != path) {
    RETURN_IF_ERROR(MakePrivateDirectory(DirectoryOf(path)));
    if (mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return absl::OkStatus();
  }
  return Failed(absl::StatusCode::kUnavailable, "file.unwritable", path);
}

std::vector<std::string> MissingDirectories(const std::string& directory) {
  std::vector<std::string> missing;
  std::error_code error;
  auto path = std::filesystem::absolute(directory, error).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  while (path.has_relative_path() && !std::filesystem::exists(path, error) && !error) {
    missing.push_back(path.string());
    path = path.parent_path();
  }
  return missing;
}

void RemoveEmptyDirectories(const std::vector<std::string>& paths) {
  std::error_code ignored;
  for (const std::string& path : paths) std::filesystem::remove(path, ignored);
}

}  // namespace muniment::gateway

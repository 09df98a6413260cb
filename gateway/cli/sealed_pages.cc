#include "gateway/cli/sealed_pages.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "absl/strings/str_cat.h"
#include "base/crypto.h"
#include "base/error.h"
#include "eventstore/commit.h"

namespace muniment::gateway {
namespace {

constexpr size_t kWaiting = 256 << 10;
constexpr size_t kSizeBytes = 4;

// A page's place is its nonce: none is written twice.
std::string NonceOf(uint64_t at) {
  std::string nonce(kAesNonceBytes - 8, '\0');
  eventstore::AppendU64(nonce, at);
  return nonce;
}

absl::Status Unwritable() {
  return Error(absl::StatusCode::kUnavailable, "file.unwritable",
               absl::StrCat("What an import puts aside cannot be kept in the data directory: ",
                            std::strerror(errno), "."));
}

absl::Status Damaged() {
  return Error(absl::StatusCode::kDataLoss, "file.damaged",
               "What an import put aside cannot be read back.");
}

}  // namespace

SealedPages::SealedPages(int file) : file_(file), key_(RandomBytes(kAesKeyBytes)) {}

SealedPages::~SealedPages() { close(file_); }

absl::StatusOr<std::unique_ptr<SealedPages>> SealedPages::Open(const std::string& directory) {
  std::string name = absl::StrCat(directory, "/import-XXXXXX");
  const int file = mkostemp(name.data(), O_CLOEXEC);
  if (file < 0) return Unwritable();
  if (unlink(name.c_str()) != 0) {
    close(file);
    return Unwritable();
  }
  return std::unique_ptr<SealedPages>(new SealedPages(file));
}

absl::StatusOr<uint64_t> SealedPages::Keep(absl::string_view text) {
  const uint64_t at = written_ + waiting_.size();
  const std::string sealed = AesGcmSeal(key_.reveal(), NonceOf(at), "", text);
  eventstore::AppendU32(waiting_, static_cast<uint32_t>(sealed.size()));
  waiting_.append(sealed);
  if (waiting_.size() >= kWaiting) RETURN_IF_ERROR(Flush());
  return at;
}

absl::Status SealedPages::Flush() {
  for (size_t done = 0; done < waiting_.size();) {
    const ssize_t count = pwrite(file_, waiting_.data() + done, waiting_.size() - done,
                                 static_cast<off_t>(written_ + done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return Unwritable();
    done += static_cast<size_t>(count);
  }
  written_ += waiting_.size();
  waiting_.clear();
  return absl::OkStatus();
}

absl::Status SealedPages::ReadAt(uint64_t at, char* into, size_t size) {
  if (at >= written_) {
    if (at - written_ + size > waiting_.size()) return Damaged();
    std::memcpy(into, waiting_.data() + (at - written_), size);
    return absl::OkStatus();
  }
  for (size_t done = 0; done < size;) {
    const ssize_t count =
        pread(file_, into + done, size - done, static_cast<off_t>(at + done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return Damaged();
    done += static_cast<size_t>(count);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> SealedPages::Read(uint64_t at) {
  std::string size(kSizeBytes, '\0');
  RETURN_IF_ERROR(ReadAt(at, size.data(), size.size()));
  std::string sealed(eventstore::ReadU32(size), '\0');
  RETURN_IF_ERROR(ReadAt(at + kSizeBytes, sealed.data(), sealed.size()));
  std::optional<std::string> text = AesGcmOpen(key_.reveal(), NonceOf(at), "", sealed);
  if (!text.has_value()) return Damaged();
  return *std::move(text);
}

}  // namespace muniment::gateway

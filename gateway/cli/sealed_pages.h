// Texts that are put aside for as long as a process lives, in a file without a name that only it can
// find, sealed under a key that only it has: whatever ends it, nobody reads them again.
//
//   ASSIGN_OR_RETURN(const auto pages, SealedPages::Open(directory));
//   ASSIGN_OR_RETURN(const uint64_t at, pages->Keep(text));
//   ASSIGN_OR_RETURN(const std::string same, pages->Read(at));
//
// One thread. Errors: UNAVAILABLE "file.unwritable"; DATA_LOSS "file.damaged".
#ifndef MUNIMENT_GATEWAY_CLI_SEALED_PAGES_H_
#define MUNIMENT_GATEWAY_CLI_SEALED_PAGES_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/secret.h"
#include "command/import/rehearsal.h"

namespace muniment::gateway {

class SealedPages final : public command::ImportPages {
 public:
  static absl::StatusOr<std::unique_ptr<SealedPages>> Open(const std::string& directory);
  ~SealedPages() override;

  absl::StatusOr<uint64_t> Keep(absl::string_view text) override;
  absl::StatusOr<std::string> Read(uint64_t at) override;

 private:
  explicit SealedPages(int file);
  absl::Status Flush();
  absl::Status ReadAt(uint64_t at, char* into, size_t size);

  const int file_;
  const Secret key_;
  uint64_t written_ = 0;
  std::string waiting_;  // stands behind what is written
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_CLI_SEALED_PAGES_H_

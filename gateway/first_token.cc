#include "gateway/first_token.h"

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "gateway/private_file.h"

namespace muniment::gateway {

std::string NewTokenPath(const Config& config) {
  return absl::StrCat(config.Text(Key::kDataDir), "/new.pat");
}

absl::Status HandOverToken(const Config& config) {
  const absl::StatusOr<std::string> token = ReadPrivateFile(NewTokenPath(config));
  if (absl::IsNotFound(token.status())) return absl::OkStatus();
  RETURN_IF_ERROR(token.status());
  RETURN_IF_ERROR(ReplacePrivateFile(config.PatPath(), *token));
  return RemovePrivateFile(NewTokenPath(config));
}

absl::Status HandOverLateToken(const Config& config) {
  if (!absl::IsNotFound(ReadPrivateFile(config.PatPath()).status())) return absl::OkStatus();
  return HandOverToken(config);
}

}  // namespace muniment::gateway

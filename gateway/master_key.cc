#include "gateway/master_key.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "gateway/log.h"
#include "gateway/private_file.h"

namespace muniment::gateway {

absl::StatusOr<MasterKey> LoadMasterKey(const Config& config, bool store_stands) {
  if (!config.Text(Key::kMasterKey).empty()) return MasterKey::Parse(config.Text(Key::kMasterKey));
  const std::string path = config.MasterKeyPath();
  absl::StatusOr<std::string> content = ReadPrivateFile(path);
  if (content.ok()) {
    Secret secret(*std::move(content));
    return MasterKey::Parse(secret.reveal());
  }
  if (!absl::IsNotFound(content.status())) return content.status();
  if (!config.Text(Key::kPostgresUrl).empty()) {
    return Error(absl::StatusCode::kFailedPrecondition, "master_key.missing",
                 absl::StrCat("There is no master key ", path,
                              ". All nodes of one PostgreSQL share theirs: make it once, for "
                              "example by `openssl rand -hex 32`, and give it to each by "
                              "MasterKeyPath or MasterKey."));
  }
  if (store_stands) {
    return Error(absl::StatusCode::kFailedPrecondition, "master_key.missing",
                 absl::StrCat("There is no master key at ", path,
                              ". The store can be read only with the one that it was founded with: "
                              "put it there, or name it with --master-key-path or "
                              "MUNIMENT_MASTERKEY."));
  }
  MasterKey key = MasterKey::Generate();
  RETURN_IF_ERROR(WriteNewPrivateFile(path, absl::StrCat(key.ToHex().reveal(), "\n")));
  LogInfo("made a master key; keep a copy apart from the data, which cannot be read without it",
          {{"file", path}, {"key", key.Id()}});
  return key;
}

}  // namespace muniment::gateway

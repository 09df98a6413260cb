#include "gateway/storage.h"

#include <rocksdb/cache.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/error.h"
#include "eventstore/founding.h"
#include "eventstore/postgres/postgres_store.h"
#include "eventstore/postgres/refusal.h"
#include "eventstore/rocksdb/follower.h"
#include "eventstore/rocksdb/rocks_store.h"
#include "gateway/data_owner.h"
#include "gateway/log.h"
#include "gateway/master_key.h"
#include "gateway/private_file.h"
#include "projections/replay.h"

namespace muniment::gateway {

bool IsShared(const Config& config) { return !config.Text(Key::kPostgresUrl).empty(); }

std::string LogPath(const Config& config) {
  return absl::StrCat(config.Text(Key::kDataDir), "/log");
}

std::string ModelsPath(const Config& config) {
  return absl::StrCat(config.Text(Key::kDataDir), "/models");
}

bool StoreStands(const Config& config) {
  return access(absl::StrCat(LogPath(config), "/CURRENT").c_str(), F_OK) == 0 || errno == EACCES;
}

absl::Status CheckNoFile(const std::string& directory) {
  std::error_code error;
  const auto status = std::filesystem::status(directory, error);
  if (!std::filesystem::exists(status) || std::filesystem::is_directory(status)) {
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kInvalidArgument, "file.no_directory",
               absl::StrCat(directory, " is a file; DataDir is a directory."));
}

absl::Status CheckStoreStands(const Config& config) {
  if (IsShared(config)) return absl::OkStatus();
  RETURN_IF_ERROR(CheckNoFile(config.Text(Key::kDataDir)));
  if (StoreStands(config)) return absl::OkStatus();
  return Error(absl::StatusCode::kNotFound, "store.not_founded",
               absl::StrCat("There is no log in ", LogPath(config),
                            ". Is DataDir right? `muniment start` makes one."));
}

absl::Status PrepareDataDir(const Config& config) {
  const std::string& directory = config.Text(Key::kDataDir);
  const auto unwritable = [&directory](absl::string_view what) {
    const std::string hint = OwnerHint(directory);
    return Error(absl::StatusCode::kUnavailable, "file.unwritable",
                 absl::StrCat("The data directory cannot be written to: ", what,
                              " Give it to the user that the server runs as (uid ", geteuid(),
                              "), on a disk that can be written to, or name another DataDir.",
                              hint.empty() ? "" : " ", hint));
  };
  RETURN_IF_ERROR(CheckNoFile(directory));
  RETURN_IF_ERROR(CheckOwner(directory));
  const absl::Status made = MakePrivateDirectory(directory);
  if (!made.ok()) return unwritable(made.message());
  for (const std::string& path : {directory, LogPath(config), ModelsPath(config)}) {
    if (access(path.c_str(), R_OK | W_OK | X_OK) == 0 || errno == ENOENT) continue;
    return unwritable(absl::StrCat(path, ": ", std::strerror(errno), "."));
  }
  return absl::OkStatus();
}

Unkept::Unkept(const Config& config, std::vector<std::string> missing)
    : missing_(std::move(missing)) {
  std::error_code error;
  const std::string models = ModelsPath(config);
  // A start takes over what was prepared for it.
  const bool stand = std::filesystem::exists(models, error) ||
                     std::filesystem::exists(projections::PreparedPath(models), error);
  if (!stand && !error) models_ = models;
}

Unkept::~Unkept() {
  if (kept_) return;
  std::error_code ignored;
  if (!models_.empty()) std::filesystem::remove_all(models_, ignored);
  RemoveEmptyDirectories(missing_);
}

std::shared_ptr<rocksdb::Cache> NewCache(const Config& config) {
  return rocksdb::NewLRUCache(config.Bytes(Key::kCacheBytes));
}

absl::Status KeysMissing(bool shared) {
  return Error(absl::StatusCode::kFailedPrecondition, "store.keys_missing",
               absl::StrCat("The log stands, but the data keys that open it do not",
                            shared ? ": a dump was put back without them. With every node stopped, "
                                     "`muniment restore --keys FILE --to postgres:` puts them back "
                                     "from their backup."
                                   : ". Put the log back from its backups by `muniment restore`."));
}

namespace {

// For who reads beside a server.
absl::Status CheckReadable(const Config& config) {
  const std::string path = LogPath(config);
  if (IsShared(config) || access(path.c_str(), R_OK | X_OK) == 0) return absl::OkStatus();
  const std::string why = std::strerror(errno);
  const std::string hint = OwnerHint(config.Text(Key::kDataDir));
  return Error(absl::StatusCode::kUnavailable, "file.unreadable",
               absl::StrCat(path, " cannot be read (", why, "). ",
                            hint.empty() ? "Run this as the server's user." : hint));
}

}  // namespace

absl::StatusOr<std::unique_ptr<ScratchFolder>> ScratchFolder::Make() {
  std::error_code error;
  std::string name = (std::filesystem::temp_directory_path(error) / "muniment-XXXXXX").string();
  if (error || mkdtemp(name.data()) == nullptr) {
    return Error(absl::StatusCode::kUnavailable, "file.unwritable",
                 "No folder for temporary files can be made.");
  }
  return std::unique_ptr<ScratchFolder>(new ScratchFolder(std::move(name)));
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

absl::Status Storage::OpenShared(const Config& config, const StorageOptions& options) {
  if (options.restored) {
    return Error(absl::StatusCode::kInvalidArgument, "store.not_embedded",
                 "A log in PostgreSQL that ends earlier than it did is noticed without --restored.");
  }
  eventstore::PostgresOptions postgres;
  postgres.url = config.Text(Key::kPostgresUrl);
  postgres.schema = config.Text(Key::kPostgresSchema);
  RETURN_IF_ERROR(eventstore::CheckAddress(postgres));
  if (!options.follow && StoreStands(config)) {
    LogWarning("a log in DataDir is not served, as the configuration names PostgreSQL",
               {{"log", LogPath(config)}});
  }
  postgres.readers = config.Count(Key::kPostgresReaders);
  postgres.read_only = options.follow;
  postgres.mark = {options.mark.epoch, options.mark.position, options.mark.hash,
                   options.first_leaf};
  ASSIGN_OR_RETURN(auto store, eventstore::PostgresStore::Open(postgres));
  shared_ = store.get();
  store_ = std::move(store);
  return absl::OkStatus();
}

absl::Status Storage::OpenStore(const Config& config, const StorageOptions& options) {
  if (IsShared(config)) return OpenShared(config, options);
  eventstore::RocksOptions rocks;
  rocks.path = LogPath(config);
  rocks.cache = options.cache;
  rocks.mark = {options.mark.epoch, options.mark.position};
  if (options.follow) {
    ASSIGN_OR_RETURN(scratch_, ScratchFolder::Make());
    ASSIGN_OR_RETURN(auto follower, eventstore::FollowerStore::Open(rocks, scratch_->path()));
    follower_ = follower.get();
    store_ = std::move(follower);
    return absl::OkStatus();
  }
  rocks.restored = options.restored;
  auto opened = eventstore::RocksStore::Open(rocks);
  if (absl::StrContains(opened.status().message(), "lock file")) {
    return Error(absl::StatusCode::kUnavailable, "store.in_use",
                 absl::StrCat(LogPath(config), " is in use. Is a server running on it?"));
  }
  ASSIGN_OR_RETURN(store_, std::move(opened));
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Storage>> Storage::Open(const Config& config,
                                                       const StorageOptions& options) {
  std::unique_ptr<Storage> storage(new Storage());
  if (options.follow) {
    RETURN_IF_ERROR(CheckStoreStands(config));
    RETURN_IF_ERROR(CheckReadable(config));
  } else {
    RETURN_IF_ERROR(PrepareDataDir(config));
  }
  const bool stands = IsShared(config) || StoreStands(config);
  ASSIGN_OR_RETURN(MasterKey master, LoadMasterKey(config, stands));
  storage->master_ = std::make_unique<MasterKey>(std::move(master));
  RETURN_IF_ERROR(storage->OpenStore(config, options));
  storage->keys_ = std::make_unique<eventstore::DataKeys>(*storage->store_, *storage->master_);
  const absl::StatusOr<Secret> claims_key =
      options.follow ? eventstore::OpenClaimsKey(*storage->store_, *storage->keys_)
                     : eventstore::OpenOrFound(*storage->store_, *storage->keys_);
  if (Reason(claims_key.status()) == "master_key.other") {
    return Error(absl::StatusCode::kFailedPrecondition, "master_key.other",
                 absl::StrCat("This is not the master key that the store was founded with. All "
                              "nodes of a store share one. ",
                              claims_key.status().message()));
  }
  if (Reason(claims_key.status()) == "store.damaged") RETURN_IF_ERROR(storage->CheckKeys());
  RETURN_IF_ERROR(claims_key.status());
  storage->codec_ = std::make_unique<eventstore::Codec>(claims_key->reveal());
  return storage;
}

absl::Status Storage::CheckKeys() {
  using eventstore::kClaimsSubject;
  ASSIGN_OR_RETURN(const eventstore::SubjectKeys known,
                   store_->ReadSubjectKeys(eventstore::kSystemInstance, kClaimsSubject));
  return known.keys.empty() ? KeysMissing(shared_ != nullptr) : absl::OkStatus();
}

absl::Status Storage::CatchUp() {
  // What reads a shared log reads what stands.
  if (shared_ != nullptr) return absl::OkStatus();
  MUNIMENT_CHECK(follower_ != nullptr);
  return follower_->CatchUp();
}

absl::StatusOr<absl::Time> WrittenBehind(eventstore::EventStore& store, uint64_t position) {
  absl::Time written = absl::InfinitePast();
  RETURN_IF_ERROR(store.ReadLog(position, [&written](const eventstore::StoredEvent& event) {
    written = event.created_at;
    return false;
  }));
  return written;
}

absl::StatusOr<absl::Time> NewestEvent(eventstore::EventStore& store) {
  ASSIGN_OR_RETURN(const eventstore::LogHead head, store.ReadLogHead());
  if (head.position == 0) return absl::InfinitePast();
  return WrittenBehind(store, head.position - 1);
}

}  // namespace muniment::gateway

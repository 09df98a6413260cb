// The log of a node, opened, on its disk or in the PostgreSQL that it shares with others, and the
// keys to read it. The server and every offline subcommand begin here.
//
//   ASSIGN_OR_RETURN(auto storage, Storage::Open(config, {}));
//   storage->store().ReadLog(...);  codec().Decode(stored, storage->keys());
//
// One process at a time has a folder, unless it follows: one in use is UNAVAILABLE. What is handed
// out is thread-safe and lives as long as the storage. Errors: the store's, the master key's;
// FAILED_PRECONDITION "master_key.other" for another key than the store was founded with,
// "store.keys_missing" for a log that was put back without its data keys.
#ifndef MUNIMENT_GATEWAY_STORAGE_H_
#define MUNIMENT_GATEWAY_STORAGE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "base/keyring.h"
#include "eventstore/codec.h"
#include "eventstore/keys.h"
#include "eventstore/store.h"
#include "gateway/config.h"
#include "projections/database.h"

namespace rocksdb {
class Cache;
}
namespace muniment::eventstore {
class FollowerStore;
class PostgresStore;
}

namespace muniment::gateway {

struct StorageOptions {
  // Where the read models stand; the log may not end before it. A shared log that does, or has
  // another event there, gets a new epoch.
  projections::Checkpoint mark;
  // Leaf hash of the first event that they folded, by which a shared store knows its own.
  std::string first_leaf;
  // The log was put back from a backup, and may.
  bool restored = false;
  // For reading beside a server or after one: writes nothing, and needs a store that stands.
  bool follow = false;
  std::shared_ptr<rocksdb::Cache> cache;
};

// A folder under the machine's own for such, removed when it goes.
class ScratchFolder {
 public:
  static absl::StatusOr<std::unique_ptr<ScratchFolder>> Make();
  ~ScratchFolder();
  const std::string& path() const { return path_; }

 private:
  explicit ScratchFolder(std::string path) : path_(std::move(path)) {}
  const std::string path_;
};

class Storage {
 public:
  static absl::StatusOr<std::unique_ptr<Storage>> Open(const Config& config,
                                                       const StorageOptions& options);

  eventstore::EventStore& store() { return *store_; }
  eventstore::DataKeys& keys() { return *keys_; }
  const eventstore::Codec& codec() const { return *codec_; }
  // Of a storage that follows: sees what was written since. No other call at the same time.
  absl::Status CatchUp();
  const MasterKey& master() const { return *master_; }
  // The store that other nodes write to as well; null for one of this node alone.
  eventstore::PostgresStore* shared() { return shared_; }

 private:
  Storage() = default;
  absl::Status OpenStore(const Config& config, const StorageOptions& options);
  absl::Status OpenShared(const Config& config, const StorageOptions& options);
  // Why there is no claims key, where that is known.
  absl::Status CheckKeys();

  std::unique_ptr<ScratchFolder> scratch_;
  std::unique_ptr<MasterKey> master_;
  std::unique_ptr<eventstore::EventStore> store_;
  eventstore::FollowerStore* follower_ = nullptr;  // store_, when it follows one of this machine
  eventstore::PostgresStore* shared_ = nullptr;    // store_, when it is shared
  std::unique_ptr<eventstore::DataKeys> keys_;
  std::unique_ptr<eventstore::Codec> codec_;
};

// FAILED_PRECONDITION "store.keys_missing", with what puts the keys back.
absl::Status KeysMissing(bool shared);

// Whether the log stands in a PostgreSQL that several nodes share.
bool IsShared(const Config& config);
std::string LogPath(const Config& config);
std::string ModelsPath(const Config& config);
// Whether DataDir has a log, or one that this user may not look at.
bool StoreStands(const Config& config);
// OK where there is a log to open: a shared one, or one in DataDir. NOT_FOUND "store.not_founded";
// INVALID_ARGUMENT "file.no_directory" for a DataDir that is a file.
absl::Status CheckStoreStands(const Config& config);
// "file.no_directory" for a path that leads to something else than a directory.
absl::Status CheckNoFile(const std::string& directory);
// Makes DataDir, and sees that this user may write to it and to what stands there: UNAVAILABLE
// "file.unwritable" with the path, the cause and what mends it; PERMISSION_DENIED
// "file.other_owner" (data_owner.h); "file.no_directory".
absl::Status PrepareDataDir(const Config& config);

// What a start made before it knew whether it may serve: it goes with this unless it is kept. The
// models alone, and directories that are empty; what holds a log or a key stays.
//
//   std::vector<std::string> missing = MissingDirectories(config.Text(Key::kDataDir));
//   RETURN_IF_ERROR(PrepareDataDir(config));
//   ... the lock of DataDir is taken; it is let go after this ...
//   Unkept unkept(config, std::move(missing));
//   ... what may be refused ...
//   unkept.Keep();
class Unkept {
 public:
  // With the directories of DataDir that stood not before (private_file.h).
  Unkept(const Config& config, std::vector<std::string> missing);
  ~Unkept();
  Unkept(const Unkept&) = delete;
  Unkept& operator=(const Unkept&) = delete;
  void Keep() { kept_ = true; }

 private:
  const std::vector<std::string> missing_;
  std::string models_;  // empty where some stand
  bool kept_ = false;
};

// One budget of CacheBytes for blocks of the log and the read models.
std::shared_ptr<rocksdb::Cache> NewCache(const Config& config);

// When the first event behind a position was written; InfinitePast where there is none.
absl::StatusOr<absl::Time> WrittenBehind(eventstore::EventStore& store, uint64_t position);

// When the log's newest event was written, so that no id is made twice after a clock that was set
// back.
absl::StatusOr<absl::Time> NewestEvent(eventstore::EventStore& store);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_STORAGE_H_

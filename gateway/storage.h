// What stands on the disk of a node, opened: the log, the keys to read it, and the read models'
// place beside it. The server and every offline subcommand begin here.
//
//   ASSIGN_OR_RETURN(auto storage, Storage::Open(config, {}));
//   storage->store().ReadLog(...);  codec().Decode(stored, storage->keys());
//
// One process at a time, unless it follows: a folder in use is UNAVAILABLE. What is handed out is thread-safe and lives
// as long as the storage. Errors: the store's, the master key's.
#ifndef MUNIMENT_GATEWAY_STORAGE_H_
#define MUNIMENT_GATEWAY_STORAGE_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "base/keyring.h"
#include "eventstore/codec.h"
#include "eventstore/keys.h"
#include "eventstore/store.h"
#include "gateway/config.h"

namespace rocksdb {
class Cache;
}
namespace muniment::eventstore {
class FollowerStore;
}

namespace muniment::gateway {

struct StorageOptions {
  // Where the read models stand; the log may not end before it.
  uint64_t epoch = 0, position = 0;
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

 private:
  Storage() = default;
  absl::Status OpenStore(const Config& config, const StorageOptions& options);

  std::unique_ptr<ScratchFolder> scratch_;
  std::unique_ptr<MasterKey> master_;
  std::unique_ptr<eventstore::EventStore> store_;
  eventstore::FollowerStore* follower_ = nullptr;  // store_, when it follows
  std::unique_ptr<eventstore::DataKeys> keys_;
  std::unique_ptr<eventstore::Codec> codec_;
};

std::string LogPath(const Config& config);
std::string ModelsPath(const Config& config);
// Whether there is a log at all.
bool StoreStands(const Config& config);
// One budget of CacheBytes for blocks of the log and the read models.
std::shared_ptr<rocksdb::Cache> NewCache(const Config& config);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_STORAGE_H_

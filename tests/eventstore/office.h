// Backups in tests: a log that is served, files of it taken beside the store, and put back.
#ifndef MUNIMENT_TESTS_EVENTSTORE_OFFICE_H_
#define MUNIMENT_TESTS_EVENTSTORE_OFFICE_H_

#include <memory>
#include <string>

#include "eventstore/backup/key_backup.h"
#include "eventstore/backup/log_backup.h"
#include "eventstore/backup/restored_log.h"
#include "eventstore/founding.h"
#include "eventstore/move.h"
#include "eventstore/rocksdb/export.h"
#include "eventstore/rocksdb/import.h"
#include "eventstore/rocksdb/rocks_store.h"
#include "tests/base/temp_dir.h"
#include "tests/eventstore/log_world.h"

namespace muniment::eventstore {

// A served log: a store that was founded, with people in it.
struct Office {
  explicit Office(const std::string& path, const MasterKey& master)
      : world(master, [&path](Clock& clock) -> std::unique_ptr<EventStore> {
          auto store = RocksStore::Open({.path = path, .clock = &clock});
          REQUIRE(store.ok());
          return *std::move(store);
        }),
        path(path) {
    REQUIRE(OpenOrFound(world.store, world.keys).ok());
  }
  // Of what stands now, without stopping the store.
  std::unique_ptr<RocksExporter> Exporter(TempDir& dir) const {
    auto exporter = RocksExporter::Follow({.path = path}, dir.Scratch());
    INFO(exporter.status());
    REQUIRE(exporter.ok());
    return *std::move(exporter);
  }
  LogBackedUp BackUpLog(TempDir& dir, const std::string& folder) const {
    auto done = eventstore::BackUpLog(*Exporter(dir), folder, {.now = absl::Now()});
    INFO(done.status());
    REQUIRE(done.ok());
    return *std::move(done);
  }
  KeysBackedUp BackUpKeys(TempDir& dir, const std::string& file) const {
    auto done = eventstore::BackUpKeys(*Exporter(dir), file, absl::Now());
    INFO(done.status());
    REQUIRE(done.ok());
    return *std::move(done);
  }

  LogWorld world;
  const std::string path;
};

inline absl::Status Restore(const std::string& log, const std::string& keys, const std::string& to,
                            const MasterKey& master) {
  ASSIGN_OR_RETURN(const auto backup, LogBackup::Open(log));
  ASSIGN_OR_RETURN(const auto key_backup, KeyBackup::Open(keys));
  ASSIGN_OR_RETURN(const auto restored,
                   RestoredLog::Open(*backup, *key_backup, master, TestOptions()));
  ASSIGN_OR_RETURN(const auto importer, RocksImporter::Open({.path = to}));
  return Move(*restored, *importer).status();
}

}  // namespace muniment::eventstore

#endif  // MUNIMENT_TESTS_EVENTSTORE_OFFICE_H_

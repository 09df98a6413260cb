// A log that is named on the command line, to be copied from or to:
//
//   rocksdb:DATADIR      the embedded log of a data directory; without DATADIR the configured one
//   postgres:URL         a log on PostgreSQL; without URL the configured one, so that no password
//                        stands among a process's arguments. The schema is the configured one.
//
// What is opened is shut to every server until it goes. Errors: INVALID_ARGUMENT
// "place.not_understood"; UNAVAILABLE "store.in_use"; those of exporters and importers.
#ifndef MUNIMENT_GATEWAY_CLI_PLACE_H_
#define MUNIMENT_GATEWAY_CLI_PLACE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "eventstore/export.h"
#include "eventstore/import.h"
#include "eventstore/store.h"
#include "gateway/config.h"
#include "gateway/data_lock.h"
#include "gateway/storage.h"

namespace muniment::gateway {

struct Place {
  bool shared = false;      // PostgreSQL
  std::string data_dir;     // of an embedded one
  std::string url, schema;  // of a shared one
  // For people; without the URL.
  std::string Text() const;
  std::string log_path() const { return data_dir + "/log"; }
};

absl::StatusOr<Place> ParsePlace(const std::string& text, const Config& config);

// Members go from the last to the first.
struct OpenSource {
  std::unique_ptr<DataLock> lock;
  std::unique_ptr<ScratchFolder> scratch;
  std::unique_ptr<eventstore::Exporter> log;
};
// `beside`: a server may run, and goes on; what is read is one moment of its log.
absl::StatusOr<OpenSource> OpenPlace(const Place& place, bool beside);

struct OpenTarget {
  std::unique_ptr<DataLock> lock;
  std::unique_ptr<eventstore::Importer> log;
};
// An empty place, or one where the same copy was begun; directories are made.
absl::StatusOr<OpenTarget> OpenEmptyPlace(const Place& place);
// A log on PostgreSQL that stands, to change its rows.
absl::StatusOr<std::unique_ptr<eventstore::Importer>> ReopenPlace(const Place& place);
// What stands there, as a server opens it.
absl::StatusOr<std::unique_ptr<eventstore::EventStore>> OpenStoreOf(const Place& place);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_CLI_PLACE_H_

// A log that is named on the command line, to be copied from or to:
//
//   rocksdb:DATADIR      the embedded log of a data directory; without DATADIR the configured one
//   postgres:URL         a log on PostgreSQL; without URL the configured one, so that no password
//                        stands among a process's arguments. The schema is the configured one.
//
// What is opened is shut to every server until it goes. Every subcommand that opens a log otherwise
// than as Storage (gateway/storage.h) does it here, where what a person wrote is checked before it
// reaches PostgreSQL. Errors: INVALID_ARGUMENT "place.not_understood", "store.url",
// "store.schema_name", "file.no_directory"; FAILED_PRECONDITION "store.refused" for what waiting
// does not mend; PERMISSION_DENIED "file.other_owner"; UNAVAILABLE "store.in_use"; those of
// exporters and importers. None shows a URL.
#ifndef MUNIMENT_GATEWAY_CLI_PLACE_H_
#define MUNIMENT_GATEWAY_CLI_PLACE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "eventstore/export.h"
#include "eventstore/import.h"
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

// Opens nothing, and refuses a URL that no log can be at.
absl::StatusOr<Place> ParsePlace(const std::string& text, const Config& config);

// Members go from the last to the first.
struct OpenSource {
  std::unique_ptr<DataLock> lock;
  std::unique_ptr<ScratchFolder> scratch;
  std::unique_ptr<eventstore::Exporter> log;
};
// `beside`: a server may run, and goes on; what is read is one moment of its log.
absl::StatusOr<OpenSource> OpenPlace(const Place& place, bool beside);

// A log that was put back without its keys is one whose keys all count as destroyed wherever it is
// taken to: FAILED_PRECONDITION "store.keys_missing".
absl::Status CheckKeys(eventstore::Exporter& log, bool shared);

struct OpenTarget {
  std::unique_ptr<DataLock> lock;
  std::unique_ptr<eventstore::Importer> log;
};
// An empty place, or one where the same copy was begun; directories are made. A directory that is
// another user's is refused to root, whose files he could not read.
absl::StatusOr<OpenTarget> OpenEmptyPlace(const Place& place);
// A log on PostgreSQL that stands, to change its rows.
absl::StatusOr<std::unique_ptr<eventstore::Importer>> ReopenPlace(const Place& place);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_CLI_PLACE_H_

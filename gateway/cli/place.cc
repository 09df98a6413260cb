#include "gateway/cli/place.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/error.h"
#include "eventstore/postgres/export.h"
#include "eventstore/postgres/import.h"
#include "eventstore/postgres/postgres_store.h"
#include "eventstore/rocksdb/export.h"
#include "eventstore/rocksdb/import.h"
#include "eventstore/rocksdb/rocks_store.h"
#include "gateway/private_file.h"

namespace muniment::gateway {
namespace {

absl::Status NotUnderstood(absl::string_view why) {
  return Error(absl::StatusCode::kInvalidArgument, "place.not_understood", why);
}

eventstore::PostgresOptions PostgresOf(const Place& place) {
  return {.url = place.url, .schema = place.schema};
}

}  // namespace

std::string Place::Text() const {
  return shared ? absl::StrCat("the schema ", schema, " on PostgreSQL") : data_dir;
}

absl::StatusOr<Place> ParsePlace(const std::string& text, const Config& config) {
  Place place;
  absl::string_view rest = text;
  if (absl::ConsumePrefix(&rest, "rocksdb:")) {
    place.data_dir = rest.empty() ? config.Text(Key::kDataDir) : std::string(rest);
    return place;
  }
  if (!absl::ConsumePrefix(&rest, "postgres:")) {
    return NotUnderstood(absl::StrCat("A log is rocksdb:DATADIR or postgres:URL, not \"",
                                      text.substr(0, text.find(':')), "\"."));
  }
  place.shared = true;
  place.url = rest.empty() ? config.Text(Key::kPostgresUrl) : std::string(rest);
  place.schema = config.Text(Key::kPostgresSchema);
  if (!place.url.empty()) return place;
  return NotUnderstood(
      "postgres: without a URL takes the configured one, Store.Postgres.URL or "
      "MUNIMENT_STORE_POSTGRES_URL, and there is none.");
}

absl::StatusOr<OpenSource> OpenPlace(const Place& place, bool beside) {
  OpenSource source;
  if (place.shared) {
    ASSIGN_OR_RETURN(source.log, eventstore::PostgresExporter::Open(
                                     PostgresOf(place), beside ? eventstore::Use::kShared
                                                               : eventstore::Use::kSole));
    return source;
  }
  if (!beside) {
    ASSIGN_OR_RETURN(source.lock, DataLock::Take(place.data_dir));
  }
  ASSIGN_OR_RETURN(source.scratch, ScratchFolder::Make());
  ASSIGN_OR_RETURN(source.log, eventstore::RocksExporter::Follow({.path = place.log_path()},
                                                                 source.scratch->path()));
  return source;
}

absl::StatusOr<OpenTarget> OpenEmptyPlace(const Place& place) {
  OpenTarget target;
  if (place.shared) {
    ASSIGN_OR_RETURN(target.log, eventstore::PostgresImporter::Open(PostgresOf(place)));
    return target;
  }
  RETURN_IF_ERROR(MakePrivateDirectory(place.data_dir));
  ASSIGN_OR_RETURN(target.lock, DataLock::Take(place.data_dir));
  ASSIGN_OR_RETURN(target.log, eventstore::RocksImporter::Open({.path = place.log_path()}));
  return target;
}

absl::StatusOr<std::unique_ptr<eventstore::Importer>> ReopenPlace(const Place& place) {
  return eventstore::PostgresImporter::Reopen(PostgresOf(place));
}

absl::StatusOr<std::unique_ptr<eventstore::EventStore>> OpenStoreOf(const Place& place) {
  if (place.shared) return eventstore::PostgresStore::Open(PostgresOf(place));
  return eventstore::RocksStore::Open({.path = place.log_path()});
}

}  // namespace muniment::gateway

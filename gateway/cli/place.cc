#include "gateway/cli/place.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/error.h"
#include "eventstore/backup/log_backup.h"
#include "eventstore/postgres/export.h"
#include "eventstore/postgres/import.h"
#include "eventstore/postgres/refusal.h"
#include "eventstore/rocksdb/export.h"
#include "eventstore/rocksdb/import.h"
#include "gateway/data_owner.h"
#include "gateway/private_file.h"

namespace muniment::gateway {
namespace {

absl::Status NotUnderstood(absl::string_view why) {
  return Error(absl::StatusCode::kInvalidArgument, "place.not_understood", why);
}

absl::StatusOr<eventstore::PostgresOptions> PostgresOf(const Place& place) {
  eventstore::PostgresOptions options = {.url = place.url, .schema = place.schema};
  RETURN_IF_ERROR(eventstore::CheckAddress(options));
  return options;
}

// What `open` makes of a log on PostgreSQL. All that opens one here goes through this.
template <typename Log, typename Open>
absl::StatusOr<std::unique_ptr<Log>> OpenShared(const Place& place, Open open) {
  ASSIGN_OR_RETURN(const eventstore::PostgresOptions options, PostgresOf(place));
  auto opened = open(options);
  if (!opened.ok()) return eventstore::AsRefusal(opened.status());
  return absl::StatusOr<std::unique_ptr<Log>>(*std::move(opened));
}

// A URL that was meant for PostgreSQL is no directory's name.
bool LooksLikeUrl(absl::string_view text) {
  return absl::StrContains(text, "://") || absl::StrContains(text, "password=");
}

}  // namespace

std::string Place::Text() const {
  return shared ? absl::StrCat("the schema ", schema, " on PostgreSQL") : data_dir;
}

absl::StatusOr<Place> ParsePlace(const std::string& text, const Config& config) {
  Place place;
  absl::string_view rest = text;
  const bool embedded = absl::ConsumePrefix(&rest, "rocksdb:");
  if (embedded && !LooksLikeUrl(rest)) {
    place.data_dir = rest.empty() ? config.Text(Key::kDataDir) : std::string(rest);
    return place;
  }
  // Nothing of the text is repeated: it may hold a password.
  if (embedded || !absl::ConsumePrefix(&rest, "postgres:") || absl::StartsWith(rest, "//")) {
    return NotUnderstood(
        "A log is rocksdb:DATADIR or postgres:URL, such as postgres:postgresql://HOST/DB.");
  }
  place.shared = true;
  place.url = rest.empty() ? config.Text(Key::kPostgresUrl) : std::string(rest);
  place.schema = config.Text(Key::kPostgresSchema);
  if (place.url.empty()) {
    return NotUnderstood(
        "postgres: without a URL takes the configured one, Store.Postgres.URL or "
        "MUNIMENT_STORE_POSTGRES_URL, and there is none.");
  }
  RETURN_IF_ERROR(PostgresOf(place).status());
  return place;
}

absl::StatusOr<OpenSource> OpenPlace(const Place& place, bool beside) {
  OpenSource source;
  if (place.shared) {
    const auto use = beside ? eventstore::Use::kShared : eventstore::Use::kSole;
    ASSIGN_OR_RETURN(source.log, OpenShared<eventstore::Exporter>(place, [use](const auto& options) {
                       return eventstore::PostgresExporter::Open(options, use);
                     }));
    return source;
  }
  RETURN_IF_ERROR(CheckNoFile(place.data_dir));
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
    ASSIGN_OR_RETURN(target.log, OpenShared<eventstore::Importer>(place, [](const auto& options) {
                       return eventstore::PostgresImporter::Open(options);
                     }));
    return target;
  }
  RETURN_IF_ERROR(CheckNoFile(place.data_dir));
  RETURN_IF_ERROR(CheckOwner(place.data_dir));
  RETURN_IF_ERROR(MakePrivateDirectory(place.data_dir));
  ASSIGN_OR_RETURN(target.lock, DataLock::Take(place.data_dir));
  ASSIGN_OR_RETURN(target.log, eventstore::RocksImporter::Open({.path = place.log_path()}));
  return target;
}

absl::StatusOr<std::unique_ptr<eventstore::Importer>> ReopenPlace(const Place& place) {
  return OpenShared<eventstore::Importer>(place, [](const auto& options) {
    return eventstore::PostgresImporter::Reopen(options);
  });
}

absl::Status CheckKeys(eventstore::Exporter& log, bool shared) {
  ASSIGN_OR_RETURN(const std::string claims_key, eventstore::ReadLogId(log));
  bool stands = false;
  const absl::Status read = log.ReadRows(eventstore::kKeyRows, [&](const eventstore::Row& row) {
    const auto& key = std::get<eventstore::DataKey>(row);
    stands = key.instance == eventstore::kSystemInstance && key.id == claims_key;
    // Keys stand by instance, and the system's is the first.
    return stands || key.instance != eventstore::kSystemInstance ? absl::CancelledError()
                                                                 : absl::OkStatus();
  });
  if (!absl::IsCancelled(read)) RETURN_IF_ERROR(read);
  return stands ? absl::OkStatus() : KeysMissing(shared);
}

}  // namespace muniment::gateway

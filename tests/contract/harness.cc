#include "contract/harness.h"

#include <algorithm>
#include <atomic>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "base/crypto.h"
#include "base/secret.h"
#include "contract/postgres_server.h"
#include "contract/skip.h"
#include "eventstore/memory/memory_store.h"
#include "eventstore/postgres/postgres_store.h"
#include "eventstore/rocksdb/rocks_store.h"
#include "muniment/store/v1/body.pb.h"

namespace muniment::eventstore {
namespace {

StoreKind OnPostgres(PostgresServer& server) {
  return {"postgres", true,
          [&server](const std::string& place, Clock& clock) -> std::unique_ptr<EventStore> {
            auto store =
                PostgresStore::Open({.url = server.url(), .schema = place, .clock = &clock});
            UNSCOPED_INFO(store.status());
            REQUIRE(store.ok());
            return *std::move(store);
          },
          [&server](const std::string& place) {
            server.Query(absl::StrCat("DROP SCHEMA IF EXISTS ", place, " CASCADE"));
          }};
}

store::v1::Body Parse(const StoredEvent& event) {
  store::v1::Body body;
  REQUIRE(body.ParseFromString(event.body));
  return body;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const StoreKind& kind) { return out << kind.name; }

std::string FolderOf(const std::string& place) {
  return (std::filesystem::temp_directory_path() / place).string();
}

std::string NewPlaceName() {
  static const auto* const run = new std::string(HexEncode(RandomBytes(6)));
  static std::atomic<int> count = 0;
  return absl::StrCat("muniment_contract_", *run, "_", ++count);
}

const std::vector<StoreKind>& Stores() {
  static const auto* const stores = [] {
    auto* kinds = new std::vector<StoreKind>{
        {"memory", false,
         [](const std::string&, Clock& clock) { return std::make_unique<MemoryStore>(clock); }},
        {"rocksdb", true,
         [](const std::string& place, Clock& clock) -> std::unique_ptr<EventStore> {
           auto store = RocksStore::Open({.path = FolderOf(place), .clock = &clock});
           UNSCOPED_INFO(store.status());
           REQUIRE(store.ok());
           return *std::move(store);
         }},
    };
    PostgresServer* const server = PostgresServer::Get();
    if (server != nullptr) kinds->push_back(OnPostgres(*server));
    return kinds;
  }();
  if (PostgresServer::Get() == nullptr) {
    SaySkipped("PostgreSQL is not installed: tried on the other stores alone");
  }
  return *stores;
}

std::vector<StoreKind> DurableStores() {
  std::vector<StoreKind> durable;
  for (const StoreKind& kind : Stores()) {
    if (kind.durable) durable.push_back(kind);
  }
  return durable;
}

Bench::Bench(const StoreKind& kind) : kind_(kind), place_(NewPlaceName()) {
  UNSCOPED_INFO("store: " << kind_.name);
  store_ = kind_.open(place_, clock_);
  REQUIRE(store_ != nullptr);
}

Bench::~Bench() {
  store_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(FolderOf(place_), ignored);
  if (kind_.remove) kind_.remove(place_);
}

absl::StatusOr<Committed> Bench::Append(Commit commit) {
  absl::StatusOr<Committed> result;
  absl::Notification done;
  store_->Append(std::move(commit), [&](absl::StatusOr<Committed> answer) {
    result = std::move(answer);
    done.Notify();
  });
  done.WaitForNotification();
  return result;
}

void Bench::Reopen() {
  store_.reset();
  store_ = kind_.open(place_, clock_);
  REQUIRE(store_ != nullptr);
}

std::vector<StoredEvent> Bench::Log(uint64_t after) {
  std::vector<StoredEvent> events;
  REQUIRE(store_->ReadLog(after, [&](const StoredEvent& event) {
    events.push_back(event);
    return true;
  }).ok());
  return events;
}

std::vector<StoredEvent> Bench::Stream(const StreamKey& stream, uint64_t after) {
  std::vector<StoredEvent> events;
  REQUIRE(store_->ReadStream(stream, after, [&](const StoredEvent& event) {
    events.push_back(event);
    return true;
  }).ok());
  return events;
}

std::vector<StoredEvent> Bench::Instance(uint64_t instance, uint64_t first, uint64_t last) {
  std::vector<StoredEvent> events;
  REQUIRE(store_->ReadInstance(instance, first, last, [&](const StoredEvent& event) {
    events.push_back(event);
    return true;
  }).ok());
  return events;
}

std::vector<std::string> Bench::Claims() {
  std::vector<std::string> claims;
  REQUIRE(store_->ReadClaims([&](const StreamKey& stream, absl::string_view slot,
                                 absl::string_view key) {
    claims.push_back(absl::StrCat(stream.id, "/", slot, "=", key.substr(0, 1)));
    return true;
  }).ok());
  std::sort(claims.begin(), claims.end());
  return claims;
}

StreamKey User(std::string id, uint64_t instance) {
  return {.instance = instance, .type = 3, .aggregate = AGGREGATE_USER, .id = std::move(id)};
}

StreamKey Org(std::string id, uint64_t instance) {
  return {.instance = instance, .type = 2, .aggregate = AGGREGATE_ORG, .id = std::move(id)};
}

std::string BodyOf(const StreamKey& stream, uint64_t version, absl::string_view text) {
  store::v1::Body body;
  body.set_stream_type(stream.type);
  body.set_aggregate(stream.aggregate);
  body.set_stream_id(stream.id);
  body.set_version(version);
  body.set_kind(1);
  body.set_level(1);
  body.set_clear(std::string(text));
  return body.SerializeAsString();
}

NewEvent EventOf(const StreamKey& stream, uint64_t version, Keep keep) {
  return {.stream = stream, .keep = keep, .body = BodyOf(stream, version)};
}

Commit Change(const StreamKey& stream, uint64_t version, size_t events, Keep keep) {
  Commit commit{.instance = stream.instance, .reads = {{stream, version}}};
  for (size_t i = 1; i <= events; ++i) commit.events.push_back(EventOf(stream, version + i, keep));
  return commit;
}

std::string ClaimOf(absl::string_view name) {
  std::string key(name);
  key.resize(32, '.');
  return key;
}

DataKey KeyOf(absl::string_view id, std::string subject, uint64_t instance) {
  std::string bytes(id);
  bytes.resize(16, '.');
  return {.id = bytes,
          .instance = instance,
          .subject = std::move(subject),
          .wrapped = absl::StrCat("wrapped ", id)};
}

uint64_t VersionOf(const StoredEvent& event) { return Parse(event).version(); }
std::string TextOf(const StoredEvent& event) { return Parse(event).clear(); }

}  // namespace muniment::eventstore

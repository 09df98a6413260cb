#include "contract/copies.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "contract/postgres_server.h"
#include "eventstore/memory/memory_copy.h"
#include "eventstore/postgres/export.h"
#include "eventstore/postgres/import.h"
#include "eventstore/postgres/postgres_store.h"
#include "eventstore/rocksdb/export.h"
#include "eventstore/rocksdb/follower.h"
#include "eventstore/rocksdb/import.h"
#include "eventstore/rocksdb/rocks_store.h"

namespace muniment::eventstore {
namespace {

PostgresOptions PostgresAt(const std::string& place) {
  return {.url = PostgresServer::Get()->url(), .schema = place};
}

absl::StatusOr<std::unique_ptr<Exporter>> ExporterOf(Bench& bench, const std::string& scratch) {
  if (bench.kind().name == "memory") {
    return std::make_unique<MemoryExporter>(dynamic_cast<MemoryStore&>(bench.store()));
  }
  bench.Close();
  if (bench.kind().name == "rocksdb") {
    return RocksExporter::Follow({.path = FolderOf(bench.place())}, scratch);
  }
  return PostgresExporter::Open(PostgresAt(bench.place()), Use::kSole);
}

absl::StatusOr<std::unique_ptr<Importer>> ImporterOf(Bench& bench) {
  if (bench.kind().name == "memory") {
    return MemoryImporter::Open(dynamic_cast<MemoryStore&>(bench.store()));
  }
  bench.Close();
  if (bench.kind().name == "rocksdb") {
    return RocksImporter::Open({.path = FolderOf(bench.place())});
  }
  return PostgresImporter::Open(PostgresAt(bench.place()));
}

// Between a move and the importer: stops it, gets in its way.
class Meddler final : public Importer {
 public:
  Meddler(Importer& importer, size_t writes, const std::function<void()>& act,
          const std::function<void(StoredEvent&)>& alter)
      : importer_(importer), left_(writes), act_(act), alter_(alter) {}

  absl::Status SetCommand(absl::string_view command) override {
    return importer_.SetCommand(command);
  }
  uint64_t last() const override { return importer_.last(); }
  absl::Status AddEvent(const StoredEvent& event) override {
    act_();
    RETURN_IF_ERROR(CountDown());
    StoredEvent altered = event;
    alter_(altered);
    return importer_.AddEvent(altered);
  }
  absl::Status Clear(RowKind kind) override { return importer_.Clear(kind); }
  absl::Status AddRow(const Row& row) override {
    RETURN_IF_ERROR(CountDown());
    return importer_.AddRow(row);
  }
  absl::Status Flush() override { return importer_.Flush(); }
  Exporter& Written() override { return importer_.Written(); }
  absl::Status SetEnd(const LogEnd& end) override {
    RETURN_IF_ERROR(CountDown());
    return importer_.SetEnd(end);
  }
  absl::Status Finish() override {
    RETURN_IF_ERROR(CountDown());
    return importer_.Finish();
  }
  absl::Status Abandon() override { return importer_.Abandon(); }

 private:
  absl::Status CountDown() {
    if (left_-- > 0) return absl::OkStatus();
    RETURN_IF_ERROR(importer_.Flush());
    return absl::CancelledError("killed");
  }

  Importer& importer_;
  size_t left_;
  const std::function<void()>& act_;
  const std::function<void(StoredEvent&)>& alter_;
};

// A folder for an exporter's or a follower's own.
class Scratch {
 public:
  Scratch() { std::filesystem::create_directory(path_); }
  ~Scratch() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  const std::string path_ = FolderOf(NewPlaceName());
};

absl::StatusOr<Moved> Run(Bench& source, Bench& target, size_t writes,
                          const std::function<void()>& act,
                          const std::function<void(StoredEvent&)>& alter,
                          const std::function<absl::Status()>& prove) {
  const Scratch scratch;
  ASSIGN_OR_RETURN(const auto exporter, ExporterOf(source, scratch.path()));
  ASSIGN_OR_RETURN(const auto importer, ImporterOf(target));
  Meddler meddler(*importer, writes, act, alter);
  MoveOptions options;
  options.prove = [&prove](const Moved&) { return prove(); };
  return Move(*exporter, meddler, options);
}

absl::StatusOr<std::unique_ptr<EventStore>> OpenToRead(const Bench& bench, bool importing,
                                                       const std::string& scratch) {
  if (bench.kind().name == "rocksdb") {
    return FollowerStore::Open({.path = FolderOf(bench.place()), .importing = importing}, scratch);
  }
  PostgresOptions options = PostgresAt(bench.place());
  options.read_only = true;
  options.importing = importing;
  return PostgresStore::Open(options);
}

}  // namespace

absl::StatusOr<Moved> Copies::Move() {
  auto moved = Run(source_, target_, std::numeric_limits<size_t>::max(), act_, alter_, prove_);
  if (source_.kind().durable) source_.Reopen();
  if (target_.kind().durable && (moved.ok() || OpenTarget().ok())) target_.Reopen();
  return moved;
}

absl::Status Copies::MoveUpTo(size_t writes) {
  const absl::Status status = Run(source_, target_, writes, act_, alter_, prove_).status();
  if (source_.kind().durable) source_.Reopen();
  return absl::IsCancelled(status) || status.ok() ? absl::OkStatus() : status;
}

absl::Status Copies::OpenTarget() const {
  if (target_.kind().name == "rocksdb") {
    return RocksStore::Open({.path = FolderOf(target_.place())}).status();
  }
  return PostgresStore::Open(PostgresAt(target_.place())).status();
}

absl::StatusOr<LogHead> Copies::ReadTarget(bool unfinished) const {
  const Scratch scratch;
  ASSIGN_OR_RETURN(const auto store, OpenToRead(target_, unfinished, scratch.path()));
  return store->ReadLogHead();
}

std::string Copies::Difference() {
  absl::StatusOr<Compared> compared = [this]() -> absl::StatusOr<Compared> {
    const Scratch here, there;
    ASSIGN_OR_RETURN(const auto source, ExporterOf(source_, here.path()));
    ASSIGN_OR_RETURN(const auto target, ExporterOf(target_, there.path()));
    return Compare(*source, *target);
  }();
  for (Bench* const bench : {&source_, &target_}) {
    if (bench->kind().durable) bench->Reopen();
  }
  return compared.ok() ? compared->difference : std::string(compared.status().message());
}

bool Copies::TargetHolds(const std::string& bytes) const {
  if (target_.kind().name == "postgres") {
    return PostgresServer::Get()
               ->Query(absl::StrCat("SELECT count(*) FROM ", target_.place(),
                                    ".data_keys WHERE wrapped = '", bytes, "'"))
               .at(0) != "0";
  }
  for (const auto& entry : std::filesystem::directory_iterator(FolderOf(target_.place()))) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string all((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (all.find(bytes) != std::string::npos) return true;
  }
  return false;
}

}  // namespace muniment::eventstore

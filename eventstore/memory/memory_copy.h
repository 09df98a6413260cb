// The store in memory as a log to be copied, and as the place of a copy. While an import goes on
// appends to the store are refused (FAILED_PRECONDITION "store.import_unfinished").
//
//   MemoryExporter exporter(store);
//   ASSIGN_OR_RETURN(const auto importer, MemoryImporter::Open(store));
//
// The store outlives both. Errors: those of import.h.
#ifndef MUNIMENT_EVENTSTORE_MEMORY_MEMORY_COPY_H_
#define MUNIMENT_EVENTSTORE_MEMORY_MEMORY_COPY_H_

#include <memory>

#include "eventstore/import.h"
#include "eventstore/memory/memory_store.h"

namespace muniment::eventstore {

class MemoryExporter final : public Exporter {
 public:
  explicit MemoryExporter(MemoryStore& store) : store_(store) {}

  absl::StatusOr<LogEnd> ReadEnd() override;
  absl::Status ReadLog(uint64_t after, EventVisitor visit) override;
  absl::Status ReadRows(RowKind kind, RowVisitor visit) override;

 private:
  MemoryStore& store_;
};

class MemoryImporter final : public Importer {
 public:
  static absl::StatusOr<std::unique_ptr<MemoryImporter>> Open(MemoryStore& store);

  absl::Status SetCommand(absl::string_view) override { return absl::OkStatus(); }
  uint64_t last() const override { return last_; }
  absl::Status AddEvent(const StoredEvent& event) override;
  absl::Status Clear(RowKind kind) override;
  absl::Status AddRow(const Row& row) override;
  absl::Status Flush() override { return absl::OkStatus(); }
  Exporter& Written() override { return written_; }
  absl::Status SetEnd(const LogEnd& end) override;
  absl::Status Finish() override;
  absl::Status Abandon() override;

 private:
  MemoryImporter(MemoryStore& store, uint64_t last)
      : store_(store), written_(store), last_(last) {}
  struct Put;

  MemoryStore& store_;
  MemoryExporter written_;
  uint64_t last_;
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_MEMORY_MEMORY_COPY_H_

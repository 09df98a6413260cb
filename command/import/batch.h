// Storing what others say: a file's lines, each the request of a published method
// (muniment/api/imports/v1/line.proto), decided by that method's own handler and many of them stored
// in one commit. The batch leaves a mark in it, so that none is stored twice.
//
//   const ImportRule* rule = ImportRules::Get().Find(line);  // null: it says nothing
//   ImportBatch batch{file, 1, {{1, rule, request}}};
//   handler.run = [&](Unit& unit, ...) { return StoreBatch(unit, batch); };  // as the system
//
// Lines may name what lines before them make, in the same batch too.
// Thread-safe; lines and rules outlive the calls that use them.
#ifndef MUNIMENT_COMMAND_IMPORT_BATCH_H_
#define MUNIMENT_COMMAND_IMPORT_BATCH_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "command/handler.h"
#include "command/rule.h"
#include "command/unit.h"
#include "muniment/event/v1/import.visit.h"

namespace muniment::command {

struct ImportMark {
  using Event = event::v1::ImportEvent;
  static constexpr absl::string_view kNoun = "import";

  bool stored = false;

  bool exists() const { return stored; }
};

void Fold(ImportMark& mark, const event::v1::ImportBatchStored& event);

// How a line is decided.
struct ImportRule {
  const google::protobuf::FieldDescriptor* field = nullptr;  // of the line
  const Handler* handler = nullptr;
  MethodRule rule;
  // Null: what it makes or changes brings no id.
  const google::protobuf::FieldDescriptor* changes = nullptr;
  bool makes = false;
  std::string noun;
};

class ImportRules {
 public:
  // Compiled at first use; a line whose method is not served is a broken invariant.
  static const ImportRules& Get();

  // Of what the line says, a muniment.api.imports.v1.Line; null where it says nothing.
  const ImportRule* Find(const google::protobuf::Message& line) const;

 private:
  ImportRules();
  std::map<int, ImportRule> rules_;
  const google::protobuf::OneofDescriptor* says_;
};

struct ImportLine {
  uint64_t number = 0;
  const ImportRule* rule = nullptr;
  const google::protobuf::Message* request = nullptr;

  // Of what it makes or changes; empty where it brings none.
  std::string id() const;
};

struct ImportBatch {
  std::string file;  // SHA-256
  uint64_t first_line = 0;
  uint64_t line_count = 0;  // with those that are empty
  std::string by;           // who has it stored
  std::vector<ImportLine> lines;
};

// The stream of a batch's mark.
eventstore::StreamKey MarkOf(uint64_t instance, absl::string_view file, uint64_t first_line);

// Raises all of it, or nothing where it is stored already. The error of a line is its handler's, with
// the fact kImportLine.
inline constexpr absl::string_view kImportLine = "line";
absl::Status StoreBatch(Unit& unit, const ImportBatch& batch);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_IMPORT_BATCH_H_

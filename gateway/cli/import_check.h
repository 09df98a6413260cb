// The first reading of an import: every line is held against what its fields may hold and rehearsed
// (command/import/rehearsal.h). Every fault is told on standard error, by its line's number; nothing
// is stored.
//
//   ASSIGN_OR_RETURN(const ImportPlan plan, CheckImport(file, inside, directory));
//   if (plan.faults > 0) ...
//
// One thread; blocks. Errors: the file's, the store's.
#ifndef MUNIMENT_GATEWAY_CLI_IMPORT_CHECK_H_
#define MUNIMENT_GATEWAY_CLI_IMPORT_CHECK_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "gateway/cli/import_file.h"
#include "gateway/node.h"

namespace muniment::gateway {

struct ImportPlan {
  // What is to be stored. 40 bytes for a batch of some hundred lines.
  std::vector<BatchPlace> batches;
  uint64_t lines = 0;   // in them, as far as they say something
  uint64_t stored = 0;  // lines of batches that an earlier run stored
  uint64_t faults = 0;
  uint64_t messages = 0;  // lines that have messages sent
};

absl::StatusOr<ImportPlan> CheckImport(ImportFile& file, const NodeInside& inside,
                                       const std::string& directory);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_CLI_IMPORT_CHECK_H_

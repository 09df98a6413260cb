// The second reading of an import: stores its batches, several at a time, each as one commit of the
// command path. A batch that names what one under way makes waits for it.
//
//   ASSIGN_OR_RETURN(const ImportCounts counts, StoreImport(file, plan, inside, by));
//
// What was stored stays when an error ends it; the next run goes on behind it.
// One thread; blocks. Errors: the file's, the router's, and of a line that somebody came before, as
// its method's with the line's number in the sentence.
#ifndef MUNIMENT_GATEWAY_CLI_IMPORT_STORE_H_
#define MUNIMENT_GATEWAY_CLI_IMPORT_STORE_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "gateway/cli/import_check.h"

namespace muniment::gateway {

// Lines by what they bring: "user".
using ImportCounts = std::map<std::string, uint64_t>;

absl::StatusOr<ImportCounts> StoreImport(ImportFile& file, const ImportPlan& plan,
                                         const NodeInside& inside, const std::string& by);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_CLI_IMPORT_STORE_H_

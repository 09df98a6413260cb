// Which lines of an import wait for which: a line may name what an earlier one makes or changes, and
// that must stand before it is decided.
//
// Pure. Names are hashes; two that are taken for one make a line wait that need not.
#ifndef MUNIMENT_COMMAND_IMPORT_NAMES_H_
#define MUNIMENT_COMMAND_IMPORT_NAMES_H_

#include <cstddef>

#include "absl/container/flat_hash_set.h"
#include "command/import/batch.h"

namespace muniment::command {

struct ImportNames {
  absl::flat_hash_set<size_t> reads;   // ids and domains that lines name
  absl::flat_hash_set<size_t> writes;  // of what they make or change
};

ImportNames NamesOf(const ImportBatch& batch);

// Whether something that the one batch names is made by the other.
bool Needs(const ImportNames& one, const ImportNames& other);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_IMPORT_NAMES_H_

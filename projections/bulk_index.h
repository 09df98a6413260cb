// The indexes of a bulk load: folds of a replay write rows alone, and the entries are made once, of
// the rows that are left, sorted and put into the database as whole files. An entry that a fold
// would have written and taken back is never made.
//
// Threads: the one that ends the bulk load.
// Errors: as database.h.
#ifndef MUNIMENT_PROJECTIONS_BULK_INDEX_H_
#define MUNIMENT_PROJECTIONS_BULK_INDEX_H_

#include "absl/status/status.h"
#include "projections/database_rep.h"

namespace muniment::projections {

// Writes the entries of every row of every table. `folder`: where the database is.
absl::Status WriteIndexes(DatabaseRep& rep, const std::string& folder);

}  // namespace muniment::projections

#endif  // MUNIMENT_PROJECTIONS_BULK_INDEX_H_

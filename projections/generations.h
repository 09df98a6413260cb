// Which generation of a table answers, and which is being built: a table of another identity than
// the one on disk gets a new generation beside the old one, and takes its place whole.
//
// Threads: the runner's alone; a swap comes between two batches.
// Errors: as database.h.
#ifndef MUNIMENT_PROJECTIONS_GENERATIONS_H_
#define MUNIMENT_PROJECTIONS_GENERATIONS_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "projections/database.h"
#include "projections/projection.h"

namespace muniment::projections {

struct BuildPlan {
  // By slot: the generation to build; 0 for tables that stand as they are.
  std::vector<uint32_t> generations;
  // Position up to which an interrupted build had come.
  uint64_t from = 0;

  bool empty() const;
};

// Whether every table on disk has the identity of this build's.
absl::StatusOr<bool> Matches(const Database& database, const Projections& projections);

// Notes this build's tables in a database that holds nothing; compares them otherwise, and notes
// the build that is to come.
absl::StatusOr<BuildPlan> PlanBuild(Database& database, const Projections& projections);

// How far the build under way has come.
absl::StatusOr<uint64_t> BuiltTo(const Database& database);

// Makes the built generations the ones that answer, drops the old ones. The build must stand at the
// checkpoint.
absl::Status SwapIn(Database& database, const Projections& projections, const BuildPlan& plan);

// Empties the database; every table is of generation 1 again and the checkpoint at 0.
absl::Status Wipe(Database& database);

}  // namespace muniment::projections

#endif  // MUNIMENT_PROJECTIONS_GENERATIONS_H_

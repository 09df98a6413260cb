// The parts of the bench program, each run in a process of its own by tests/bench/run.
#ifndef MUNIMENT_TESTS_BENCH_PARTS_H_
#define MUNIMENT_TESTS_BENCH_PARTS_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace muniment::bench {

struct Options {
  std::string folder;    // empty, or as an earlier part left it
  std::string program;   // build/release/muniment
  uint64_t users = 100'000;
  absl::Duration time = absl::Seconds(2);  // of one measurement
  int rounds = 3;
};

void HashPart(const Options& options);
void AppendPart(const Options& options);
// People added to one organization while its members change.
void CreatePart(const Options& options);
// Whether a wrong password takes as long for everybody; some minutes.
void GuessesPart(const Options& options);
// The store on PostgreSQL, and nodes over it with `users` people in their log.
void PostgresPart(const Options& options);
void NodesPart(const Options& options);
// A log of `users` people there and back; ends the process where it is not the same.
void MigratePart(const Options& options);
// Fills stores by `muniment import`, and measures what a crowd makes of lists and checks.
void ScalePart(const Options& options);
// The names of one organization's people to where they are to count and back.
void NamesPart(const Options& options);
// Leaves a data folder with `users` people, read models included.
void ReplayPart(const Options& options);
// OpenID Connect's endpoints, on a fresh folder.
void OidcPart(const Options& options);
// These two work on that folder.
void ReadPart(const Options& options);
void ServerPart(const Options& options);

}  // namespace muniment::bench

#endif  // MUNIMENT_TESTS_BENCH_PARTS_H_

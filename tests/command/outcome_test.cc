// What comes of work whose request the log has lost.
#include <catch2/catch.hpp>

#include "base/work_id.h"
#include "command/work/outcome.h"
#include "tests/command/given.h"

namespace muniment::command {
namespace {

TEST_CASE("of whom the log has lost nothing is told, and nothing goes wrong") {
  Given given;
  const uint64_t before = given.store.ReadLogHead()->position;
  for (const Aggregate aggregate : {AGGREGATE_USER, AGGREGATE_SESSION}) {
    const WorkId id{"sweep.user", aggregate, "nobody", 7};
    given.AsSystem([&](Unit& unit) { return RaiseWorkBegun(unit, id, 1, absl::Seconds(1)); });
    given.AsSystem(
        [&](Unit& unit) { return RaiseWorkFailed(unit, id, 1, "it failed", absl::Seconds(1)); });
    given.AsSystem([&](Unit& unit) { return RaiseWorkDone(unit, id); });
    given.AsSystem([&](Unit& unit) {
      return RaiseWorkGivenUp(unit, id, 1, "it failed", absl::UnixEpoch());
    });
  }
  CHECK(given.store.ReadLogHead()->position == before);
  // Of somebody who is there it is.
  given.AsSystem([&](Unit& unit) {
    return RaiseWorkFailed(unit, WorkId{"sweep.user", AGGREGATE_USER, "bob", 7}, 1, "it failed",
                           absl::Seconds(1));
  });
  CHECK(given.store.ReadLogHead()->position == before + 1);
}

}  // namespace
}  // namespace muniment::command

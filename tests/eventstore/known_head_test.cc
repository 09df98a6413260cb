// What a node knows of the end of a log that several write to.
#include "eventstore/postgres/known_head.h"

#include <catch2/catch.hpp>

namespace muniment::eventstore {
namespace {

std::shared_ptr<const StoredEvent> At(uint64_t position) {
  auto event = std::make_shared<StoredEvent>();
  event->position = position;
  return event;
}

const absl::Time kThen = absl::FromUnixSeconds(1'800'000'000);

TEST_CASE("what was appended in an old epoch is no mark of a new one") {
  KnownHead head;
  int changes = 0;
  head.OnNewEpoch([&changes] { ++changes; });
  head.Heard(kThen, 1, 90);
  head.SetNewest(1, At(90));
  CHECK(head.Mark().position == 90);
  head.Heard(kThen + absl::Seconds(1), 2, 80);
  CHECK(changes == 1);
  CHECK(head.epoch() == 2);
  CHECK(head.position() == 80);
  // The answer to a batch that was sent before comes late.
  head.Heard(kThen, 1, 100);
  head.SetNewest(1, At(100));
  CHECK(head.epoch() == 2);
  CHECK(head.position() == 80);
  CHECK(head.Mark().position == 0);
  head.SetNewest(2, At(81));
  CHECK(head.Mark().position == 81);
  CHECK(changes == 1);
}

}  // namespace
}  // namespace muniment::eventstore

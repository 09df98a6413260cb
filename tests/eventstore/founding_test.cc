#include "eventstore/founding.h"

#include <catch2/catch.hpp>

#include "base/clock.h"
#include "base/error.h"
#include "eventstore/codec.h"
#include "eventstore/memory/memory_store.h"
#include "muniment/event/v1/log.pb.h"

namespace muniment::eventstore {
namespace {

TEST_CASE("an empty store is founded once, and its claims key is found again") {
  MemoryStore store(SystemClock());
  const MasterKey master = MasterKey::Generate();
  DataKeys keys(store, master);
  CHECK(Reason(OpenClaimsKey(store, keys).status()) == "store.not_founded");
  const auto made = OpenOrFound(store, keys);
  REQUIRE(made.ok());
  CHECK(made->size() == 32);

  DataKeys later(store, master);
  const auto found = OpenOrFound(store, later);
  REQUIRE(found.ok());
  CHECK(*found == *made);
  CHECK(store.ReadLogHead()->position == 1);

  const Codec codec(found->reveal());
  int events = 0;
  REQUIRE(store.ReadLog(0, [&](const StoredEvent& stored) {
    const auto event = codec.Decode(stored, later);
    REQUIRE(event.ok());
    CHECK(event->meta.type == "muniment.store.founded");
    CHECK(stored.instance == kSystemInstance);
    return ++events < 10;
  }).ok());
  CHECK(events == 1);
}

TEST_CASE("under another master key a store does not open, and nothing is written") {
  MemoryStore store(SystemClock());
  const MasterKey master = MasterKey::Generate(), other = MasterKey::Generate();
  DataKeys keys(store, master);
  REQUIRE(OpenOrFound(store, keys).ok());
  DataKeys stranger(store, other);
  CHECK(Reason(OpenOrFound(store, stranger).status()) == "master_key.other");
  CHECK(store.ReadLogHead()->position == 1);
}

}  // namespace
}  // namespace muniment::eventstore

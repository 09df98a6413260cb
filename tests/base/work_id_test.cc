#include "base/work_id.h"

#include <catch2/catch.hpp>

namespace muniment {
namespace {

TEST_CASE("a work's id is read as it was written, whatever the aggregate's id holds") {
  for (const char* resource : {"4711", "a/b//c", "/", "ä", "7/8"}) {
    const WorkId id{"sweep.organization", AGGREGATE_ORG, resource, 123};
    CHECK(WorkId::Parse(id.ToString()) == id);
  }
  CHECK(WorkId{"mail.code", AGGREGATE_USER, "1", 2}.ToString() == "mail.code/user/1/2");
}

TEST_CASE("what is no work's id is none") {
  for (const char* text : {"", "/", "a/org/1", "/org/1/2", "a/nothing/1/2", "a//1/2", "a/org//2",
                           "a/org/1/", "a/org/1/x", "a/org/1/-2", "a/org/1/99999999999999999999"}) {
    INFO(text);
    CHECK_FALSE(WorkId::Parse(text).has_value());
  }
}

}  // namespace
}  // namespace muniment

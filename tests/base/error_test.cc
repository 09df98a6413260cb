#include "base/error.h"

#include <catch2/catch.hpp>

namespace muniment {
namespace {

absl::StatusOr<int> Half(int n) {
  if (n % 2 != 0) return Error(absl::StatusCode::kInvalidArgument, "number.odd", "Odd.");
  return n / 2;
}

absl::StatusOr<int> Quarter(int n) {
  ASSIGN_OR_RETURN(const int half, Half(n));
  return Half(half);
}

TEST_CASE("an error keeps its reason and facts through the macros") {
  CHECK(*Quarter(8) == 2);
  absl::Status status = Quarter(6).status();
  CHECK(status.code() == absl::StatusCode::kInvalidArgument);
  CHECK(Reason(status) == "number.odd");
  SetErrorFact(status, "number", "3");
  SetErrorFact(status, "number", "6");
  CHECK(ErrorFacts(status) ==
        std::vector<std::pair<std::string, std::string>>{{"number", "6"}});
  CHECK(Reason(absl::InternalError("x")).empty());
}

}  // namespace
}  // namespace muniment

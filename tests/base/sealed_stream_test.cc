#include "base/sealed_stream.h"

#include <catch2/catch.hpp>
#include <vector>

namespace muniment {
namespace {

const std::string kKey(32, 'k');

std::vector<std::string> Sealed(const std::vector<std::string>& pieces) {
  SealedStream stream(Secret(kKey), "header");
  std::vector<std::string> sealed;
  for (size_t i = 0; i < pieces.size(); ++i) {
    sealed.push_back(stream.Seal(pieces[i], i + 1 == pieces.size()));
  }
  return sealed;
}

// The number of pieces that open, the last being the last.
size_t Opened(const std::vector<std::string>& sealed, const std::string& header = "header") {
  SealedStream stream(Secret(kKey), header);
  for (size_t i = 0; i < sealed.size(); ++i) {
    if (!stream.Open(sealed[i], i + 1 == sealed.size()).has_value()) return i;
  }
  return sealed.size();
}

TEST_CASE("a sealed stream opens piece by piece") {
  const auto sealed = Sealed({"one", "two", ""});
  SealedStream stream(Secret(kKey), "header");
  CHECK(stream.Open(sealed[0], false) == "one");
  CHECK(stream.Open(sealed[1], false) == "two");
  CHECK(stream.Open(sealed[2], true) == "");
}

TEST_CASE("a stream that was cut, reordered, lengthened or changed does not open to its end") {
  const auto sealed = Sealed({"one", "two", "three"});
  CHECK(Opened(sealed) == 3);
  CHECK(Opened({sealed[0], sealed[1]}) == 1);             // cut off
  CHECK(Opened({sealed[0], sealed[2]}) == 1);             // one left out
  CHECK(Opened({sealed[1], sealed[0], sealed[2]}) == 0);  // moved
  CHECK(Opened({sealed[0], sealed[1], sealed[2], sealed[2]}) == 2);
  CHECK(Opened(sealed, "another header") == 0);
  auto changed = sealed;
  changed[1][0] = static_cast<char>(changed[1][0] ^ 1);
  CHECK(Opened(changed) == 1);
}

}  // namespace
}  // namespace muniment

#include "base/secret.h"

#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <type_traits>

namespace muniment {
namespace {

template <typename T, typename = void>
struct Prints : std::false_type {};
template <typename T>
struct Prints<T, std::void_t<decltype(std::declval<std::ostream&>() << std::declval<const T&>())>>
    : std::true_type {};

TEST_CASE("a secret cannot be printed") {
  CHECK_FALSE(Prints<Secret>::value);
  CHECK(Prints<std::string>::value);
}

TEST_CASE("a secret takes its text over and leaves nothing behind") {
  for (const size_t size : {size_t{5}, size_t{500}}) {
    std::string text(size, 'x');
    Secret secret(std::move(text));
    CHECK(text.empty());
    CHECK(secret.size() == size);

    Secret moved(std::move(secret));
    CHECK(secret.empty());
    CHECK(moved.reveal() == std::string(size, 'x'));

    Secret copy = moved;
    CHECK(copy == moved);
    copy = Secret("other");
    CHECK(copy.reveal() == "other");
    CHECK(moved.size() == size);
  }
}

TEST_CASE("wiping overwrites the characters in place") {
  std::string text = "a password that is longer than any small buffer";
  const char* const where = text.data();
  Wipe(text);
  CHECK(text.empty());
  // The text's buffer is still its own: only reading it through the text would be wrong.
  CHECK(std::string(where, text.capacity()) == std::string(text.capacity(), '\0'));
}

TEST_CASE("secrets are equal by every byte and their length") {
  const Secret secret("correct horse");
  CHECK(secret.Equal("correct horse"));
  CHECK_FALSE(secret.Equal("correct horsf"));
  CHECK_FALSE(secret.Equal("correct hors"));
  CHECK_FALSE(secret.Equal(""));
  CHECK(Secret().Equal(""));
}

TEST_CASE("random bytes have the length asked for and do not repeat") {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string bytes = RandomBytes(16);
    CHECK(bytes.size() == 16);
    CHECK(seen.insert(bytes).second);
  }
  CHECK(RandomBytes(0).empty());
  CHECK(RandomBytes(100'000).size() == 100'000);
}

TEST_CASE("a random string uses its whole alphabet, each character equally often") {
  // 62 does not divide 256: taking the remainder alone would favour the first 8 by a quarter.
  const std::string drawn = RandomString(620'000, kAlphanumeric);
  std::map<char, int> count;
  for (const char c : drawn) ++count[c];
  CHECK(count.size() == kAlphanumeric.size());
  double chi_square = 0;
  for (const char c : kAlphanumeric) {
    const double off = count[c] - 10'000.0;
    chi_square += off * off / 10'000.0;
  }
  CHECK(chi_square < 140);  // 61 degrees of freedom: beyond this by chance once in ten million runs
}

TEST_CASE("a random string may have an alphabet of one or of all bytes") {
  CHECK(RandomString(5, "a") == "aaaaa");
  CHECK(RandomString(0, kDigits).empty());
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
  const std::string drawn = RandomString(20'000, all);
  CHECK(std::set<char>(drawn.begin(), drawn.end()).size() == 256);
}

}  // namespace
}  // namespace muniment

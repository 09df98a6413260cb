// A sealed token is ours as it was made, whole and unchanged, for its sort and for its time.
#include "gateway/oidc/sealed_tokens.h"

#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"

namespace muniment::gateway {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
constexpr absl::Duration kLife = absl::Hours(1);

oidc::v1::SealedToken Content() {
  oidc::v1::SealedToken content;
  content.set_instance(1);
  content.set_family_id("2345678901234567890");
  content.set_token_id("2345678901234567891");
  return content;
}

struct Sealed {
  const MasterKey master = MasterKey::Generate();
  const SealedTokens tokens{master};

  std::string Seal(TokenSort sort) const { return tokens.Seal(sort, Content(), kNow + kLife); }
  bool Opens(TokenSort sort, absl::string_view token, absl::Time now = kNow) const {
    return tokens.Open(sort, token, now).has_value();
  }
};

constexpr TokenSort kSorts[] = {TokenSort::kAccess, TokenSort::kRefresh};

TEST_CASE("a sealed token tells what was sealed, until its time is over") {
  const Sealed given;
  for (const TokenSort sort : kSorts) {
    const std::string token = given.Seal(sort);
    const auto opened = given.tokens.Open(sort, token, kNow + kLife - absl::Microseconds(1));
    REQUIRE(opened.has_value());
    CHECK(opened->instance() == 1);
    CHECK(opened->family_id() == Content().family_id());
    CHECK(opened->token_id() == Content().token_id());
    CHECK_FALSE(given.Opens(sort, token, kNow + kLife));
    CHECK(given.Seal(sort) != token);
    CHECK(SealedTokens::Looks(sort, token));
  }
}

TEST_CASE("a sealed token that is cut anywhere opens nothing") {
  const Sealed given;
  for (const TokenSort sort : kSorts) {
    const std::string token = given.Seal(sort);
    for (size_t length = 0; length < token.size(); ++length) {
      INFO(length);
      CHECK_FALSE(given.Opens(sort, absl::string_view(token).substr(0, length)));
      CHECK_FALSE(given.Opens(sort, absl::string_view(token).substr(token.size() - length)));
    }
    for (const char* more : {"A", "AA", "AAA", "AAAA", "\n", " ", "."}) {
      CHECK_FALSE(given.Opens(sort, absl::StrCat(token, more)));
      CHECK_FALSE(given.Opens(sort, absl::StrCat(more, token)));
    }
  }
}

TEST_CASE("a sealed token with another byte anywhere opens nothing") {
  const Sealed given;
  for (const TokenSort sort : kSorts) {
    const std::string token = given.Seal(sort);
    for (size_t at = 0; at < token.size(); ++at) {
      std::string changed = token;
      for (int byte = 0; byte < 256; ++byte) {
        changed[at] = static_cast<char>(byte);
        if (changed == token) continue;
        if (given.Opens(sort, changed)) FAIL_CHECK(at << " " << byte);
      }
    }
  }
}

TEST_CASE("a sealed token opens nothing that takes another sort") {
  const Sealed given;
  const std::string access = given.Seal(TokenSort::kAccess);
  const std::string refresh = given.Seal(TokenSort::kRefresh);
  CHECK_FALSE(given.Opens(TokenSort::kRefresh, access));
  CHECK_FALSE(given.Opens(TokenSort::kAccess, refresh));
  // By another's name either.
  CHECK_FALSE(given.Opens(TokenSort::kRefresh, absl::StrCat("rt_", access.substr(3))));
  CHECK_FALSE(given.Opens(TokenSort::kAccess, absl::StrCat("at_", refresh.substr(3))));
}

TEST_CASE("what another platform sealed opens nothing, nor does what was put together of two") {
  const Sealed given;
  const Sealed other;
  const std::string one = given.Seal(TokenSort::kAccess);
  const std::string two = given.Seal(TokenSort::kAccess);
  CHECK_FALSE(given.Opens(TokenSort::kAccess, other.Seal(TokenSort::kAccess)));
  REQUIRE(one.size() == two.size());
  for (size_t at = 4; at + 1 < one.size(); ++at) {
    const std::string mixed = one.substr(0, at) + two.substr(at);
    if (mixed == one || mixed == two) continue;
    INFO(at);
    CHECK_FALSE(given.Opens(TokenSort::kAccess, mixed));
  }
}

}  // namespace
}  // namespace muniment::gateway

#include "base/keyring.h"

#include <catch2/catch.hpp>
#include <set>

#include "base/error.h"

namespace muniment {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

MasterKey KeyOf(char fill) { return MasterKey::Parse(std::string(32, fill)).value(); }

TEST_CASE("a master key is read as hex, base64, base64url or bytes, with a line break behind") {
  const std::string bytes = "\xfb\xff" + std::string(30, 'k');
  const std::string id = MasterKey::Parse(bytes)->Id();
  CHECK(id.size() == 8);
  for (const std::string& text :
       {HexEncode(bytes), Base64Encode(bytes), Base64UrlEncode(bytes), bytes}) {
    for (const char* end : {"", "\n", "\r\n"}) {
      INFO(text << end);
      const auto key = MasterKey::Parse(text + end);
      REQUIRE(key.ok());
      CHECK(key->Id() == id);
    }
  }
  const MasterKey generated = MasterKey::Generate();
  CHECK(MasterKey::Parse(generated.ToHex().reveal())->Id() == generated.Id());
  CHECK(MasterKey::Generate().Id() != generated.Id());
}

TEST_CASE("what is not 32 bytes is no master key") {
  for (const std::string& text :
       {std::string(), std::string(31, 'k'), std::string(34, 'k'), std::string(64, 'g'),
        std::string(63, 'a'), HexEncode(std::string(31, 'k')), Base64Encode(std::string(33, 'k')),
        std::string("\n"), HexEncode(std::string(32, 'k')) + "\n\n"}) {
    CHECK(Reason(MasterKey::Parse(text).status()) == "master_key.malformed");
  }
}

TEST_CASE("keys of different purposes and masters differ, those of one are one") {
  const MasterKey a = KeyOf('a');
  CHECK(a.Derive("x") == KeyOf('a').Derive("x"));
  CHECK_FALSE(a.Derive("x") == a.Derive("y"));
  CHECK_FALSE(a.Derive("x") == KeyOf('b').Derive("x"));
  CHECK(a.Derive("x").size() == 32);
}

TEST_CASE("a wrapped key comes back, for its purpose and under its master key alone") {
  const MasterKey master = KeyOf('a');
  const std::string wrapped = master.Wrap("a data key", "data");
  CHECK(wrapped.size() == 10 + 37);
  CHECK(master.Unwrap(wrapped, "data")->reveal() == "a data key");
  CHECK(master.Wrap("a data key", "data") != wrapped);
  CHECK(Reason(master.Unwrap(wrapped, "claims").status()) == "master_key.damaged");
  CHECK(Reason(KeyOf('b').Unwrap(wrapped, "data").status()) == "master_key.other");
}

TEST_CASE("a damaged wrapped key is refused at every byte and length") {
  const MasterKey master = KeyOf('a');
  const std::string wrapped = master.Wrap("a data key", "data");
  for (size_t i = 0; i < wrapped.size(); ++i) {
    std::string changed = wrapped;
    changed[i] = static_cast<char>(changed[i] ^ 0x80);
    CHECK_FALSE(master.Unwrap(changed, "data").ok());
    CHECK_FALSE(master.Unwrap(wrapped.substr(0, i), "data").ok());
  }
  CHECK_FALSE(master.Unwrap(wrapped + "x", "data").ok());
}

TEST_CASE("a sealed text opens for its purpose until it expires") {
  const Sealer sealer(KeyOf('a'));
  const std::string text = sealer.Seal("login", "payload", kNow + absl::Seconds(10));
  CHECK(
      text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
      std::string::npos);
  CHECK(sealer.Open("login", text, kNow).value() == "payload");
  CHECK(sealer.Open("login", text, kNow + absl::Seconds(10) - absl::Microseconds(1)).ok());
  const auto late = sealer.Open("login", text, kNow + absl::Seconds(10));
  CHECK(Reason(late.status()) == "sealed.expired");
  CHECK(late.status().code() == absl::StatusCode::kUnauthenticated);
  CHECK(Reason(sealer.Open("logout", text, kNow).status()) == "sealed.invalid");
  CHECK(Reason(Sealer(KeyOf('b')).Open("login", text, kNow).status()) == "sealed.invalid");
}

TEST_CASE("a sealed text may be empty, hold any bytes, and never expire") {
  const Sealer sealer(KeyOf('a'));
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  for (const std::string& payload : {std::string(), bytes, std::string(100'000, '\0')}) {
    const std::string text = sealer.Seal("p", payload, absl::InfiniteFuture());
    CHECK(sealer.Open("p", text, kNow + absl::Hours(1'000'000)).value() == payload);
  }
  CHECK_FALSE(sealer.Open("p", sealer.Seal("p", "x", absl::InfinitePast()), kNow).ok());
}

TEST_CASE("no two sealed texts of one payload are alike") {
  const Sealer sealer(KeyOf('a'));
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) CHECK(seen.insert(sealer.Seal("p", "x", kNow)).second);
}

TEST_CASE("what was sealed under the master key before opens until that key is dropped") {
  const std::string old = Sealer(KeyOf('a')).Seal("p", "x", absl::InfiniteFuture());
  const Sealer rotated(KeyOf('b'), {KeyOf('a')});
  CHECK(rotated.Open("p", old, kNow).value() == "x");
  const std::string fresh = rotated.Seal("p", "y", absl::InfiniteFuture());
  CHECK(Sealer(KeyOf('b')).Open("p", fresh, kNow).value() == "y");
  CHECK_FALSE(Sealer(KeyOf('b')).Open("p", old, kNow).ok());
}

TEST_CASE("a forged or changed sealed text is refused") {
  const Sealer sealer(KeyOf('a'));
  const std::string text = sealer.Seal("p", "payload", absl::InfiniteFuture());
  for (size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    CHECK(Reason(sealer.Open("p", changed, kNow).status()) == "sealed.invalid");
    CHECK(Reason(sealer.Open("p", text.substr(0, i), kNow).status()) == "sealed.invalid");
  }
  for (const std::string& hostile :
       {std::string(), std::string("="), std::string("\xff\xfe"), text + " ", " " + text,
        text + text, std::string(1'000'000, 'A'), std::string(80, '\0')}) {
    CHECK(Reason(sealer.Open("p", hostile, kNow).status()) == "sealed.invalid");
  }
}

// A wrapped key is read by every later release: these bytes were written by the first.
TEST_CASE("a key wrapped by the first release still comes back") {
  const auto wrapped = HexDecode(
      "0159cb4bff000102030405060708090a0b0c0d0e0fac0020b4a79173645cca5e2bbdb6e820f1de47"
      "dd11e51fc8c5c5e4fb193a4338d76cc06052f86392e86994ffc771cf5f");
  REQUIRE(wrapped.has_value());
  CHECK(KeyOf('m').Unwrap(*wrapped, "golden")->reveal() == "0123456789abcdef0123456789abcdef");
}

}  // namespace
}  // namespace muniment

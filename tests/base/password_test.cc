#include "base/password.h"

#include <time.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "base/error.h"

namespace muniment {
namespace {

constexpr Argon2idCost kCheap{64, 1};

TEST_CASE("a hash proves its own password and no other") {
  const std::string hash = HashPassword("Secret-123!").value();
  CHECK(hash.substr(0, 31) == "$argon2id$v=19$m=19456,t=2,p=1$");
  CHECK(VerifyPassword(hash, "Secret-123!").value());
  CHECK_FALSE(VerifyPassword(hash, "Secret-123").value());
  CHECK_FALSE(VerifyPassword(hash, "").value());
  CHECK(CheckPasswordHash(hash).ok());
  CHECK(HashPassword("x", kCheap).value() != HashPassword("x", kCheap).value());
}

TEST_CASE("passwords may be empty, long, and hold any bytes") {
  for (const std::string& password :
       {std::string(), std::string("a\0b", 3), std::string(4096, 'x'), std::string("\xff\xfe")}) {
    const std::string hash = HashPassword(password, kCheap).value();
    CHECK(VerifyPassword(hash, password).value());
    CHECK_FALSE(VerifyPassword(hash, password + "x").value());
  }
  CHECK_FALSE(VerifyPassword(HashPassword(std::string("a\0b", 3), kCheap).value(), "a").value());
}

// The vectors of the argon2 reference implementation: password "password", version 19.
TEST_CASE("imported argon2 hashes of other parameters verify") {
  const std::vector<std::string> hashes = {
      "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
      "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
      "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
      "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA"};
  for (const std::string& hash : hashes) {
    INFO(hash);
    CHECK(VerifyPassword(hash, "password").value());
    CHECK_FALSE(VerifyPassword(hash, "passwore").value());
    CHECK(NeedsRehash(hash));
  }
}

TEST_CASE("imported bcrypt hashes verify, in all three spellings") {
  const std::string tail = "$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
  for (const char* kind : {"$2a", "$2b", "$2y"}) {
    const std::string hash = kind + tail;
    CHECK(CheckPasswordHash(hash).ok());
    CHECK(VerifyPassword(hash, "U*U").value());
    CHECK_FALSE(VerifyPassword(hash, "U*V").value());
    CHECK_FALSE(VerifyPassword(hash, absl::string_view("U*U\0", 4)).value());
    CHECK(NeedsRehash(hash));
  }
}

TEST_CASE("hashes that would burn the machine are refused before any work") {
  const std::string end = "$c29tZXNhbHRzb21lc2FsdA$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
  for (const std::string& hash :
       {"$argon2id$v=19$m=262145,t=2,p=1" + end, "$argon2id$v=19$m=999999999,t=1,p=1" + end,
        "$argon2id$v=19$m=256,t=11,p=1" + end, "$argon2id$v=19$m=256,t=1,p=9" + end,
        std::string("$2a$17$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
        std::string("$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")}) {
    INFO(hash);
    CHECK(Reason(CheckPasswordHash(hash)) == "password.hash_cost");
    CHECK(Reason(VerifyPassword(hash, "password").status()) == "password.hash_cost");
  }
}

TEST_CASE("unknown and malformed hashes are refused by name") {
  const std::string salt = "$c29tZXNhbHRzb21lc2FsdA";
  const std::string sum = "$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
  const std::string cost = "$argon2id$v=19$m=256,t=1,p=1";
  const std::vector<std::string> bad = {
      "",
      "plain",
      "$",
      "$$$$$",
      "$1$abc$def",
      "$6$rounds=5000$salt$hash",
      "$argon2d$v=19$m=256,t=1,p=1" + salt + sum,
      "$argon2id$m=256,t=1,p=1" + salt + sum,
      "$argon2id$v=16$m=256,t=1,p=1" + salt + sum,
      "$argon2id$v=19$t=1,m=256,p=1" + salt + sum,
      "$argon2id$v=19$m=0256,t=1,p=1" + salt + sum,
      "$argon2id$v=19$m=-256,t=1,p=1" + salt + sum,
      "$argon2id$v=19$m= 256,t=1,p=1" + salt + sum,
      "$argon2id$v=19$m=99999999999999999999,t=1,p=1" + salt + sum,
      "$argon2id$v=19$m=7,t=1,p=1" + salt + sum,
      "$argon2id$v=19$m=256,t=0,p=1" + salt + sum,
      "$argon2id$v=19$m=256,t=1,p=1,data=x" + salt + sum,
      cost + "$c2hvcnQ" + sum,
      cost + salt + "$c2hvcnQ",
      cost + salt + sum + "=",
      cost + salt + sum + "$",
      cost + salt + "$%%%%",
      cost + salt + "\n" + sum,
      "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe",
      "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe:",
      "$2a$xx$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
      "$2a$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
      "$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
      std::string(100'000, '$')};
  for (const std::string& hash : bad) {
    INFO(hash.substr(0, 100));
    CHECK(Reason(CheckPasswordHash(hash)) == "password.hash_unsupported");
    const auto verified = VerifyPassword(hash, "password");
    CHECK(Reason(verified.status()) == "password.hash_unsupported");
    CHECK(verified.status().code() == absl::StatusCode::kInvalidArgument);
    CHECK(NeedsRehash(hash));
  }
}

TEST_CASE("a hash is made anew when the cost has changed") {
  const std::string hash = HashPassword("x", kCheap).value();
  CHECK_FALSE(NeedsRehash(hash, kCheap));
  CHECK(NeedsRehash(hash, {128, 1}));
  CHECK(NeedsRehash(hash, {64, 2}));
  CHECK(NeedsRehash(hash));
}

TEST_CASE("the decoy is a hash of the default cost that nothing matches") {
  CHECK(CheckPasswordHash(DecoyHash()).ok());
  CHECK_FALSE(NeedsRehash(DecoyHash()));
  CHECK_FALSE(VerifyPassword(DecoyHash(), "").value());
  CHECK_FALSE(VerifyPassword(DecoyHash(), "password").value());
}

// Of this thread, so that what else the machine does takes no time of it.
double WorkOf(const std::string& hash, absl::string_view password) {
  const auto now = [] {
    timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + time.tv_nsec / 1e9;
  };
  const double began = now();
  CHECK_FALSE(VerifyGuess(hash, password).value());
  return now() - began;
}

// What a guess takes beside one at a hash of ours, of which the other uses memory and so is slower while
// others do: the least of some of each, turn by turn, and the nearest of some such.
double BesideOurs(const std::string& hash, absl::string_view password) {
  double nearest = 0;
  for (int attempt = 0; attempt < 5; ++attempt) {
    double own = 1e9, work = 1e9;
    for (int i = 0; i < 7; ++i) {
      own = std::min(own, WorkOf(DecoyHash(), "wrong"));
      work = std::min(work, WorkOf(hash, password));
    }
    if (std::abs(std::log(work / own)) < std::abs(std::log(nearest))) nearest = work / own;
    if (nearest > 0.7 && nearest < 1.4) break;
  }
  return nearest;
}

TEST_CASE("a wrong guess at a cheap hash from elsewhere takes as long as at one of ours") {
  const std::vector<std::string> cheap = {
      "5f4dcc3b5aa765d61d8327deb882cf99",
      "$1$28772684$iEwNOgGugqO9.bIz5sk8k/",
      "$P$984478476IagS59wHZvyQMArzfx58u.",
      "$S$C33783772bRXEx1aCsvY.dqgaaSu76XmVlKrW9Qu8IQlvxHlmzLf",
      "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
      "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5",
      "$pbkdf2$4096$c2FsdA$SwB5AbdlSJq.rUnZJvch0GWkKcE",
      "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"};
  for (const std::string& hash : cheap) {
    INFO(hash);
    CHECK(RelativeCost(hash) < 0.8);
    const double beside = BesideOurs(hash, "wrong");
    CHECK(beside > 0.6);
    CHECK(beside < 1.7);
  }
  // What no kind of crypt takes is not told from the rest either.
  CHECK(BesideOurs(cheap[1], absl::string_view("wro\0ng", 6)) > 0.6);
  CHECK(VerifyGuess(cheap[1], "hashcat").value());
  CHECK(Reason(VerifyGuess("plain", "wrong").status()) == "password.hash_unsupported");
}

TEST_CASE("what a hash costs is told by its kind and its rounds") {
  const std::string salt = "$c29tZXNhbHRzb21lc2FsdA";
  const std::string end = salt + "$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
  CHECK(RelativeCost(DecoyHash()) == 1);
  CHECK(RelativeCost("plain") == 1);
  CHECK(RelativeCost("$argon2id$v=19$m=19456,t=4,p=1" + end) == 2);
  CHECK(RelativeCost("$argon2id$v=19$m=9728,t=2,p=1" + end) == 0.5);
  CHECK(RelativeCost("$argon2id$v=19$m=262144,t=10,p=1" + end) > 100);
  const std::string bcrypt = "$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
  CHECK(RelativeCost("$2b$14" + bcrypt) == 4 * RelativeCost("$2b$12" + bcrypt));
  CHECK(RelativeCost("$2b$12" + bcrypt) > 10);
  const std::string sha = "$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5";
  CHECK(RelativeCost("$5$rounds=1000000" + sha) > 100 * RelativeCost("$5" + sha));
  CHECK(RelativeCost("$pbkdf2-sha256$600000" + end) > 10);
  CHECK(RelativeCost("$scrypt$ln=17,r=8,p=1" + end) > 10);
  // No hash that is taken costs nothing, or less than nothing.
  for (const std::string& hash : {"5f4dcc3b5aa765d61d8327deb882cf99" + std::string(),
                                  std::string("$1$28772684$iEwNOgGugqO9.bIz5sk8k/")}) {
    CHECK(RelativeCost(hash) >= 0);
    CHECK(RelativeCost(hash) < 0.1);
  }
}

}  // namespace
}  // namespace muniment

#include "base/foreign_hash.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "base/password.h"
#include "base/secret.h"

namespace muniment {
namespace {

struct Vector {
  std::string hash;
  std::string password;
  // Where what decides the cost has ended: behind it a changed hash is tried out too.
  size_t digest_at;
};

// Published: Hashcat's example hashes, Drepper's paper on sha-crypt, phpass's own test, passlib's
// documentation, RFC 7914 sections 11 and 12 (its first 32 bytes) and RFC 6070, written
// as PHC strings.
std::vector<Vector> Published() {
  return {
      {"$2a$05$LhayLxezLhK1LhWvKxCyLOj0j1u.Kj0jZ0pEmm134uzrQlFvQJLF6", "hashcat", 7},
      {"$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U", 7},
      {"$1$28772684$iEwNOgGugqO9.bIz5sk8k/", "hashcat", 3},
      {"$5$rounds=5000$GX7BopJZJxPc/KEK$le16UF8I2Anb.rOrn22AUPWvzUETDGefUmAV8AZkGcD", "hashcat",
       15},
      {"$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5", "Hello world!", 3},
      {"$6$52450745$k5ka2p8bFuSmoVT1tzOyyuaREkkKBcCNqoDKzYiJL9RaE8yMnPgh2XzzF0NDrUhgrcLwg78xs1w5pJi"
       "ypEdFX/",
       "hashcat", 3},
      {"$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoE"
       "OfaS35inz1",
       "Hello world!", 3},
      {"$P$984478476IagS59wHZvyQMArzfx58u.", "hashcat", 4},
      {"$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0", "test12345", 4},
      {"$H$984478476IagS59wHZvyQMArzfx58u.", "hashcat", 4},
      {"$S$C33783772bRXEx1aCsvY.dqgaaSu76XmVlKrW9Qu8IQlvxHlmzLf", "hashcat", 4},
      {"$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E",
       "password", 99},
      {"$scrypt$ln=10,r=8,p=16$TmFDbA$/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWI",
       "password", 32},
      {"$pbkdf2-sha256$i=1,l=64$c2FsdA$VawEblbjCJ/sFpHCJUS2BflBhSFt3gRl5oudV8INrLxJypzM8Xm2RZkWZL"
       "Odd+8xfHG4RbHjC9UJESBB06GXgw",
       "passwd", 24},
      {"$pbkdf2$4096$c2FsdA$SwB5AbdlSJq.rUnZJvch0GWkKcE", "password", 13},
      {"$pbkdf2-sha1$i=4096,l=20$c2FsdA$SwB5AbdlSJq+rUnZJvch0GWkKcE", "password", 25},
      {"pbkdf2_sha256$20000$H0dPx8NeajVu$GiC4k5kqbbR9qWBlsRgDywNqC2vd9kqfk7zdorEnNas=", "hashcat",
       20},
      {"5f4dcc3b5aa765d61d8327deb882cf99", "password", 32},
      {"$md5salted-suffix$7050461$01dfae6e5d4d90d9892622325959afbe", "hashcat", 99},
      {"$md5salted-prefix$4225637426$8P2lhjAxCm3ZGn2PCkztog", "hashcat", 18},
  };
}

TEST_CASE("published hashes of every scheme verify, and no other password does") {
  for (const Vector& v : Published()) {
    INFO(v.hash);
    CHECK(CheckPasswordHash(v.hash).ok());
    CHECK(VerifyPassword(v.hash, v.password).value());
    CHECK_FALSE(VerifyPassword(v.hash, v.password + "x").value());
    CHECK_FALSE(VerifyPassword(v.hash, v.password + std::string(1, '\0')).value());
    CHECK_FALSE(VerifyPassword(v.hash, "").value());
    CHECK(NeedsRehash(v.hash));
  }
}

TEST_CASE("a hash that lost its end is refused or proves nothing") {
  for (const Vector& v : Published()) {
    for (size_t size = 0; size < v.hash.size(); ++size) {
      INFO(v.hash.substr(0, size));
      const absl::string_view cut = absl::string_view(v.hash).substr(0, size);
      const absl::Status checked = CheckPasswordHash(cut);
      if (!checked.ok()) {
        CHECK(Reason(checked) == "password.hash_unsupported");
      } else {
        CHECK_FALSE(VerifyPassword(cut, v.password).value());
      }
    }
  }
}

TEST_CASE("a hash with a changed bit is refused or proves nothing") {
  for (const Vector& v : Published()) {
    for (size_t at = 0; at < v.hash.size(); ++at) {
      for (int bit = 0; bit < 8; ++bit) {
        std::string changed = v.hash;
        changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
        const absl::Status checked = CheckPasswordHash(changed);
        if (!checked.ok()) {
          const std::string reason = Reason(checked);
          CHECK((reason == "password.hash_unsupported" || reason == "password.hash_cost"));
        } else if (at >= v.digest_at && at % 4 == 0 && bit == 0) {
          INFO(changed);
          CHECK_FALSE(VerifyPassword(changed, v.password).value());
        }
      }
    }
  }
}

TEST_CASE("hashes of other schemes that would burn the machine are refused before any work") {
  const std::string b64 = "nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E";
  const std::string salt22 = "aM15713r3Xsvxbi31lqr1Q";
  const std::string hash43 = "le16UF8I2Anb.rOrn22AUPWvzUETDGefUmAV8AZkGcD";
  for (const std::string& hash : std::vector<std::string>
       {"$scrypt$ln=22,r=8,p=1$" + salt22 + "$" + b64,
        "$scrypt$ln=19,r=8,p=1$" + salt22 + "$" + b64,
        "$scrypt$ln=63,r=1,p=1$" + salt22 + "$" + b64,
        "$scrypt$ln=18,r=8,p=3$" + salt22 + "$" + b64,
        "$scrypt$ln=1,r=999999999,p=999999999$" + salt22 + "$" + b64,
        "$pbkdf2-sha256$2000001$" + salt22 + "$" + b64,
        "$pbkdf2-sha256$999999999$" + salt22 + "$" + b64,
        "$pbkdf2-sha1$i=1000001,l=32$" + salt22 + "$" + b64,  // two blocks
        "pbkdf2_sha256$2000001$salt$GiC4k5kqbbR9qWBlsRgDywNqC2vd9kqfk7zdorEnNas=",
        "$5$rounds=1000001$salt$" + hash43, "$5$rounds=999999999$salt$" + hash43,
        std::string("$P$J84478476IagS59wHZvyQMArzfx58u."),
        std::string("$H$S84478476IagS59wHZvyQMArzfx58u."),
        std::string("$S$S33783772bRXEx1aCsvY.dqgaaSu76XmVlKrW9Qu8IQlvxHlmzLf")}) {
    INFO(hash);
    CHECK(Reason(CheckPasswordHash(hash)) == "password.hash_cost");
    CHECK(Reason(VerifyPassword(hash, "password").status()) == "password.hash_cost");
  }
}

TEST_CASE("what could be read in two ways, or is of no supported scheme, is refused") {
  const std::string tail = "$c2FsdHNhbHQ$SwB5AbdlSJq+rUnZJvch0GWkKcE";
  for (const std::string& hash : std::vector<std::string>
       {"$pbkdf2-sha1$04096" + tail, "$pbkdf2-sha1$+4096" + tail, "$pbkdf2-sha1$0" + tail,
        "$pbkdf2-sha1$-1" + tail, "$pbkdf2-sha1$4096.5" + tail, "$pbkdf2-sha1$i=4096,l=32" + tail,
        "$pbkdf2-sha1$4096,l=20" + tail, "$pbkdf2-md5$4096" + tail, "$pbkdf2-sha3$4096" + tail,
        "$pbkdf2sha1$4096" + tail, "$pbkdf2-$4096" + tail,
        "$pbkdf2-sha1$99999999999999999999" + tail,
        "$pbkdf2-sha1$4096" + tail + "$", "$pbkdf2-sha1$4096" + tail + "=",
        "$pbkdf2-sha1$4096$" + tail, "$scrypt$r=8,ln=16,p=1" + tail, "$scrypt$ln=16,r=8" + tail,
        "$scrypt$ln=16,r=8,p=0" + tail, "$scrypt$ln=-1,r=8,p=1" + tail, "$scrypt$" + tail,
        std::string("$7$C6..../....SodiumChloride$kBGj9fHznVYFQMEn/qDCfrDevf9YDtcDdKvEqHJLV8D"),
        std::string("$5$rounds=999$salt$le16UF8I2Anb.rOrn22AUPWvzUETDGefUmAV8AZkGcD"),
        std::string("$5$rounds=5000$rounds=5000$salt$le16UF8I2Anb.rOrn22AUPWvzUETDGefUmAV8AZkGcD"),
        std::string("$5$sa:lt$le16UF8I2Anb.rOrn22AUPWvzUETDGefUmAV8AZkGcD"),
        std::string("$1$123456789$iEwNOgGugqO9.bIz5sk8k/"),
        std::string("$P$484478476IagS59wHZvyQMArzfx58u."),
        std::string("$P$.84478476IagS59wHZvyQMArzfx58u."),
        std::string("{SSHA}OqsUXNHIhHbznxrqHoIM+ZT8DmE="), std::string("*"), std::string("!"),
        std::string("5f4dcc3b5aa765d61d8327deb882cf9g"), std::string("$md5salted-prefix$$") + tail,
        std::string("$md5salted-other$1234$58EV3UQnGq0DpTyeHAwGEg"),
        "5f4dcc3b5aa765d61d8327deb882cf99" + std::string(1, '\0'), std::string(31, '\0'),
        std::string(32, '\xff')}) {
    INFO(hash);
    CHECK(Reason(CheckPasswordHash(hash)) == "password.hash_unsupported");
  }
}

TEST_CASE("no bytes behind a known prefix are more than refused") {
  for (const Vector& v : Published()) {
    for (int i = 0; i < 200; ++i) {
      const std::string hostile =
          v.hash.substr(0, v.hash.find('$', 1) + 1) + RandomBytes(static_cast<size_t>(i));
      CHECK(Reason(CheckPasswordHash(hostile)) == "password.hash_unsupported");
    }
  }
}

}  // namespace
}  // namespace muniment

#include "base/crypto.h"

#include <catch2/catch.hpp>
#include <thread>

namespace muniment {
namespace {

std::string Hex(absl::string_view bytes) { return HexEncode(bytes); }
std::string Unhex(absl::string_view text) { return HexDecode(text).value(); }

TEST_CASE("SHA-256 gives the published digests") {
  CHECK(Hex(Sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(Hex(Sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(Hex(Sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(Hex(Sha256(std::string(1'000'000, 'a'))) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("the hash of parts is the hash of the whole") {
  CHECK(Sha256("a", std::string("b"), absl::string_view("c")) == Sha256("abc"));
  CHECK(Sha256({"", "ab", "", "c", ""}) == Sha256("abc"));
}

TEST_CASE("a digest is made only of 32 bytes") {
  const Digest digest = Sha256("abc");
  CHECK(Digest::From(digest.str()) == digest);
  CHECK_FALSE(Digest::From(std::string(33, 'x')).has_value());
  CHECK_FALSE(Digest::From("").has_value());
}

TEST_CASE("HMAC-SHA-256 gives the values of RFC 4231") {
  CHECK(Hex(HmacSha256(std::string(20, '\x0b'), "Hi There")) ==
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  CHECK(Hex(HmacSha256("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(Hex(HmacSha256(std::string(20, '\xaa'), std::string(50, '\xdd'))) ==
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  CHECK(Hex(HmacSha256(std::string(131, '\xaa'),
                       "Test Using Larger Than Block-Size Key - Hash Key First")) ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("a prepared key signs like an unprepared one, on many threads") {
  const HmacKey key("Jefe");
  const Digest want = HmacSha256("Jefe", "what do ya want for nothing?");
  std::vector<std::thread> threads;
  std::vector<int> wrong(4);
  for (int& mine : wrong) {
    threads.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) {
        mine += key.Sign("what do ya want ", "for nothing?") != want;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(wrong == std::vector<int>(4, 0));
}

TEST_CASE("HKDF gives the values of RFC 5869") {
  CHECK(Hex(HkdfSha256(std::string(22, '\x0b'), Unhex("000102030405060708090a0b0c"),
                       Unhex("f0f1f2f3f4f5f6f7f8f9"), 42)) ==
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  std::string key, salt, info;
  for (int i = 0x00; i <= 0x4f; ++i) key.push_back(static_cast<char>(i));
  for (int i = 0x60; i <= 0xaf; ++i) salt.push_back(static_cast<char>(i));
  for (int i = 0xb0; i <= 0xff; ++i) info.push_back(static_cast<char>(i));
  CHECK(Hex(HkdfSha256(key, salt, info, 82)) ==
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
        "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
        "cc30c58179ec3e87c14c01d5c1f3434f1d87");
  CHECK(Hex(HkdfSha256(std::string(22, '\x0b'), "", "", 42)) ==
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
  CHECK(HkdfSha256("k", "s", "i", 255 * 32).size() == 255 * 32);
}

TEST_CASE("AES-256-GCM gives the values of the GCM specification") {
  const std::string zero_key(32, '\0');
  CHECK(Hex(AesGcmSeal(zero_key, kZeroNonce, "", "")) == "530f8afbc74536b9a963b4f1c4cb738b");
  CHECK(Hex(AesGcmSeal(zero_key, kZeroNonce, "", std::string(16, '\0'))) ==
        "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
  const std::string key = Unhex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
  const std::string nonce = Unhex("cafebabefacedbaddecaf888");
  const std::string aad = Unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  const std::string text = Unhex(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
      "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
  const std::string sealed = AesGcmSeal(key, nonce, aad, text);
  CHECK(Hex(sealed) ==
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
        "76fc6ece0f4e1768cddf8853bb2d551b");
  CHECK(AesGcmOpen(key, nonce, aad, sealed) == text);
}

TEST_CASE("a sealed text opens only whole, unchanged and with everything it was sealed with") {
  const std::string key(32, 'k');
  const std::string sealed = AesGcmSeal(key, kZeroNonce, "aad", "plaintext");
  REQUIRE(AesGcmOpen(key, kZeroNonce, "aad", sealed) == "plaintext");
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    CHECK_FALSE(AesGcmOpen(key, kZeroNonce, "aad", changed).has_value());
    CHECK_FALSE(AesGcmOpen(key, kZeroNonce, "aad", sealed.substr(0, i)).has_value());
  }
  CHECK_FALSE(AesGcmOpen(std::string(32, 'x'), kZeroNonce, "aad", sealed).has_value());
  CHECK_FALSE(AesGcmOpen(key, std::string(12, '1'), "aad", sealed).has_value());
  CHECK_FALSE(AesGcmOpen(key, kZeroNonce, "", sealed).has_value());
  CHECK_FALSE(AesGcmOpen(key, kZeroNonce, "aad", "").has_value());
  // A refused text leaves the thread's context fit for the next.
  CHECK(AesGcmOpen(key, kZeroNonce, "aad", sealed) == "plaintext");
}

TEST_CASE("an empty plaintext still carries its proof") {
  const std::string key(32, 'k');
  const std::string sealed = AesGcmSeal(key, kZeroNonce, "who", "");
  CHECK(sealed.size() == kAesTagBytes);
  CHECK(AesGcmOpen(key, kZeroNonce, "who", sealed) == "");
  CHECK_FALSE(AesGcmOpen(key, kZeroNonce, "whom", sealed).has_value());
}

TEST_CASE("comparison in constant time compares") {
  CHECK(ConstantTimeEqual("", ""));
  CHECK(ConstantTimeEqual("abc", "abc"));
  CHECK_FALSE(ConstantTimeEqual("abc", "abd"));
  CHECK_FALSE(ConstantTimeEqual("abc", "ab"));
}

TEST_CASE("base64 and hex read back what they wrote") {
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    bytes.push_back(static_cast<char>(i * 7));
    CHECK(Base64UrlDecode(Base64UrlEncode(bytes)) == bytes);
    CHECK(Base64Decode(Base64Encode(bytes)) == bytes);
    CHECK(HexDecode(HexEncode(bytes)) == bytes);
  }
  CHECK(Base64UrlEncode("\xfb\xff") == "-_8");
  CHECK(Base64UrlDecode("-_8=") == "\xfb\xff");
  CHECK(Base64Encode("\xfb\xff") == "+/8=");
  CHECK(Base64Decode("+/8") == "\xfb\xff");
  CHECK(HexDecode("00fFAb").value() == std::string("\x00\xff\xab", 3));
}

TEST_CASE("what no encoder writes is not decoded") {
  for (const char* bad : {"-_9", "-_8==", "+/8", "-_ 8", "-_8\n", "A", "=", "\xff\xff", "-_8=x"}) {
    CHECK_FALSE(Base64UrlDecode(bad).has_value());
  }
  for (const char* bad : {"+/9=", "-_8=", "+/8==", " +/8=", "+/8=\n", "A"}) {
    CHECK_FALSE(Base64Decode(bad).has_value());
  }
  for (const char* bad : {"0", "0g", "0x", " 00", "00 ", "\xff\xff"}) {
    CHECK_FALSE(HexDecode(bad).has_value());
  }
}

}  // namespace
}  // namespace muniment

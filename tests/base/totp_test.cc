#include "base/totp.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "base/qr_code.h"
#include "base/secret.h"

namespace muniment {
namespace {

const std::string kSecret = "12345678901234567890";  // of both RFCs

absl::Time At(int64_t seconds) { return absl::FromUnixSeconds(seconds); }

TEST_CASE("HOTP gives the values of RFC 4226 appendix D") {
  const std::vector<std::string> values = {"755224", "287082", "359152", "969429", "338314",
                                           "254676", "287922", "162583", "399871", "520489"};
  for (size_t i = 0; i < values.size(); ++i) CHECK(Hotp(kSecret, i) == values[i]);
}

TEST_CASE("TOTP gives the values of RFC 6238 appendix B") {
  const std::vector<std::pair<int64_t, std::string>> values = {
      {59, "94287082"},         {1111111109, "07081804"}, {1111111111, "14050471"},
      {1234567890, "89005924"}, {2000000000, "69279037"}, {20000000000, "65353130"}};
  for (const auto& [seconds, value] : values) {
    CHECK(Hotp(kSecret, static_cast<uint64_t>(TotpStep(At(seconds))), 8) == value);
    CHECK(VerifyTotp(kSecret, value.substr(2), At(seconds), kNoTotpStep) == TotpStep(At(seconds)));
  }
}

TEST_CASE("a code is taken one step early or late, and no further") {
  const std::string code = Hotp(kSecret, 1000);
  for (const int64_t step : {999, 1000, 1001}) {
    CHECK(VerifyTotp(kSecret, code, At(30 * step), kNoTotpStep) == 1000);
    CHECK(VerifyTotp(kSecret, code, At(30 * step + 29), kNoTotpStep) == 1000);
  }
  CHECK_FALSE(VerifyTotp(kSecret, code, At(30 * 999 - 1), kNoTotpStep));
  CHECK_FALSE(VerifyTotp(kSecret, code, At(30 * 1002), kNoTotpStep));
}

TEST_CASE("a code that has proved something proves nothing more, nor does an earlier one") {
  const absl::Time now = At(30 * 1000);
  const int64_t step = VerifyTotp(kSecret, Hotp(kSecret, 1000), now, kNoTotpStep).value();
  CHECK_FALSE(VerifyTotp(kSecret, Hotp(kSecret, 1000), now, step));
  CHECK_FALSE(VerifyTotp(kSecret, Hotp(kSecret, 999), now, step));
  CHECK(VerifyTotp(kSecret, Hotp(kSecret, 1001), now, step) == 1001);
}

TEST_CASE("what is no code of six digits is refused, spaces and hyphens apart") {
  const absl::Time now = At(59);
  CHECK(VerifyTotp(kSecret, "287 082", now, kNoTotpStep) == 1);
  CHECK(VerifyTotp(kSecret, "287-082 ", now, kNoTotpStep) == 1);
  for (const std::string& typed :
       {std::string(), std::string("28708"), std::string("2870820"), std::string("94287082"),
        std::string("28708a"), std::string("+87082"), std::string("287082\0", 7),
        std::string(1 << 20, '2')}) {
    CHECK_FALSE(VerifyTotp(kSecret, typed, now, kNoTotpStep));
  }
  // Before the epoch's first step, and before the epoch.
  CHECK(VerifyTotp(kSecret, "755224", At(0), kNoTotpStep) == 0);
  CHECK_FALSE(VerifyTotp(kSecret, "755224", At(-3600), kNoTotpStep));
}

TEST_CASE("the codes of two secrets are their own") {
  const std::string a = RandomBytes(kTotpSecretBytes);
  const std::string b = RandomBytes(kTotpSecretBytes);
  int same = 0;
  for (uint64_t i = 0; i < 20; ++i) same += Hotp(a, i) == Hotp(b, i);
  CHECK(same < 3);
}

TEST_CASE("base32 is as in RFC 4648 section 10") {
  const std::vector<std::pair<std::string, std::string>> vectors = {
      {"", ""},           {"f", "MY"},         {"fo", "MZXQ"},        {"foo", "MZXW6"},
      {"foob", "MZXW6YQ"}, {"fooba", "MZXW6YTB"}, {"foobar", "MZXW6YTBOI"}};
  for (const auto& [bytes, text] : vectors) {
    CHECK(Base32Encode(bytes) == text);
    CHECK(Base32Decode(text) == bytes);
    CHECK(Base32Decode(text + std::string((8 - text.size() % 8) % 8, '=')) == bytes);
  }
  CHECK(Base32Decode("mzxw6ytboi") == "foobar");
  for (const char* bad : {"M", "MZX", "MZXW6Y", "MZ", "MZXW6YTBO", "M1", "MY=", "MY=====A", "=",
                          "========", "MZXW6YT=MZXW6YT=", "MZXW 6YQ", "MY======\n"}) {
    INFO(bad);
    CHECK_FALSE(Base32Decode(bad));
  }
  for (size_t size = 0; size < 64; ++size) {
    const std::string bytes = RandomBytes(size);
    CHECK(Base32Decode(Base32Encode(bytes)) == bytes);
  }
}

TEST_CASE("the URI names issuer, account and parameters, and nobody can put another in") {
  CHECK(TotpUri("ZITADEL", "minnie@example.com", "foobar") ==
        "otpauth://totp/ZITADEL:minnie@example.com?algorithm=SHA1&digits=6&issuer=ZITADEL&period=30"
        "&secret=MZXW6YTBOI");
  CHECK(TotpUri("A & B: Ltd", "x?secret=A&y#z/%", "f") ==
        "otpauth://totp/A%20%26%20B%20Ltd:x%3Fsecret%3DA%26y%23z%2F%25?algorithm=SHA1&digits=6"
        "&issuer=A%20%26%20B%20Ltd&period=30&secret=MY");
  CHECK(TotpUri("\xc3\x9c", "a\r\nb\0c", "f").find_first_of("\r\n") == std::string::npos);
}

// The picture as rows of modules, read back from the path.
std::vector<std::string> Modules(const std::string& svg) {
  int side = 0;
  const size_t box = svg.find("viewBox=\"0 0 ");
  REQUIRE(box != std::string::npos);
  REQUIRE(std::sscanf(svg.c_str() + box, "viewBox=\"0 0 %d", &side) == 1);
  const auto count = static_cast<size_t>(side);
  std::vector<std::string> rows(count, std::string(count, ' '));
  const size_t path = svg.find("<path d=\"");
  REQUIRE(path != std::string::npos);
  for (size_t at = svg.find('M', path); at != std::string::npos; at = svg.find('M', at + 1)) {
    int x = 0;
    int y = 0;
    int length = 0;
    REQUIRE(std::sscanf(svg.c_str() + at, "M%d %dh%d", &x, &y, &length) == 3);
    for (int i = 0; i < length; ++i) {
      rows.at(static_cast<size_t>(y)).at(static_cast<size_t>(x + i)) = '#';
    }
  }
  return rows;
}

TEST_CASE("a QR code has its three finder patterns inside a quiet zone") {
  const std::string svg = QrCodeSvg(TotpUri("Muniment", "ada@example.com", kSecret)).value();
  const std::vector<std::string> rows = Modules(svg);
  const size_t side = rows.size();
  const std::vector<std::string> finder = {"#######", "#     #", "# ### #", "# ### #",
                                           "# ### #", "#     #", "#######"};
  for (const auto& [top, left] : std::vector<std::pair<size_t, size_t>>{
           {4, 4}, {4, side - 11}, {side - 11, 4}}) {
    for (size_t y = 0; y < 7; ++y) CHECK(rows[top + y].substr(left, 7) == finder[y]);
  }
  CHECK((side - 8 - 17) % 4 == 0);
  for (size_t i = 0; i < side; ++i) {
    CHECK(rows[3][i] == ' ');
    CHECK(rows[i][3] == ' ');
    CHECK(rows[side - 4][i] == ' ');
    CHECK(rows[i][side - 4] == ' ');
  }
  CHECK(rows != Modules(QrCodeSvg(TotpUri("Muniment", "bob@example.com", kSecret)).value()));
}

TEST_CASE("a QR code holds any bytes up to its limit, and the picture holds none of them") {
  CHECK(QrCodeSvg("<script>").value().find("script") == std::string::npos);
  CHECK(QrCodeSvg(std::string("\0\xff", 2)).ok());
  CHECK(QrCodeSvg(std::string(2331, 'a')).ok());
  for (const size_t size : {size_t{0}, size_t{2332}, size_t{1} << 20}) {
    const std::string text(size, 'a');
    CHECK(Reason(QrCodeSvg(text).status()) == "qr_code.too_long");
  }
}

}  // namespace
}  // namespace muniment

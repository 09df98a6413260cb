#include "gateway/rpc/metadata.h"

#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/error.h"

namespace muniment::rpc {
namespace {

constexpr char kHex[] = "0123456789ABCDEF";

bool AllDigits(absl::string_view text) {
  for (const char c : text) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return false;
  }
  return !text.empty();
}

absl::Status BadTimeout(absl::string_view text) {
  return Error(absl::StatusCode::kInvalidArgument, "request.timeout",
               absl::StrCat("\"", absl::CHexEscape(text.substr(0, 40)), "\" is no timeout."));
}

bool ValidName(absl::string_view name) {
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (!absl::ascii_islower(byte) && !absl::ascii_isdigit(byte) && c != '-' && c != '_' &&
        c != '.') {
      return false;
    }
  }
  static constexpr absl::string_view kOwn[] = {
      "connection", "transfer-encoding", "content-length", "content-type", "content-encoding",
      "host", "keep-alive", "upgrade", "te", "trailer", "proxy-connection"};
  for (const absl::string_view own : kOwn) {
    if (name == own) return false;
  }
  return !name.empty() && !absl::StartsWith(name, "grpc-");
}

}  // namespace

absl::StatusOr<absl::Duration> ParseGrpcTimeout(absl::string_view text) {
  if (text.size() < 2 || text.size() > 9) return BadTimeout(text);
  const absl::string_view digits = text.substr(0, text.size() - 1);
  int64_t count;
  if (!AllDigits(digits) || !absl::SimpleAtoi(digits, &count)) return BadTimeout(text);
  switch (text.back()) {
    case 'H': return absl::Hours(count);
    case 'M': return absl::Minutes(count);
    case 'S': return absl::Seconds(count);
    case 'm': return absl::Milliseconds(count);
    case 'u': return absl::Microseconds(count);
    case 'n': return absl::Nanoseconds(count);
    default: return BadTimeout(text);
  }
}

absl::StatusOr<absl::Duration> ParseConnectTimeout(absl::string_view text) {
  int64_t count;
  if (text.size() > 10 || !AllDigits(text) || !absl::SimpleAtoi(text, &count)) {
    return BadTimeout(text);
  }
  return absl::Milliseconds(count);
}

std::string PercentEncode(absl::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte <= 0x7e && c != '%') {
      out.push_back(c);
    } else {
      out.push_back('%');
      out.push_back(kHex[byte >> 4]);
      out.push_back(kHex[byte & 15]);
    }
  }
  return out;
}

bool DecodeBase64(absl::string_view text, std::string& out) {
  static const auto table = [] {
    std::array<int8_t, 256> values;
    values.fill(-1);
    const absl::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < alphabet.size(); ++i) {
      values[static_cast<unsigned char>(alphabet[i])] = static_cast<int8_t>(i);
    }
    values['-'] = 62;
    values['_'] = 63;
    return values;
  }();
  if (absl::EndsWith(text, "=") && text.size() % 4 != 0) return false;
  if (absl::ConsumeSuffix(&text, "=")) absl::ConsumeSuffix(&text, "=");
  if (text.size() % 4 == 1) return false;
  out.clear();
  out.reserve(text.size() * 3 / 4 + 3);
  uint32_t bits = 0;
  int have = 0;
  for (const char c : text) {
    const int8_t value = table[static_cast<unsigned char>(c)];
    if (value < 0) return false;
    bits = bits << 6 | static_cast<uint32_t>(value);
    have += 6;
    if (have >= 8) {
      have -= 8;
      out.push_back(static_cast<char>(bits >> have & 0xff));
    }
  }
  return true;
}

std::string EncodeBase64Unpadded(absl::string_view bytes) {
  std::string out = absl::Base64Escape(bytes);
  while (!out.empty() && out.back() == '=') out.pop_back();
  return out;
}

absl::StatusOr<std::string> DecodeBinaryHeader(absl::string_view value) {
  std::string out;
  if (!DecodeBase64(absl::StripAsciiWhitespace(value.substr(0, value.find(','))), out)) {
    return Error(absl::StatusCode::kInvalidArgument, "request.metadata",
                 "A binary metadata value is not base64.");
  }
  return out;
}

void AddMetadata(absl::string_view name, absl::string_view value, net::Headers& out) {
  if (!ValidName(name)) return;
  if (absl::EndsWith(name, "-bin")) {
    out.Add(name, EncodeBase64Unpadded(value));
  } else {
    out.Add(name, value);
  }
}

void AddGrpcStatus(const google::rpc::Status& status, net::Headers& out) {
  out.Add("grpc-status", absl::StrCat(status.code()));
  if (!status.message().empty()) out.Add("grpc-message", PercentEncode(status.message()));
  if (status.details_size() > 0) {
    out.Add("grpc-status-details-bin", EncodeBase64Unpadded(status.SerializeAsString()));
  }
}

std::string MediaType(absl::string_view content_type) {
  return absl::AsciiStrToLower(
      absl::StripAsciiWhitespace(content_type.substr(0, content_type.find(';'))));
}

absl::StatusOr<bool> IsGzip(absl::string_view encoding) {
  if (encoding == "gzip") return true;
  if (encoding.empty() || encoding == "identity") return false;
  return Error(absl::StatusCode::kUnimplemented, "request.compression",
               "Requests may be compressed with gzip only.");
}

bool AcceptsGzip(absl::string_view accept) {
  for (absl::string_view part : absl::StrSplit(accept, ',')) {
    const absl::string_view name = absl::StripAsciiWhitespace(part.substr(0, part.find(';')));
    if (name != "gzip") continue;
    const size_t quality = part.find("q=");
    double value = 1;
    return quality == absl::string_view::npos ||
           !absl::SimpleAtod(absl::StripAsciiWhitespace(part.substr(quality + 2)), &value) ||
           value > 0;
  }
  return false;
}

}  // namespace muniment::rpc

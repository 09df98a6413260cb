#include "gateway/rpc/json_scan.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace muniment::rpc {
namespace {

void AppendUtf8(uint32_t code, std::string& out) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | code >> 18);
    out += static_cast<char>(0x80 | (code >> 12 & 0x3f));
    out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  }
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

bool IsUtf8(absl::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    if (lead < 0x80) {
      ++i;
      continue;
    }
    const size_t more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    if (lead < 0xc2 || lead > 0xf4 || i + more >= text.size()) return false;
    uint32_t code = lead & (0x3fU >> more);
    for (size_t k = 1; k <= more; ++k) {
      const auto byte = static_cast<unsigned char>(text[i + k]);
      if ((byte & 0xc0) != 0x80) return false;
      code = code << 6 | (byte & 0x3f);
    }
    if ((more == 2 && code < 0x800) || (more == 3 && code < 0x10000) || code > 0x10ffff ||
        (code >= 0xd800 && code < 0xe000)) {
      return false;
    }
    i += more + 1;
  }
  return true;
}

bool JsonScan::FailAt(size_t at, absl::string_view what) {
  if (error_.empty()) error_ = absl::StrCat(what, " at byte ", at);
  return false;
}

char JsonScan::Peek() {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c != ' ' && c != '\n' && c != '\t' && c != '\r') return c;
    ++at_;
  }
  return 0;
}

bool JsonScan::AtEnd() { return Peek() == 0 && at_ == text_.size(); }

bool JsonScan::Consume(char c) {
  if (Peek() != c || c == 0) return false;
  ++at_;
  return true;
}

bool JsonScan::Expect(char c) {
  if (Consume(c)) return true;
  return Fail(absl::StrCat("'", absl::string_view(&c, 1), "' is missing"));
}

bool JsonScan::Word(absl::string_view word) {
  if (!absl::StartsWith(text_.substr(at_), word)) return Fail("no value");
  at_ += word.size();
  return true;
}

bool JsonScan::Number(absl::string_view& out) {
  Peek();
  const size_t start = at_;
  auto at = [this] { return at_ < text_.size() ? text_[at_] : '\0'; };
  if (at() == '-') ++at_;
  if (!IsDigit(at())) return Fail("no value");
  if (at() == '0') {
    ++at_;
  } else {
    while (IsDigit(at())) ++at_;
  }
  if (at() == '.') {
    ++at_;
    if (!IsDigit(at())) return Fail("a digit is missing");
    while (IsDigit(at())) ++at_;
  }
  if (at() == 'e' || at() == 'E') {
    ++at_;
    if (at() == '+' || at() == '-') ++at_;
    if (!IsDigit(at())) return Fail("a digit is missing");
    while (IsDigit(at())) ++at_;
  }
  if (at_ - start > 400) return Fail("a number is too long");
  out = text_.substr(start, at_ - start);
  return true;
}

bool JsonScan::Unit(uint32_t& out) {
  out = 0;
  for (int i = 0; i < 4; ++i, ++at_) {
    const char c = at_ < text_.size() ? text_[at_] : '\0';
    if (IsDigit(c)) {
      out = out * 16 + static_cast<uint32_t>(c - '0');
    } else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) {
      out = out * 16 + static_cast<uint32_t>((c | 32) - 'a' + 10);
    } else {
      return Fail("a bad escape");
    }
  }
  return true;
}

bool JsonScan::Escape(std::string& out) {
  const char c = at_ < text_.size() ? text_[at_++] : '\0';
  switch (c) {
    case '"':
    case '\\':
    case '/': out += c; return true;
    case 'b': out += '\b'; return true;
    case 'f': out += '\f'; return true;
    case 'n': out += '\n'; return true;
    case 'r': out += '\r'; return true;
    case 't': out += '\t'; return true;
    case 'u': break;
    default: return Fail("a bad escape");
  }
  uint32_t code, low;
  if (!Unit(code)) return false;
  if (code >= 0xdc00 && code < 0xe000) return Fail("a lone surrogate");
  if (code >= 0xd800 && code < 0xdc00) {
    if (!absl::StartsWith(text_.substr(at_), "\\u")) return Fail("a lone surrogate");
    at_ += 2;
    if (!Unit(low)) return false;
    if (low < 0xdc00 || low >= 0xe000) return Fail("a lone surrogate");
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
  }
  AppendUtf8(code, out);
  return true;
}

bool JsonScan::String(std::string& out) {
  out.clear();
  if (!Expect('"')) return false;
  bool ascii = true;
  for (;;) {
    const size_t plain = at_;
    while (at_ < text_.size()) {
      const auto byte = static_cast<unsigned char>(text_[at_]);
      if (byte == '"' || byte == '\\' || byte < 0x20) break;
      if (byte >= 0x80) ascii = false;
      ++at_;
    }
    out.append(text_.data() + plain, at_ - plain);
    if (at_ >= text_.size()) return Fail("a text without end");
    const char c = text_[at_++];
    if (c == '"') break;
    if (c != '\\') return Fail("a control character in a text");
    if (!Escape(out)) return false;
  }
  if (!ascii && !IsUtf8(out)) return Fail("a text that is not UTF-8");
  return true;
}

bool JsonScan::Skip(int depth) {
  absl::string_view number;
  switch (Peek()) {
    case '"': return String(scratch_);
    case 't': return Word("true");
    case 'f': return Word("false");
    case 'n': return Word("null");
    case '{':
    case '[': break;
    default: return Number(number);
  }
  if (depth <= 0) return Fail("too deep a nesting");
  const bool object = Consume('{');
  const char close = object ? '}' : ']';
  if (!object) Consume('[');
  if (Consume(close)) return true;
  do {
    if (object && (!String(scratch_) || !Expect(':'))) return false;
    if (!Skip(depth - 1)) return false;
  } while (Consume(','));
  return Expect(close);
}

}  // namespace muniment::rpc

// JSON (RFC 8259) token by token, over one text: the reader's lower half, which knows nothing of
// messages. Strict: no comments, no trailing commas, no lone surrogates, UTF-8 only. Each method
// returns false at a fault, and `error` then says which.
#ifndef MUNIMENT_GATEWAY_RPC_JSON_SCAN_H_
#define MUNIMENT_GATEWAY_RPC_JSON_SCAN_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace muniment::rpc {

class JsonScan {
 public:
  explicit JsonScan(absl::string_view text) : text_(text) {}

  // The next byte that is no white space, not consumed; 0 at the end.
  char Peek();
  // Consumes `c`.
  bool Expect(char c);
  // Consumes `c` if it is next.
  bool Consume(char c);
  bool String(std::string& out);
  // The text of a number.
  bool Number(absl::string_view& out);
  // true, false or null.
  bool Word(absl::string_view word);
  // Any value, thrown away; at most `depth` levels.
  bool Skip(int depth);
  bool AtEnd();

  size_t position() const { return at_; }
  void Seek(size_t position) { at_ = position; }
  absl::string_view Slice(size_t from) const { return text_.substr(from, at_ - from); }
  // The first fault counts, here or `at` another place.
  bool Fail(absl::string_view what) { return FailAt(at_, what); }
  bool FailAt(size_t at, absl::string_view what);
  const std::string& error() const { return error_; }

 private:
  bool Escape(std::string& out);
  bool Unit(uint32_t& out);

  const absl::string_view text_;
  size_t at_ = 0;
  std::string error_;
  std::string scratch_;
};

// RFC 3629: no overlong forms, no surrogates, nothing past U+10FFFF.
bool IsUtf8(absl::string_view text);

}  // namespace muniment::rpc

#endif  // MUNIMENT_GATEWAY_RPC_JSON_SCAN_H_

// The CBOR (RFC 8949) that authenticators write, read by libcbor's streaming decoder into a tree of
// bounded size: integers, byte and text strings, arrays, maps, booleans and null, of definite
// length, nested at most eight deep (CTAP 2 section 8 allows four). Tags, floats, indefinite
// lengths and repeated keys are refused. Memory follows the bytes that are there, never a length
// that is claimed. Pure, thread-safe.
//
//   absl::string_view rest = bytes;
//   const std::optional<CborItem> item = ReadCbor(rest);    // `rest` is what stands behind it
//   const CborItem* const format = item->Find("fmt");
#ifndef MUNIMENT_BASE_WEBAUTHN_CBOR_H_
#define MUNIMENT_BASE_WEBAUTHN_CBOR_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace muniment::webauthn {

struct CborItem {
  enum class Kind { kInteger, kBytes, kText, kArray, kMap, kBool, kNull };

  Kind kind = Kind::kNull;
  int64_t integer = 0;          // of a bool: 0 or 1
  std::string bytes;            // of bytes and text
  std::vector<CborItem> items;  // of an array; of a map: key, value, key, value

  // The value of a map's key; null if there is none, or this is no map.
  const CborItem* Find(int64_t key) const;
  const CborItem* Find(absl::string_view key) const;
  // The same, but null unless the value is of that kind.
  const std::string* FindBytes(int64_t key) const;
  const std::string* FindBytes(absl::string_view key) const;
  std::optional<int64_t> FindInteger(int64_t key) const;
  std::optional<int64_t> FindInteger(absl::string_view key) const;
};

// The first item of the input, which loses its bytes; nothing if it is not whole or is refused.
std::optional<CborItem> ReadCbor(absl::string_view& input);

}  // namespace muniment::webauthn

#endif  // MUNIMENT_BASE_WEBAUTHN_CBOR_H_

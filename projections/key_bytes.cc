#include "projections/key_bytes.h"

#include "base/check.h"

namespace muniment::projections {

void AppendU16(uint16_t number, std::string* out) {
  const char bytes[2] = {static_cast<char>(number >> 8), static_cast<char>(number)};
  out->append(bytes, 2);
}

void AppendU32(uint32_t number, std::string* out) {
  char bytes[4];
  for (int i = 3; i >= 0; --i, number >>= 8) bytes[i] = static_cast<char>(number);
  out->append(bytes, 4);
}

void AppendU64(uint64_t number, std::string* out) {
  char bytes[8];
  for (int i = 7; i >= 0; --i, number >>= 8) bytes[i] = static_cast<char>(number);
  out->append(bytes, 8);
}

uint64_t ReadU64(absl::string_view bytes) {
  MUNIMENT_CHECK(bytes.size() >= 8);
  uint64_t number = 0;
  for (int i = 0; i < 8; ++i) number = number << 8 | static_cast<unsigned char>(bytes[i]);
  return number;
}

uint32_t ReadU32(absl::string_view bytes) {
  MUNIMENT_CHECK(bytes.size() >= 4);
  uint32_t number = 0;
  for (int i = 0; i < 4; ++i) number = number << 8 | static_cast<unsigned char>(bytes[i]);
  return number;
}

uint16_t ReadU16(absl::string_view bytes) {
  MUNIMENT_CHECK(bytes.size() >= 2);
  return static_cast<uint16_t>(static_cast<unsigned char>(bytes[0]) << 8 |
                               static_cast<unsigned char>(bytes[1]));
}

std::string PrefixEnd(absl::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && end.back() == '\xff') end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

}  // namespace muniment::projections

#include "eventstore/postgres/copy_rows.h"

#include <utility>

#include "eventstore/commit.h"

namespace muniment::eventstore {
namespace {

// The signature, flags and the length of an extension: none.
constexpr absl::string_view kHead{"PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19};

void AppendU16(std::string& out, uint16_t value) {
  out += static_cast<char>(value >> 8);
  out += static_cast<char>(value);
}

}  // namespace

void CopyRows::Begin(uint16_t fields) {
  if (bytes_.empty()) bytes_.append(kHead.data(), kHead.size());
  AppendU16(bytes_, fields);
}

void CopyRows::AddInt8(uint64_t value) {
  AppendU32(bytes_, 8);
  AppendU64(bytes_, value);
}

void CopyRows::AddInt4(uint32_t value) {
  AppendU32(bytes_, 4);
  AppendU32(bytes_, value);
}

void CopyRows::AddInt2(uint16_t value) {
  AppendU32(bytes_, 2);
  AppendU16(bytes_, value);
}

void CopyRows::AddBytes(absl::string_view value) {
  AppendU32(bytes_, static_cast<uint32_t>(value.size()));
  bytes_.append(value.data(), value.size());
}

std::string CopyRows::Take() {
  AppendU16(bytes_, 0xffff);
  return std::exchange(bytes_, {});
}

}  // namespace muniment::eventstore

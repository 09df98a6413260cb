#include "eventstore/rocksdb/wal_scan.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace muniment::eventstore {
namespace {

constexpr size_t kBlock = 32 * 1024;
constexpr size_t kHeader = 7;  // CRC u32, length u16, both little-endian, type u8
// A record is a write batch: a sequence number and a count at least.
constexpr size_t kSmallestRecord = 12;
enum Type : uint8_t { kZero = 0, kFull = 1, kFirst = 2 };

uint32_t Crc32c(absl::string_view bytes) {
  static constexpr auto kTable = [] {
    std::array<uint32_t, 256> table{};
    for (uint32_t i = 0; i < 256; ++i) {
      uint32_t crc = i;
      for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
      table[i] = crc;
    }
    return table;
  }();
  uint32_t crc = ~0u;
  for (const char byte : bytes) crc = kTable[(crc ^ static_cast<uint8_t>(byte)) & 255] ^ crc >> 8;
  return ~crc;
}

uint32_t Masked(uint32_t crc) { return (crc >> 15 | crc << 17) + 0xa282ead8u; }

uint8_t At(absl::string_view bytes, size_t i) { return static_cast<uint8_t>(bytes[i]); }

struct Fragment {
  size_t length = 0;
  uint8_t type = kZero;
  bool fits = false;  // in its block
};

Fragment Parse(absl::string_view file, size_t offset) {
  const size_t end = std::min(file.size(), (offset / kBlock + 1) * kBlock);
  Fragment fragment;
  if (offset + kHeader > end) return fragment;
  fragment.length = At(file, offset + 4) | At(file, offset + 5) << 8;
  fragment.type = At(file, offset + 6);
  fragment.fits = offset + kHeader + fragment.length <= end;
  return fragment;
}

bool Holds(absl::string_view file, size_t offset, const Fragment& fragment) {
  if (!fragment.fits) return false;
  uint32_t crc = 0;
  for (size_t i = 4; i-- > 0;) crc = crc << 8 | At(file, offset + i);
  return crc == Masked(Crc32c(file.substr(offset + 6, 1 + fragment.length)));
}

bool BeginsRecord(const Fragment& fragment) {
  return (fragment.type == kFull || fragment.type == kFirst) &&
         fragment.length >= kSmallestRecord;
}

// What is left of a block that holds no further fragment.
size_t NextBlock(size_t offset) { return (offset / kBlock + 1) * kBlock; }

}  // namespace

WalScan ScanWal(absl::string_view file) {
  WalScan scan;
  size_t offset = 0;
  while (offset < file.size()) {
    const Fragment fragment = Parse(file, offset);
    const bool no_header = offset + kHeader > std::min(file.size(), NextBlock(offset));
    if (no_header || (fragment.type == kZero && fragment.length == 0)) {
      offset = NextBlock(offset);
      continue;
    }
    if (!Holds(file, offset, fragment)) {
      scan.damage = offset;
      break;
    }
    scan.record_behind = scan.record_behind || BeginsRecord(fragment);
    offset += kHeader + fragment.length;
  }
  if (!scan.damage.has_value()) return scan;
  // The damaged length leads nowhere: what follows may begin at any byte.
  scan.record_behind = false;
  for (++offset; offset + kHeader < file.size() && !scan.record_behind; ++offset) {
    const Fragment fragment = Parse(file, offset);
    scan.record_behind = BeginsRecord(fragment) && Holds(file, offset, fragment);
  }
  return scan;
}

}  // namespace muniment::eventstore

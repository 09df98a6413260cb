// Numbers as keys and values hold them: big-endian, so that they sort as bytes.
//
// Thread-safe.
#ifndef MUNIMENT_PROJECTIONS_KEY_BYTES_H_
#define MUNIMENT_PROJECTIONS_KEY_BYTES_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace muniment::projections {

void AppendU16(uint16_t number, std::string* out);
void AppendU32(uint32_t number, std::string* out);
void AppendU64(uint64_t number, std::string* out);
// The number in the first bytes; shorter bytes are a broken invariant.
uint64_t ReadU64(absl::string_view bytes);
uint32_t ReadU32(absl::string_view bytes);
uint16_t ReadU16(absl::string_view bytes);

// The first bytes behind all that begin with `prefix`; empty when there are none.
std::string PrefixEnd(absl::string_view prefix);

}  // namespace muniment::projections

#endif  // MUNIMENT_PROJECTIONS_KEY_BYTES_H_

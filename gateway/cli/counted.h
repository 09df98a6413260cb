// "1 fault", "2 faults".
#ifndef MUNIMENT_GATEWAY_CLI_COUNTED_H_
#define MUNIMENT_GATEWAY_CLI_COUNTED_H_

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace muniment::gateway {

inline std::string Counted(uint64_t count, absl::string_view noun) {
  return absl::StrCat(count, " ", noun, count == 1 ? "" : "s");
}

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_CLI_COUNTED_H_

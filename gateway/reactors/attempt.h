// What is made of an attempt that failed.
//
// Thread-safe; no I/O.
#ifndef MUNIMENT_GATEWAY_REACTORS_ATTEMPT_H_
#define MUNIMENT_GATEWAY_REACTORS_ATTEMPT_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gateway/reactors/reactor.h"

namespace muniment::gateway {

// Whether the work is given up after so many attempts, of which the last failed so.
bool IsLast(const Retry& retry, uint32_t attempts, const absl::Status& failure);
// Before the next one, by chance a quarter longer or shorter, so that what failed together does not
// come back together.
absl::Duration PauseAfter(const Retry& retry, uint32_t attempts);
// For people: "mail.refused: The server refuses it.", at most 500 bytes of text.
std::string ReasonText(const absl::Status& failure);
// Of a command: it may succeed in a moment, under the same lease.
bool Passes(const absl::Status& failure);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_REACTORS_ATTEMPT_H_

// Broken invariants end the process: a state that our own code promised cannot be is not worked
// around. Never for what came from outside; that is refused with a status (base/error.h).
//
//   MUNIMENT_CHECK(key.size() == kKeyBytes);
#ifndef MUNIMENT_BASE_CHECK_H_
#define MUNIMENT_BASE_CHECK_H_

#include <cstdio>
#include <cstdlib>

namespace muniment {

[[noreturn]] inline void CheckFailed(const char* file, int line, const char* condition) {
  std::fprintf(stderr, "%s:%d: broken invariant: %s\n", file, line, condition);
  std::abort();
}

}  // namespace muniment

#define MUNIMENT_CHECK(condition) \
  (static_cast<bool>(condition) ? void() : ::muniment::CheckFailed(__FILE__, __LINE__, #condition))

#endif  // MUNIMENT_BASE_CHECK_H_

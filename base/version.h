// What this program calls itself.
#ifndef MUNIMENT_BASE_VERSION_H_
#define MUNIMENT_BASE_VERSION_H_

namespace muniment {

inline constexpr char kVersion[] = "0.1.0";

}  // namespace muniment

#endif  // MUNIMENT_BASE_VERSION_H_

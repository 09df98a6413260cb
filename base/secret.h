// Values that must not be seen, and the randomness they are made of.
//
// Secret holds a password, key or token: it is wiped when it goes, prints nowhere, and compares in
// constant time. It guards against carelessness (a log line, a core dump), not against a reader of
// the process's memory.
//
//   Secret key(RandomBytes(32));
//   AesGcmSeal(key.reveal(), ...);
//
// RandomBytes and RandomString are thread-safe; they read the kernel's generator, which cannot fail
// once the machine is up, and end the process if it does.
#ifndef MUNIMENT_BASE_SECRET_H_
#define MUNIMENT_BASE_SECRET_H_

#include <cstddef>
#include <iosfwd>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace muniment {

// Overwrites the characters, in a way that no compiler leaves out, and empties the text.
void Wipe(std::string& text);

class Secret {
 public:
  Secret() = default;
  explicit Secret(absl::string_view value) : value_(value) {}
  // Takes the text over: nothing of it stays behind in `value`.
  explicit Secret(std::string&& value) : value_(value) { Wipe(value); }
  explicit Secret(const char* value) : value_(value) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { Wipe(other.value_); }
  Secret& operator=(const Secret& other) {
    if (this != &other) *this = Secret(other);
    return *this;
  }
  Secret& operator=(Secret&& other) noexcept {
    if (this == &other) return *this;
    Wipe(value_);
    value_ = std::move(other.value_);
    Wipe(other.value_);
    return *this;
  }
  ~Secret() { Wipe(value_); }

  // Valid as long as the secret stands unchanged.
  absl::string_view reveal() const { return value_; }
  bool empty() const { return value_.empty(); }
  size_t size() const { return value_.size(); }

  // In constant time for equal lengths; lengths are no secret.
  bool Equal(absl::string_view other) const;
  bool operator==(const Secret& other) const { return Equal(other.value_); }

  friend std::ostream& operator<<(std::ostream&, const Secret&) = delete;

 private:
  std::string value_;
};

// `count` bytes nobody can guess.
std::string RandomBytes(size_t count);
void FillRandom(void* out, size_t count);

// `length` characters of `alphabet` (1 to 256 different bytes), each equally likely.
std::string RandomString(size_t length, absl::string_view alphabet);

inline constexpr absl::string_view kDigits = "0123456789";
inline constexpr absl::string_view kUpperAlphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
inline constexpr absl::string_view kAlphanumeric =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

}  // namespace muniment

#endif  // MUNIMENT_BASE_SECRET_H_

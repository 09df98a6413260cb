#include "base/secret.h"

#include <string.h>
#include <sys/random.h>

#include <cerrno>

#include "base/check.h"
#include "base/crypto.h"

namespace muniment {

void Wipe(std::string& text) {
  // The whole capacity: an earlier, longer value may stand behind the present end.
  text.resize(text.capacity());
  explicit_bzero(text.data(), text.size());
  text.clear();
}

bool Secret::Equal(absl::string_view other) const { return ConstantTimeEqual(value_, other); }

void FillRandom(void* out, size_t count) {
  char* to = static_cast<char*>(out);
  while (count > 0) {
    const ssize_t got = getrandom(to, count, 0);
    if (got < 0 && errno == EINTR) continue;
    MUNIMENT_CHECK(got > 0);
    to += got;
    count -= static_cast<size_t>(got);
  }
}

std::string RandomBytes(size_t count) {
  std::string bytes(count, '\0');
  FillRandom(bytes.data(), count);
  return bytes;
}

std::string RandomString(size_t length, absl::string_view alphabet) {
  MUNIMENT_CHECK(!alphabet.empty() && alphabet.size() <= 256);
  // Bytes at or above the largest multiple of the alphabet's size would favour its beginning.
  const unsigned limit = 256 - 256 % static_cast<unsigned>(alphabet.size());
  std::string text;
  text.reserve(length);
  unsigned char pool[64];
  while (text.size() < length) {
    FillRandom(pool, sizeof(pool));
    for (size_t i = 0; i < sizeof(pool) && text.size() < length; ++i) {
      if (pool[i] < limit) text.push_back(alphabet[pool[i] % alphabet.size()]);
    }
  }
  explicit_bzero(pool, sizeof(pool));
  return text;
}

}  // namespace muniment

#include "tests/bench/raw_hash.h"

#include <sodium.h>

#include <cstddef>

#include "tests/bench/bench.h"

namespace muniment::bench {
namespace {

constexpr unsigned long long kPasses = 2;
constexpr size_t kMemory = 19 << 20;

}  // namespace

void RawHash() {
  static const bool ready = sodium_init() >= 0;
  if (!ready) Fail("libsodium");
  unsigned char out[32];
  unsigned char salt[crypto_pwhash_SALTBYTES] = {1};
  if (crypto_pwhash(out, sizeof out, "correct horse", 13, salt, kPasses, kMemory,
                    crypto_pwhash_ALG_ARGON2ID13) != 0) {
    Fail("argon2id");
  }
}

}  // namespace muniment::bench

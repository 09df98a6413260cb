// The bare loop that password checks are held against: the fastest argon2id there is, libsodium's,
// at the cost of our own hashes. Thread-safe.
//
//   const HashMemory memory;   // base/hash_memory.h: as the hash pool keeps it
//   RawHash();
#ifndef MUNIMENT_TESTS_BENCH_RAW_HASH_H_
#define MUNIMENT_TESTS_BENCH_RAW_HASH_H_

namespace muniment::bench {

void RawHash();

}  // namespace muniment::bench

#endif  // MUNIMENT_TESTS_BENCH_RAW_HASH_H_

// The memory argon2id works in, kept by its thread from one password to the next. 19 MiB mapped
// anew for each hash cost 4,900 page faults, near half of the processor time of the hash itself;
// kept, and in huge pages where the system allows them, they cost none.
//
//   {
//     const HashMemory memory;     // this thread's, as long as it stands
//     crypto_pwhash(...);          // libsodium's mapping comes from it
//   }
//   ReleaseHashMemory();           // nothing waits to be hashed: back to the system
//
// libsodium maps its memory itself and cannot be given any, so it is linked as an archive and its
// calls of mmap and munmap go through here (the linker's --wrap, base/CMakeLists.txt). Everybody
// else's pass straight on: only an anonymous mapping made by a thread inside a HashMemory is served
// from it, if it is no larger than kMaxHashMemory, and one at a time.
//
// Each thread has its own. What a hash left there is values derived from a password, until the
// next hash or the release; it stays out of core dumps. Where memory is short nothing is kept and
// the hash maps its own, or fails.
#ifndef MUNIMENT_BASE_HASH_MEMORY_H_
#define MUNIMENT_BASE_HASH_MEMORY_H_

#include <cstddef>

namespace muniment {

inline constexpr size_t kMaxHashMemory = size_t{32} << 20;

// Not to be nested.
class HashMemory {
 public:
  HashMemory();
  ~HashMemory();
  HashMemory(const HashMemory&) = delete;
  HashMemory& operator=(const HashMemory&) = delete;
};

// Gives back what the calling thread keeps; outside of any HashMemory.
void ReleaseHashMemory();

}  // namespace muniment

#endif  // MUNIMENT_BASE_HASH_MEMORY_H_

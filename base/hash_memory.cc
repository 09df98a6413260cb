#include "base/hash_memory.h"

#include <sys/mman.h>
#include <sys/types.h>

#include "base/check.h"

extern "C" {
void* __real_mmap(void* address, size_t size, int protection, int flags, int file, off_t offset);
int __real_munmap(void* address, size_t size);
void* __wrap_mmap(void* address, size_t size, int protection, int flags, int file, off_t offset);
int __wrap_munmap(void* address, size_t size);
}

namespace muniment {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;

// Plain data: it must be usable before any constructor of a thread has run.
struct Arena {
  char* mapped;
  char* begin;
  bool in_scope;
  bool lent;
};
constinit thread_local Arena arena{nullptr, nullptr, false, false};

// Addresses for the most that is ever lent; pages come when they are first touched.
void Map() {
  constexpr size_t kMapped = kMaxHashMemory + kHugePage;
  void* const mapped = __real_mmap(nullptr, kMapped, PROT_READ | PROT_WRITE,
                                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) return;
  arena.mapped = static_cast<char*>(mapped);
  const size_t over = reinterpret_cast<size_t>(mapped) % kHugePage;
  arena.begin = arena.mapped + (over == 0 ? 0 : kHugePage - over);
  // Both are wishes: without them it is slower, or in a core dump.
  madvise(arena.begin, kMaxHashMemory, MADV_HUGEPAGE);
  madvise(arena.begin, kMaxHashMemory, MADV_DONTDUMP);
}

struct ReleaseAtExit {
  ~ReleaseAtExit() { ReleaseHashMemory(); }
  void Arm() {}
};

}  // namespace

HashMemory::HashMemory() {
  static thread_local ReleaseAtExit at_exit;
  at_exit.Arm();
  MUNIMENT_CHECK(!arena.in_scope);
  if (arena.begin == nullptr) Map();
  arena.in_scope = true;
}

HashMemory::~HashMemory() { arena.in_scope = false; }

void ReleaseHashMemory() {
  MUNIMENT_CHECK(!arena.in_scope && !arena.lent);
  if (arena.mapped != nullptr) __real_munmap(arena.mapped, kMaxHashMemory + kHugePage);
  arena = Arena{nullptr, nullptr, false, false};
}

}  // namespace muniment

void* __wrap_mmap(void* address, size_t size, int protection, int flags, int file, off_t offset) {
  muniment::Arena& arena = muniment::arena;
  if (arena.in_scope && !arena.lent && arena.begin != nullptr && address == nullptr && file == -1 &&
      (flags & MAP_ANONYMOUS) != 0 && size <= muniment::kMaxHashMemory) {
    arena.lent = true;
    return arena.begin;
  }
  return __real_mmap(address, size, protection, flags, file, offset);
}

int __wrap_munmap(void* address, size_t size) {
  muniment::Arena& arena = muniment::arena;
  if (arena.lent && address == arena.begin) {
    arena.lent = false;
    return 0;
  }
  return __real_munmap(address, size);
}

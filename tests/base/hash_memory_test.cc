#include "base/hash_memory.h"

#include <catch2/catch.hpp>
#include <sys/mman.h>
#include <sys/resource.h>

#include <thread>

#include "base/password.h"

namespace muniment {
namespace {

constexpr size_t kMiB = size_t{1} << 20;

void* Map(size_t size) {
  return mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

long PageFaults() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_minflt;
}

TEST_CASE("a thread's second hash takes its memory from the first") {
  REQUIRE(HashPassword("first").ok());
  const long before = PageFaults();
  REQUIRE(HashPassword("second").ok());
  CHECK(PageFaults() - before < 200);  // 19 MiB are 4,864 pages
}

TEST_CASE("released memory goes back, and comes again") {
  REQUIRE(HashPassword("first").ok());
  ReleaseHashMemory();
  ReleaseHashMemory();
  const std::string hash = HashPassword("second").value();
  CHECK(VerifyPassword(hash, "second").value());
  CHECK_FALSE(VerifyPassword(hash, "first").value());
}

TEST_CASE("only one mapping at a time, and none that is too large, comes from the kept memory") {
  void* kept = nullptr;
  {
    const HashMemory memory;
    kept = Map(kMiB);
    void* const second = Map(kMiB);
    CHECK(second != kept);
    CHECK(munmap(second, kMiB) == 0);
    CHECK(munmap(kept, kMiB) == 0);
    CHECK(Map(kMaxHashMemory) == kept);
    CHECK(munmap(kept, kMaxHashMemory) == 0);
    void* const large = Map(kMaxHashMemory + 1);
    CHECK(large != kept);
    CHECK(munmap(large, kMaxHashMemory + 1) == 0);
  }
  void* const outside = Map(kMiB);
  CHECK(outside != kept);
  CHECK(munmap(outside, kMiB) == 0);
}

TEST_CASE("threads do not share it") {
  const HashMemory memory;
  void* const mine = Map(kMiB);
  void* theirs = nullptr;
  std::thread([&] {
    const HashMemory other;
    theirs = Map(kMiB);
    munmap(theirs, kMiB);
  }).join();
  CHECK(mine != theirs);
  CHECK(munmap(mine, kMiB) == 0);
}

TEST_CASE("hashes made in kept memory are right on many threads at once") {
  const std::string hash = HashPassword("right", {1024, 1}).value();
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        if (!VerifyPassword(hash, "right").value()) ++wrong;
        if (VerifyPassword(hash, "left").value()) ++wrong;
        if (i % 7 == 0) ReleaseHashMemory();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

}  // namespace
}  // namespace muniment

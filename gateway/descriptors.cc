#include "gateway/descriptors.h"

#include <sys/resource.h>

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "gateway/log.h"

namespace muniment::gateway {
namespace {

// Each of the two databases keeps up to 512 tables open; beside them stand their logs, what a
// compaction writes, connections to PostgreSQL and to mail servers, and the threads' own.
constexpr uint64_t kReserve = 1280;

uint64_t DescriptorLimit() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
    return std::numeric_limits<uint64_t>::max();
  }
  return limit.rlim_cur;
}

}  // namespace

void RaiseDescriptorLimit() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

uint64_t ConnectionsWithin(uint64_t limit, uint64_t wanted) {
  // Where there is little, most of it is for the stores.
  const uint64_t reserve = std::min(kReserve, limit - limit / 4);
  return std::clamp<uint64_t>(limit - reserve, 1, wanted);
}

std::shared_ptr<net::Seats> OpenSeats(uint64_t wanted) {
  const uint64_t limit = DescriptorLimit();
  const uint64_t taken = ConnectionsWithin(limit, wanted);
  if (taken < wanted) {
    LogWarning("the hard limit of open files leaves fewer connections beside the stores than "
               "Limits.MaxConnections asks for",
               {{"connections", absl::StrCat(taken)},
                {"asked", absl::StrCat(wanted)},
                {"descriptors", absl::StrCat(limit)}});
  }
  return std::make_shared<net::Seats>(taken);
}

}  // namespace muniment::gateway

// What reactors have to do, of all instances, by the read models: what is due by the due-time
// index, how much waits, and what was given up.
//
// Threads: stateless.
#ifndef MUNIMENT_GATEWAY_REACTORS_DUE_LIST_H_
#define MUNIMENT_GATEWAY_REACTORS_DUE_LIST_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gateway/reactors/reactor.h"
#include "projections/database.h"

namespace muniment::gateway {

struct DueWork {
  std::string row_key;
  Work work;
};

struct DueList {
  std::vector<DueWork> due;
  absl::Time next = absl::InfiniteFuture();  // when more is
};

// Up to `most` of one name that are due by `now`, the longest due first; without those whose row
// key `passed` says yes to.
absl::StatusOr<DueList> ListDue(projections::View& view, absl::string_view work, absl::Time now,
                                size_t most, const std::function<bool(const std::string&)>& passed);

// What waits, due or not.
struct Queue {
  uint64_t length = 0;
  absl::Time oldest = absl::InfiniteFuture();  // request
};
absl::StatusOr<Queue> QueueOf(const projections::Database& database, absl::string_view work);
// Of all instances.
absl::StatusOr<uint64_t> DeadLetters(const projections::Database& database);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_REACTORS_DUE_LIST_H_

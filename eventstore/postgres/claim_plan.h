// What a commit's claim changes come to when they take effect in their order: which values have to
// be free, which slots are given back, what stands in the end. What the claims table holds is not
// known here; the server decides with the order that each part keeps.
//
// A value that is taken has to be free, or in the very slot, or in a slot that the commit gave back
// before. Thread-safe; no I/O.
#ifndef MUNIMENT_EVENTSTORE_POSTGRES_CLAIM_PLAN_H_
#define MUNIMENT_EVENTSTORE_POSTGRES_CLAIM_PLAN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "eventstore/commit.h"
#include "eventstore/store.h"

namespace muniment::eventstore {

struct ClaimPlan {
  struct Take {
    uint32_t order = 0;
    uint32_t read = 0;  // index of the stream in Commit::reads
    std::string slot = {};
    std::string key = {};
    bool doomed = false;  // the commit itself holds it in another slot
  };
  struct Give {
    uint32_t order = 0;
    uint32_t read = 0;
    std::optional<std::string> slot = {};  // nullopt: all of the stream
  };
  struct Final {
    uint32_t read = 0;
    std::string slot = {};
    std::string key = {};
  };
  std::vector<Take> takes;
  std::vector<Give> gives;
  std::vector<Final> finals;
};

ClaimPlan PlanClaims(const Commit& commit, const CheckedCommit& checked);

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_POSTGRES_CLAIM_PLAN_H_

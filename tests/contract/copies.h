// Copies one bench's log into another's place, as eventstore/move.h does it, and lets a test get in
// between.
//
//   Copies copies(source, target);
//   REQUIRE(copies.MoveUpTo(10).ok());   // and killed
//   REQUIRE(copies.Move().ok());         // both benches are open again
#ifndef MUNIMENT_TESTS_CONTRACT_COPIES_H_
#define MUNIMENT_TESTS_CONTRACT_COPIES_H_

#include <functional>
#include <memory>
#include <string>

#include "contract/harness.h"
#include "eventstore/move.h"

namespace muniment::eventstore {

class Copies {
 public:
  Copies(Bench& source, Bench& target) : source_(source), target_(target) {}

  absl::StatusOr<Moved> Move();
  // Makes that many steps, each an event, a row, the end or taking the mark away, and leaves the
  // rest as a killed process would.
  absl::Status MoveUpTo(size_t writes);
  // What somebody is told who opens the target as a store.
  absl::Status OpenTarget() const;
  // What a reader finds there, who asks for what is unfinished or does not.
  absl::StatusOr<LogHead> ReadTarget(bool unfinished) const;
  // What differs between the two, as Compare tells it; both benches are open again.
  std::string Difference();
  // Whether the bytes stand among the target's keys, or in any of its files where it has a folder.
  bool TargetHolds(const std::string& bytes) const;

  void WhileCopying(std::function<void()> act) { act_ = std::move(act); }
  void Alter(std::function<void(StoredEvent&)> alter) { alter_ = std::move(alter); }
  void Prove(std::function<absl::Status()> prove) { prove_ = std::move(prove); }

 private:
  Bench& source_;
  Bench& target_;
  std::function<void()> act_ = [] {};
  std::function<void(StoredEvent&)> alter_ = [](StoredEvent&) {};
  std::function<absl::Status()> prove_ = [] { return absl::OkStatus(); };
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_TESTS_CONTRACT_COPIES_H_

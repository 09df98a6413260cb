// What became of the work about one aggregate, as decisions see it.
#ifndef MUNIMENT_COMMAND_WORK_WORKS_H_
#define MUNIMENT_COMMAND_WORK_WORKS_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "muniment/event/v1/work.visit.h"

namespace muniment::command {

struct Works {
  using Event = event::v1::WorkEvent;
  static constexpr absl::string_view kNoun = "work";
  // What was asked for is known by its outcome, which names the request.
  using Ignored = Kinds<event::v1::WorkRequested>;

  // The newest outcome of a work.
  struct Outcome {
    uint64_t request = 0;
    uint32_t attempts = 0;
    bool done = false;
    bool given_up = false;
    bool begun = false;  // the last attempt, of which nothing is known
    google::protobuf::Timestamp requested;  // of what was given up
  };
  std::map<std::string, Outcome, std::less<>> outcomes;  // by the work's name

  bool exists() const { return !outcomes.empty(); }
  // Null when nothing is known of it.
  const Outcome* Find(absl::string_view work) const {
    const auto found = outcomes.find(work);
    return found == outcomes.end() ? nullptr : &found->second;
  }
  size_t bytes() const { return outcomes.size() * 128; }
};

void Fold(Works& works, const event::v1::WorkDone& event);
void Fold(Works& works, const event::v1::WorkBegun& event);
void Fold(Works& works, const event::v1::WorkFailed& event);
void Fold(Works& works, const event::v1::WorkGivenUp& event);
void Fold(Works& works, const event::v1::WorkPutBack& event);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_WORK_WORKS_H_

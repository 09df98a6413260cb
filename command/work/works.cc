#include "command/work/works.h"

namespace muniment::command {

void Fold(Works& works, const event::v1::WorkDone& event) {
  works.outcomes[event.work()] = {.request = event.request(), .done = true};
}

void Fold(Works& works, const event::v1::WorkBegun& event) {
  works.outcomes[event.work()] = {
      .request = event.request(), .attempts = event.attempts(), .begun = true};
}

void Fold(Works& works, const event::v1::WorkFailed& event) {
  works.outcomes[event.work()] = {.request = event.request(), .attempts = event.attempts()};
}

void Fold(Works& works, const event::v1::WorkGivenUp& event) {
  works.outcomes[event.work()] = {.request = event.request(),
                                  .attempts = event.attempts(),
                                  .given_up = true,
                                  .requested = event.requested()};
}

void Fold(Works& works, const event::v1::WorkPutBack& event) {
  works.outcomes[event.work()] = {.request = event.request()};
}

}  // namespace muniment::command

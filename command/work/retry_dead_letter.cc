#include <optional>
#include <utility>

#include "command/work/outcome.h"
#include "muniment/api/work/v1/work_service.pb.h"

namespace muniment::command {

using muniment::api::work::v1::RetryDeadLetterRequest;
using muniment::api::work::v1::RetryDeadLetterResponse;

absl::StatusOr<RetryDeadLetterResponse> RetryDeadLetter(Unit& unit,
                                                        const RetryDeadLetterRequest& request) {
  const absl::Status not_found = Error(absl::StatusCode::kNotFound, "work.not_found",
                                       "There is no such dead letter, or no longer.");
  const std::optional<WorkId> id = WorkId::Parse(request.id());
  if (!id.has_value()) return not_found;
  ASSIGN_OR_RETURN(const auto works, LoadWorks(unit, {id->aggregate, id->resource_id}));
  const Works::Outcome* const outcome = works->Find(id->work);
  if (outcome == nullptr || !outcome->given_up || outcome->request != id->request) {
    return not_found;
  }
  event::v1::WorkPutBack put_back;
  put_back.set_work(id->work);
  put_back.set_request(id->request);
  *put_back.mutable_requested() = outcome->requested;
  unit.Raise(works, std::move(put_back));
  return RetryDeadLetterResponse();
}

}  // namespace muniment::command

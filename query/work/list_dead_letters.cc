#include <utility>

#include "base/work_id.h"
#include "muniment/api/work/v1/work_service.pb.h"
#include "muniment/row/v1/work.pb.h"
#include "query/reader.h"

namespace muniment::query {
namespace {

using muniment::api::work::v1::DeadLetter;
using muniment::api::work::v1::ListDeadLettersRequest;
using muniment::api::work::v1::ListDeadLettersResponse;

void PresentDeadLetter(const Reader&, const row::v1::DeadLetter& row, DeadLetter* letter) {
  letter->set_id(
      WorkId{row.name(), row.aggregate(), row.resource_id(), row.request()}.ToString());
  letter->set_work(row.name());
  letter->set_reason(row.reason());
  letter->set_attempts(row.attempts());
  *letter->mutable_requested() = row.requested();
  *letter->mutable_given_up() = row.stamp().created();
}

}  // namespace

absl::StatusOr<ListDeadLettersResponse> ListDeadLetters(Reader& reader,
                                                        const ListDeadLettersRequest& request) {
  return reader.List<ListDeadLettersResponse>(request, ListSpec<row::v1::DeadLetter>(),
                                              &PresentDeadLetter);
}

}  // namespace muniment::query

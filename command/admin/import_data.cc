#include "command/import/data.h"
#include "command/instance/instance.h"
#include "command/unit.h"
#include "zitadel/admin.pb.h"

namespace muniment::command {

using zitadel::admin::v1::ImportDataRequest;
using zitadel::admin::v1::ImportDataResponse;

// Whether it may be done at all: every item is a command of its own (gateway/api/data_import.h).
absl::StatusOr<ImportDataResponse> ImportData(Unit& unit, const ImportDataRequest& request) {
  ASSIGN_OR_RETURN(const auto instance, unit.LoadAny<Instance>(InstanceScope()));
  unit.AnswerWith(instance);
  RETURN_IF_ERROR(ImportTime(request).status());
  if (request.data_orgs().orgs().empty() && request.data_orgsv1().orgs().empty()) {
    return Error(absl::StatusCode::kInvalidArgument, "request.data.required",
                 "The request must hold an organization, in data_orgs or data_orgsv1.");
  }
  return ImportDataResponse();
}

}  // namespace muniment::command

// Items of an import by call (zitadel.admin.v1.AdminService/ImportData) that say more than the request
// of a published method can: each is decided by that method's handler and under its rule, and has the
// id that it has elsewhere, or is told from one that is here already.
//
//   const Handler* handler = DataHandler(*item.GetDescriptor());  // null: the method does it as it is
//   call.handler = handler;
//   call.request = item;
//
// A user's state is in the commit that makes him.
//
// Thread-safe. Errors beside those of the methods (ImportHumanUser, AddMachineUser, AddProjectGrant,
// AddMachineKey): INVALID_ARGUMENT "import.two_ids" for a machine with two ids,
// ALREADY_EXISTS "user.already_exists" and "project_grant.already_exists" for an id that is or was
// something's, "machine_key.already_exists" for a key that the machine has.
#ifndef MUNIMENT_COMMAND_IMPORT_DATA_H_
#define MUNIMENT_COMMAND_IMPORT_DATA_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "command/handler.h"
#include "google/protobuf/descriptor.h"
#include "zitadel/admin.pb.h"

namespace muniment::command {

const Handler* DataHandler(const google::protobuf::Descriptor& item);

// For how long the request asks to be worked on; infinite where it does not say.
// INVALID_ARGUMENT "request.timeout.malformed", "request.timeout.out_of_range".
absl::StatusOr<absl::Duration> ImportTime(const zitadel::admin::v1::ImportDataRequest& request);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_IMPORT_DATA_H_

// Whose a data directory is. What stands in it must belong to the user that the server runs as, or
// the next start cannot read it: whoever changes a directory does so as its owner.
//
//   RETURN_IF_ERROR(ActAsOwner(config.Text(Key::kDataDir)));  // before the process has threads
//   RETURN_IF_ERROR(CheckOwner(directory));                   // before something is written
//
// The owner is that of the log in it, else of the read models, else of the directory. Errors:
// PERMISSION_DENIED "file.other_owner" with the owner and how to run a program as him.
#ifndef MUNIMENT_GATEWAY_DATA_OWNER_H_
#define MUNIMENT_GATEWAY_DATA_OWNER_H_

#include <string>

#include "absl/status/status.h"

namespace muniment::gateway {

// Makes a process of root's one of the owner's, for good, and says so on standard error. Where that
// would not do it is refused, and the process is to end. Does nothing for another user, and where
// there is no directory yet.
absl::Status ActAsOwner(const std::string& directory);

// Refuses root for a directory of somebody else's.
absl::Status CheckOwner(const std::string& directory);

// A sentence for who may not read or write there: whose it is, and how to run a program as him.
// Empty where there is no such directory, or this user has it.
std::string OwnerHint(const std::string& directory);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_DATA_OWNER_H_

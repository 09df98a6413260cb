// Where the process's master key comes from: the configuration itself, the file it names, or a file
// made at the very first start.
//
// Errors: those of MasterKey::Parse and private_file.h; FAILED_PRECONDITION "master_key.missing"
// where a store stands whose key is gone, as a fresh one could not open it, and where nodes share a
// store: each would make another.
#ifndef MUNIMENT_GATEWAY_MASTER_KEY_H_
#define MUNIMENT_GATEWAY_MASTER_KEY_H_

#include "absl/status/statusor.h"
#include "base/keyring.h"
#include "gateway/config.h"

namespace muniment::gateway {

// `store_stands`: there is a log already, or one that is shared. DataDir exists.
absl::StatusOr<MasterKey> LoadMasterKey(const Config& config, bool store_stands);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_MASTER_KEY_H_

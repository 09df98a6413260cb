// Sealing of one part of one event (FORMAT.md, Clear and sealed): a key of its own from the
// subject's data key and a random salt, a commitment to it, AES-256-GCM.
//
// Thread-safe; no I/O.
// Errors: DATA_LOSS "store.damaged" for a part that does not open with its own key.
#ifndef MUNIMENT_EVENTSTORE_SEAL_H_
#define MUNIMENT_EVENTSTORE_SEAL_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "muniment/store/v1/body.pb.h"

namespace muniment::eventstore {

inline constexpr absl::string_view kPayloadPurpose = "muniment event payload v1";
inline constexpr absl::string_view kContextPurpose = "muniment event context v1";
inline constexpr absl::string_view kReportedPurpose = "muniment event reported v1";
inline constexpr size_t kKeyIdBytes = 16;
inline constexpr size_t kSaltBytes = 16;
inline constexpr size_t kDataKeyBytes = 32;

store::v1::Sealed Seal(absl::string_view key_id, absl::string_view data_key, absl::string_view salt,
                       absl::string_view purpose, absl::string_view aad, absl::string_view text);

absl::StatusOr<std::string> Unseal(absl::string_view data_key, const store::v1::Sealed& sealed,
                                   absl::string_view purpose, absl::string_view aad);

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_SEAL_H_

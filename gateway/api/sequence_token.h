// What `x-muniment-sequence` holds: a place in one instance's history, sealed, so that nobody can
// make up one that does not exist and have readers wait for it.
//
//   responder->SetHeader(kSequenceHeader, tokens.Seal({epoch, instance, sequence}));
//   ASSIGN_OR_RETURN(Place place, tokens.Open(context.Header(kSequenceHeader)));
//
// Thread-safe. Opening something else is INVALID_ARGUMENT "request.sequence".
#ifndef MUNIMENT_GATEWAY_API_SEQUENCE_TOKEN_H_
#define MUNIMENT_GATEWAY_API_SEQUENCE_TOKEN_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/keyring.h"

namespace muniment::gateway {

inline constexpr absl::string_view kSequenceHeader = "x-muniment-sequence";

struct Place {
  uint64_t epoch = 0;  // of the store; a number of another one says nothing of this log
  uint64_t instance = 0;
  uint64_t sequence = 0;

  friend bool operator==(const Place&, const Place&) = default;
};

class SequenceTokens {
 public:
  explicit SequenceTokens(const MasterKey& key) : sealer_(key) {}

  std::string Seal(const Place& place) const;
  absl::StatusOr<Place> Open(absl::string_view text) const;

 private:
  Sealer sealer_;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_API_SEQUENCE_TOKEN_H_

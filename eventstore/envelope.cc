#include "eventstore/envelope.h"

#include "absl/strings/str_cat.h"
#include "base/crypto.h"
#include "base/error.h"
#include "eventstore/commit.h"

namespace muniment::eventstore {

std::string EncodeEnvelope(uint64_t instance, uint64_t sequence, absl::Time created_at) {
  std::string envelope;
  envelope.reserve(kEnvelopeBytes);
  AppendU64(envelope, instance);
  AppendU64(envelope, sequence);
  AppendU64(envelope, static_cast<uint64_t>(absl::ToUnixMicros(created_at)));
  return envelope;
}

absl::StatusOr<StoredEvent> ParseStored(uint64_t position, Keep keep, absl::string_view value) {
  if (value.size() < kEnvelopeBytes) {
    return Error(absl::StatusCode::kDataLoss, "store.damaged",
                 absl::StrCat("The event at position ", position, " is shorter than its envelope."));
  }
  StoredEvent event;
  event.position = position;
  event.instance = ReadU64(value);
  event.sequence = ReadU64(value.substr(8));
  event.created_at = absl::FromUnixMicros(static_cast<int64_t>(ReadU64(value.substr(16))));
  event.keep = keep;
  event.body = std::string(value.substr(kEnvelopeBytes));
  return event;
}

std::string LeafHash(const StoredEvent& event) {
  const std::string envelope = EncodeEnvelope(event.instance, event.sequence, event.created_at);
  return Sha256(absl::string_view("\0", 1), envelope, event.body).str();
}

uint32_t DayOf(absl::Time time) {
  const int64_t seconds = absl::ToUnixSeconds(time);
  return seconds < 0 ? 0 : static_cast<uint32_t>(seconds / 86400);
}

}  // namespace muniment::eventstore

// Setting what people are asked to agree to, which the instance and organizations share.
#ifndef MUNIMENT_COMMAND_CONSENT_DOCUMENTS_H_
#define MUNIMENT_COMMAND_CONSENT_DOCUMENTS_H_

#include "absl/status/status.h"
#include "command/policy/settings.h"
#include "command/unit.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "muniment/api/consent/v1/consent_service.pb.h"

namespace muniment::command {

// The setting's documents from now on; what stands already raises nothing. A version that stands
// keeps the time from which it is due, unless another is given. INVALID_ARGUMENT
// "consent.kind_repeated", "consent.since_invalid", those of CheckUrlTemplate.
absl::Status SetConsentDocuments(
    Unit& unit, const Ref<ConsentPolicy>& setting,
    const google::protobuf::RepeatedPtrField<api::consent::v1::ConsentDocument>& documents);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_CONSENT_DOCUMENTS_H_

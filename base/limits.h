// Holds a request against what its fields may hold: the muniment.limit and muniment.unserved
// options of its messages, compiled into plans at first use. The gateway does so before anything
// else sees a request, for commands and queries alike.
//
//   RETURN_IF_ERROR(CheckRequest(request));
//
// INVALID_ARGUMENT "request.<field>.<what>", such as "request.profile.given_name.required", where
// <what> is one of required, too_short, too_long, not_email, not_uri, not_name, not_id, undefined,
// zero, not_true, out_of_range, too_few, too_many, repeated. UNIMPLEMENTED "request.unserved" for a field that is
// set and waits for something we do not have; fact "waits_for" says for what. Fact "field" names
// the field with the places in lists: "metadata[2].key". The first fault in order of declaration
// counts.
//
// Thread-safe. A field without presence is absent where it holds its default. A member of a oneof
// is only looked at when it is the one that is set; into a field that is (muniment.apart)
// (import_options.proto) nothing looks.
#ifndef MUNIMENT_BASE_LIMITS_H_
#define MUNIMENT_BASE_LIMITS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace muniment {

absl::Status CheckRequest(const google::protobuf::Message& request);

// A URI or a relative reference (RFC 3986, section 4.1), by its characters.
bool LooksLikeUriReference(absl::string_view text);

}  // namespace muniment

#endif  // MUNIMENT_BASE_LIMITS_H_

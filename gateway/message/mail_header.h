// What stands in the header of a mail (RFC 5322), for any text, hostile ones included: control
// characters become spaces, so no value ends its line; what is not ASCII becomes encoded words
// (RFC 2047). Pure.
#ifndef MUNIMENT_GATEWAY_MESSAGE_MAIL_HEADER_H_
#define MUNIMENT_GATEWAY_MESSAGE_MAIL_HEADER_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace muniment::gateway {

// The value of an unstructured field. Long ones are folded (CRLF and a space).
std::string HeaderText(absl::string_view text);

// "Ada Lovelace <ada@example.com>"; without a name "<ada@example.com>".
std::string Mailbox(absl::string_view name, absl::string_view address);

// Under which receivers know a message again: the same for the same key, and telling nothing of it.
std::string KeyForReceivers(absl::string_view key);
// That at a domain: "<5f...@example.com>".
std::string MessageId(absl::string_view key, absl::string_view domain);

// "Sat, 28 Nov 2026 14:49:48 +0000".
std::string MailDate(absl::Time time);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_MESSAGE_MAIL_HEADER_H_

// E-mail addresses that mail can be sent to. Pure, thread-safe; the text may be hostile.
//
//   ASSIGN_OR_RETURN(const EmailAddress address, ParseEmailAddress("ada@bücher.example"));
//   address.envelope()   // "ada@xn--bcher-kva.example", for SMTP
//
// RFC 5321 sections 4.1.2 and 4.5.3.1: one mailbox, a dot-string of 1 to 64 bytes, @, a domain, 254
// bytes in all. Not taken: display names, angle brackets, comments, quoted local parts and address
// literals. Anything that could end a line or a header is outside of every alphabet here.
//
// The domain goes out in A-labels (IDNA 2008 by UTS #46, non-transitional), in lower case. A local
// part may have letters, marks and digits of any script in NFKC (RFC 6531; not full-width or other
// compatibility forms, which look like the plain ones, RFC 8264 section 9.17); such an address can
// only be reached by servers that offer SMTPUTF8, which the sender must ask for. The whole is also
// a name that may be shown (names.h). The local part's case is kept, as section 2.4 demands; that
// two addresses differing in it are one person's is a matter of claims (text.h, FoldName).
#ifndef MUNIMENT_BASE_EMAIL_ADDRESS_H_
#define MUNIMENT_BASE_EMAIL_ADDRESS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace muniment {

struct EmailAddress {
  std::string local;
  std::string domain;  // A-labels in lower case
  bool needs_smtputf8 = false;

  std::string envelope() const { return local + "@" + domain; }
};

// INVALID_ARGUMENT "email.invalid".
absl::StatusOr<EmailAddress> ParseEmailAddress(absl::string_view text);

// Whether mail to both goes to one mailbox, as far as can be told without its server: one domain, and
// a local part equal but for the case of ASCII letters. A fold of names joins more, which are different
// mailboxes: ss and ß, σ and ς. False for what is no address.
bool SameMailbox(absl::string_view one, absl::string_view other);

}  // namespace muniment

#endif  // MUNIMENT_BASE_EMAIL_ADDRESS_H_

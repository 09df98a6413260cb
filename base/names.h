// What people and programs may be called: names that are shown, user names, ids that callers
// choose. Each is told by what it may be, by Unicode's properties (ICU), so that no list has to be
// kept of what looks like nothing or like something else. What is refused is told so; nothing is
// changed on the way in, for a name is stored as it was typed. That two names are one is FoldName's
// (text.h).
//
// A name that is shown (ValidName) is of PRECIS' FreeformClass (RFC 8264 section 4.3), with the
// spaces of a nickname (RFC 8266 section 2.1) and the marks of UTS #39 section 5.4:
//  - no control characters, private use, surrogates, noncharacters or unassigned code points,
//    nothing that is default-ignorable or turns the direction of text (Bidi_Control);
//  - joiners where RFC 5892 appendix A takes them, and where emoji and Arabic's letters need them;
//    one variation selector behind what has forms: emoji, ideographs, some scripts and signs;
//  - spaces are U+0020 or the ideographic U+3000, one at a time, none at either end; the others
//    (NBSP and the widths of typesetters) and blank symbols (braille's U+2800) are none of a name;
//  - marks stand on something, at most four nonspacing ones on one, none twice in a row.
//
// A user name (ValidUsername) is one that is shown and, after folding, of the IdentifierClass (RFC
// 8264 section 4.2, mapped as UsernameCaseMapped, RFC 8265 section 3.3): letters, marks and digits
// of any script, all of printable ASCII but / \ < > " and, between parts, a space; digits of one
// system only. So addresses, "DOMAIN.name", "auth0|5f7c" and "o'neil" are user names; ".", "..", a
// path, an emoji and markup are not. The rule for text that runs both ways (RFC 5893) is not
// applied: it would refuse an address whose two halves are of two scripts.
//
// Thread-safe; nothing fails.
#ifndef MUNIMENT_BASE_NAMES_H_
#define MUNIMENT_BASE_NAMES_H_

#include "absl/strings/string_view.h"

namespace muniment {

bool ValidName(absl::string_view text);

bool ValidUsername(absl::string_view text);

// Fit to be an id that a caller chooses: 1 to 200 of ASCII's letters and digits and -_.~:@|+=
// beginning with a letter, a digit, - or _, with a letter or a digit in it, and not what programs
// write for nothing: null, nil, none, undefined, nan, in any case. So it is one segment of a URL,
// and none of . and .., a path or a subject of a stream without a person (eventstore/FORMAT.md,
// Whose key). The ids of other platforms fit: UUIDs, numbers, addresses, "auth0|5f7c".
bool ValidId(absl::string_view text);

}  // namespace muniment

#endif  // MUNIMENT_BASE_NAMES_H_

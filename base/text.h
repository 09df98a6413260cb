// Text that people type: what counts as the same name, what is searched for, what has the shape of
// a number or a tag. Unicode by ICU; no language, no locale: a name is the same name whoever asks.
// What may be a name at all: names.h. Addresses: email_address.h.
//
// Thread-safe; nothing fails: bytes that are no UTF-8 fold to U+FFFD and are valid nowhere else.
#ifndef MUNIMENT_BASE_TEXT_H_
#define MUNIMENT_BASE_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

namespace muniment {

// UTF-8 without overlong forms, surrogates or numbers beyond U+10FFFF.
bool ValidUtf8(absl::string_view text);

// Code points of valid UTF-8; of other bytes, some number not above text.size().
size_t CodePoints(absl::string_view text);

// The form under which names are unique: NFKC, case and width folded, characters that show nothing
// (zero-width, soft hyphen, variation selectors) dropped. Folding twice is folding once. The
// Turkish dotless ı stays itself; I is i, İ is i with a dot above.
std::string FoldName(absl::string_view text);

// The form under which text is sorted and found. The same fold, under its own name because names
// are frozen by the log and search is not.
std::string FoldForSearch(absl::string_view text);

// Every run of three code points in folded text, 21 bits a code point, the first one highest; none
// in shorter text. Calls `visit` with each as it comes; or gives each once, ascending.
void EachTrigram(absl::string_view folded, absl::FunctionRef<void(uint64_t trigram)> visit);
std::vector<uint64_t> Trigrams(absl::string_view folded);

// The shape of a language tag (BCP 47): subtags of 1 to 8 letters or digits joined by hyphens, the
// first of 2 to 8 letters.
bool LooksLikeLanguage(absl::string_view text);

// A name as a label of a domain name: folded like a name, white space as hyphens, all but letters,
// marks, digits and hyphens dropped, at most 63 bytes, no hyphen at either end. Empty where nothing
// is left.
std::string DomainLabel(absl::string_view name);

// A number in the form of E.164: +, a digit that is not 0, 6 to 14 more digits.
bool LooksLikeE164(absl::string_view text);

}  // namespace muniment

#endif  // MUNIMENT_BASE_TEXT_H_

// How each supported language is written, and what a reader of one finds wrong in a text at a glance:
// letters of another language, or that merely look alike; marks, quotes and spaces that are another's;
// what is not seen, not closed, or not said at all. Pure.
//
//   WritingFaults(WritingOf("fr"), "Entrez le code :", "Type the code:");
//   // {"a space of a kind that has no place there", ...}
#ifndef MUNIMENT_TESTS_BASE_WRITING_H_
#define MUNIMENT_TESTS_BASE_WRITING_H_

#include <unicode/uscript.h>

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace muniment {

struct Writing {
  absl::string_view tag;
  // Each letter is of one of these, and a language's texts have letters of each.
  std::vector<UScriptCode> scripts;
  // Small letters, all that there are; empty: those of the scripts.
  std::u32string letters;
  // Letters of the scripts that are of other languages.
  std::u32string foreign;
  // The marks of what is quoted, before and behind.
  std::u32string quotes;
  // Stands among its texts in small letters, as among those of few others.
  std::vector<std::string> has;
};

// In order of their tags.
const std::vector<Writing>& Writings();
const Writing& WritingOf(absl::string_view tag);

// Of a text with placeholders ({{.Name}}) in paragraphs, beside the English one that it stands for. A
// greeting may end as the language has it; others end, or do not, as the English does.
std::vector<std::string> WritingFaults(const Writing& writing, const std::string& text,
                                       const std::string& english, bool greeting = false);

// Of all that is said in a language together: whether it is that one.
std::vector<std::string> LanguageFaults(const Writing& writing,
                                        const std::vector<std::string>& texts);

}  // namespace muniment

#endif  // MUNIMENT_TESTS_BASE_WRITING_H_

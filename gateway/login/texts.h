// What the login says, as it stands in texts/<language>.json: an object a page, with those of "common"
// on every page. A language more is a file more.
//
//   const LoginTexts& texts = LoginTextsIn({"de-CH", "en"}, allowed);
//   texts.Say("errors", "locked");
//
// Texts are plain, with placeholders {{.Application}}, {{.Address}}, {{.Scope}}. Immutable, thread-safe.
#ifndef MUNIMENT_GATEWAY_LOGIN_TEXTS_H_
#define MUNIMENT_GATEWAY_LOGIN_TEXTS_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/template.h"

namespace muniment::gateway {

struct LoginTexts {
  std::string language;  // BCP 47
  bool right_to_left = false;
  std::map<std::string, std::map<std::string, Template>> pages;

  // Empty where there is none.
  std::string Say(const std::string& page, const std::string& key,
                  const TemplateValues& values = {}) const;
};

// English first.
std::vector<std::string> LoginLanguages();

// In the one of them that ChooseLanguage (base/language.h) gives to who wants `languages`.
const LoginTexts& LoginTextsIn(const std::vector<std::string>& languages,
                               const std::vector<std::string>& allowed = {});

// Of an Accept-Language header (RFC 9110 section 12.5.4), the most wanted first; of what is none
// nothing.
std::vector<std::string> AcceptedLanguages(absl::string_view header);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_LOGIN_TEXTS_H_

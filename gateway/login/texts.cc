#include "gateway/login/texts.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/check.h"
#include "base/language.h"
#include "gateway/login/files.h"

namespace muniment::gateway {
namespace {

using google::protobuf::Struct;

constexpr absl::string_view kEnglish = "en";
constexpr size_t kMostAccepted = 20;

// Of those that there are texts for.
bool RightToLeft(absl::string_view language) { return language == "ar" || language == "he"; }

LoginTexts Parse(absl::string_view language, absl::string_view json) {
  Struct file;
  MUNIMENT_CHECK(
      google::protobuf::util::JsonStringToMessage({json.data(), json.size()}, &file).ok());
  LoginTexts texts;
  texts.language = std::string(language);
  texts.right_to_left = RightToLeft(language);
  for (const auto& [page, keys] : file.fields()) {
    for (const auto& [key, text] : keys.struct_value().fields()) {
      auto parsed = Template::Parse(text.string_value(), {"Application", "Address", "Scope"});
      MUNIMENT_CHECK(parsed.ok());
      texts.pages[page].emplace(key, *std::move(parsed));
    }
  }
  return texts;
}

const std::vector<LoginTexts>& All() {
  static const auto* const all = [] {
    auto* made = new std::vector<LoginTexts>();
    for (auto [path, text] : LoginFiles()) {
      if (!absl::ConsumePrefix(&path, "texts/")) continue;
      made->push_back(Parse(absl::StripSuffix(path, ".json"), text));
    }
    std::stable_partition(made->begin(), made->end(), [](const LoginTexts& texts) {
      return texts.language == kEnglish;
    });
    MUNIMENT_CHECK(!made->empty() && made->front().language == kEnglish);
    return made;
  }();
  return *all;
}

}  // namespace

std::string LoginTexts::Say(const std::string& page, const std::string& key,
                            const TemplateValues& values) const {
  const auto texts = pages.find(page);
  if (texts == pages.end()) return {};
  const auto text = texts->second.find(key);
  return text == texts->second.end() ? "" : text->second.Render(values, Escaping::kText);
}

std::vector<std::string> LoginLanguages() {
  std::vector<std::string> languages;
  for (const LoginTexts& texts : All()) languages.push_back(texts.language);
  return languages;
}

const LoginTexts& LoginTextsIn(const std::vector<std::string>& languages,
                               const std::vector<std::string>& allowed) {
  static const auto* const there = new std::vector<std::string>(LoginLanguages());
  return All()[ChooseLanguage(*there, languages, allowed)];
}

std::vector<std::string> AcceptedLanguages(absl::string_view header) {
  std::vector<std::pair<double, std::string>> ranked;
  for (absl::string_view each : absl::StrSplit(header, ',')) {
    if (ranked.size() == kMostAccepted) break;
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(each, absl::MaxSplits(';', 1));
    absl::string_view weight = absl::StripAsciiWhitespace(parts.second);
    double quality = 1;
    if (absl::ConsumePrefix(&weight, "q=") && !absl::SimpleAtod(weight, &quality)) quality = 0;
    const absl::string_view language = absl::StripAsciiWhitespace(parts.first);
    if (!language.empty() && quality > 0) ranked.emplace_back(quality, language);
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<std::string> languages;
  for (auto& [quality, language] : ranked) languages.push_back(std::move(language));
  return languages;
}

}  // namespace muniment::gateway

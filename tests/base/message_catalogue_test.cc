// The texts of messages in every language: that each says the whole, in the language that it says it
// is in. What a reader would stumble over is tests/base/writing.h's.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "base/duration_text.h"
#include "base/language.h"
#include "base/message_text.h"
#include "base/message_texts.h"
#include "base/text.h"
#include "tests/base/writing.h"

namespace muniment {
namespace {

using Strings = std::vector<std::string>;
using Texts = std::vector<MessageText>;  // in order of AllMessageKinds

Texts TextsIn(absl::string_view language) {
  Texts texts;
  for (const MessageKind kind : AllMessageKinds()) {
    texts.push_back(BuiltInMessageText(kind, {std::string(language)}));
  }
  return texts;
}

// Of a line in a list of mails, on a button, and of what has room.
size_t MostOf(absl::string_view part) {
  if (part == "buttonText") return 40;
  return part == "text" || part == "footerText" ? 1000 : 100;
}

// As it arrives, with a code and a host of common length.
size_t SmsLength(MessageKind kind, const MessageText& text, absl::string_view language) {
  const absl::StatusOr<Template> sms = Template::Parse(text.text, MessageVariables(kind));
  REQUIRE(sms.ok());
  return CodePoints(sms->Render({{"Code", "123456"},
                                 {"OTP", "123456"},
                                 {"Domain", "login.example.com"},
                                 {"Expiry", DurationText(absl::Minutes(5), language)}},
                                Escaping::kText));
}

// What a reader would find wrong in them.
Strings Faults(const Writing& writing, const Texts& texts) {
  constexpr size_t kMostOfSms = 160;
  Strings faults, values;
  for (size_t i = 0; i < texts.size(); ++i) {
    const MessageKind kind = AllMessageKinds()[i];
    const MessageText& english = BuiltInMessageText(kind, {"en"});
    for (const MessagePart& part : MessageParts()) {
      const std::string& value = texts[i].*(part.field);
      values.push_back(value);
      Strings found =
          WritingFaults(writing, value, english.*(part.field), part.name == "greeting");
      if (CodePoints(value) > MostOf(part.name)) found.emplace_back("it is too long");
      for (const std::string& fault : found) {
        faults.push_back(absl::StrCat(MessageName(kind), ".", part.name, ": ", fault));
      }
    }
    const bool by_sms = kind == MessageKind::kVerifyPhone || kind == MessageKind::kVerifySmsOtp;
    if (by_sms && SmsLength(kind, texts[i], writing.tag) > kMostOfSms) {
      faults.push_back(absl::StrCat(MessageName(kind), ": it is too long for an SMS"));
    }
  }
  for (std::string& fault : LanguageFaults(writing, values)) faults.push_back(std::move(fault));
  return faults;
}

TEST_CASE("there are texts of messages in each language that is supported") {
  Strings supported, written, there = MessageLanguages();
  for (const SupportedLanguage& language : SupportedLanguages()) {
    supported.emplace_back(language.tag);
  }
  for (const Writing& writing : Writings()) written.emplace_back(writing.tag);
  std::sort(there.begin(), there.end());
  CHECK(there.size() == 22);
  CHECK(there == supported);
  CHECK(written == supported);
}

TEST_CASE("the files of texts have the same names in the same order, a line each") {
  // Of each line what stands before its value.
  const auto names = [](absl::string_view json) {
    Strings found;
    for (const absl::string_view line : absl::StrSplit(json, '\n')) {
      found.emplace_back(line.substr(0, line.find(": \"")));
    }
    return found;
  };
  std::map<std::string, Strings> files;
  for (const auto& [tag, json] : MessageTextFiles()) files[std::string(tag)] = names(json);
  CHECK(files.size() == 22);
  REQUIRE(files["en"].size() > 90);
  for (const auto& [tag, lines] : files) {
    INFO(tag);
    CHECK(lines == files["en"]);
  }
}

// None is as in English: were there one that has to be, it would stand here, with why.
TEST_CASE("every text is in its language, whole, and written as that is written") {
  for (const Writing& writing : Writings()) {
    INFO(writing.tag);
    CHECK(Faults(writing, TextsIn(writing.tag)) == Strings());
  }
}

TEST_CASE("the texts of no language pass for those of another") {
  // Shorter ones may be the same in two that are akin.
  constexpr size_t kAlike = 25;
  std::map<std::string, std::string> seen;
  for (const Writing& writing : Writings()) {
    const Texts texts = TextsIn(writing.tag);
    for (const Writing& other : Writings()) {
      if (other.tag == writing.tag) continue;
      INFO(writing.tag << " as " << other.tag);
      CHECK(Faults(other, texts) != Strings());
    }
    for (const MessageText& text : texts) {
      for (const MessagePart& part : MessageParts()) {
        const std::string& value = text.*(part.field);
        if (CodePoints(value) <= kAlike || part.name == "greeting") continue;
        INFO(value);
        CHECK(seen.emplace(value, std::string(writing.tag)).first->second == writing.tag);
      }
    }
  }
}

struct Change {
  const char* language;
  MessageKind kind;
  std::string MessageText::* part;
  std::string from;  // empty: all of it
  std::string to;
};

Strings FaultsAfter(const Change& change) {
  Texts texts = TextsIn(change.language);
  for (size_t i = 0; i < texts.size(); ++i) {
    if (AllMessageKinds()[i] != change.kind) continue;
    std::string& value = texts[i].*(change.part);
    const std::string before = value;
    value = change.from.empty() ? change.to
                                : absl::StrReplaceAll(value, {{change.from, change.to}});
    REQUIRE(value != before);
  }
  return Faults(WritingOf(change.language), texts);
}

// Each of them for this reason.
void Refused(absl::string_view fault, const std::vector<Change>& changes) {
  for (const Change& change : changes) {
    INFO(change.language << ": " << change.from << " -> " << change.to);
    const Strings faults = FaultsAfter(change);
    INFO(absl::StrJoin(faults, "; "));
    CHECK(std::any_of(faults.begin(), faults.end(), [fault](const std::string& found) {
      return absl::StrContains(found, fault);
    }));
  }
}

constexpr MessageKind kInit = MessageKind::kInitCode, kReset = MessageKind::kPasswordReset,
                      kSms = MessageKind::kVerifySmsOtp;
constexpr std::string MessageText::* kTitle = &MessageText::title;
constexpr std::string MessageText::* kText = &MessageText::text;
constexpr std::string MessageText::* kButton = &MessageText::button_text;
constexpr std::string MessageText::* kFooter = &MessageText::footer_text;

TEST_CASE("a text that was forgotten, or lacks or adds something, is refused") {
  Refused("it is English", {{"de", kInit, kTitle, "", "Set up your account"}});
  Refused("it is empty in one of the two",
          {{"de", kInit, kFooter, "", ""}, {"de", kSms, kButton, "", "Anmelden"}});
  Refused("nothing is said", {{"de", kInit, kTitle, "", "…"}});
  Refused("other placeholders",
          {{"de", kInit, kText, "{{.PreferredLoginName}}", "Ada"},
           {"de", kInit, kText, "{{.PreferredLoginName}}", "{{.LoginName}}"},
           {"de", kInit, kText, "{{.PreferredLoginName}}", "{{ .PreferredLoginName }}"},
           {"de", kInit, kText, "{{.Code}}", "{{.Code}} {{.Code}}"},
           {"de", kInit, kTitle, "Konto", "Konto {{.LoginName}}"}});
  Refused("other paragraphs",
          {{"de", kInit, kText, "\n\n{{.Code}}", " {{.Code}}"}, {"de", kSms, kText, "\n\n", " "}});
  Refused("a line for programs is another",
          {{"de", kInit, kText, "\n\n{{.Code}}", "\n\n{{.Code}}."},
           {"de", kSms, kText, "@{{.Domain}} #{{.OTP}}", "#{{.OTP}} @{{.Domain}}"}});
  Refused("it is too long", {{"de", kInit, kButton, "Konto", "Konto" + std::string(40, 'o')},
                             {"de", kInit, kTitle, "Konto", "Konto" + std::string(100, 'o')}});
  Refused("too long for an SMS", {{"ru", kSms, kText, "для", "для" + std::string(160, 'a')}});
}

TEST_CASE("letters of another language, or that merely look alike, are refused") {
  Refused("a letter that is not its own",
          {{"ru", kReset, kFooter, "а", "a"},
           {"de", kReset, kFooter, "e", "е"},
           {"ru", kReset, kText, "и", "і"},
           {"uk", kReset, kText, "и", "ы"},
           {"bg", kReset, kText, "е", "э"},
           {"mk", kReset, kText, "и", "й"},
           {"ro", kReset, kTitle, "ț", "ţ"},
           {"tr", kReset, kText, "ş", "ș"},
           {"de", kReset, kFooter, "ä", "å"},
           {"zh", kReset, kText, "码", "碼"},
           {"zh", kReset, kText, "码", "コード"},
           {"ja", kReset, kText, "コード", "码"},
           {"ko", kReset, kText, "코드", "コード"},
           {"ar", kReset, kText, "ك", "ک"}});
  Refused("its letters are not composed", {{"fr", kReset, kFooter, "é", "e\u0301"}});
  Refused("a character that is not seen",
          {{"ar", kReset, kText, "{{.P", "\u2068{{.P"},
           {"ar", kReset, kText, "ك", "ك\u200F"},
           {"de", kReset, kFooter, "Code", "Co\u00ADde"},
           {"de", kReset, kTitle, "n", "n\u200B"},
           {"de", kReset, kTitle, "Legen", "\uFEFFLegen"},
           {"de", kReset, kText, " ", "\t"},
           {"de", kReset, kText, ". ", ".\n"},
           {"de", kReset, kText, ". ", ".\u2028"},
           {"de", kReset, kFooter, "e", "e\x07"},
           {"de", kReset, kFooter, "e", "e\uE000"}});
}

TEST_CASE("spaces, marks and quotes that are not written so are refused") {
  Refused("a space too many", {{"de", kReset, kFooter, ". ", ".  "},
                               {"de", kReset, kFooter, ". ", ".\u00A0 "},
                               {"de", kReset, kTitle, "Legen", " Legen"},
                               {"de", kReset, kText, "\n\n", " \n\n"}});
  Refused("a space of a kind that has no place", {{"de", kReset, kFooter, "Sie ", "Sie\u00A0"},
                                                  {"fr", kReset, kFooter, "ce ", "ce\u202F"},
                                                  {"ja", kReset, kFooter, "は", "は\u3000"}});
  Refused("the space before a mark", {{"fr", kReset, kText, "\u00A0:", " :"},
                                      {"fr", kReset, kText, "\u00A0:", ":"},
                                      {"fr", kReset, kText, "\u00A0:", "\u00A0!"},
                                      {"de", kReset, kText, ":", " :"},
                                      {"es", kReset, kFooter, ".", " ."}});
  Refused("the space behind a mark", {{"de", kReset, kFooter, ". ", "."},
                                      {"ar", kReset, kFooter, "، ", "،"},
                                      {"zh", kReset, kFooter, "，", "， "}});
  Refused("a mark of another script", {{"zh", kReset, kFooter, "。", "."},
                                       {"ja", kReset, kFooter, "、", ","},
                                       {"ar", kReset, kFooter, "،", ","},
                                       {"de", kReset, kFooter, ".", "。"},
                                       {"ko", kReset, kFooter, ".", "。"}});
  Refused("quotes that are not its own", {{"de", kReset, kFooter, "Code", "\"Code\""},
                                          {"de", kReset, kFooter, "Code", "“Code”"},
                                          {"de", kReset, kFooter, "Code", "„Code”"},
                                          {"fr", kReset, kFooter, "n’", "n'"}});
  Refused("what opens does not close", {{"de", kReset, kFooter, "Code", "„Code"},
                                        {"de", kReset, kFooter, "Code", "(Code"}});
  Refused("what closes did not open", {{"zh", kReset, kFooter, "验证码", "验证码）"}});
  Refused("it ends as no such sentence does", {{"de", kInit, kTitle, "ein", "ein."},
                                               {"de", kInit, kFooter, ".", ""},
                                               {"ja", kInit, kText, "。\n", "\n"}});
  Refused("it begins with a small letter", {{"de", kInit, kTitle, "Richten", "richten"},
                                            {"ru", kReset, kFooter, "Если", "если"}});
}

TEST_CASE("what another translator might write as well is not refused") {
  const std::vector<Change> changes = {{"de", kReset, kFooter, "Code", "„Code“"},
                                       {"fr", kReset, kFooter, "code", "«\u00A0code\u00A0»"},
                                       {"sv", kReset, kFooter, "koden", "”koden”"},
                                       {"zh", kReset, kFooter, "验证码", "“验证码”（一次）"},
                                       {"ar", kReset, kFooter, "الرمز", "«الرمز»"},
                                       {"ja", kReset, kFooter, "コード", "「コード」"},
                                       {"uk", kReset, kFooter, "код", "об’єкт"},
                                       {"it", kReset, kFooter, "codice", "codice (l’unico)"}};
  for (const Change& change : changes) {
    INFO(change.language << ": " << change.to);
    CHECK(FaultsAfter(change) == Strings());
  }
}

}  // namespace
}  // namespace muniment

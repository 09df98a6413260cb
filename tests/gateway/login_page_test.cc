// The hosted login's pages, texts and seals by themselves.
#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/language.h"
#include "gateway/login/files.h"
#include "gateway/login/page.h"
#include "gateway/login/seals.h"
#include "gateway/login/texts.h"
#include "gateway/oidc/address_pace.h"

namespace muniment::gateway {
namespace {

using Strings = std::vector<std::string>;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

TEST_CASE("every language has every text, with the same placeholders") {
  const LoginTexts& english = LoginTextsIn({"en"});
  REQUIRE(LoginLanguages().size() >= 3);
  const auto marks = [](const LoginTexts& texts, const std::string& page, const std::string& key) {
    std::set<std::string> found;
    const std::string text = texts.Say(
        page, key, {{"Application", "<1>"}, {"Address", "<2>"}, {"Scope", "<3>"}});
    for (const char* mark : {"<1>", "<2>", "<3>"}) {
      if (absl::StrContains(text, mark)) found.insert(mark);
    }
    return found;
  };
  for (const std::string& language : LoginLanguages()) {
    const LoginTexts& texts = LoginTextsIn({language});
    REQUIRE(texts.language == language);
    REQUIRE(texts.pages.size() == english.pages.size());
    for (const auto& [page, keys] : english.pages) {
      REQUIRE(texts.pages.count(page) == 1);
      CHECK(texts.pages.at(page).size() == keys.size());
      for (const auto& [key, text] : keys) {
        INFO(language << " " << page << "." << key);
        CHECK(!texts.Say(page, key).empty());
        CHECK(marks(texts, page, key) == marks(english, page, key));
      }
    }
  }
}

TEST_CASE("every page renders in every language, and what it shows is escaped") {
  const std::string hostile = "<script>alert('x')</script>\"&";
  int pages = 0;
  for (const std::string& language : LoginLanguages()) {
    const LoginTexts& texts = LoginTextsIn({language});
    for (const char* name : {"name", "password", "code", "signed_in", "logout", "logged_out",
                             "device", "device_consent", "error"}) {
      LoginPage page(name, texts);
      for (const char* field : {"action", "flow", "login_name", "error", "application",
                                "change_href", "user_code", "heading", "text", "reason",
                                "on_href", "on_text", "return_href", "brand", "notice"}) {
        page.Set(field, hostile);
      }
      page.Set("account", LoginPage::Fields{{"login_name", hostile}, {"display_name", hostile}})
          .Set("kind", LoginPage::Fields{{"totp", "yes"}})
          .List("scopes", {{{"text", hostile}}})
          .List("others", {{{"way", hostile}, {"text", hostile}}})
          .Fill("Application", hostile)
          .Flag("cancel");
      const std::string html = page.Html();
      INFO(language << " " << name);
      CHECK(absl::StrContains(html, "</html>"));
      CHECK(!absl::StrContains(html, "<script>alert"));
      CHECK(!absl::StrContains(html, "{{"));
      CHECK(absl::StrContains(html, language == "ar" ? "dir=\"rtl\"" : "dir=\"ltr\""));
      CHECK(html.size() < 60'000);
      ++pages;
    }
  }
  CHECK(pages >= 27);
}

TEST_CASE("what is empty is not shown") {
  LoginPage page("name", LoginTextsIn({"en"}));
  const std::string html =
      page.Set("error", "").Set("application", "").Set("action", "/here").Html();
  CHECK(!absl::StrContains(html, "role=\"alert\""));
  CHECK(!absl::StrContains(html, "You then continue"));
}

TEST_CASE("assets are found by the paths that pages name, and by no other") {
  LoginPage page("name", LoginTextsIn({"en"}));
  const std::string html = page.Html();
  const size_t at = html.find(std::string(kLoginAssets));
  REQUIRE(at != std::string::npos);
  const std::string path = html.substr(at, html.find('"', at) - at);
  CHECK(LoginAsset(path).second == "text/css; charset=utf-8");
  CHECK(!LoginAsset(path).first.empty());
  CHECK(LoginAsset(absl::StrCat(path, "x")).first.empty());
  CHECK(LoginAsset(absl::StrCat(kLoginAssets, "../pages/name.mustache")).first.empty());
}

TEST_CASE("a language is chosen by how much it is wanted") {
  CHECK(AcceptedLanguages("de;q=0.5, ar, en;q=0") == Strings{"ar", "de"});
  CHECK(AcceptedLanguages("").empty());
  CHECK(AcceptedLanguages("de;q=x, ;q=1, ,").empty());
  CHECK(AcceptedLanguages(std::string(100'000, ',')).empty());
  CHECK(LoginTextsIn({"de-CH"}).language == "de");
  CHECK(LoginTextsIn({"tlh", "AR"}).language == "ar");
  CHECK(LoginTextsIn({"tlh"}).language == "en");
  CHECK(LoginTextsIn({}).language == "en");
}

TEST_CASE("the login has texts in supported languages alone, and keeps to those that are allowed") {
  for (const std::string& language : LoginLanguages()) {
    INFO(language);
    CHECK(FindSupportedLanguage(language).value() == language);
    CHECK(LoginTextsIn({"en"}, {language}).language == language);
    CHECK(LoginTextsIn({language}, {"en", "fr"}).language == "en");
  }
  CHECK(LoginTextsIn({"de-CH", "ar"}, {"ar", "en"}).language == "ar");
}

MasterKey NewKey() { return MasterKey::Generate(); }

TEST_CASE("what is sealed opens whole, in time, at its own instance and as what it is") {
  const LoginSeals seals(NewKey());
  login::v1::Browser browser = NewBrowser(7);
  Keep(browser, "session", "token");
  login::v1::Flow flow;
  flow.set_instance(7);
  flow.set_browser_hash(HashOf(browser));
  const std::string cookie = seals.Seal(browser, kNow), shown = seals.Seal(flow, kNow);
  REQUIRE(seals.OpenBrowser(cookie, 7, kNow).has_value());
  CHECK(SessionOf(*seals.OpenBrowser(cookie, 7, kNow), "session")->token() == "token");
  REQUIRE(seals.OpenFlow(shown, 7, kNow).has_value());
  CHECK(!seals.OpenBrowser(cookie, 8, kNow).has_value());
  CHECK(!seals.OpenFlow(shown, 8, kNow).has_value());
  CHECK(!seals.OpenBrowser(shown, 7, kNow).has_value());
  CHECK(!seals.OpenFlow(cookie, 7, kNow).has_value());
  CHECK(!seals.OpenFlow(shown, 7, kNow + kFlowTime).has_value());
  CHECK(!seals.OpenBrowser(cookie, 7, kNow + kBrowserTime).has_value());
  CHECK(!LoginSeals(NewKey()).OpenFlow(shown, 7, kNow).has_value());
  for (size_t i = 0; i < shown.size(); ++i) {
    std::string flipped = shown;
    flipped[i] = flipped[i] == 'A' ? 'B' : 'A';
    CHECK(!seals.OpenFlow(flipped, 7, kNow).has_value());
    CHECK(!seals.OpenFlow(shown.substr(0, i), 7, kNow).has_value());
  }
}

TEST_CASE("a browser keeps some sessions, the newest first, in a cookie that browsers take") {
  const LoginSeals seals(NewKey());
  login::v1::Browser browser = NewBrowser(7);
  for (int i = 0; i < 30; ++i) {
    Keep(browser, absl::StrCat(270'000'000'000'000'000 + i), std::string(100, 't'));
  }
  CHECK(browser.session(0).id() == "270000000000000029");
  CHECK(seals.Seal(browser, kNow).size() < 3500);
  Keep(browser, "270000000000000025", "new");
  CHECK(browser.session(0).token() == "new");
  Forget(browser, "270000000000000025");
  CHECK(SessionOf(browser, "270000000000000025") == nullptr);
  CHECK(HashOf(browser) != HashOf(NewBrowser(7)));
}

TEST_CASE("an address does some things at once, and then one each while") {
  AddressPace pace(kGuesses);
  for (int i = 0; i < kGuesses.at_once; ++i) CHECK(pace.Allow("192.0.2.1", kNow));
  CHECK(!pace.Allow("192.0.2.1", kNow));
  CHECK(pace.Allow("192.0.2.2", kNow));
  for (int i = 0; i < kGuesses.at_once; ++i) {
    CHECK(pace.Allow(absl::StrCat("2001:db8::", i + 1), kNow));
  }
  CHECK(!pace.Allow("2001:db8::ffff:1", kNow));
  CHECK(pace.Allow("2001:db8:0:1::1", kNow));
  CHECK(pace.Allow("192.0.2.1", kNow + kGuesses.each));
  CHECK(!pace.Allow("192.0.2.1", kNow + kGuesses.each));
  // What turned out to cost nothing leaves room for one, of him alone.
  pace.GiveBack("192.0.2.1");
  pace.GiveBack("192.0.2.3");
  CHECK(!pace.Allow("2001:db8::ffff:1", kNow));
  CHECK(pace.Allow("192.0.2.1", kNow + kGuesses.each));
  CHECK(!pace.Allow("192.0.2.1", kNow + kGuesses.each));
}

}  // namespace
}  // namespace muniment::gateway

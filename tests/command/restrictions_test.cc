// Which languages an instance speaks, and what else it keeps from everybody.
#include "command/policy/restrictions.h"

#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "base/language.h"
#include "command/instance/instance.h"
#include "command/message/due_message.h"
#include "tests/command/given.h"
#include "zitadel/admin.pb.h"

namespace muniment::command {
namespace {

using event::v1::InstanceDefaultLanguageSet;
using event::v1::RestrictionsSet;
using zitadel::admin::v1::SetDefaultLanguageResponse;
using zitadel::admin::v1::SetRestrictionsResponse;

const Strings kSet = {"restrictions.set 1"};

std::string Only(const Strings& languages) {
  std::string list;
  for (const std::string& each : languages) absl::StrAppend(&list, "list: '", each, "' ");
  return absl::StrCat("allowed_languages { ", list, "}");
}
Then Restrict(Given& given, const std::string& request, const std::string& caller = "root") {
  return given.When(caller, "SetRestrictions", request);
}
Then Speak(Given& given, const std::string& language, const std::string& caller = "root") {
  return given.When(caller, "SetDefaultLanguage", absl::StrCat("language: '", language, "'"));
}
Strings AllowedBy(const Then& then) {
  return AllowedLanguages(then.fact<RestrictionsSet>(0).policy());
}

TEST_CASE("the default language is one that is supported, and the same again is no change") {
  Given given;
  const Then set = Speak(given, "de");
  REQUIRE(set.events == Strings{"instance.default.language.set 1"});
  CHECK(set.fact<InstanceDefaultLanguageSet>(0).language() == "de");
  CHECK(set.response<SetDefaultLanguageResponse>().details().resource_owner() == "1");
  for (const char* again : {"de", "DE"}) {
    const Then same = Speak(given, again);
    CHECK(same.ok());
    CHECK(same.events.empty());
  }
  for (const SupportedLanguage& language : SupportedLanguages()) {
    CHECK(Speak(given, std::string(language.tag)).ok());
  }
}

TEST_CASE("a default language that nobody speaks here, or that is none, is refused by name") {
  Given given;
  for (const char* unknown : {"tlh", "de-CH", "pt-BR", "und"}) {
    INFO(unknown);
    const Then refused = Speak(given, unknown);
    CHECK(refused.reason == "language.not_supported");
    CHECK(refused.code == absl::StatusCode::kInvalidArgument);
    CHECK(refused.status.message().find(unknown) != std::string::npos);
    CHECK(refused.events.empty());
  }
  for (const char* none : {"d", "de_CH", "*", "de\\r\\n", "de\\000", "german"}) {
    INFO(none);
    const Then refused = Speak(given, none);
    CHECK(refused.code == absl::StatusCode::kInvalidArgument);
    CHECK(refused.events.empty());
  }
  CHECK(Speak(given, "").code == absl::StatusCode::kInvalidArgument);
  CHECK(Speak(given, "de-Latn-1996").code == absl::StatusCode::kInvalidArgument);
  CHECK(Speak(given, "de", "ann").code == absl::StatusCode::kPermissionDenied);
  CHECK(Speak(given, "de", "anonymous").code == absl::StatusCode::kUnauthenticated);
}

TEST_CASE("what a request does not name stays as it is, and nothing that changes is no event") {
  Given given;
  const Then first = Restrict(given, absl::StrCat("disallow_public_org_registration: true ",
                                                  Only({"fr", "EN", "de", "fr"})));
  REQUIRE(first.events == kSet);
  // Each once, in the order of their tags.
  CHECK(AllowedBy(first) == Strings{"de", "en", "fr"});
  CHECK(first.fact<RestrictionsSet>(0).policy().disallow_public_org_registration());
  CHECK(first.facts[0].meta.owner == "1");
  CHECK(first.response<SetRestrictionsResponse>().details().resource_owner() == "1");

  for (const std::string& same :
       {std::string(), std::string("disallow_public_org_registration: true"),
        Only({"de", "en", "fr"}), Only({"fr", "fr", "en", "de"})}) {
    INFO(same);
    const Then none = Restrict(given, same);
    CHECK(none.ok());
    CHECK(none.events.empty());
  }
  const Then open = Restrict(given, "disallow_public_org_registration: false");
  REQUIRE(open.events == kSet);
  CHECK(AllowedBy(open) == Strings{"de", "en", "fr"});
  CHECK_FALSE(open.fact<RestrictionsSet>(0).policy().disallow_public_org_registration());
  const Then all = Restrict(given, "allowed_languages {}");
  REQUIRE(all.events == kSet);
  CHECK(AllowedBy(all).empty());
  CHECK(Restrict(given, "allowed_languages {}").events.empty());
}

TEST_CASE("an instance that never restricted anything begins with no event, and is asked for none") {
  Given given;
  for (const char* nothing :
       {"", "disallow_public_org_registration: false", "allowed_languages {}"}) {
    const Then same = Restrict(given, nothing);
    CHECK(same.ok());
    CHECK(same.events.empty());
  }
}

TEST_CASE("a language that is unknown is refused by name, and the rest of the request with it") {
  Given given;
  REQUIRE(Restrict(given, Only({"en", "de"})).ok());
  for (const char* wrong : {"tlh", "de-CH", "xx", "en-x-joke"}) {
    INFO(wrong);
    const Then refused = Restrict(
        given, absl::StrCat("disallow_public_org_registration: true ", Only({"en", wrong})));
    CHECK(refused.reason == "language.not_supported");
    CHECK(refused.code == absl::StatusCode::kInvalidArgument);
    CHECK(refused.status.message().find(wrong) != std::string::npos);
    CHECK(refused.events.empty());
  }
  for (const std::string& wrong :
       {std::string(), std::string("e"), std::string("en_US"), std::string("*"),
        std::string(36, 'a')}) {
    CHECK(Restrict(given, Only({"en", wrong})).code == absl::StatusCode::kInvalidArgument);
  }
  CHECK(Restrict(given, Only(Strings(101, "en"))).code == absl::StatusCode::kInvalidArgument);
  CHECK(Restrict(given, Only({"en"}), "ann").code == absl::StatusCode::kPermissionDenied);
  CHECK(Restrict(given, Only({"en"}), "anonymous").code == absl::StatusCode::kUnauthenticated);
}

TEST_CASE("the default language stays allowed, and only what is allowed becomes it") {
  Given given;
  REQUIRE(Speak(given, "de").ok());
  const Then without = Restrict(given, Only({"en", "fr"}));
  CHECK(without.reason == "language.not_allowed");
  CHECK(without.code == absl::StatusCode::kFailedPrecondition);
  CHECK(without.events.empty());
  REQUIRE(Restrict(given, Only({"en", "de"})).ok());

  const Then other = Speak(given, "fr");
  CHECK(other.reason == "language.not_allowed");
  CHECK(other.code == absl::StatusCode::kFailedPrecondition);
  CHECK(other.events.empty());
  REQUIRE(Speak(given, "en").ok());
  CHECK(Restrict(given, Only({"en"})).ok());
}

TEST_CASE("an older default language counts as what people are spoken to in") {
  Given given;
  // As a first start once took it.
  for (const auto& [older, spoken] : {std::pair("de-CH", "de"), {"tlh", "en"}}) {
    event::v1::InstanceDefaultLanguageSet set;
    set.set_language(older);
    given.Fact<Instance>(InstanceScope(), set);
    CHECK(Restrict(given, Only({"fr"})).reason == "language.not_allowed");
    CHECK(Restrict(given, Only({"fr", spoken})).ok());
  }
}

TEST_CASE("a language is not disallowed while it becomes the default, on two nodes at once") {
  for (int i = 0; i < 10; ++i) {
    Given given;
    REQUIRE(Speak(given, "en").ok());
    const auto thens = given.Race({{"root", "SetDefaultLanguage", "language: 'de'"},
                                   {"root", "SetRestrictions", Only({"en", "fr"})}});
    CHECK(thens[0].ok() != thens[1].ok());
    for (const Then& then : thens) {
      if (!then.ok()) CHECK(then.reason == "language.not_allowed");
    }
  }
}

TEST_CASE("a message that is due says which languages it may be in") {
  Given given;
  given.SignIn("bob");
  REQUIRE(given.When("bob", "SetEmail", "user_id: 'bob' email: 'b@example.net'").ok());
  const auto allowed = [&] {
    Strings languages;
    given.AsSystem([&](Unit& unit) -> absl::Status {
      ASSIGN_OR_RETURN(const auto due, DueCode(unit, "bob", event::v1::CODE_PURPOSE_EMAIL));
      REQUIRE(due.has_value());
      CHECK(due->user_id == "bob");
      CHECK(due->instance.name == "test");
      CHECK_FALSE(due->code.code().empty());
      languages = due->allowed_languages;
      return absl::OkStatus();
    });
    return languages;
  };
  CHECK(allowed().empty());
  REQUIRE(Restrict(given, Only({"ja", "en"})).ok());
  CHECK(allowed() == Strings{"en", "ja"});
}

}  // namespace
}  // namespace muniment::command

// Texts of one's own for messages, by the names of each message, and as they arrive.
#include <catch2/catch.hpp>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/gateway/v1_story.h"

namespace muniment::gateway::v1 {
namespace {

// The part of the methods' names that is a message's.
const std::pair<const char*, const char*> kMessages[] = {
    {"Init", "Text"},
    {"PasswordReset", "Text"},
    {"VerifyEmail", "Text"},
    {"VerifyPhone", "Text"},
    {"VerifySMSOTP", "Text"},
    {"VerifyEmailOTP", "Text"},
    {"DomainClaimed", "CustomText"},
    {"PasswordlessRegistration", "CustomText"},
    {"PasswordChange", "CustomText"},
    {"InviteUser", "CustomText"},
};

std::string AdminText(const char* verb, const char* message, const char* end = "") {
  return Admin(absl::StrCat(verb, message, "MessageText", end).c_str());
}
std::string OrgText(const char* verb, const char* message, const char* end = "") {
  return Management(absl::StrCat(verb, message, "MessageText", end).c_str());
}

TEST_CASE("texts: each message has its own, of the instance and of an organization") {
  Story story;
  const JsonClient ann = story.SignIn(story.ann);
  const JsonClient otto = story.SignIn(story.otto);
  const std::string german = R"({"language":"de"})";
  std::string last;
  for (const auto& [message, set_end] : kMessages) {
    INFO(message);
    const auto text = [&](const JsonClient& client, const std::string& method) {
      const Struct json = client.Must(method, german).Json();
      return std::pair(At(json, "customText.text"), Says(json, "customText.isDefault"));
    };
    const auto brought = text(story.admin, AdminText("GetDefault", message));
    CHECK(brought.second);
    CHECK_FALSE(brought.first.empty());
    CHECK(brought.first != last);
    last = brought.first;
    CHECK(text(ann, OrgText("GetCustom", message)) == brought);

    const std::string instance = absl::StrCat("Instanz ", message);
    story.admin.Must(AdminText("SetDefault", message),
                     absl::StrCat(R"({"language":"de","text":")", instance, "\"}"));
    CHECK(text(story.admin, AdminText("GetCustom", message)) == std::pair(instance, false));
    CHECK(text(story.admin, AdminText("GetDefault", message)) == brought);
    CHECK(text(ann, OrgText("GetCustom", message)) == std::pair(instance, true));

    const std::string own = absl::StrCat("Acme ", message);
    ann.Must(Management(absl::StrCat("SetCustom", message, "Message", set_end).c_str()),
             absl::StrCat(R"({"language":"de","text":")", own, "\"}"));
    CHECK(text(ann, OrgText("GetCustom", message)) == std::pair(own, false));
    CHECK(text(ann, OrgText("GetDefault", message)) == std::pair(instance, true));
    CHECK(text(otto, OrgText("GetCustom", message)) == std::pair(instance, true));
    const Struct english = ann.Must(OrgText("GetCustom", message), R"({"language":"en"})").Json();
    CHECK(At(english, "customText.text") != own);

    ann.Must(OrgText("ResetCustom", message, "ToDefault"), german);
    CHECK(text(ann, OrgText("GetCustom", message)) == std::pair(instance, true));
    Refused(ann.Call(OrgText("ResetCustom", message, "ToDefault"), german), 404,
            "message_text.not_found");
    story.admin.Must(AdminText("ResetCustom", message, "ToDefault"), german);
    CHECK(text(ann, OrgText("GetCustom", message)) == brought);
  }
}

TEST_CASE("texts: what is no template, no language or no right is refused") {
  Story story;
  const JsonClient ann = story.SignIn(story.ann);
  Refused(ann.Call(OrgText("SetCustom", "Init"), R"({"language":"de","text":"{{.OTP}}"})"), 400,
          "template.unknown_variable");
  Refused(ann.Call(OrgText("SetCustom", "Init"),
                   R"({"language":"de","subject":"Hallo\r\nBcc: a@b.example"})"),
          400, "message_text.control_character");
  Refused(ann.Call(OrgText("GetCustom", "Init"), R"({"language":"tlh"})"), 400,
          "language.not_supported");
  Refused(ann.Call(OrgText("SetCustom", "Init"), R"({"language":"de"})"), 400,
          "message_text.empty");
  Refused(ann.Call(AdminText("SetDefault", "Init"), R"({"language":"de","text":"x"})"), 403,
          "auth.permission_denied");
  Refused(story.In(ann, story.other).Call(OrgText("GetCustom", "Init"), R"({"language":"de"})"),
          404, "org.not_found");
}

}  // namespace
}  // namespace muniment::gateway::v1

// Messages go out once, to whom they are still for, and nobody hears what was overtaken.
#include "gateway/reactors/messages.h"

#include <catch2/catch.hpp>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "base/timestamp.h"
#include "command/user/codes.h"
#include "tests/eventstore/altered_store.h"
#include "tests/reactors/mail_world.h"
#include "zitadel/admin.pb.h"

namespace muniment::gateway {
namespace {

using command::Unit;
using zitadel::user::v2::CreateInviteCodeRequest;
using zitadel::user::v2::CreatePasskeyRegistrationLinkRequest;
using zitadel::user::v2::DeleteUserRequest;
using zitadel::user::v2::PasswordResetRequest;
using zitadel::user::v2::SendEmailCodeRequest;
using zitadel::user::v2::SetEmailRequest;
using zitadel::user::v2::SetPhoneRequest;
using zitadel::user::v2::VerifyEmailRequest;

TEST_CASE("a code that is asked for by mail arrives once, with a link, and proves the address") {
  MailWorld world;
  world.Start();
  world.SetEmail("new@example.org");
  world.Settle();
  REQUIRE(world.Mails().size() == 1);
  const Message mail = world.Mails()[0];
  CHECK(mail.to == "new@example.org");
  CHECK(mail.kind == MessageKind::kVerifyEmail);
  CHECK(mail.event_type == "user.human.email.code.added");
  const std::string code = CodeOf(mail);
  CHECK(code.size() == 6);
  CHECK(absl::StrContains(PlainBody(mail), code));
  CHECK(absl::StartsWith(mail.url, absl::StrCat("https://id.example.com/ui/v2/login/verify?code=",
                                                code, "&userId=", world.ada, "&organization=")));
  CHECK(mail.values.at("DisplayName") == "Ada Lovelace");
  CHECK(mail.values.at("LastEmail") == "new@example.org");
  CHECK(mail.values.at("VerifiedEmail") == "");
  CHECK(mail.values.at("PreferredLoginName") == "ada");
  CHECK(mail.values.at("CreationDate").size() == 20);
  CHECK(world.node.Events("user.human.email.code.sent") == 1);
  CHECK(world.counts.mail.sent == 1);
  VerifyEmailRequest verify;
  verify.set_verification_code(code);
  world.Call("VerifyEmail", verify);
}

TEST_CASE("each way to ask for a code has its message, its link and its end") {
  MailWorld world;
  world.Start();
  PasswordResetRequest reset;
  reset.mutable_send_link()->set_url_template("https://app.example/r?c={{.Code}}&u={{.LoginName}}");
  world.Call("PasswordReset", reset);
  world.Settle();
  REQUIRE(world.Mails().size() == 1);
  CHECK(world.Mails()[0].kind == MessageKind::kPasswordReset);
  CHECK(world.Mails()[0].url ==
        absl::StrCat("https://app.example/r?c=", CodeOf(world.Mails()[0]), "&u=ada"));
  CHECK(world.node.Events("user.human.password.code.sent") == 1);

  SetPhoneRequest phone;
  phone.set_phone("+41791234567");
  phone.mutable_send_code();
  world.Call("SetPhone", phone);
  world.Settle();
  REQUIRE(world.sms.messages().size() == 1);
  const Message number = world.sms.messages()[0];
  CHECK(number.to == "+41791234567");
  CHECK(SmsBody(number) == absl::StrCat(CodeOf(number), " is the code that confirms your phone "
                                        "number. Give it to nobody."));
  CHECK(world.node.Events("user.human.phone.code.sent") == 1);

  // By SMS a link is asked for where the number is proved.
  world.Fact<command::User>(world.ada, event::v1::PhoneVerified());
  PasswordResetRequest by_sms;
  by_sms.mutable_send_link()->set_notification_type(zitadel::user::v2::NOTIFICATION_TYPE_SMS);
  world.Call("PasswordReset", by_sms);
  world.Settle();
  REQUIRE(world.sms.messages().size() == 2);
  CHECK(absl::StrContains(SmsBody(world.sms.messages()[1]),
                          "https://id.example.com/ui/v2/login/password/set?code="));
  CHECK(world.counts.sms.sent == 2);
  CHECK(world.counts.mail.sent == 1);
}

TEST_CASE("people are written to in their own language while the instance allows it, else in its own") {
  MailWorld world;
  zitadel::user::v2::UpdateUserRequest speaks;
  speaks.mutable_human()->mutable_profile()->set_preferred_language("de-CH");
  world.Call("UpdateUser", speaks);
  world.Start();
  const auto language = [&](const std::string& email) {
    world.SetEmail(email);
    world.Settle();
    return world.Mails().back().text.language;
  };
  CHECK(language("one@example.org") == "de");
  zitadel::admin::v1::SetRestrictionsRequest restricted;
  for (const char* each : {"en", "fr"}) restricted.mutable_allowed_languages()->add_list(each);
  REQUIRE(world.node.Call("zitadel.admin.v1.AdminService/SetRestrictions", restricted).message() ==
          "");
  CHECK(language("two@example.org") == "en");
  zitadel::admin::v1::SetDefaultLanguageRequest french;
  french.set_language("fr");
  REQUIRE(world.node.Call("zitadel.admin.v1.AdminService/SetDefaultLanguage", french).message() ==
          "");
  CHECK(language("three@example.org") == "fr");
}

TEST_CASE("an invitation names what it invites to") {
  MailWorld world;
  zitadel::user::v2::AddHumanUserRequest add;
  add.set_user_id("eve");
  add.set_username("eve");
  add.mutable_profile()->set_given_name("Eve");
  add.mutable_profile()->set_family_name("Moore");
  add.mutable_email()->set_email("eve@example.org");
  add.mutable_email()->mutable_return_code();
  world.Do([&](Unit& unit) -> absl::Status {
    ASSIGN_OR_RETURN(const auto instance,
                     unit.LoadAny<command::Instance>(command::InstanceScope()));
    add.mutable_organization()->set_org_id(instance->default_organization_id);
    return absl::OkStatus();
  });
  REQUIRE(world.node.Call(Method("AddHumanUser"), add).message() == "");
  world.Start();
  CreateInviteCodeRequest invite;
  invite.set_user_id("eve");
  invite.mutable_send_code()->set_application_name("Acme Mail");
  REQUIRE(world.node.Call(Method("CreateInviteCode"), invite).message() == "");
  world.Settle();
  invite.mutable_send_code()->clear_application_name();
  REQUIRE(world.node.Call(Method("CreateInviteCode"), invite).message() == "");
  world.Settle();
  REQUIRE(world.Mails().size() == 2);
  CHECK(world.Mails()[0].text.subject == "You are invited to Acme Mail");
  CHECK(absl::EndsWith(world.Mails()[0].url, "&invite=true"));
  // By the instance's name where nothing else is named.
  CHECK(world.Mails()[1].text.subject == "You are invited to Acme");
  CHECK(world.node.Events("user.human.invite.code.sent") == 2);
}

TEST_CASE("a passkey is added by a link that names its code") {
  MailWorld world;
  world.Start();
  CreatePasskeyRegistrationLinkRequest link;
  link.mutable_send_link();
  world.Call("CreatePasskeyRegistrationLink", link);
  world.Settle();
  REQUIRE(world.Mails().size() == 1);
  const Message mail = world.Mails()[0];
  CHECK(mail.kind == MessageKind::kPasswordlessRegistration);
  CHECK(mail.to == "ada@example.org");
  CHECK(absl::StartsWith(mail.url,
                         absl::StrCat("https://id.example.com/ui/v2/login/passkey/set?code=",
                                      CodeOf(mail), "&userId=", world.ada, "&organization=")));
  const size_t id = mail.url.find("&codeId=");
  REQUIRE(id != std::string::npos);
  CHECK(mail.url.size() > id + 8);
  CHECK(world.node.Events("user.human.passwordless.initialization.code.sent") == 1);
}

TEST_CASE("a code that is returned is never mailed") {
  MailWorld world;
  world.Start();
  SetEmailRequest request;
  request.set_email("new@example.org");
  request.mutable_return_code();
  world.Call("SetEmail", request);
  PasswordResetRequest reset;
  reset.mutable_return_code();
  world.Fact<command::User>(world.ada, event::v1::EmailVerified());
  world.Call("PasswordReset", reset);
  // One that is mailed comes behind both.
  world.SetEmail("other@example.org");
  world.Settle();
  REQUIRE(world.Mails().size() == 1);
  CHECK(world.Mails()[0].to == "other@example.org");
}

TEST_CASE("what was asked for an address goes nowhere once the address is another") {
  MailWorld world;
  world.SetEmail("one@example.org");
  SetEmailRequest request;
  request.set_email("two@example.org");
  request.mutable_return_code();
  world.Call("SetEmail", request);
  CHECK(world.node.Queue("message.email_code") == 1);
  world.Start();
  world.Settle();
  CHECK(world.Mails().empty());
  CHECK(world.counts.withheld == 1);
  CHECK(world.node.Events("user.human.email.code.sent") == 0);
  CHECK(world.node.Events("user.work.done") == 1);

  world.node.Stop();
  world.SetEmail("three@example.org");
  world.SetEmail("four@example.org");
  world.Start();
  world.Settle();
  REQUIRE(world.Mails().size() == 1);
  CHECK(world.Mails()[0].to == "four@example.org");
}

TEST_CASE("a person who is removed hears nothing any more") {
  MailWorld world;
  zitadel::user::v2::AddHumanUserRequest add;
  add.set_user_id("eve");
  add.mutable_profile()->set_given_name("Eve");
  add.mutable_profile()->set_family_name("Moore");
  add.mutable_email()->set_email("eve@example.org");
  world.Do([&](Unit& unit) -> absl::Status {
    ASSIGN_OR_RETURN(const auto instance,
                     unit.LoadAny<command::Instance>(command::InstanceScope()));
    add.mutable_organization()->set_org_id(instance->default_organization_id);
    return absl::OkStatus();
  });
  REQUIRE(world.node.Call(Method("AddHumanUser"), add).message() == "");
  CHECK(world.node.Queue("message.email_code") == 1);
  DeleteUserRequest remove;
  remove.set_user_id("eve");
  REQUIRE(world.node.Call(Method("DeleteUser"), remove).message() == "");
  // What was asked for after it, for somebody who is there, arrives.
  world.SetEmail("new@example.org");
  world.Start();
  REQUIRE(Await([&] { return world.node.Events("user.human.email.code.sent") > 0; }));
  world.Settle();
  REQUIRE(world.Mails().size() == 1);
  CHECK(world.Mails()[0].to == "new@example.org");
  CHECK(world.node.Letters().empty());
}

TEST_CASE("of codes that replace one another the newest goes out, whenever it came") {
  MailWorld world;
  world.SetEmail("new@example.org");
  SendEmailCodeRequest again;
  again.mutable_send_code();
  world.Call("SendEmailCode", again);
  // It is asked for anew while the last one is under way.
  world.mail.Answer([&](const Message&) {
    SendEmailCodeRequest request;
    request.set_user_id(world.ada);
    return world.node.Call(Method("SendEmailCode"), request);
  });
  world.Start();
  world.Settle();
  REQUIRE(Await([&] { return world.Mails().size() == 2; }));
  world.Settle();
  CHECK(CodeOf(world.Mails()[0]) != CodeOf(world.Mails()[1]));
  CHECK(world.Mails()[0].key != world.Mails()[1].key);
  CHECK(world.node.Events("user.human.email.code.sent") == 1);
  VerifyEmailRequest verify;
  verify.set_verification_code(CodeOf(world.Mails()[1]));
  world.Call("VerifyEmail", verify);
}

TEST_CASE("a code that has proved something, or is too old to, is not sent") {
  MailWorld world;
  event::v1::EmailCodeAdded old;
  old.mutable_code()->set_code("OLD123");
  old.mutable_code()->set_channel(event::v1::CODE_CHANNEL_EMAIL);
  old.mutable_code()->set_address("ada@example.org");
  old.mutable_code()->mutable_lifetime()->set_seconds(3600);
  *old.mutable_code()->mutable_issued_at() = ToTimestamp(absl::Now() - absl::Hours(2));
  world.Fact<command::UserCodes>(world.ada, old);
  PasswordResetRequest reset;
  reset.mutable_send_link();
  world.Call("PasswordReset", reset);
  event::v1::CodeUsed used;
  used.set_purpose(event::v1::CODE_PURPOSE_PASSWORD);
  world.Fact<command::UserCodes>(world.ada, used);
  world.Start();
  world.Settle();
  CHECK(world.Mails().empty());
  CHECK(world.counts.withheld == 2);
}

TEST_CASE("a recipient who is refused for good is a dead letter at once, and names nobody") {
  MailWorld world;
  world.mail.Answer([](const Message&) {
    return Error(absl::StatusCode::kFailedPrecondition, "mail.recipient_refused",
                 "The mail server refuses the recipient (550 5.1.1).");
  });
  world.Start();
  world.SetEmail("gone@example.org");
  REQUIRE(Await([&] { return world.node.Letters().size() == 1; }));
  const row::v1::DeadLetter letter = world.node.Letters()[0];
  CHECK(letter.attempts() == 1);
  CHECK(letter.name() == "message.email_code");
  CHECK(letter.reason() ==
        "mail.recipient_refused: The mail server refuses the recipient (550 5.1.1).");
  CHECK(world.Mails().size() == 1);
  CHECK(world.counts.mail.failed == 1);
  CHECK(world.node.Events("user.human.email.code.sent") == 0);
}

TEST_CASE("a server that is away for a while gets the same message when it is back") {
  MailWorld world;
  const auto away = [](const Message&) {
    return Error(absl::StatusCode::kUnavailable, "mail.unreachable", "It cannot be reached.");
  };
  world.mail.Answer(away);
  world.mail.Answer(away);
  world.Start();
  world.SetEmail("new@example.org");
  world.Settle();
  REQUIRE(world.Mails().size() == 3);
  CHECK(world.Mails()[0].key == world.Mails()[2].key);
  CHECK(CodeOf(world.Mails()[0]) == CodeOf(world.Mails()[2]));
  CHECK(world.node.Letters().empty());
  CHECK(world.counts.mail.failed == 2);
  CHECK(world.counts.mail.sent == 1);
}

TEST_CASE("a node that is lost between sending and saying so leaves the next one the same key") {
  eventstore::MemoryStore store{SystemClock()};
  eventstore::AlteredStore losing(store);
  std::atomic<bool> lost = false;
  losing.lease = [&] {
    return lost ? absl::UnavailableError("nobody hears") : absl::OkStatus();
  };
  absl::Notification sent, elsewhere;
  MailWorld world(&losing);
  world.mail.Answer([&](const Message&) {
    lost = true;
    sent.Notify();
    elsewhere.WaitForNotification();
    return absl::OkStatus();
  });
  // Whatever comes, nobody waits for it when the world ends.
  absl::Cleanup go_on = [&] { elsewhere.Notify(); };
  const HostOptions brief{.ttl = absl::Milliseconds(300)};
  world.node.Start(world.Reactors(world.mail, world.sms, world.counts), brief);
  world.SetEmail("new@example.org");
  REQUIRE(sent.WaitForNotificationWithTimeout(absl::Minutes(1)));

  Taker mail, sms;
  MessageCounts counts;
  WorkNode other(store, TestMaster(), world.dir / "other", 2);
  MessagePorts ports{.mail = &mail, .sms = &sms, .database = &other.database()};
  ports.host = [](const command::Instance&) { return std::string("id.example.com"); };
  ports.origin = [](const command::Instance&) { return std::string("https://id.example.com"); };
  other.Start(MessageReactors(ports, counts), brief);
  REQUIRE(Await([&] { return mail.messages().size() == 1; }));
  REQUIRE(Await([&] { return other.Events("user.human.email.code.sent") == 1; }));
  std::move(go_on).Invoke();
  world.node.Stop();
  CHECK(mail.unlimited() == 0);
  CHECK(mail.messages()[0].key == world.Mails()[0].key);
  CHECK(other.Events("user.human.email.code.sent") == 1);
}

}  // namespace
}  // namespace muniment::gateway

// A session's one-time passwords, and word of a new password.
#include <catch2/catch.hpp>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "base/timestamp.h"
#include "command/policy/settings.h"
#include "command/session/session.h"
#include "muniment/api/work/v1/work_service.pb.h"
#include "tests/reactors/mail_world.h"

namespace muniment::gateway {
namespace {

using command::Unit;
using zitadel::user::v2::SetPasswordRequest;

// A session of ada's in which a code was asked for.
void Challenge(MailWorld& world, const std::string& id, event::v1::CodeChannel channel,
               const std::string& address) {
  event::v1::SessionAdded added;
  *added.mutable_added_at() = ToTimestamp(absl::Now());
  added.set_organization_id("1");
  event::v1::SessionUserChecked checked;
  checked.set_user_id(world.ada);
  checked.set_organization_id("1");
  event::v1::Code code;
  code.set_code("12345678");
  code.set_channel(channel);
  code.set_address(address);
  code.mutable_lifetime()->set_seconds(300);
  *code.mutable_issued_at() = ToTimestamp(absl::Now());
  world.Fact<command::Session>(id, added);
  world.Fact<command::Session>(id, checked);
  if (channel == event::v1::CODE_CHANNEL_SMS) {
    event::v1::SessionOtpSmsChallenged challenged;
    *challenged.mutable_code() = code;
    challenged.set_user_id(world.ada);
    world.Fact<command::Session>(id, challenged);
  } else {
    event::v1::SessionOtpEmailChallenged challenged;
    code.set_url_template("https://app.example/{{.SessionID}}?c={{.Code}}&l={{.PreferredLanguage}}");
    *challenged.mutable_code() = code;
    challenged.set_user_id(world.ada);
    world.Fact<command::Session>(id, challenged);
  }
}

TEST_CASE("a session's one-time password goes out while the session waits for it") {
  MailWorld world;
  Challenge(world, "s1", event::v1::CODE_CHANNEL_EMAIL, "ada@example.org");
  Challenge(world, "s2", event::v1::CODE_CHANNEL_EMAIL, "ada@example.org");
  Challenge(world, "s3", event::v1::CODE_CHANNEL_EMAIL, "old@example.org");
  Challenge(world, "s4", event::v1::CODE_CHANNEL_EMAIL, "ada@example.org");
  // The end of a session ends its work; one whose time is over is found out when it is acted on.
  world.Fact<command::Session>("s2", event::v1::SessionTerminated());
  CHECK(world.node.Queue("message.otp_email") == 3);
  event::v1::SessionLifetimeSet over;
  over.mutable_lifetime();
  world.Fact<command::Session>("s4", over);
  world.Start();
  world.Settle();
  REQUIRE(world.Mails().size() == 1);
  const Message mail = world.Mails()[0];
  CHECK(mail.kind == MessageKind::kVerifyEmailOtp);
  CHECK(mail.event_type == "session.otp.email.challenged");
  CHECK(mail.url == "https://app.example/s1?c=12345678&l=en");
  CHECK(mail.values.at("Expiry") == "5 minutes");
  CHECK(mail.values.at("Domain") == "id.example.com");
  CHECK(mail.values.at("Origin") == "https://id.example.com");
  CHECK(world.node.Events("session.otp.email.sent") == 1);
  CHECK(world.node.Events("session.work.done") == 2);
  CHECK(world.counts.withheld == 2);
}

TEST_CASE("a session's one-time password by SMS can fail for good and be put back") {
  MailWorld world;
  event::v1::PhoneChanged phone;
  phone.set_phone("+41791234567");
  world.Fact<command::User>(world.ada, phone);
  world.sms.Answer([](const Message&) {
    return Error(absl::StatusCode::kFailedPrecondition, "provider.refused", "No.");
  });
  Challenge(world, "s1", event::v1::CODE_CHANNEL_SMS, "+41791234567");
  world.Start();
  REQUIRE(Await([&] { return world.node.Letters().size() == 1; }));
  CHECK(world.node.Events("session.work.given.up") == 1);
  const row::v1::DeadLetter letter = world.node.Letters()[0];
  muniment::api::work::v1::RetryDeadLetterRequest retry;
  retry.set_id(WorkId{letter.name(), letter.aggregate(), letter.resource_id(), letter.request()}
                   .ToString());
  REQUIRE(world.node.Call("muniment.api.work.v1.WorkService/RetryDeadLetter", retry).ok());
  world.Settle();
  REQUIRE(world.sms.messages().size() == 2);
  CHECK(absl::EndsWith(SmsBody(world.sms.messages()[1]), "@id.example.com #12345678"));
  CHECK(world.node.Events("session.otp.sms.sent") == 1);
}

TEST_CASE("word of a new password goes to a proved address, where the policy wants it") {
  MailWorld world;
  const auto change = [&](const std::string& password) {
    SetPasswordRequest request;
    request.mutable_new_password()->set_password(password);
    world.Call("SetPassword", request);
    world.Settle();
  };
  world.Start();
  change("Enough-Of-It-2");
  REQUIRE(world.Mails().size() == 1);
  CHECK(world.Mails()[0].kind == MessageKind::kPasswordChange);
  CHECK(world.Mails()[0].to == "ada@example.org");
  CHECK(CodeOf(world.Mails()[0]) == "");
  CHECK(world.Mails()[0].url == "https://id.example.com/ui/console?login_hint=ada");
  CHECK(world.node.Events("user.human.password.change.sent") == 1);

  event::v1::EmailChanged changed;
  changed.set_email("unproved@example.org");
  world.Fact<command::User>(world.ada, changed);
  change("Enough-Of-It-3");
  world.Fact<command::User>(world.ada, event::v1::EmailVerified());
  world.Do([](Unit& unit) -> absl::Status {
    ASSIGN_OR_RETURN(const auto policy,
                     unit.LoadAny<command::NotificationPolicy>(command::InstanceScope()));
    unit.Raise(policy, event::v1::NotificationPolicyChanged());
    return absl::OkStatus();
  });
  change("Enough-Of-It-4");
  CHECK(world.Mails().size() == 1);
  CHECK(world.counts.withheld == 2);
}

}  // namespace
}  // namespace muniment::gateway

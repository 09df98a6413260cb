// A node without a provider: what is asked for by the API is in its outbox, and works.
#include <catch2/catch.hpp>

#include "absl/strings/match.h"
#include "gateway/outbound.h"
#include "gateway/served_node.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "tests/gateway/fake_smtp.h"
#include "zitadel/session/v2/session_service.pb.h"

namespace muniment::gateway {
namespace {

using google::protobuf::Struct;
using zitadel::session::v2::CreateSessionRequest;
using zitadel::session::v2::CreateSessionResponse;
using zitadel::user::v2::AddHumanUserRequest;
using zitadel::user::v2::AddHumanUserResponse;
using zitadel::user::v2::CreateInviteCodeRequest;
using zitadel::user::v2::CreateInviteCodeResponse;
using zitadel::user::v2::DeleteUserRequest;
using zitadel::user::v2::DeleteUserResponse;
using zitadel::user::v2::GetUserByIDRequest;
using zitadel::user::v2::GetUserByIDResponse;
using zitadel::user::v2::PasswordResetRequest;
using zitadel::user::v2::PasswordResetResponse;
using zitadel::user::v2::SetEmailRequest;
using zitadel::user::v2::SetEmailResponse;
using zitadel::user::v2::SetPasswordRequest;
using zitadel::user::v2::SetPasswordResponse;
using zitadel::user::v2::SetPhoneRequest;
using zitadel::user::v2::SetPhoneResponse;
using zitadel::user::v2::VerifyEmailRequest;
using zitadel::user::v2::VerifyEmailResponse;
using zitadel::user::v2::VerifyInviteCodeRequest;
using zitadel::user::v2::VerifyInviteCodeResponse;
using zitadel::user::v2::VerifyPhoneRequest;
using zitadel::user::v2::VerifyPhoneResponse;

constexpr char kPassword[] = "Enough-Of-It-1";

// A served node with a person who has no password, and the browser of a developer beside it.
struct World {
  explicit World(std::vector<std::pair<std::string, std::string>> flags = {})
      : server(*data.Load(std::move(flags))), admin{Bearer(data.token())} {
    AddHumanUserRequest add;
    add.set_username("eve");
    add.mutable_profile()->set_given_name("Eve");
    add.mutable_profile()->set_family_name("Moore");
    add.mutable_email()->set_email("eve@example.org");
    add.mutable_email()->mutable_return_code();
    eve = Call<AddHumanUserResponse>("AddHumanUser", add).user_id();
  }
  template <class Response>
  Response Call(const char* method, const google::protobuf::Message& request) {
    const auto answer = server.Call<Response>(
        absl::StrCat("zitadel.user.v2.UserService/", method), request, admin);
    INFO(method);
    REQUIRE(answer.status().message() == "");
    return *answer;
  }
  std::string Get(const std::string& path) {
    const Outbound browser({.allowed = *net::Networks::Parse({"127.0.0.1"})});
    const auto page =
        browser.Send({.url = absl::StrCat("http://127.0.0.1:", server.node().port(), path)});
    REQUIRE(page.status().message() == "");
    return page->status == 200 ? page->body : absl::StrCat(page->status);
  }
  // What the outbox keeps, the newest first.
  std::vector<Struct> Kept() {
    Struct box;
    REQUIRE(google::protobuf::util::JsonStringToMessage(Get("/debug/mail/messages.json"), &box)
                .ok());
    std::vector<Struct> kept;
    for (const auto& entry : box.fields().at("messages").list_value().values()) {
      kept.push_back(entry.struct_value());
    }
    return kept;
  }
  // A field of the newest message of that kind, once it is there.
  std::string Mailed(const std::string& message, const char* field) {
    for (int i = 0; i < 3000; ++i) {
      for (const Struct& kept : Kept()) {
        if (kept.fields().at("message").string_value() == message) {
          return kept.fields().at(field).string_value();
        }
      }
      absl::SleepFor(absl::Milliseconds(10));
    }
    FAIL("no message " << message);
    return "";
  }

  const DataDir data;
  Server server;
  const Server::Headers admin;
  std::string eve;
};

TEST_CASE("an address that is set by the API is proved by the code that is in the outbox") {
  World world;
  SetEmailRequest set;
  set.set_user_id(world.eve);
  set.set_email("eve.moore@example.org");
  set.mutable_send_code();
  CHECK_FALSE(world.Call<SetEmailResponse>("SetEmail", set).has_verification_code());
  CHECK(world.Mailed("VerifyEmail", "to") == "eve.moore@example.org");
  const std::string code = world.Mailed("VerifyEmail", "code");
  CHECK(absl::StartsWith(world.Mailed("VerifyEmail", "url"),
                         absl::StrCat("http://localhost:", world.server.node().port(),
                                      "/ui/v2/login/verify?code=", code, "&userId=", world.eve)));
  VerifyEmailRequest verify;
  verify.set_user_id(world.eve);
  verify.set_verification_code(code);
  world.Call<VerifyEmailResponse>("VerifyEmail", verify);
  GetUserByIDRequest get;
  get.set_user_id(world.eve);
  CHECK(world.Call<GetUserByIDResponse>("GetUserByID", get).user().human().email().is_verified());

  const std::string metrics = world.Get("/metrics");
  CHECK(absl::StrContains(metrics, "muniment_messages_sent_total{channel=\"mail\"} 1"));
  CHECK(absl::StrContains(metrics, "muniment_messages_failed_total{channel=\"sms\"} 0"));
  CHECK(absl::StrContains(world.Get("/debug/mail"), "Confirm your e-mail address"));
}

TEST_CASE("what the outbox keeps of a person goes when he is erased, and nothing else") {
  World world;
  AddHumanUserRequest add;
  add.set_username("ada");
  add.mutable_profile()->set_given_name("Ada");
  add.mutable_profile()->set_family_name("Lovelace");
  add.mutable_email()->set_email("ada@example.org");
  add.mutable_email()->mutable_send_code();
  const std::string ada = world.Call<AddHumanUserResponse>("AddHumanUser", add).user_id();
  SetEmailRequest set;
  set.set_user_id(world.eve);
  set.set_email("eve.moore@example.org");
  set.mutable_send_code();
  world.Call<SetEmailResponse>("SetEmail", set);
  for (int i = 0; i < 3000 && world.Kept().size() < 2; ++i) absl::SleepFor(absl::Milliseconds(10));
  REQUIRE(world.Kept().size() == 2);
  DeleteUserRequest remove;
  remove.set_user_id(ada);
  world.Call<DeleteUserResponse>("DeleteUser", remove);
  for (int i = 0; i < 3000 && world.Kept().size() > 1; ++i) absl::SleepFor(absl::Milliseconds(10));
  REQUIRE(world.Kept().size() == 1);
  CHECK(world.Kept()[0].fields().at("to").string_value() == "eve.moore@example.org");
  CHECK_FALSE(absl::StrContains(world.Get("/debug/mail"), "ada@example.org"));
}

TEST_CASE("one who is invited sets a password, forgets it, and sets another by mail") {
  World world;
  CreateInviteCodeRequest invite;
  invite.set_user_id(world.eve);
  invite.mutable_send_code()->set_application_name("Acme Mail");
  world.Call<CreateInviteCodeResponse>("CreateInviteCode", invite);
  CHECK(world.Mailed("InviteUser", "subject") == "You are invited to Acme Mail");
  VerifyInviteCodeRequest accept;
  accept.set_user_id(world.eve);
  accept.set_verification_code(world.Mailed("InviteUser", "code"));
  world.Call<VerifyInviteCodeResponse>("VerifyInviteCode", accept);

  PasswordResetRequest reset;
  reset.set_user_id(world.eve);
  reset.mutable_send_link();
  world.Call<PasswordResetResponse>("PasswordReset", reset);
  CHECK(absl::StrContains(world.Mailed("PasswordReset", "url"), "/ui/v2/login/password/set?code="));
  SetPasswordRequest set;
  set.set_user_id(world.eve);
  set.set_verification_code(world.Mailed("PasswordReset", "code"));
  set.mutable_new_password()->set_password(kPassword);
  world.Call<SetPasswordResponse>("SetPassword", set);
  CHECK(world.Mailed("PasswordChange", "to") == "eve@example.org");

  CreateSessionRequest session;
  session.mutable_checks()->mutable_user()->set_user_id(world.eve);
  session.mutable_checks()->mutable_password()->set_password(kPassword);
  CHECK(world.server
            .Call<CreateSessionResponse>("zitadel.session.v2.SessionService/CreateSession", session,
                                         world.admin)
            .status()
            .message() == "");
}

TEST_CASE("with a mail server mail goes there, and the outbox keeps but SMS") {
  const FakeSmtp mail_server;
  World world({{"SMTP.Host", absl::StrCat("127.0.0.1:", mail_server.port())},
               {"SMTP.From", "no-reply@example.com"},
               {"SMTP.TLS", "false"}});
  SetEmailRequest set;
  set.set_user_id(world.eve);
  set.set_email("eve.moore@example.org");
  set.mutable_send_code();
  world.Call<SetEmailResponse>("SetEmail", set);
  for (int i = 0; i < 3000 && mail_server.mails().empty(); ++i) {
    absl::SleepFor(absl::Milliseconds(10));
  }
  REQUIRE(mail_server.mails().size() == 1);
  CHECK(FieldOf(mail_server.mails()[0], "To") == "<eve.moore@example.org>");
  CHECK(world.Kept().empty());

  SetPhoneRequest phone;
  phone.set_user_id(world.eve);
  phone.set_phone("+41791234567");
  phone.mutable_send_code();
  CHECK_FALSE(world.Call<SetPhoneResponse>("SetPhone", phone).has_verification_code());
  CHECK(world.Mailed("VerifyPhone", "to") == "+41791234567");
  CHECK(world.Mailed("VerifyPhone", "channel") == "sms");
  VerifyPhoneRequest verify;
  verify.set_user_id(world.eve);
  verify.set_verification_code(world.Mailed("VerifyPhone", "code"));
  world.Call<VerifyPhoneResponse>("VerifyPhone", verify);
  CHECK(world.Kept().size() == 1);
  CHECK(mail_server.mails().size() == 1);
}

}  // namespace
}  // namespace muniment::gateway

#include "tests/gateway/person.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "base/crypto.h"
#include "base/secret.h"
#include "tests/base/virtual_authenticator.h"

namespace muniment::gateway {
namespace {

constexpr char kUsers[] = "zitadel.user.v2.UserService/";
constexpr char kSessions[] = "zitadel.session.v2.SessionService/";

std::string Users(const char* method) { return absl::StrCat(kUsers, method); }
std::string Sessions(const char* method) { return absl::StrCat(kSessions, method); }

// A member of a JSON object whose value is that text, in which nothing has to be escaped.
std::string Field(const std::string& name, const std::string& value) {
  return absl::StrCat("\"", name, "\":\"", value, "\"");
}
// What a field of bytes holds in JSON.
std::string Bytes(const std::string& value) { return absl::Base64Escape(value); }

}  // namespace

Person::Person(const JsonClient& admin, uint16_t port) : tag_(HexEncode(RandomBytes(5))) {
  Begin(admin);
  Change(admin);
  const std::string token = SignIn(admin);
  Act(port, token);
  AddFactors(admin);
  AddPasskey(admin);
  AddMachine(admin, port);
}

std::string Person::Shown(const std::string& value) {
  shown_.push_back(value);
  return value;
}
std::string Person::Hidden(const std::string& value) {
  hidden_.push_back(value);
  return value;
}
std::string Person::Tagged(const std::string& what) const {
  return absl::StrCat(what, "Of", absl::AsciiStrToUpper(tag_.substr(0, 5)), tag_.substr(5));
}

std::vector<std::string> Person::values() const {
  std::vector<std::string> all = shown_;
  all.insert(all.end(), hidden_.begin(), hidden_.end());
  return all;
}

void Person::Begin(const JsonClient& admin) {
  password_ = Hidden(absl::StrCat(Tagged("Password"), "-1"));
  // A Swiss number, of digits that are the tag's own.
  std::string phone = "+4179";
  for (size_t i = 0; i < 7; ++i) phone.push_back(static_cast<char>('0' + tag_[i] % 10));
  const auto made = admin.Must(
      Users("AddHumanUser"),
      absl::StrCat(
          "{", Field("username", Hidden(Tagged("FirstLogin"))), ",\"profile\":{",
          Field("givenName", Shown(Tagged("Given"))), ",",
          Field("familyName", Shown(Tagged("Family"))), ",",
          Field("nickName", Hidden(Tagged("FirstNick"))), ",",
          Field("displayName", Shown(Tagged("Display"))), "},\"email\":{",
          Field("email", Hidden(absl::StrCat(Tagged("first"), "@example.org"))),
          ",\"isVerified\":true},\"phone\":{", Field("phone", Shown(phone)),
          ",\"isVerified\":true},\"metadata\":[{", Field("key", Shown(Tagged("FirstKey"))), ",",
          Field("value", Bytes(Shown(Tagged("FirstValue")))), "}],\"password\":{",
          Field("password", password_), "}}"));
  id_ = made.Text("userId");
  organization_ = made.Json()
                      .fields()
                      .at("details")
                      .struct_value()
                      .fields()
                      .at("resourceOwner")
                      .string_value();
}

void Person::Change(const JsonClient& admin) {
  username_ = Shown(Tagged("Login"));
  email_ = Shown(absl::StrCat(Tagged("mail"), "@example.org"));
  admin.Must(Users("UpdateHumanUser"),
             absl::StrCat("{", Field("userId", id_), ",", Field("username", username_), "}"));
  admin.Must(Users("SetEmail"), absl::StrCat("{", Field("userId", id_), ",",
                                             Field("email", email_), ",\"isVerified\":true}"));
  admin.Must(Users("SetUserMetadata"),
             absl::StrCat("{", Field("userId", id_), ",\"metadata\":[{",
                          Field("key", Shown(Tagged("Key"))), ",",
                          Field("value", Bytes(Shown(Tagged("Value")))), "}]}"));
  // A message that waits to be sent, and an address that a code is about.
  admin.Must(Users("PasswordReset"), absl::StrCat("{", Field("userId", id_), ",\"sendLink\":{}}"));
}

// A session that was begun before its user was known, one that ended, and a wrong guess.
std::string Person::SignIn(const JsonClient& admin) {
  const std::string ip = Shown(absl::StrCat("2001:db8:", tag_.substr(0, 4), ":", tag_.substr(4, 4), "::7"));
  const std::string agent = absl::StrCat(
      "\"userAgent\":{", Field("fingerprintId", Shown(Tagged("Fingerprint"))), ",",
      Field("ip", ip), ",", Field("description", Shown(Tagged("Browser"))),
      ",\"header\":{\"x-header\":{\"values\":[\"", Shown(Tagged("Header")), "\"]}}}");
  const std::string check = absl::StrCat("\"checks\":{\"user\":{", Field("userId", id_),
                                         "},\"password\":{", Field("password", password_), "}}");
  const std::string session =
      admin.Must(Sessions("CreateSession"),
                 absl::StrCat("{", agent, ",\"metadata\":{",
                              Field(Shown(Tagged("SessionKey")), Bytes(Shown(Tagged("SessionValue")))),
                              "}}")).Text("sessionId");
  const std::string token =
      admin.Must(Sessions("SetSession"),
                 absl::StrCat("{", Field("sessionId", session), ",", check, "}"))
          .Text("sessionToken");
  const std::string ended =
      admin.Must(Sessions("CreateSession"),
                 absl::StrCat("{\"userAgent\":{", Field("description", Hidden(Tagged("OtherBrowser"))),
                              "}}")).Text("sessionId");
  admin.Must(Sessions("SetSession"), absl::StrCat("{", Field("sessionId", ended), ",", check, "}"));
  admin.Must(Sessions("DeleteSession"), absl::StrCat("{", Field("sessionId", ended), "}"));
  CHECK(admin.Call(Sessions("CreateSession"),
                   absl::StrCat("{\"checks\":{\"user\":{", Field("userId", id_),
                                "},\"password\":{", Field("password", "wrong"), "}}}")).code != 200);
  return token;
}

// What he does is kept with where he did it from: to himself, and to what is nobody's.
void Person::Act(uint16_t port, const std::string& token) {
  const JsonClient himself(port, token, Hidden(Tagged("Agent")));
  himself.Must(Users("UpdateHumanUser"),
               absl::StrCat("{", Field("userId", id_), ",\"profile\":{",
                            Field("givenName", shown_[0]), ",", Field("familyName", shown_[1]), ",",
                            Field("displayName", shown_[2]), ",",
                            Field("nickName", Shown(Tagged("Nick"))), "}}"));
  himself.Must(Sessions("CreateSession"), "{}");
}

// Those that the login policy of a new instance has.
void Person::AddFactors(const JsonClient& admin) {
  const std::string user = absl::StrCat("{", Field("userId", id_), "}");
  Hidden(admin.Must(Users("RegisterTOTP"), user).Text("secret"));
  admin.Must(Users("RegisterU2F"),
             absl::StrCat("{", Field("userId", id_), ",", Field("domain", "localhost"), "}"));
}

void Person::AddPasskey(const JsonClient& admin) {
  const auto begun = admin.Must(Users("RegisterPasskey"),
                                absl::StrCat("{", Field("userId", id_), ",",
                                             Field("domain", "localhost"), "}"));
  const auto options = begun.Json()
                           .fields()
                           .at("publicKeyCredentialCreationOptions")
                           .struct_value()
                           .fields()
                           .at("publicKey")
                           .struct_value();
  webauthn::Ceremony ceremony;
  REQUIRE(absl::WebSafeBase64Unescape(options.fields().at("challenge").string_value(),
                                      &ceremony.challenge));
  ceremony.rp.id = "localhost";
  webauthn::VirtualAuthenticator key;
  key.rp_id = "localhost";
  key.origin = "https://localhost";
  const auto made = key.Register(ceremony);
  const auto web = [](const std::string& bytes) { return absl::WebSafeBase64Escape(bytes); };
  admin.Must(Users("VerifyPasskeyRegistration"),
             absl::StrCat("{", Field("userId", id_), ",",
                          Field("passkeyId", begun.Text("passkeyId")), ",",
                          Field("passkeyName", Shown(Tagged("Passkey"))),
                          ",\"publicKeyCredential\":{", Field("id", web(made.id)), ",",
                          Field("rawId", web(made.id)), ",", Field("type", "public-key"),
                          ",\"response\":{", Field("clientDataJSON", web(made.client_data_json)),
                          ",", Field("attestationObject", web(made.attestation_object)), "}}}"));
  Hidden(key.id);
}

void Person::AddMachine(const JsonClient& admin, uint16_t port) {
  machine_ = admin.Must(Users("CreateUser"),
                        absl::StrCat("{", Field("organizationId", organization_), ",",
                                     Field("username", Shown(Tagged("Robot"))), ",\"machine\":{",
                                     Field("name", Shown(Tagged("RobotName"))), ",",
                                     Field("description", Shown(Tagged("RobotStory"))), "}}"))
                 .Text("id");
  const std::string user = Field("userId", machine_);
  const std::string until = Field("expirationDate", "2999-01-01T00:00:00Z");
  const std::string token =
      admin.Must(Users("AddPersonalAccessToken"), absl::StrCat("{", user, ",", until, "}"))
          .Text("token");
  shown_.push_back(Sha256(token).str());
  admin.Must(Users("AddKey"), absl::StrCat("{", user, ",", until, "}"));
  Hidden(admin.Must(Users("AddSecret"), absl::StrCat("{", user, "}")).Text("clientSecret"));
  JsonClient(port, Hidden(token), Hidden(Tagged("RobotAgent")))
      .Must(Sessions("CreateSession"), "{}");
}

void Person::Remove(const JsonClient& admin) const {
  for (const std::string& id : {id_, machine_}) {
    admin.Must(Users("DeleteUser"), absl::StrCat("{", Field("userId", id), "}"));
  }
}

}  // namespace muniment::gateway

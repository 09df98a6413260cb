#include "tests/gateway/person.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "base/crypto.h"
#include "base/secret.h"
#include "command/policy/settings.h"
#include "gateway/node.h"
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

// What an endpoint of OpenID Connect answers.
std::string Asked(uint16_t port, const std::string& line, const std::string& headers = "",
                  const std::string& body = "") {
  net::RawClient client(port);
  client.Send(absl::StrCat(line, " HTTP/1.1\r\nHost: localhost:", port, "\r\nConnection: close",
                           headers, "\r\nContent-Length: ", body.size(), "\r\n\r\n", body));
  return client.ReadToEnd();
}
// From behind `begin` to the first character that ends it.
std::string Part(const std::string& text, const std::string& begin, const std::string& ends) {
  const size_t at = text.find(begin);
  INFO(text);
  REQUIRE(at != std::string::npos);
  const size_t from = at + begin.size();
  return text.substr(from, text.find_first_of(ends, from) - from);
}
google::protobuf::Struct StructOf(const google::protobuf::Struct& json, const char* name) {
  return json.fields().at(name).struct_value();
}

}  // namespace

void AllowRecoveryCodes(Node& node) {
  const auto allow = [](command::Unit& unit) -> absl::Status {
    ASSIGN_OR_RETURN(const auto login,
                     unit.LoadAny<command::LoginPolicy>(command::InstanceScope()));
    event::v1::LoginSecondFactorAdded added;
    added.set_factor(event::v1::SECOND_FACTOR_RECOVERY_CODE);
    unit.Raise(login, std::move(added));
    return absl::OkStatus();
  };
  REQUIRE(node.RunOnFirstInstance({.name = "test"}, allow).message() == "");
}

Person::Person(const JsonClient& admin, uint16_t port) : tag_(HexEncode(RandomBytes(5))) {
  Begin(admin);
  Change(admin);
  const std::string token = SignIn(admin);
  Act(admin, port, token);
  SignInToApplication(admin, port, token);
  AddFactors(admin);
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

// A Swiss number, of digits that are the tag's own.
std::string Person::Phone(std::string begin) const {
  for (size_t i = 0; i < 7; ++i) begin.push_back(static_cast<char>('0' + tag_[i] % 10));
  return begin;
}

std::vector<std::string> Person::values() const {
  std::vector<std::string> all = shown_;
  all.insert(all.end(), hidden_.begin(), hidden_.end());
  return all;
}

void Person::Begin(const JsonClient& admin) {
  password_ = Hidden(absl::StrCat(Tagged("Password"), "-1"));
  const auto made = admin.Must(
      Users("AddHumanUser"),
      absl::StrCat(
          "{", Field("username", Hidden(Tagged("FirstLogin"))), ",\"profile\":{",
          Field("givenName", Shown(Tagged("Given"))), ",",
          Field("familyName", Shown(Tagged("Family"))), ",",
          Field("nickName", Hidden(Tagged("FirstNick"))), ",",
          Field("displayName", Shown(Tagged("Display"))), "},\"email\":{",
          Field("email", Hidden(absl::StrCat(Tagged("first"), "@example.org"))),
          ",\"isVerified\":true},\"phone\":{", Field("phone", Hidden(Phone("+4179"))),
          ",\"isVerified\":true},\"metadata\":[{", Field("key", Shown(Tagged("FirstKey"))), ",",
          Field("value", Bytes(Shown(Tagged("FirstValue")))), "}]}"));
  id_ = made.Text("userId");
  organization_ = made.Json()
                      .fields()
                      .at("details")
                      .struct_value()
                      .fields()
                      .at("resourceOwner")
                      .string_value();
  const std::string himself = Field("userId", id_);
  const std::string invited =
      admin.Must(Users("CreateInviteCode"), absl::StrCat("{", himself, ",\"returnCode\":{}}"))
          .Text("inviteCode");
  admin.Must(Users("VerifyInviteCode"),
             absl::StrCat("{", himself, ",", Field("verificationCode", invited), "}"));
  admin.Must(Users("SetPassword"), absl::StrCat("{", himself, ",\"newPassword\":{",
                                                Field("password", password_), "}}"));
}

void Person::Change(const JsonClient& admin) {
  username_ = Shown(Tagged("Login"));
  email_ = Shown(absl::StrCat(Tagged("mail"), "@example.org"));
  phone_ = Shown(Phone("+4178"));
  admin.Must(Users("UpdateHumanUser"),
             absl::StrCat("{", Field("userId", id_), ",", Field("username", username_), "}"));
  admin.Must(Users("SetEmail"), absl::StrCat("{", Field("userId", id_), ",",
                                             Field("email", email_), ",\"isVerified\":true}"));
  admin.Must(Users("SetUserMetadata"),
             absl::StrCat("{", Field("userId", id_), ",\"metadata\":[{",
                          Field("key", Shown(Tagged("Key"))), ",",
                          Field("value", Bytes(Shown(Tagged("Value")))), "}]}"));
  // Messages that are sent, wait, or come to nothing, as the server's mail is; and addresses that
  // codes are about.
  admin.Must(Users("PasswordReset"), absl::StrCat("{", Field("userId", id_), ",\"sendLink\":{}}"));
  admin.Must(Users("CreatePasskeyRegistrationLink"),
             absl::StrCat("{", Field("userId", id_), ",\"returnCode\":{}}"));
  admin.Must(Users("SetPhone"), absl::StrCat("{", Field("userId", id_), ",",
                                             Field("phone", phone_),
                                             ",\"sendCode\":{}}"));
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
  session_ = session;
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
void Person::Act(const JsonClient& admin, uint16_t port, const std::string& token) {
  const JsonClient himself(port, token, Hidden(Tagged("Agent")));
  himself.Must(Users("UpdateHumanUser"),
               absl::StrCat("{", Field("userId", id_), ",\"profile\":{",
                            Field("givenName", shown_[0]), ",", Field("familyName", shown_[1]), ",",
                            Field("displayName", shown_[2]), ",",
                            Field("nickName", Shown(Tagged("Nick"))), "}}"));
  himself.Must(Sessions("CreateSession"), "{}");
  constexpr char kConsents[] = "muniment.api.consent.v1.ConsentService/";
  admin.Must(absl::StrCat(kConsents, "SetInstanceConsentDocuments"),
             R"({"documents":[{"kind":"CONSENT_KIND_TERMS","version":"1",)"
             R"("url":"https://e.org"}]})");
  const std::string language = Shown(absl::StrCat("de-x-", tag_.substr(0, 8)));
  himself.Must(absl::StrCat(kConsents, "RecordConsent"),
               absl::StrCat("{", Field("userId", id_), R"(,"kind":"CONSENT_KIND_TERMS",)",
                            Field("version", "1"), ",", Field("language", language), "}"));
  constexpr char kGroups[] = "zitadel.group.v2.GroupService/";
  const std::string group =
      admin
          .Must(absl::StrCat(kGroups, "CreateGroup"),
                absl::StrCat("{", Field("organizationId", organization_), ",",
                             Field("name", HexEncode(RandomBytes(5))), "}"))
          .Text("id");
  admin.Must(absl::StrCat(kGroups, "AddUsersToGroup"),
             absl::StrCat("{", Field("id", group), R"(,"userIds":[")", id_, R"("]})"));
}

// Who may answer for people who sign in.
JsonClient Person::LoginClient(const JsonClient& admin, uint16_t port) const {
  const std::string user = Field(
      "userId",
      admin.Must(Users("CreateUser"), absl::StrCat("{", Field("organizationId", organization_),
                                                   R"(,"machine":{"name":"Login"}})"))
          .Text("id"));
  admin.Must("zitadel.internal_permission.v2.InternalPermissionService/CreateAdministrator",
             absl::StrCat("{", user, R"(,"resource":{"instance":true},)",
                          R"("roles":["IAM_LOGIN_CLIENT"]})"));
  return JsonClient(port, admin
                              .Must(Users("AddPersonalAccessToken"),
                                    absl::StrCat("{", user, ",",
                                                 Field("expirationDate", "2999-01-01T00:00:00Z"),
                                                 "}"))
                              .Text("token"));
}

// With one application, which hints at him by what stands nowhere else: a sign-in that comes to
// tokens, one that fails, and two that nobody ends.
void Person::SignInToApplication(const JsonClient& admin, uint16_t port, const std::string& token) {
  const std::string project =
      admin
          .Must("zitadel.project.v2.ProjectService/CreateProject",
                absl::StrCat("{", Field("organizationId", organization_), ",",
                             Field("name", HexEncode(RandomBytes(5))), "}"))
          .Text("projectId");
  const auto made = admin.Must("zitadel.application.v2.ApplicationService/CreateApplication",
                               absl::StrCat("{", Field("projectId", project), ",",
                                            Field("name", "Shop"), R"(,"oidcConfiguration":{)",
                                            R"("redirectUris":["https://app.example/in"]}})"));
  const auto client = StructOf(made.Json(), "oidcConfiguration");
  const std::string id = client.fields().at("clientId").string_value();
  const auto ask = [&](const std::string& hint, const std::string& more = "") {
    return Asked(port, absl::StrCat("GET /oauth/v2/authorize?client_id=", id,
                                    "&redirect_uri=https%3A%2F%2Fapp.example%2Fin&scope=openid",
                                    "&response_type=code&login_hint=", Hidden(Tagged(hint)), more));
  };
  constexpr char kAnswer[] = "zitadel.oidc.v2.OIDCService/CreateCallback";
  const JsonClient login = LoginClient(admin, port);
  const auto request = [&](const std::string& hint) {
    return Field("authRequestId", Part(ask(hint), "authRequest=", "&\r"));
  };
  const std::string url =
      login
          .Must(kAnswer, absl::StrCat("{", request("HintThatGoesOn"), R"(,"session":{)",
                                      Field("sessionId", session_), ",",
                                      Field("sessionToken", token), "}}"))
          .Text("callbackUrl");
  const std::string body = absl::StrCat(
      "grant_type=authorization_code&redirect_uri=https%3A%2F%2Fapp.example%2Fin&code=",
      Part(url, "code=", "&"));
  const std::string tokens = Asked(
      port, "POST /oauth/v2/token",
      absl::StrCat("\r\nContent-Type: application/x-www-form-urlencoded\r\nAuthorization: Basic ",
                   absl::Base64Escape(absl::StrCat(
                       id, ":", client.fields().at("clientSecret").string_value()))),
      body);
  Hidden(Part(tokens, R"("access_token":")", "\""));
  Hidden(Part(tokens, R"("id_token":")", "\""));
  login.Must(kAnswer, absl::StrCat("{", request("HintThatFails"),
                                   R"(,"error":{"error":"ERROR_REASON_ACCESS_DENIED"}})"));
  CHECK(ask("HintInSilence", "&prompt=none").find("login_required") != std::string::npos);
  request("HintThatNobodyTakes");
}

// A one-time password that is not proved, so that his sessions go on; codes, a key of each kind.
void Person::AddFactors(const JsonClient& admin) {
  const std::string user = Field("userId", id_);
  Hidden(admin.Must(Users("RegisterTOTP"), absl::StrCat("{", user, "}")).Text("secret"));
  const auto codes =
      admin.Must(Users("GenerateRecoveryCodes"), absl::StrCat("{", user, ",\"count\":2}")).Json();
  for (const auto& code : codes.fields().at("recoveryCodes").list_value().values()) {
    Hidden(code.string_value());
  }
  const std::string at = absl::StrCat("{", user, ",", Field("domain", "localhost"), "}");
  const auto u2f = admin.Must(Users("RegisterU2F"), at);
  AddKey(admin, "U2F",
         absl::StrCat(Field("u2fId", u2f.Text("u2fId")), ",",
                      Field("tokenName", Shown(Tagged("Token")))), u2f);
  const auto passkey = admin.Must(Users("RegisterPasskey"), at);
  AddKey(admin, "Passkey",
         absl::StrCat(Field("passkeyId", passkey.Text("passkeyId")), ",",
                      Field("passkeyName", Shown(Tagged("Passkey")))), passkey);
}

void Person::AddKey(const JsonClient& admin, const std::string& kind, const std::string& members,
                    const JsonClient::Reply& begun) {
  const auto options =
      StructOf(StructOf(begun.Json(), "publicKeyCredentialCreationOptions"), "publicKey");
  webauthn::Ceremony ceremony;
  REQUIRE(absl::WebSafeBase64Unescape(options.fields().at("challenge").string_value(),
                                      &ceremony.challenge));
  ceremony.rp.id = "localhost";
  webauthn::VirtualAuthenticator key;
  key.rp_id = "localhost";
  key.origin = "https://localhost";
  const auto made = key.Register(ceremony);
  const auto web = [](const std::string& bytes) { return absl::WebSafeBase64Escape(bytes); };
  admin.Must(Users(absl::StrCat("Verify", kind, "Registration").c_str()),
             absl::StrCat("{", Field("userId", id_), ",", members, ",\"publicKeyCredential\":{",
                          Field("id", web(made.id)), ",", Field("rawId", web(made.id)), ",",
                          Field("type", "public-key"), ",\"response\":{",
                          Field("clientDataJSON", web(made.client_data_json)), ",",
                          Field("attestationObject", web(made.attestation_object)), "}}}"));
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

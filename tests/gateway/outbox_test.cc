// Without a provider messages stay on the machine, for who sits at it; with one they go to it, signed.
#include "gateway/message/outbox.h"

#include <catch2/catch.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "base/crypto.h"
#include "base/error.h"
#include "gateway/message/http_provider.h"
#include "gateway/message/mail_header.h"
#include "gateway/message/outbox_pages.h"
#include "gateway/net/proxies.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "tests/gateway/handled_site.h"
#include "tests/gateway/sample_message.h"
#include "tests/gateway_rpc/local_exchange.h"

namespace muniment::gateway {
namespace {

struct Answer {
  int status = 0;
  std::string body, policy, cache;
};

// Who comes from an address and asks for a host.
struct Visitor {
  std::string from = "127.0.0.1";
  std::string host = "localhost:8080";
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::vector<std::string> trusted = {};

  Answer Get(const Outbox& outbox, const std::string& path) const {
    OutboxPages pages(outbox);
    const auto exchange = std::make_shared<rpc::LocalExchange>("GET", path);
    for (const auto& [name, value] : headers) exchange->With(name, value);
    exchange->mutable_request().authority = host;
    net::Proxies::Parse(trusted)->Introduce(from, exchange->mutable_request());
    exchange->Run(pages);
    return {exchange->head.status, exchange->body,
            std::string(exchange->head.headers.Get("content-security-policy")),
            std::string(exchange->head.headers.Get("cache-control"))};
  }
};

void Fill(Outbox& outbox, int count) {
  for (int i = 0; i < count; ++i) {
    Message message = SampleMail();
    message.key = absl::StrCat("key ", i);
    message.text.subject = absl::StrCat("Subject ", i, ".");
    REQUIRE(outbox.Send(message, {}).ok());
  }
}

TEST_CASE("the newest hundred messages are kept, and one that comes again takes its own place") {
  Outbox outbox;
  Fill(outbox, 103);
  auto entries = outbox.List();
  REQUIRE(entries.size() == 100);
  for (size_t i = 0; i < entries.size(); ++i) {
    CHECK(entries[i]->message.key == absl::StrCat("key ", 102 - i));
  }
  Message again = SampleMail();
  again.key = "key 50";
  again.text.subject = "again";
  REQUIRE(outbox.Send(again, {}).ok());
  entries = outbox.List();
  REQUIRE(entries.size() == 100);
  for (size_t i = 0; i < entries.size(); ++i) {
    CHECK(entries[i]->message.key == absl::StrCat("key ", 102 - i));
    CHECK((entries[i]->message.text.subject == "again") == (i == 52));
  }
  CHECK(outbox.Find(KeyForReceivers("key 50"))->message.text.subject == "again");
  CHECK(outbox.Find(KeyForReceivers("key 2")) == nullptr);
  CHECK(outbox.Find("") == nullptr);
}

TEST_CASE("an erased person's messages go, and none of his comes after") {
  Outbox outbox;
  const auto send = [&](uint64_t instance, const std::string& user, const std::string& key) {
    Message message = SampleMail();
    message.instance = instance;
    message.user_id = user;
    message.key = key;
    REQUIRE(outbox.Send(message, {}).ok());
  };
  const auto kept = [&] {
    std::vector<std::string> keys;
    for (const auto& entry : outbox.List()) keys.push_back(entry->message.key);
    return keys;
  };
  send(1, "ada", "a");
  send(1, "eve", "b");
  send(2, "ada", "c");  // another's who has the id elsewhere
  send(1, "ada", "d");
  outbox.Forget(1, "ada");
  CHECK(kept() == std::vector<std::string>{"c", "b"});
  CHECK(outbox.Find(KeyForReceivers("a")) == nullptr);
  // That was on its way.
  send(1, "ada", "e");
  CHECK(kept() == std::vector<std::string>{"c", "b"});
  for (int i = 0; i < 5000; ++i) outbox.Forget(1, absl::StrCat("user ", i));
  CHECK(kept() == std::vector<std::string>{"c", "b"});
  send(1, "user 4999", "f");
  CHECK(kept() == std::vector<std::string>{"c", "b"});
}

TEST_CASE("the outbox is for who sits at the machine and calls it by its own name") {
  Outbox outbox;
  Fill(outbox, 1);
  CHECK(Visitor().Get(outbox, "/debug/mail").status == 200);
  for (const char* host : {"127.0.0.1", "127.0.0.1:80", "[::1]:8080", "localhost", "a.localhost"}) {
    INFO(host);
    CHECK(Visitor{.host = host}.Get(outbox, "/debug/mail").status == 200);
  }
  // Names that begin as an address of the machine does are anybody's.
  for (const char* host : {"id.example.com", "evil.example:8080", "", "192.0.2.1", "localhost.evil",
                           "127.example.com", "127.0.0.1.example.com:8080", "notlocalhost",
                           "127.0.0.1@evil.example", "[::1].example.com"}) {
    INFO(host);
    CHECK(Visitor{.host = host}.Get(outbox, "/debug/mail").status == 404);
  }
  for (const char* from : {"192.0.2.1", "10.0.0.1", "::2", "fe80::1", "127.example.com",
                           "127.0.0.1.example.com", "::1.example.com"}) {
    INFO(from);
    CHECK(Visitor{.from = from}.Get(outbox, "/debug/mail").status == 404);
  }
  // Through a proxy on the machine, trusted or not.
  const std::vector<std::pair<std::string, std::string>> far = {{"x-forwarded-for", "192.0.2.1"}};
  const std::vector<std::pair<std::string, std::string>> near = {{"x-forwarded-for", "127.0.0.1"}};
  CHECK(Visitor{.headers = far}.Get(outbox, "/debug/mail").status == 404);
  CHECK(Visitor{.headers = near}.Get(outbox, "/debug/mail").status == 404);
  CHECK(Visitor{.headers = far, .trusted = {"127.0.0.1"}}.Get(outbox, "/debug/mail").status == 404);
  const std::vector<std::pair<std::string, std::string>> both = {
      {"forwarded", "for=127.0.0.1;host=localhost"}, {"x-forwarded-for", "192.0.2.1"}};
  CHECK(Visitor{.headers = both, .trusted = {"127.0.0.1"}}.Get(outbox, "/debug/mail").status ==
        404);
  const std::string id = outbox.List()[0]->id;
  for (const char* path : {"", "/", "/messages.json", "/style.css"}) {
    CHECK(Visitor{.from = "192.0.2.1"}.Get(outbox, absl::StrCat("/debug/mail", path)).status == 404);
  }
  CHECK(Visitor{.from = "192.0.2.1"}.Get(outbox, absl::StrCat("/debug/mail/", id)).status == 404);
  CHECK(Visitor{.from = "192.0.2.1"}.Get(outbox, absl::StrCat("/debug/mail/", id, "/html")).status ==
        404);
}

TEST_CASE("a message is shown whole, and nothing of it comes to life") {
  Outbox outbox;
  const Visitor visitor;
  CHECK(absl::StrContains(visitor.Get(outbox, "/debug/mail").body, "There is none yet."));
  Message hostile = *Compose(SampleDraft(MessageKind::kVerifyEmail, "<script>alert(1)</script>"),
                             BuiltInMessageText(MessageKind::kVerifyEmail, {}));
  hostile.text.subject = "<img src=x>";
  hostile.to = "\"><script>@example.org";
  hostile.url = "https://example.com/?\"><script>";
  REQUIRE(outbox.Send(hostile, {}).ok());
  REQUIRE(outbox.Send(SampleSms(), {}).ok());
  const std::string id = KeyForReceivers(hostile.key);
  const std::string place = absl::StrCat("/debug/mail/", id);

  for (const std::string& path : {std::string("/debug/mail"), place}) {
    const Answer page = visitor.Get(outbox, path);
    REQUIRE(page.status == 200);
    CHECK_FALSE(absl::StrContains(page.body, "<script"));
    CHECK_FALSE(absl::StrContains(page.body, "<img"));
    CHECK(absl::StrContains(page.body, "&lt;img src=x&gt;"));
    CHECK(absl::StrContains(page.policy, "default-src 'none'"));
    CHECK_FALSE(absl::StrContains(page.policy, "unsafe"));
    CHECK_FALSE(absl::StrContains(page.policy, "script-src"));
    CHECK(absl::StrContains(page.policy, "frame-ancestors 'none'"));
    CHECK(page.cache == "no-store");
  }
  const std::string page = visitor.Get(outbox, place).body;
  CHECK(absl::StrContains(page, "<iframe sandbox=\"\""));
  CHECK(absl::StrContains(page, "<code>ABC123</code>"));
  const Answer framed = visitor.Get(outbox, place + "/html");
  CHECK(framed.body == HtmlBody(hostile));
  CHECK(absl::StrContains(framed.policy, "sandbox"));
  CHECK_FALSE(absl::StrContains(framed.policy, "allow-"));
  CHECK(absl::StrContains(framed.policy, "default-src 'none'"));

  const std::string sms = absl::StrCat("/debug/mail/", KeyForReceivers(SampleSms().key));
  CHECK(absl::StrContains(visitor.Get(outbox, sms).body, "@id.example.com #12345678"));
  CHECK(visitor.Get(outbox, sms + "/html").status == 404);
  for (const char* nowhere : {"/debug/mail/0", "/debug/mailx", "/debug/mail/../mail",
                              "/debug/mail//html", "/debug/mail/html"}) {
    INFO(nowhere);
    CHECK(visitor.Get(outbox, nowhere).status == 404);
  }
  const std::string json = visitor.Get(outbox, "/debug/mail/messages.json").body;
  CHECK(absl::StrContains(json, "\"code\":\"12345678\""));
  CHECK(absl::StrContains(json, "\"to\":\"+41791234567\""));
}

// A provider that keeps what it gets.
class Provider : public net::Handler {
 public:
  struct Got {
    std::string body, signature, key, type, method;
  };
  void Handle(std::shared_ptr<net::Exchange> exchange) override {
    auto* raw = exchange.get();
    raw->ReadAll(1 << 20, [this, exchange](absl::StatusOr<std::string> body) {
      const net::Request& request = exchange->request();
      {
        absl::MutexLock lock(&mutex);
        got.push_back({*body, std::string(request.headers.Get("zitadel-signature")),
                       std::string(request.headers.Get("idempotency-key")),
                       std::string(request.headers.Get("content-type")), request.method});
      }
      exchange->Respond(status, {}, "");
    });
  }
  std::atomic<int> status = 204;
  absl::Mutex mutex;
  std::vector<Got> got;
};

using ProviderSite = HandledSite<Provider>;

absl::Status Send(const ProviderSite& site, const Message& message) {
  const Outbound outbound({.allowed = *net::Networks::Parse({"127.0.0.1"})});
  HttpProvider sender(outbound,
                      {.endpoint = site.Url("/sms"), .signing_key = Secret("signing key")});
  return sender.Send(message, {.deadline = absl::Now() + absl::Seconds(20)});
}

TEST_CASE("a provider gets each message as signed JSON of the published form") {
  ProviderSite site;
  REQUIRE(Send(site, SampleMail()).message() == "");
  REQUIRE(Send(site, SampleSms()).message() == "");
  REQUIRE(site.handler->got.size() == 2);
  const Provider::Got& mail = site.handler->got[0];
  CHECK(mail.method == "POST");
  CHECK(mail.type == "application/json");
  CHECK(mail.key == KeyForReceivers(SampleMail().key));
  // As a receiver checks it.
  const size_t comma = mail.signature.find(",v1=");
  REQUIRE(comma != std::string::npos);
  const std::string time = mail.signature.substr(2, comma - 2);
  CHECK(mail.signature.substr(0, 2) == "t=");
  CHECK(mail.signature.substr(comma + 4) ==
        HexEncode(HmacSha256("signing key", time + "." + mail.body)));
  for (const char* part :
       {"\"eventType\":\"user.human.email.code.added\"", "\"provider\":{",
        "\"recipientEmailAddress\":\"ada@example.org\"", "\"title\":\"Confirm your e-mail address\"",
        "\"preHeader\":", "\"subject\":", "\"greeting\":\"Hello Ada Lovelace\"", "\"text\":",
        "\"url\":\"https://id.example.com/ui/v2/login/verify?code=ABC123&userId=4711\"",
        "\"buttonText\":", "\"primaryColor\":\"#5469d4\"", "\"backgroundColor\":", "\"fontColor\":",
        "\"fontFamily\":", "\"logoUrl\":\"\"", "\"footerText\":", "\"code\":\"ABC123\"",
        "\"userID\":\"4711\"", "\"loginNames\":[\"ada\",\"ada@acme.example\"]"}) {
    INFO(part);
    CHECK(absl::StrContains(mail.body, part));
  }
  CHECK_FALSE(absl::StrContains(mail.body, "recipientPhoneNumber"));
  const std::string sms = site.handler->got[1].body;
  CHECK(absl::StrContains(sms, "\"recipientPhoneNumber\":\"+41791234567\""));
  CHECK(absl::StrContains(sms, "\"oTP\":\"12345678\""));
  CHECK_FALSE(absl::StrContains(sms, "recipientEmailAddress"));
}

TEST_CASE("names are escaped for a provider of mail, and as they are for one of SMS") {
  const std::string name = "<b> & \"q\"";
  Draft draft = SampleDraft(MessageKind::kVerifyEmail, name);
  const auto part = [&](const char* object, const char* field) {
    google::protobuf::Struct body;
    const std::string json = ProviderBody(*Compose(draft, BuiltInMessageText(draft.kind, {})), {});
    REQUIRE(google::protobuf::util::JsonStringToMessage(json, &body).ok());
    return body.fields().at(object).struct_value().fields().at(field).string_value();
  };
  CHECK(part("templateData", "greeting") == "Hello &lt;b&gt; &amp; &#34;q&#34;");
  CHECK(part("args", "displayName") == name);
  draft.channel = Channel::kSms;
  CHECK(part("templateData", "greeting") == "Hello " + name);
  CHECK(part("args", "displayName") == name);
}

TEST_CASE("a provider that does not take a message is asked again later") {
  ProviderSite site;
  for (const int status : {302, 400, 404, 429, 500, 503}) {
    site.handler->status = status;
    const absl::Status refused = Send(site, SampleMail());
    CHECK(Reason(refused) == "provider.refused");
    CHECK(absl::IsUnavailable(refused));
    CHECK(refused.message() == absl::StrCat("The provider answers ", status, "."));
  }
  site.handler->status = 200;
  CHECK(Send(site, SampleMail()).ok());
}

}  // namespace
}  // namespace muniment::gateway

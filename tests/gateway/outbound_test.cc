// Where we may be sent by whoever names a URL to us, and how far.
#include "gateway/outbound.h"

#include <catch2/catch.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "base/error.h"
#include "tests/gateway/data_dir.h"
#include "tests/gateway/fake_smtp.h"
#include "tests/gateway/handled_site.h"

namespace muniment::gateway {
namespace {

// Answers by the path: /status/302?to is a redirect to what stands behind the mark, /large sends
// much, /hang nothing; all else says what it got.
class Echo : public net::Handler {
 public:
  void Handle(std::shared_ptr<net::Exchange> exchange) override {
    const net::Request& request = exchange->request();
    ++requests;
    if (request.path == "/hang") {
      absl::MutexLock lock(&mutex);
      hanging.push_back(exchange);
      return;
    }
    if (request.path == "/large") return exchange->Respond(200, {}, std::string(3000, 'x'));
    if (absl::StartsWith(request.path, "/status/")) {
      net::Headers headers;
      headers.Add("location", request.query);
      return exchange->Respond(std::stoi(request.path.substr(8)), std::move(headers), "moved");
    }
    if (request.path == "/loop") {
      net::Headers headers;
      headers.Add("location", "/loop");
      return exchange->Respond(302, std::move(headers), "");
    }
    auto* raw = exchange.get();
    raw->ReadAll(100000, [exchange](absl::StatusOr<std::string> body) {
      const net::Request& got = exchange->request();
      net::Headers headers;
      headers.Add("x-seen", "yes");
      exchange->Respond(200, std::move(headers),
                        absl::StrCat(got.method, " ", got.path, " [", body.value_or("?"), "] ",
                                     got.headers.Get("x-secret")));
    });
  }
  std::atomic<int> requests = 0;
  absl::Mutex mutex;
  std::vector<std::shared_ptr<net::Exchange>> hanging;
};

using Site = HandledSite<Echo>;

OutboundOptions Loopback() {
  OutboundOptions options;
  options.allowed = *net::Networks::Parse({"127.0.0.0/8"});
  return options;
}

OutboundRequest Post(std::string url) {
  OutboundRequest request;
  request.method = "POST";
  request.url = std::move(url);
  request.body = "{\"a\": 1}";
  request.headers.Add("x-secret", "s");
  return request;
}

OutboundRequest Get(std::string url) {
  OutboundRequest request;
  request.url = std::move(url);
  request.headers.Add("x-secret", "s");
  return request;
}

TEST_CASE("a request goes out as it was given and brings back what was answered") {
  const Site site;
  const Outbound outbound(Loopback());
  const auto posted = outbound.Send(Post(site.Url("/hook?x=1")));
  REQUIRE(posted.status().message() == "");
  CHECK(posted->status == 200);
  CHECK(posted->body == "POST /hook [{\"a\": 1}] s");
  CHECK(posted->headers.Get("x-seen") == "yes");
  CHECK(outbound.Send(Get(site.Url("/a")))->body == "GET /a [] s");
  OutboundRequest remove = Post(site.Url("/a"));
  remove.method = "DELETE";
  CHECK(absl::StartsWith(outbound.Send(remove)->body, "DELETE /a"));
  OutboundRequest head = Get(site.Url("/a"));
  head.method = "HEAD";
  CHECK(outbound.Send(head)->body == "");
  OutboundRequest empty = Post(site.Url("/a"));
  empty.body.clear();
  CHECK(outbound.Send(empty)->body == "POST /a [] s");
  CHECK(outbound.Send(Get(site.Url("/status/404?x")))->status == 404);
}

TEST_CASE("only the public's addresses are dialled, by whatever name they are called") {
  const Site site;
  const Outbound outbound;
  const std::string port = absl::StrCat(":", site.server->port(), "/");
  for (const char* host :
       {"127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "[::1]",
        "[::ffff:127.0.0.1]", "[::127.0.0.1]", "0.0.0.0", "[::]", "LOCALHOST"}) {
    INFO(host);
    const auto refused = outbound.Send(Get(absl::StrCat("http://", host, port)));
    CHECK(Reason(refused.status()) == "outbound.address_refused");
    CHECK(absl::IsPermissionDenied(refused.status()));
  }
  CHECK(site.handler->requests == 0);
}

TEST_CASE("what is private, shared, reserved or carries such an address is none of the public's") {
  for (const char* address :
       {"10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "100.127.255.255",
        "169.254.169.254", "127.0.0.1", "0.0.0.0", "192.0.2.1", "198.18.0.1", "224.0.0.1",
        "255.255.255.255", "240.0.0.1", "::1", "::", "fe80::1", "fc00::1", "fd12:3456::1", "ff02::1",
        "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a00:1", "2002:a00:1::1",
        "2001:db8::1", "2001::1", "fec0::1", "", "localhost", "1.2.3"}) {
    INFO(address);
    CHECK_FALSE(IsPublicAddress(address));
  }
  for (const char* address : {"8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "192.0.1.1",
                              "2606:4700::1111", "2a00:1450:4001::1", "::ffff:8.8.8.8"}) {
    INFO(address);
    CHECK(IsPublicAddress(address));
  }
}

TEST_CASE("a URL is of http or https, with a host and without a user") {
  for (const char* bad :
       {"", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "http://",
        "http://user@example.com/", "http://user:pass@example.com/", "example.com/x y",
        "http://example.com/\r\nX: y", "http://exa mple.com/", "http://example.com:99999/",
        "javascript:alert(1)", "http://[::1/"}) {
    INFO(bad);
    CHECK(Reason(Outbound::Check(bad)) == "outbound.url_invalid");
    CHECK(Reason(Outbound().Send(Get(bad)).status()) == "outbound.url_invalid");
  }
  CHECK(Outbound::Check("https://example.com").ok());
  CHECK(Outbound::Check("http://[2001:db8::1]:8080/x?y=z").ok());
}

TEST_CASE("redirects are followed a few times, and each is looked at anew") {
  const Site site;
  const Outbound outbound(Loopback());
  for (const char* status : {"301", "302", "303", "307", "308"}) {
    INFO(status);
    const auto there = outbound.Send(Get(site.Url(absl::StrCat("/status/", status, "?/there"))));
    REQUIRE(there.ok());
    CHECK(there->body == "GET /there [] s");
  }
  site.handler->requests = 0;
  CHECK(Reason(outbound.Send(Get(site.Url("/loop"))).status()) == "outbound.too_many_redirects");
  CHECK(site.handler->requests == 6);
  // The first host is public enough, where it leads is not.
  CHECK(Reason(outbound.Send(Get(site.Url("/status/302?http://[::1]:1/"))).status()) ==
        "outbound.address_refused");
  CHECK(Reason(outbound.Send(Get(site.Url("/status/302?file:///etc/passwd"))).status()) ==
        "outbound.url_invalid");
  // Not a redirect without a place.
  CHECK(outbound.Send(Get(site.Url("/status/304?x")))->status == 304);
}

TEST_CASE("what began encrypted never goes on in the clear") {
  const DataDir folder;
  const TestCertificate certificate(folder.path());
  const Site secure(&certificate), plain;
  OutboundOptions options = Loopback();
  CHECK(Reason(Outbound(options).Send(Get(secure.Url("/a"))).status()) == "outbound.tls");
  options.authorities_file = certificate.certificate;
  const Outbound outbound(options);
  CHECK(outbound.Send(Get(secure.Url("/a")))->body == "GET /a [] s");
  CHECK(outbound.Send(Get(secure.Url("/status/302?/there")))->body == "GET /there [] s");
  CHECK(Reason(outbound.Send(Get(secure.Url("/status/302?" + plain.Url("/there")))).status()) ==
        "outbound.redirect_refused");
  // Not on a way around either: in the clear, encrypted, in the clear.
  CHECK(Reason(outbound.Send(Get(plain.Url("/status/302?" + secure.Url("/status/302?" +
                                                                       plain.Url("/x"))))).status()) ==
        "outbound.redirect_refused");
  CHECK(plain.handler->requests == 1);
}

TEST_CASE("headers stay with the host they were meant for") {
  const Site one, other;
  const Outbound outbound(Loopback());
  const auto there = outbound.Send(Get(one.Url("/status/302?" + other.Url("/there"))));
  REQUIRE(there.ok());
  CHECK(there->body == "GET /there [] ");
}

TEST_CASE("a body goes on only where it is kept, and to the same host") {
  const Site site;
  const Outbound outbound(Loopback());
  for (const char* status : {"307", "308"}) {
    const auto there = outbound.Send(Post(site.Url(absl::StrCat("/status/", status, "?/there"))));
    REQUIRE(there.ok());
    CHECK(there->body == "POST /there [{\"a\": 1}] s");
  }
  for (const int status : {301, 302, 303}) {
    const auto there = outbound.Send(Post(site.Url(absl::StrCat("/status/", status, "?/there"))));
    REQUIRE(there.ok());
    CHECK(there->status == status);
  }
  const std::string elsewhere = absl::StrCat("http://127.0.0.2:", site.server->port(), "/");
  CHECK(Reason(outbound.Send(Post(site.Url("/status/307?" + elsewhere))).status()) ==
        "outbound.redirect_refused");
}

TEST_CASE("an answer that is too large, too late, or not wanted any more ends the request") {
  const Site site;
  OutboundOptions small = Loopback();
  small.max_body = 2999;
  CHECK(Reason(Outbound(small).Send(Get(site.Url("/large"))).status()) ==
        "outbound.answer_too_large");
  small.max_body = 3000;
  CHECK(Outbound(small).Send(Get(site.Url("/large")))->body.size() == 3000);

  OutboundOptions hasty = Loopback();
  hasty.timeout = absl::Milliseconds(200);
  CHECK(Reason(Outbound(hasty).Send(Get(site.Url("/hang"))).status()) == "outbound.timeout");
  OutboundRequest late = Get(site.Url("/hang"));
  late.deadline = absl::Now() + absl::Milliseconds(200);
  CHECK(Reason(Outbound(Loopback()).Send(late).status()) == "outbound.timeout");
  OutboundRequest stopped = Get(site.Url("/hang"));
  stopped.go_on = [] { return false; };
  CHECK(Reason(Outbound(Loopback()).Send(stopped).status()) == "outbound.stopped");
}

TEST_CASE("nobody at home, or somebody without TLS, is told without the path") {
  const Site site;
  const Outbound outbound(Loopback());
  std::string url = absl::StrCat("https://127.0.0.1:", site.server->port(), "/secret-path");
  const absl::Status plain = outbound.Send(Get(url)).status();
  CHECK(Reason(plain) == "outbound.tls");
  CHECK_FALSE(absl::StrContains(plain.message(), "secret-path"));
  const absl::Status away = outbound.Send(Get("http://127.0.0.1:1/secret-path")).status();
  CHECK(Reason(away) == "outbound.unreachable");
  CHECK_FALSE(absl::StrContains(away.message(), "secret-path"));
}

}  // namespace
}  // namespace muniment::gateway

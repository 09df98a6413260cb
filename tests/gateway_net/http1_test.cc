#include <catch2/catch.hpp>

#include "absl/strings/match.h"
#include "tests/gateway_net/raw_client.h"
#include "tests/gateway_net/site.h"

namespace muniment::net {
namespace {

using Catch::Contains;
using Catch::StartsWith;

const std::string kHost = "Host: test.example\r\n";

std::string Get(const std::string& path, const std::string& more = "") {
  return "GET " + path + " HTTP/1.1\r\n" + kHost + more + "\r\n";
}

TEST_CASE("requests sent ahead on one connection are answered in order, and it stays open") {
  Site site;
  RawClient client(site.port());
  client.Send(Get("/thread") + Get("/hello") + "POST /echo HTTP/1.1\r\n" + kHost +
              "Content-Length: 3\r\n\r\nabc" + Get("/hello"));
  CHECK_THAT(client.ReadUntil("from a thread"), StartsWith("HTTP/1.1 200 OK\r\n"));
  CHECK_THAT(client.ReadUntil("hello"), StartsWith("HTTP/1.1 200 OK\r\n"));
  CHECK_THAT(client.ReadUntil("abc"), Contains("content-length: 3"));
  const std::string last = client.ReadUntil("hello");
  CHECK_THAT(last, StartsWith("HTTP/1.1 200 OK\r\n"));
  CHECK_FALSE(absl::StrContains(last, "close"));
}

TEST_CASE("a client of HTTP/1.0 is answered and left") {
  Site site;
  RawClient client(site.port());
  client.Send("GET /hello HTTP/1.0\r\n\r\n");
  CHECK_THAT(client.ReadToEnd(), StartsWith("HTTP/1.0 200 OK") && Catch::EndsWith("hello"));
}

TEST_CASE("a body in chunks arrives whole, and one past the handler's limit is refused") {
  Site site;
  RawClient client(site.port());
  client.Send("POST /echo HTTP/1.1\r\n" + kHost +
              "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\n\r\n");
  CHECK_THAT(client.ReadUntil("abcdefg"), StartsWith("HTTP/1.1 200"));
  client.Send("POST /echo HTTP/1.1\r\n" + kHost + "Content-Length: 100001\r\n\r\n" +
              std::string(100001, 'x'));
  CHECK_THAT(client.ReadUntil("\r\n\r\n"), StartsWith("HTTP/1.1 413"));
}

TEST_CASE("a client that waits for 100 Continue gets it") {
  Site site;
  RawClient client(site.port());
  client.Send("POST /echo HTTP/1.1\r\n" + kHost +
              "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  CHECK(client.ReadUntil("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  client.Send("ok");
  CHECK_THAT(client.ReadUntil("ok"), Contains("HTTP/1.1 200"));
}

TEST_CASE("requests that two readers could read in two ways are refused and the connection ends") {
  Site site;
  const std::string bad = GENERATE_COPY(
      std::string("POST /echo HTTP/1.1\r\n" + kHost +
                  "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
      std::string("POST /echo HTTP/1.1\r\n" + kHost +
                  "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"),
      std::string("POST /echo HTTP/1.1\r\n" + kHost +
                  "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
      std::string("POST /echo HTTP/1.1\r\n" + kHost + "Content-Length: -1\r\n\r\n"),
      std::string("POST /echo HTTP/1.1\r\n" + kHost + "Content-Length: 1x\r\n\r\n"),
      std::string("GET /hello HTTP/1.1\r\n\r\n"),
      std::string("GET /hello HTTP/1.1\r\n" + kHost + kHost + "\r\n"),
      std::string("GET /hello HTTP/1.1\r\n" + kHost + "Bad Name: x\r\n\r\n"),
      std::string("GET /hello HTTP/1.1\r\n" + kHost + "X: a\r\n folded\x01\r\n\r\n"),
      std::string("GET /hello HTTP/1.1\r\n" + kHost + "X: a\r\n folded\r\n\r\n"),
      std::string("GET /hello HTTP/1.1\r\n" + kHost + "X:\r\n\tfolded\r\n\r\n"),
      std::string("GET /hello HTTP/1.1\r\n X: a\r\n" + kHost + "\r\n"),
      std::string("GET /hello HTTP/1.1\r\n" + kHost + "X : a\r\n\r\n"),
      std::string("POST /echo HTTP/1.1\r\n" + kHost + "Content-Length: +3\r\n\r\nabc"),
      std::string("POST /echo HTTP/1.1\r\n" + kHost + "Content-Length: 3, 3\r\n\r\nabc"),
      std::string("POST /echo HTTP/1.1\r\n" + kHost +
                  "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"),
      std::string("GET hello HTTP/1.1\r\n" + kHost + "\r\n"),
      std::string("GET /hello HTTP/3.7\r\n" + kHost + "\r\n"),
      std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 no TLS here\r\n\r\n"));
  CAPTURE(bad);
  RawClient client(site.port());
  client.Send(bad);
  CHECK_THAT(client.ReadToEnd(), StartsWith("HTTP/1.1 400"));
}

TEST_CASE("a target in absolute form names the host, whatever the field Host says") {
  Site site;
  const auto answer = [&](const std::string& line, const std::string& fields) {
    RawClient client(site.port());
    client.Send(line + "\r\n" + fields + "Connection: close\r\n\r\n");
    return client.ReadToEnd();
  };
  // Host is ignored (RFC 9112 section 3.2.2).
  const auto who = [&](const std::string& target) {
    const std::string got = answer("GET " + target + " HTTP/1.1", kHost);
    return got.substr(std::min(got.size(), got.rfind("://")));
  };
  CHECK(who("http://Other.example:8080/who") == "://Other.example:8080");
  CHECK(who("HTTPS://other.example/who?a=http://evil.example/") == "://other.example");
  CHECK(who("/who?a=http://evil.example/") == "://test.example");
  for (const char* root : {"http://other.example", "http://other.example?a=/who"}) {
    CHECK_THAT(answer(std::string("GET ") + root + " HTTP/1.1", kHost),
               StartsWith("HTTP/1.1 404"));
  }
  // Of HTTP/1.0 it is the only name.
  CHECK_THAT(answer("GET http://other.example/who HTTP/1.0", ""),
             StartsWith("HTTP/1.0 200") && Catch::EndsWith("://other.example"));
}

TEST_CASE("a target that is no path and names no host of HTTP is refused") {
  Site site;
  const std::string target =
      GENERATE("http:///who", "http://", "ftp://test.example/who", "://test.example/who",
               "test.example/who?to=http://evil.example/who", "test.example:443");
  CAPTURE(target);
  RawClient client(site.port());
  client.Send("GET " + target + " HTTP/1.1\r\n" + kHost + "\r\n");
  CHECK_THAT(client.ReadToEnd(), StartsWith("HTTP/1.1 400"));
  RawClient without(site.port());
  without.Send("GET http://test.example/who HTTP/1.1\r\n\r\n");
  CHECK_THAT(without.ReadToEnd(), StartsWith("HTTP/1.1 400"));
}

// How many answers there are in what came.
size_t Answers(const std::string& got) {
  size_t count = 0;
  for (size_t at = 0; (at = got.find("HTTP/1.", at)) != std::string::npos; ++at) ++count;
  return count;
}

TEST_CASE("no coding but chunked frames a body, and what is in it is no request of its own") {
  Site site;
  const std::string coding = GENERATE(
      "gzip", "deflate", "identity", "chunked, gzip", "gzip, identity", "xchunked", "chunked;q=1",
      "chunkedx", "\"chunked\"", "chunked,", "chunked, chunked", "", ",", "chunked\x0b",
      "gzip\r\nTransfer-Encoding: chunked", "chunked\r\nTransfer-Encoding: chunked",
      "chunked\r\nTransfer-Encoding: identity", "\r\n chunked", "gzip,\r\n chunked");
  CAPTURE(coding);
  RawClient client(site.port());
  client.Send("POST /echo HTTP/1.1\r\n" + kHost + "Transfer-Encoding: " + coding + "\r\n\r\n" +
              Get("/hello"));
  const std::string got = client.ReadToEnd();
  CHECK_THAT(got, StartsWith("HTTP/1.1 400") || StartsWith("HTTP/1.1 501"));
  CHECK(Answers(got) == 1);
}

TEST_CASE("a coding that is not known around chunks is answered 501, and its case says nothing") {
  Site site;
  RawClient client(site.port());
  client.Send("POST /echo HTTP/1.1\r\n" + kHost +
              "Transfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
  CHECK_THAT(client.ReadToEnd(), StartsWith("HTTP/1.1 501") && Contains("connection: close"));
  RawClient loud(site.port());
  loud.Send("POST /echo HTTP/1.1\r\n" + kHost +
            "TRANSFER-ENCODING:\tCHUNKED \r\n\r\n3\r\nabc\r\n0\r\n\r\n");
  CHECK_THAT(loud.ReadUntil("abc"), StartsWith("HTTP/1.1 200"));
}

TEST_CASE("HTTP/1.0 has no codings") {
  Site site;
  RawClient client(site.port());
  client.Send("POST /echo HTTP/1.0\r\nConnection: keep-alive\r\n"
              "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + Get("/hello"));
  const std::string got = client.ReadToEnd();
  CHECK_THAT(got, StartsWith("HTTP/1.1 400"));
  CHECK(Answers(got) == 1);
}

TEST_CASE("a field after the body is none of the header") {
  Site site;
  RawClient client(site.port());
  client.Send("POST /late HTTP/1.1\r\n" + kHost +
              "Transfer-Encoding: chunked\r\n\r\n0\r\nX-Late: yes\r\n\r\n" + Get("/hello"));
  CHECK_THAT(client.ReadUntil("late:"), StartsWith("HTTP/1.1 200"));
  CHECK_THAT(client.ReadUntil("hello"), StartsWith("HTTP/1.1 200"));
}

// Bodies in chunks that no reader can go on with.
const std::string kBroken[] = {
    "zz\r\nabc\r\n0\r\n\r\n",
    "-3\r\nabc\r\n0\r\n\r\n",
    "0x3\r\nabc\r\n0\r\n\r\n",
    "3\nabc\n0\n\n",
    "3\r\nabcXX0\r\n\r\n",
    "3;\r\nabc\r\n0\r\n\r\n",
    "11111111111111111\r\nabc\r\n",
    "3\r\nabc\r\n0\r\n: x\r\n\r\n",
    "3\r\nabc\r\n0\r\nContent-Length: 3\r\n\r\n",
    "3\r\nabc\r\n0\r\nTransfer-Encoding: gzip\r\n\r\n",
    "3;" + std::string(100000, 'x') + "\r\nabc\r\n0\r\n\r\n",
    "3\r\nabc\r\n0\r\nX: " + std::string(100000, 'x') + "\r\n\r\n"};

TEST_CASE("a body whose chunks break ends the exchange and the connection at once") {
  Site site;
  for (const std::string& body : kBroken) {
    CAPTURE(body.substr(0, 60));
    const absl::Time start = absl::Now();
    const auto post = [&](const std::string& path) {
      RawClient client(site.port());
      client.Send("POST " + path + " HTTP/1.1\r\n" + kHost +
                  "Transfer-Encoding: chunked\r\n\r\n" + body + Get("/hello"));
      const std::string got = client.ReadToEnd();
      CHECK(Answers(got) == 1);
      CHECK_THAT(got, Contains("connection: close"));
      return got;
    };
    // As /echo answers any fault; those who do not wait for the whole learn that it is over.
    CHECK_THAT(post("/echo"), StartsWith("HTTP/1.1 413"));
    const int gone = site.gone;
    CHECK_THAT(post("/hang"), StartsWith("HTTP/1.1 400"));
    CHECK_THAT(post("/pieces"), StartsWith("HTTP/1.1 400"));
    CHECK(Site::Soon(site.gone, gone + 2));
    CHECK(absl::Now() - start < absl::Seconds(4));
  }
}

TEST_CASE("a client that goes in the middle of a chunk is gone, and stopping waits for none of them") {
  Site site;
  RawClient broken(site.port()), leaver(site.port());
  const std::string head =
      "POST /pieces HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\n";
  broken.Send(head + "zz\r\n");
  leaver.Send(head + "5\r\nabc");
  REQUIRE(Site::Soon(site.hanging, 2));
  leaver.Close();
  CHECK(Site::Soon(site.gone, 2));
  const absl::Time start = absl::Now();
  site.server->Stop(absl::Seconds(10));
  CHECK(absl::Now() - start < absl::Seconds(4));
}

TEST_CASE("a request that is read by and by ends when it says nothing more") {
  Limits limits;
  limits.idle_time = absl::Milliseconds(300);
  Site site(limits);
  RawClient client(site.port());
  client.Send("POST /pieces HTTP/1.1\r\n" + kHost +
              "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  CHECK_THAT(client.ReadToEnd(), StartsWith("HTTP/1.1 408"));
  CHECK(Site::Soon(site.gone, 1));
}

TEST_CASE("a body left open while its answer has begun ends when nothing moves") {
  Limits limits;
  limits.idle_time = absl::Seconds(2);
  Site site(limits);
  const std::string head =
      "POST /begun HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n";
  RawClient silent(site.port()), slow(site.port());
  silent.Send(head);
  slow.Send(head);
  CHECK_THAT(silent.ReadUntil("begun"), StartsWith("HTTP/1.1 200"));
  for (int i = 0; i < 15; ++i) {
    absl::SleepFor(absl::Milliseconds(200));
    CHECK(slow.Send("1\r\nx\r\n"));
  }
  // The one that went on is served on; of the other the answer breaks off, so that it is noticed.
  CHECK(Site::Soon(site.gone, 1));
  CHECK(site.gone == 1);
  const std::string rest = silent.ReadToEnd();
  CHECK_FALSE(absl::StrContains(rest, "0\r\n\r\n"));
  CHECK(silent.Ends());
  CHECK(Site::Soon(site.gone, 2));
  CHECK(slow.Ends());
}

TEST_CASE("a client that asks on and on and takes no answer is left at the time limit") {
  Limits limits;
  limits.stall_time = absl::Milliseconds(300);
  Site site(limits);
  RawClient client(site.port(), 4096);
  std::string many;
  for (int i = 0; i < 1000; ++i) many += Get("/hello");
  const absl::Time start = absl::Now();
  bool open = true;
  for (int i = 0; open && i < 1000; ++i) open = client.Send(many);
  CHECK_FALSE(open);
  CHECK(absl::Now() - start < absl::Seconds(4));
}

TEST_CASE("a body that the header announces as too large is refused before it comes") {
  Site site;
  const std::string expects = GENERATE("", "Expect: 100-continue\r\n");
  RawClient client(site.port());
  client.Send("POST /echo HTTP/1.1\r\n" + kHost + expects + "Content-Length: 100001\r\n\r\n");
  const absl::Time start = absl::Now();
  CHECK_THAT(client.ReadToEnd(), StartsWith("HTTP/1.1 413") && Contains("connection: close"));
  CHECK(absl::Now() - start < absl::Seconds(4));
}

TEST_CASE("a header that is too long, or has too many fields, is answered 431") {
  Site site;
  RawClient longer(site.port());
  longer.Send(Get("/hello", "X: " + std::string(70000, 'x') + "\r\n"));
  CHECK_THAT(longer.ReadToEnd(), StartsWith("HTTP/1.1 431"));
  RawClient endless(site.port());
  for (int i = 0; i < 300 && endless.Send(std::string(1000, 'x')); ++i) {
  }
  CHECK(endless.Ends());
  RawClient many(site.port());
  std::string fields;
  for (int i = 0; i < 300; ++i) fields += absl::StrCat("X-", i, ": y\r\n");
  many.Send(Get("/hello", fields));
  CHECK_THAT(many.ReadToEnd(), StartsWith("HTTP/1.1 431"));
  RawClient pieces(site.port());
  pieces.Send("GET /hello HTTP/1.1\r\n");
  for (int i = 0; i < 8 && pieces.Send("X: " + std::string(10000, 'x') + "\r\n"); ++i) {
    absl::SleepFor(absl::Milliseconds(20));
  }
  CHECK_THAT(pieces.ReadToEnd(), StartsWith("HTTP/1.1 431"));
}

TEST_CASE("a header that comes byte by byte ends at the time limit") {
  Limits limits;
  limits.header_time = absl::Milliseconds(300);
  Site site(limits);
  RawClient client(site.port());
  const absl::Time start = absl::Now();
  bool open = true;
  for (int i = 0; open && i < 100; ++i) {
    open = client.Send(i == 0 ? "GET /hello HTTP/1.1\r\nX: " : "x");
    absl::SleepFor(absl::Milliseconds(50));
  }
  CHECK_FALSE(open);
  CHECK(absl::Now() - start < absl::Seconds(4));
  RawClient silent(site.port());
  CHECK(silent.Ends());
}

TEST_CASE("a body that never comes ends at the time limit, an idle connection at its own") {
  Limits limits;
  limits.request_time = absl::Milliseconds(300);
  limits.idle_time = absl::Milliseconds(300);
  Site site(limits);
  RawClient client(site.port());
  client.Send("POST /echo HTTP/1.1\r\n" + kHost + "Content-Length: 10\r\n\r\nabc");
  CHECK_THAT(client.ReadToEnd(), StartsWith("HTTP/1.1 413"));
  RawClient idle(site.port());
  idle.Send(Get("/hello"));
  CHECK_THAT(idle.ReadUntil("hello"), StartsWith("HTTP/1.1 200"));
  CHECK(idle.Ends());
}

TEST_CASE("a body that stalls ends soon, one that comes slowly is taken") {
  Limits limits;
  limits.body_stall = absl::Milliseconds(700);
  Site site(limits);
  RawClient stalled(site.port());
  const absl::Time start = absl::Now();
  stalled.Send("POST /echo HTTP/1.1\r\n" + kHost + "Content-Length: 10\r\n\r\nabc");
  CHECK_THAT(stalled.ReadToEnd(), StartsWith("HTTP/1.1 413"));  // as /echo answers any fault
  CHECK(absl::Now() - start < absl::Seconds(4));
  RawClient slow(site.port());
  slow.Send("POST /echo HTTP/1.1\r\n" + kHost + "Content-Length: 10\r\n\r\n");
  for (int i = 0; i < 10; ++i) {
    absl::SleepFor(absl::Milliseconds(200));
    slow.Send("x");
  }
  CHECK_THAT(slow.ReadUntil("xxxxxxxxxx"), StartsWith("HTTP/1.1 200"));
}

TEST_CASE("a handler learns that its client went away") {
  Site site;
  RawClient client(site.port());
  client.Send(Get("/hang"));
  REQUIRE(Site::Soon(site.hanging, 1));
  client.Close();
  CHECK(Site::Soon(site.gone, 1));
}

TEST_CASE("a long answer goes out as the client takes it, in chunks") {
  Site site;
  RawClient client(site.port(), 4096);
  client.Send(Get("/long"));
  CHECK_THAT(client.ReadUntil("\r\n\r\n"), Contains("transfer-encoding: chunked"));
  const std::string body = client.ReadUntil("\r\n0\r\n\r\n");
  CHECK(std::count(body.begin(), body.end(), 'x') == 20 << 20);
}

TEST_CASE("a client that does not take its answer is left at the time limit") {
  Limits limits;
  limits.stall_time = absl::Milliseconds(300);
  Site site(limits);
  RawClient client(site.port(), 4096);
  client.Send(Get("/long"));
  absl::SleepFor(absl::Milliseconds(1500));
  const std::string got = client.ReadToEnd();
  CHECK_FALSE(absl::EndsWith(got, "\r\n0\r\n\r\n"));
}

TEST_CASE("a proxy is believed only from a configured address") {
  Site open;
  RawClient stranger(open.port());
  stranger.Send(Get("/who", "X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\n"));
  CHECK_THAT(stranger.ReadUntil("example"), Contains("127.0.0.1 http://test.example"));

  Site trusting({}, {"127.0.0.0/8", "10.0.0.0/8"});
  RawClient proxy(trusting.port());
  proxy.Send(Get("/who", "X-Forwarded-For: 203.0.113.1, 192.0.2.7, 10.1.2.3\r\n"
                         "X-Forwarded-Proto: https\r\nX-Forwarded-Host: id.example\r\n"));
  CHECK_THAT(proxy.ReadUntil("example"), Contains("192.0.2.7 https://id.example"));
  proxy.Send(Get("/who", "Forwarded: for=\"[2001:db8::1]:4711\";proto=https;host=id.example\r\n"));
  CHECK_THAT(proxy.ReadUntil("example"), Contains("2001:db8::1 https://id.example"));
  proxy.Send(Get("/who", "Forwarded: for=192.0.2.7;proto=https;host=id.example\r\n"
                         "X-Forwarded-For: 192.0.2.8\r\n"));
  CHECK_THAT(proxy.ReadUntil("example"), Contains("127.0.0.1 http://test.example"));
  proxy.Send(Get("/who", "X-Forwarded-For: nonsense, 10.1.2.3\r\n"));
  CHECK_THAT(proxy.ReadUntil("example"), Contains("10.1.2.3 http://test.example"));
}

TEST_CASE("a range of proxies that is none is refused by name") {
  for (const std::string bad : {"10.0.0.0/33", "x", "10.0.0/8", "::1/129", "1.2.3.4/", "1.2.3.4/-1"}) {
    CAPTURE(bad);
    ServerOptions options;
    options.trusted_proxies = {bad};
    const auto server = Server::Start(options, std::make_shared<Router>());
    CHECK(server.status().code() == absl::StatusCode::kInvalidArgument);
    CHECK_THAT(std::string(server.status().message()), Contains(bad));
  }
}

TEST_CASE("stopping answers what is under way and closes what is idle") {
  Site site;
  RawClient busy(site.port()), idle(site.port());
  busy.Send(Get("/hang"));
  idle.Send(Get("/hello"));
  idle.ReadUntil("hello");
  REQUIRE(Site::Soon(site.hanging, 1));
  std::jthread stop([&] { site.server->Stop(absl::Seconds(5)); });
  CHECK(idle.Ends());
  site.Release();
  CHECK_THAT(busy.ReadUntil("at last"), Contains("connection: close"));
  busy.Close();
  const absl::Time start = absl::Now();
  stop.join();
  CHECK(absl::Now() - start < absl::Seconds(4));
  RawClient late(site.port());
  CHECK_FALSE(late.Send("x"));
}

}  // namespace
}  // namespace muniment::net

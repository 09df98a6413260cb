#include <catch2/catch.hpp>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "base/error.h"
#include "base/host_name.h"
#include "gateway/api/host.h"
#include "gateway/api/sequence_token.h"
#include "gateway/metrics.h"
#include "gateway/worker_pool.h"

namespace muniment::gateway {
namespace {

TEST_CASE("a host is the same host whatever its case, port and last dot") {
  CHECK(HostOf("Id.Example.com:8080") == "id.example.com");
  CHECK(HostOf("id.example.com.") == "id.example.com");
  CHECK(HostOf("localhost") == "localhost");
  CHECK(HostOf("127.0.0.1:1") == "127.0.0.1");
  CHECK(HostOf("[::1]:8080") == "::1");
  CHECK(HostOf("a.example:") == "a.example");
}

TEST_CASE("what is no authority names no host") {
  for (const char* text : {"", ":80", ".", "a b", "a@b", "a:b", "a:65536", "a:80:80", "[::1", "[::1]x",
                           "a/b", "a\r\nb", "a%00", "[zz]", "a:-1", "a:+1"}) {
    INFO(text);
    CHECK_FALSE(HostOf(text).has_value());
  }
  CHECK_FALSE(HostOf(std::string(254, 'a')).has_value());
  CHECK_FALSE(HostOf(absl::string_view("a\0b", 3)).has_value());
}

TEST_CASE("a configured host is written as requests name it") {
  const std::string long_label(63, 'a');
  for (const auto& [text, host] : std::vector<std::pair<std::string, std::string>>{
           {"Id.Example.COM", "id.example.com"},
           {"localhost", "localhost"},
           {"my_service", "my_service"},
           {"bücher.example", "xn--bcher-kva.example"},
           {"BÜCHER.example", "xn--bcher-kva.example"},
           {"xn--bcher-kva.example", "xn--bcher-kva.example"},
           {"例え。テスト", "xn--r8jz45g.xn--zckzah"},
           {"192.0.2.1", "192.0.2.1"},
           {"[2001:DB8::0:1]", "2001:db8::1"},
           {"0:0:0:0:0:0:0:1", "::1"},
           {long_label + ".example", long_label + ".example"}}) {
    INFO(text);
    CHECK(HostName(text) == host);
    CHECK(HostOf(host.find(':') == std::string::npos ? host : "[" + host + "]") == host);
  }
}

TEST_CASE("what is no host is not configured as one") {
  const std::string label(64, 'a');
  std::string name;
  while (name.size() < 254) name += "aaaaaaa.";
  for (const std::string& text :
       {std::string(), std::string("."), std::string("a."), std::string("a..b"), std::string(".a"),
        std::string("-a.example"), std::string("a-.example"), std::string("a b"),
        std::string("https://a.example"), std::string("a.example:8080"), std::string("a.example/x"),
        std::string("a@b"), std::string("300.1.2.3"), std::string("1.2.3"), std::string("[::1"),
        std::string("[a]"), std::string("[::1]:80"), std::string("a\0b", 3), std::string("::1\0b", 5),
        std::string("\xff\xfe"), std::string("xn--a\x80"), std::string("*.example"), label + ".example", name + "a"}) {
    INFO(text);
    CHECK_FALSE(HostName(text).has_value());
  }
}

TEST_CASE("a domain that somebody may own is a name of two labels at least") {
  for (const auto& [text, domain] : std::vector<std::pair<std::string, std::string>>{
           {"Example.COM", "example.com"},
           {"bücher.example", "xn--bcher-kva.example"},
           {"a.b.c.example", "a.b.c.example"},
           {"x4.example2", "x4.example2"}}) {
    INFO(text);
    CHECK(DomainName(text) == domain);
  }
  for (const char* text : {"", "localhost", "a.", "192.0.2.1", "1.2.3", "::1", "[::1]",
                           "::ffff:192.0.2.1", "my_service.example", "a..b", "https://a.example"}) {
    INFO(text);
    CHECK_FALSE(DomainName(text).has_value());
  }
  CHECK(ReadableHostName("xn--bcher-kva.example") == "bücher.example");
  CHECK(ReadableHostName("a.example") == "a.example");
  CHECK(ReadableHostName("xn--a\x80") == "xn--a\x80");
}

TEST_CASE("a sequence token opens to what was sealed, and only for the key that sealed it") {
  const MasterKey key = MasterKey::Generate();
  const SequenceTokens tokens(key), others(MasterKey::Generate());
  const Place place{1, 267842378, 42};
  const std::string text = tokens.Seal(place);
  const auto opened = tokens.Open(text);
  REQUIRE(opened.ok());
  CHECK(*opened == place);
  CHECK(Reason(others.Open(text).status()) == "request.sequence");
}

TEST_CASE("a forged sequence is refused at once") {
  const MasterKey key = MasterKey::Generate();
  const SequenceTokens tokens(key);
  const Sealer sealer(key);
  for (const std::string& text :
       {std::string("18446744073709551615"), std::string(), std::string(100000, 'A'),
        sealer.Seal("login.session", "1.1.9999", absl::InfiniteFuture())}) {
    CHECK(absl::IsInvalidArgument(tokens.Open(text).status()));
  }
}

TEST_CASE("a full pool refuses work and an ending one finishes what it took") {
  absl::Notification go;
  std::atomic<int> ran{0};
  {
    WorkerPool pool(1, 2);
    absl::Notification started;
    REQUIRE(pool.Submit([&] {
      started.Notify();
      go.WaitForNotification();
      ++ran;
    }));
    started.WaitForNotification();
    CHECK(pool.Submit([&] { ++ran; }));
    CHECK(pool.Submit([&] { ++ran; }));
    CHECK(pool.queued() == 2);
    CHECK_FALSE(pool.Submit([&] { ++ran; }));
    go.Notify();
    pool.Close();
    CHECK(ran == 3);
    CHECK_FALSE(pool.Submit([&] { ++ran; }));
  }
  CHECK(ran == 3);
}

TEST_CASE("calls are counted by method and code") {
  Metrics metrics({"a.Service/One", "a.Service/Two"});
  double depth = 3;
  metrics.AddGauge("muniment_queue", "Waiting.", [&depth] { return depth; });
  metrics.AddGauge("muniment_work", "Of each.", [] { return 1.0; }, {{"work", "a"}});
  metrics.AddGauge("muniment_work", "Of each.", [] { return 2.0; }, {{"work", "b"}});
  metrics.Called(0, absl::StatusCode::kOk, absl::Milliseconds(2));
  metrics.Called(0, absl::StatusCode::kOk, absl::Milliseconds(2));
  metrics.Called(1, absl::StatusCode::kNotFound, absl::Seconds(9));
  metrics.Called(1, static_cast<absl::StatusCode>(99), absl::Seconds(9));
  const std::string text = metrics.Text();
  CHECK(text.find("muniment_calls_total{code=\"OK\",method=\"a.Service/One\"} 2") !=
        std::string::npos);
  CHECK(text.find("code=\"NOT_FOUND\",method=\"a.Service/Two\"} 1") != std::string::npos);
  CHECK(text.find("code=\"UNKNOWN\",method=\"a.Service/Two\"} 1") != std::string::npos);
  CHECK(text.find("muniment_queue 3") != std::string::npos);
  CHECK(text.find("muniment_work{work=\"a\"} 1\nmuniment_work{work=\"b\"} 2\n") !=
        std::string::npos);
  CHECK(text.find("muniment_call_seconds_count{method=\"a.Service/One\"} 2") != std::string::npos);
}

}  // namespace
}  // namespace muniment::gateway

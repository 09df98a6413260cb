// TXT records of servers that mean well, and of others.
#include "gateway/dns.h"

#include <catch2/catch.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/error.h"
#include "tests/gateway/dns_server.h"

namespace muniment::gateway {
namespace {

using Texts = std::vector<std::string>;

DnsOptions Of(const DnsServer& server) {
  return {.servers = {server.address()}, .patience = absl::Milliseconds(300), .rounds = 2};
}

absl::StatusOr<Texts> Find(const DnsServer& server, const std::string& name,
                           absl::Duration most = absl::Seconds(20)) {
  return LookUpTxt(name, Of(server), absl::Now() + most, [] { return true; });
}

TEST_CASE("records are found, and the strings of one are one") {
  DnsServer server;
  server.Txt("a.test", {"one"});
  CHECK(*Find(server, "a.test") == Texts{"one"});
  CHECK(*Find(server, "A.Test") == Texts{"one"});
  server.Txt("b.test", {"some ", "thing", "", " in parts"});
  CHECK(*Find(server, "b.test") == Texts{"some thing in parts"});
  server.Txt("b.test", {"and another"});
  CHECK(*Find(server, "b.test") == Texts{"some thing in parts", "and another"});
  server.Txt("c.test", {""});
  CHECK(*Find(server, "c.test") == Texts{""});
  CHECK(Reason(Find(server, "nowhere.test").status()) == "dns.no_record");
  CHECK(server.tcp() == 0);
}

TEST_CASE("what has no room in a datagram is asked for over TCP") {
  DnsServer server;
  const std::string part(250, 'x');
  server.Txt("large.test", Texts(12, part));
  const auto found = Find(server, "large.test");
  REQUIRE(found.ok());
  CHECK(found->front().size() == 12 * part.size());
  CHECK(server.udp() == 1);
  CHECK(server.tcp() == 1);
}

TEST_CASE("records of 64 KB are none") {
  DnsServer server;
  server.Txt("huge.test", Texts(250, std::string(255, 'x')));
  CHECK(Reason(Find(server, "huge.test").status()) == "dns.answer_too_large");
  for (int i = 0; i < 70; ++i) server.Txt("many.test", {std::string(255, 'x')});
  CHECK(Reason(Find(server, "many.test").status()) == "dns.answer_too_large");
  CHECK(server.tcp() == 2);
}

TEST_CASE("aliases are followed so far, whether the server follows them or not") {
  for (const bool one : {false, true}) {
    INFO(one);
    DnsServer server;
    server.one_at_a_time = one;
    for (int i = 0; i < 9; ++i) {
      server.Alias(absl::StrCat("a", i, ".test"), absl::StrCat("a", i + 1, ".test"));
    }
    server.Txt("a9.test", {"there"});
    CHECK(*Find(server, "a9.test") == Texts{"there"});
    CHECK(*Find(server, "a1.test") == Texts{"there"});
    CHECK(Reason(Find(server, "a0.test").status()) == "dns.too_many_aliases");
    server.Alias("loop.test", "loop.test");
    CHECK(Reason(Find(server, "loop.test").status()) == "dns.alias_loop");
    server.Alias("l1.test", "l2.test");
    server.Alias("l2.test", "l3.test");
    server.Alias("l3.test", "l2.test");
    CHECK(Reason(Find(server, "l1.test").status()) == "dns.alias_loop");
    server.Alias("dangling.test", "nowhere.test");
    CHECK(Reason(Find(server, "dangling.test").status()) == "dns.no_record");
  }
}

TEST_CASE("only records of the name itself, or of what it is an alias of, are its own") {
  DnsServer server;
  server.Txt("a.test", {"own"});
  server.Txt("b.test", {"of another"});
  // A record of b.test beside what was asked for.
  server.spoil = [](std::string answer) {
    const std::string stranger = std::string("\1x\4test\0\0\20\0\1\0\0\0\0\0\2\1s", 20);
    answer[7] = static_cast<char>(answer[7] + 1);
    return answer + stranger;
  };
  CHECK(*Find(server, "a.test") == Texts{"own"});
  CHECK(Reason(Find(server, "nowhere.test").status()) == "dns.no_record");
}

TEST_CASE("an answer that is cut off or nonsense is an error, whatever it is") {
  std::atomic<size_t> turn = 0;
  DnsServer server;
  server.Txt("a.test", {"own"});
  server.Alias("b.test", "a.test");
  server.spoil = [&](std::string answer) {
    const size_t now = turn++;
    if (answer.size() < 40) return answer;  // without records
    // Cut off behind the question, or one byte of the records another.
    if (now % 2 == 0) return answer.substr(0, 24 + now % (answer.size() - 24));
    answer[24 + now * 7 % (answer.size() - 24)] = static_cast<char>(0xc0 + now % 64);
    return answer;
  };
  const DnsOptions hasty{
      .servers = {server.address()}, .patience = absl::Milliseconds(30), .rounds = 1};
  for (int i = 0; i < 60; ++i) {
    for (const char* name : {"a.test", "b.test"}) {
      const auto found = LookUpTxt(name, hasty, absl::Now() + absl::Seconds(5),
                                   [] { return true; });
      if (found.ok()) {
        CHECK_FALSE(found->empty());
      } else {
        CHECK(absl::StartsWith(Reason(found.status()), "dns."));
      }
    }
  }
}

TEST_CASE("a server that says nothing, or is not there, ends in time") {
  DnsServer server;
  server.Txt("a.test", {"own"});
  server.silent = true;
  absl::Time begin = absl::Now();
  CHECK(Reason(Find(server, "a.test", absl::Milliseconds(100)).status()) == "dns.timeout");
  CHECK(absl::Now() - begin < absl::Seconds(10));
  CHECK(Reason(Find(server, "a.test").status()) == "dns.timeout");
  CHECK(Reason(LookUpTxt("a.test", Of(server), absl::Now() + absl::Seconds(20), [] {
                 return false;
               }).status()) == "dns.stopped");
  const DnsOptions nobody{.servers = {"127.0.0.1:1"}, .patience = absl::Milliseconds(300)};
  CHECK_FALSE(LookUpTxt("a.test", nobody, absl::Now() + absl::Seconds(20), [] {
                return true;
              }).ok());
  // Another server knows.
  DnsServer other;
  other.Txt("a.test", {"own"});
  DnsOptions both = Of(server);
  both.servers.push_back(other.address());
  const auto found = LookUpTxt("a.test", both, absl::Now() + absl::Seconds(20),
                               [] { return true; });
  REQUIRE(found.ok());
  CHECK(*found == Texts{"own"});
}

TEST_CASE("a name server is an address, with or without a port") {
  const std::vector<std::pair<std::string, std::string>> servers = {
      {"192.0.2.1", "192.0.2.1:53"},
      {"192.0.2.1:5353", "192.0.2.1:5353"},
      {"2001:db8::1", "[2001:db8::1]:53"},
      {"[2001:db8::1]", "[2001:db8::1]:53"},
      {"[2001:db8::1]:5353", "[2001:db8::1]:5353"}};
  for (const auto& [text, server] : servers) {
    INFO(text);
    CHECK(ParseNameServer(text) == server);
  }
  for (const char* bad : {"", "dns.example.com", "dns.example.com:53", "192.0.2.1:", "192.0.2.1:0",
                          "192.0.2.1:65536", "192.0.2.1:x", "192.0.2.1:+5", "[192.0.2.1",
                          "[2001:db8::1]x", "192.0.2.1,192.0.2.2", "192.0.2.1 "}) {
    INFO(bad);
    CHECK_FALSE(ParseNameServer(bad).has_value());
  }
}

}  // namespace
}  // namespace muniment::gateway

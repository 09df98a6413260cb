// A domain shows a token, or does not, over real DNS and HTTPS.
#include "gateway/domain_prover.h"

#include <catch2/catch.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "base/error.h"
#include "tests/gateway/data_dir.h"
#include "tests/gateway/dns_server.h"
#include "tests/gateway/handled_site.h"

namespace muniment::gateway {
namespace {

using command::DomainQuestion;
using event::v1::DOMAIN_PROOF_DNS;
using event::v1::DOMAIN_PROOF_HTTP;

constexpr char kToken[] = "abcdefghijABCDEFGHIJ012345678901";
constexpr char kRecord[] = "_zitadel-challenge.acme.test";
constexpr char kFile[] = "/.well-known/zitadel-challenge/abcdefghijABCDEFGHIJ012345678901.txt";

absl::StatusOr<bool> Ask(WebDomainProver& prover, DomainQuestion question) {
  absl::Notification done;
  absl::StatusOr<bool> proved = absl::UnknownError("not called back");
  prover.Ask(std::move(question), [&](absl::StatusOr<bool> answer) {
    proved = std::move(answer);
    done.Notify();
  });
  done.WaitForNotification();
  return proved;
}

DomainQuestion By(event::v1::DomainProof proof, const std::string& domain = "acme.test") {
  return {.whom = "1/acme", .domain = domain, .proof = proof, .token = kToken};
}

// ---------------------------------------------------------------------- DNS

DomainProverOptions Over(const DnsServer& server) {
  DomainProverOptions options;
  options.dns.servers = {server.address()};
  options.dns.patience = absl::Milliseconds(300);
  options.timeout = absl::Seconds(30);
  return options;
}

TEST_CASE("a TXT record proves a domain where one of them is the token") {
  DnsServer server;
  WebDomainProver prover(Over(server));
  CHECK(*Ask(prover, By(DOMAIN_PROOF_DNS)) == false);
  for (const char* other :
       {"", "abcdefghijABCDEFGHIJ01234567890", "ABCDEFGHIJABCDEFGHIJ012345678901",
        "abcdefghijABCDEFGHIJ0123456789012", "v=spf1 -all"}) {
    server.Txt(kRecord, {other});
  }
  server.Txt("acme.test", {kToken});
  CHECK(*Ask(prover, By(DOMAIN_PROOF_DNS)) == false);
  server.Txt(kRecord, {"abcdefghijABCDEFGHIJ", "012345678901"});
  CHECK(*Ask(prover, By(DOMAIN_PROOF_DNS)) == true);
  // No token is no proof, not even of an empty record.
  DomainQuestion nothing = By(DOMAIN_PROOF_DNS);
  nothing.token.clear();
  CHECK(*Ask(prover, nothing) == false);
}

TEST_CASE("an alias may lead to the record, but not for ever") {
  DnsServer server;
  WebDomainProver prover(Over(server));
  server.Alias(kRecord, "proofs.other.test");
  server.Txt("proofs.other.test", {kToken});
  CHECK(*Ask(prover, By(DOMAIN_PROOF_DNS)) == true);
  server.Forget("proofs.other.test");
  server.Alias("proofs.other.test", kRecord);
  CHECK(*Ask(prover, By(DOMAIN_PROOF_DNS)) == false);
}

TEST_CASE("so many proofs are looked for at once and no more, of one asker a few") {
  DnsServer server;
  server.silent = true;
  DomainProverOptions options = Over(server);
  options.dns.patience = absl::Seconds(20);
  WebDomainProver prover(options);
  std::vector<absl::StatusOr<bool>> answers(kMostProofs, absl::UnknownError("none"));
  absl::BlockingCounter left(static_cast<int>(kMostProofs));
  for (size_t i = 0; i < kMostProofs; ++i) {
    DomainQuestion question = By(DOMAIN_PROOF_DNS);
    question.whom = absl::StrCat(i / kMostProofsOfOne);
    if (i == kMostProofsOfOne) {
      DomainQuestion again = question;
      again.whom = "0";
      CHECK(Reason(Ask(prover, again).status()) == "domain_proof.busy");
    }
    prover.Ask(question, [&, i](absl::StatusOr<bool> answer) {
      answers[i] = std::move(answer);
      left.DecrementCount();
    });
  }
  const absl::Status busy = Ask(prover, By(DOMAIN_PROOF_DNS)).status();
  CHECK(Reason(busy) == "domain_proof.busy");
  CHECK(absl::IsResourceExhausted(busy));
  // All of them end soon when the server stops.
  const absl::Time begin = absl::Now();
  prover.Stop();
  left.Wait();
  CHECK(absl::Now() - begin < absl::Seconds(15));
  for (const auto& answer : answers) {
    CHECK(Reason(answer.status()) == "domain_proof.unavailable");
  }
  CHECK(Reason(Ask(prover, By(DOMAIN_PROOF_DNS)).status()) == "domain_proof.unavailable");
}

TEST_CASE("who is through makes room, and whatever lasts too long is no proof") {
  DnsServer server;
  DomainProverOptions options = Over(server);
  WebDomainProver patient(options);
  for (size_t i = 0; i < 2 * kMostProofs; ++i) CHECK(*Ask(patient, By(DOMAIN_PROOF_DNS)) == false);
  server.silent = true;
  options.dns.patience = absl::Seconds(20);
  options.timeout = absl::Milliseconds(300);
  WebDomainProver hasty(options);
  CHECK(*Ask(hasty, By(DOMAIN_PROOF_DNS)) == false);
  options.timeout = absl::Seconds(30);
  WebDomainProver called(options);
  DomainQuestion question = By(DOMAIN_PROOF_DNS);
  question.deadline = absl::Now() + absl::Milliseconds(300);
  const absl::Time begin = absl::Now();
  CHECK(*Ask(called, question) == false);
  CHECK(absl::Now() - begin < absl::Seconds(20));
}

// ---------------------------------------------------------------------- HTTPS

// Serves files by their paths; what is a URL is a redirect.
class Files : public net::Handler {
 public:
  void Handle(std::shared_ptr<net::Exchange> exchange) override {
    ++requests;
    const auto found = files.find(exchange->request().path);
    if (found == files.end()) return exchange->Respond(404, {}, kToken);
    if (!absl::StartsWith(found->second, "http")) {
      return exchange->Respond(200, {}, found->second);
    }
    net::Headers headers;
    headers.Add("location", found->second);
    exchange->Respond(302, std::move(headers), kToken);
  }
  std::atomic<int> requests = 0;
  std::map<std::string, std::string> files;  // set before anybody asks
};
using Site = HandledSite<Files>;

// Two hosts, one of which is the domain's, dialled where the site listens.
struct Secure {
  explicit Secure(const std::string& allowed = "127.0.0.0/8",
                  const std::string& names = "DNS:acme.test,DNS:other.test")
      : certificate(folder.path(), names), site(&certificate) {
    options.outbound.allowed = *net::Networks::Parse({allowed});
    options.outbound.authorities_file = certificate.certificate;
    for (const char* host : {"acme.test", "other.test"}) {
      options.outbound.dial_instead.push_back(
          absl::StrCat(host, ":443:127.0.0.1:", site.server->port()));
    }
    options.timeout = absl::Seconds(30);
  }
  bool Proves() {
    WebDomainProver prover(options);
    const auto proved = Ask(prover, By(DOMAIN_PROOF_HTTP));
    REQUIRE(proved.ok());
    return *proved;
  }
  void Serve(const std::string& content) { site.handler->files[kFile] = content; }

  const DataDir folder;
  const TestCertificate certificate;
  const Site site;
  DomainProverOptions options;
};

TEST_CASE("a file proves a domain where it is the token") {
  for (const auto& [content, proves] : std::vector<std::pair<std::string, bool>>{
           {kToken, true},
           {absl::StrCat(" ", kToken, "\r\n"), true},
           {"", false},
           {absl::StrCat(kToken, kToken), false},
           {absl::StrCat(kToken, "\nmore"), false},
           {"ABCDEFGHIJABCDEFGHIJ012345678901", false},
           {absl::StrCat(kToken, std::string(4096 - 32, ' ')), true},
           {absl::StrCat(kToken, std::string(4097 - 32, ' ')), false}}) {
    INFO(content.substr(0, 80));
    Secure world;
    world.Serve(content);
    CHECK(world.Proves() == proves);
    CHECK(world.site.handler->requests == 1);
  }
  // Not what stands beside an error.
  Secure world;
  CHECK_FALSE(world.Proves());
}

TEST_CASE("a redirect may lead to the file, over https and a few times") {
  Secure world;
  world.Serve("https://other.test/proof");
  world.site.handler->files["/proof"] = kToken;
  CHECK(world.Proves());
  world.Serve("https://acme.test/1");
  for (int i = 1; i < 4; ++i) {
    world.site.handler->files[absl::StrCat("/", i)] = absl::StrCat("https://acme.test/", i + 1);
  }
  world.site.handler->files["/4"] = kToken;
  world.site.handler->requests = 0;
  CHECK_FALSE(world.Proves());
  CHECK(world.site.handler->requests == 4);

  Site plain;
  plain.handler->files["/proof"] = kToken;
  world.Serve(plain.Url("/proof"));
  CHECK_FALSE(world.Proves());
  CHECK(plain.handler->requests == 0);
  for (const char* inside :
       {"https://169.254.169.254/latest/meta-data", "https://10.0.0.1/", "https://[::1]/",
        "http://acme.test/proof"}) {
    INFO(inside);
    world.Serve(inside);
    CHECK_FALSE(world.Proves());
  }
}

TEST_CASE("a name that means an inner address the moment it is dialled is not dialled") {
  Secure world("192.0.2.0/24");
  world.Serve(kToken);
  CHECK_FALSE(world.Proves());
  CHECK(world.site.handler->requests == 0);
  const absl::Time begin = absl::Now();
  world.options.outbound.dial_instead = {"acme.test:443:169.254.169.254:443"};
  CHECK_FALSE(world.Proves());
  CHECK(absl::Now() - begin < absl::Seconds(20));
}

TEST_CASE("whoever has no certificate of the domain's proves nothing") {
  Secure stranger("127.0.0.0/8", "DNS:evil.test");
  stranger.Serve(kToken);
  CHECK_FALSE(stranger.Proves());
  CHECK(stranger.site.handler->requests == 0);
  Secure unknown;
  unknown.Serve(kToken);
  unknown.options.outbound.authorities_file.clear();
  CHECK_FALSE(unknown.Proves());
}

TEST_CASE("the configuration names servers, and refuses what is none") {
  const DataDir data;
  CHECK(WebDomainProver::Open(*data.Load()).ok());
  CHECK(WebDomainProver::Open(*data.Load({{"DNS.Servers", "192.0.2.1, [2001:db8::1]:5353"}})).ok());
  const auto bad = data.Load({{"DNS.Servers", "192.0.2.1,dns.example.com"}});
  CHECK(Reason(bad.status()) == "config.invalid_value");
  CHECK(absl::StrContains(bad.status().message(), "DNS.Servers"));
}

}  // namespace
}  // namespace muniment::gateway

// How messages get to people is said by the configuration, and slips in it are named.
#include <catch2/catch.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "gateway/config.h"
#include "gateway/origin.h"
#include "gateway/post_office.h"

namespace muniment::gateway {
namespace {

using Flags = std::vector<std::pair<std::string, std::string>>;

absl::StatusOr<Config> Load(Flags flags) {
  ConfigSources sources;
  sources.flags = std::move(flags);
  return Config::Load(sources);
}

const Flags kSmtp = {{"SMTP.Host", "mail.example.com:25"}, {"SMTP.From", "no-reply@example.com"}};
const Flags kSms = {{"SMS.HTTP.Endpoint", "https://sms.example.com/x"},
                    {"SMS.HTTP.SigningKey", "swordfish"}};

Flags With(Flags flags, const Flags& more) {
  flags.insert(flags.end(), more.begin(), more.end());
  return flags;
}

TEST_CASE("without a provider there is an outbox, and with one for everything there is none") {
  Outbox outbox;
  CHECK((*PostOffice::Open(*Load({}), outbox))->pages() != nullptr);
  CHECK((*PostOffice::Open(*Load(kSmtp), outbox))->pages() != nullptr);
  CHECK((*PostOffice::Open(*Load(kSms), outbox))->pages() != nullptr);
  CHECK((*PostOffice::Open(*Load(With(kSmtp, kSms)), outbox))->pages() == nullptr);
}

TEST_CASE("what is no mail server, address or URL is refused by its key") {
  for (const auto& [key, value] : Flags{{"SMTP.Host", "smtp://mail.example.com"},
                                        {"SMTP.Host", "mail.example.com:0"},
                                        {"SMTP.From", "Ada <ada@example.com>"},
                                        {"SMTP.From", "ada@example.com\r\nBcc: x@example.com"},
                                        {"SMTP.FromName", "Acme\r\nBcc: x@example.com"},
                                        {"SMTP.FromName", std::string(101, 'a')},
                                        {"SMTP.ReplyToAddress", "ada"},
                                        {"SMTP.TLS", "yes"},
                                        {"Mail.HTTP.Endpoint", "ftp://example.com/"},
                                        {"SMS.HTTP.Endpoint", "https://user@example.com/"},
                                        {"Outbound.AllowedNetworks", "10.0.0.0/33"}}) {
    INFO(key << " " << value);
    const auto config = Load({{key, value}});
    CHECK(Reason(config.status()) == "config.invalid_value");
    CHECK(absl::StartsWith(config.status().message(), absl::StrCat(key, " (flag) is ")));
  }
}

TEST_CASE("keys that need one another are given together") {
  for (const auto& [flags, named] : std::vector<std::pair<Flags, std::string>>{
           {{kSmtp[0]}, "SMTP.Host"},
           {{kSmtp[1]}, "SMTP.From"},
           {{kSms[0]}, "SMS.HTTP.Endpoint"},
           {{kSms[1]}, "SMS.HTTP.SigningKey"},
           {{{"Mail.HTTP.Endpoint", "https://mail.example.com/"}}, "Mail.HTTP.Endpoint"},
           {With(kSmtp, {{"SMTP.User", "u"}}), "SMTP.User"},
           {{{"SMTP.User", "u"}, {"SMTP.Password", "swordfish"}}, "SMTP.User"},
           {{{"SMTP.FromName", "Acme"}}, "SMTP.FromName"},
           {{{"SMTP.ReplyToAddress", "help@example.com"}}, "SMTP.ReplyToAddress"},
           {{{"SMTP.TLS", "false"}}, "SMTP.TLS"}}) {
    const auto config = Load(flags);
    INFO(config.status().message());
    CHECK(Reason(config.status()) == "config.invalid_value");
    CHECK(absl::StrContains(config.status().message(), absl::StrCat("here ", named, " (flag)")));
    CHECK_FALSE(absl::StrContains(config.status().message(), "swordfish"));
  }
  const auto both = Load(With(kSmtp, {{"Mail.HTTP.Endpoint", "https://mail.example.com/"},
                                      {"Mail.HTTP.SigningKey", "swordfish"}}));
  CHECK(absl::StrContains(both.status().message(), "two ways for mail"));
}

TEST_CASE("passwords and signing keys are masked where the configuration is shown") {
  const auto config = Load(With(With(kSmtp, kSms), {{"SMTP.User", "muniment"},
                                                    {"SMTP.Password", "swordfish"}}));
  REQUIRE(config.status().message() == "");
  CHECK_FALSE(absl::StrContains(config->Describe(), "swordfish"));
  CHECK(absl::StrContains(config->Describe(), "User: muniment"));
}

TEST_CASE("links lead to the configured origin, or the instance's own host") {
  command::Instance instance;
  instance.domains = {"id.example.com", "login.example.org"};
  instance.primary_domain = "login.example.org";
  const auto origin = [&](Flags flags) {
    const Config config = *Load(std::move(flags));
    return OriginOf(config, 8080, HostOfInstance(config, instance));
  };
  CHECK(origin({{"ExternalDomain", "id.example.com"}, {"ExternalSecure", "true"},
                {"ExternalPort", "443"}}) == "https://id.example.com");
  CHECK(origin({{"ExternalDomain", "id.example.com"}}) == "http://id.example.com:8080");
  CHECK(origin({{"ExternalDomain", "other.example.com"}, {"ExternalPort", "80"}}) ==
        "http://login.example.org");
  instance.domains.insert("::1");
  CHECK(origin({{"ExternalDomain", "::1"}, {"ExternalPort", "8443"}, {"ExternalSecure", "true"}}) ==
        "https://[::1]:8443");
}

}  // namespace
}  // namespace muniment::gateway

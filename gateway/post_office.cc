#include "gateway/post_office.h"

#include <string>
#include <utility>

#include "base/error.h"
#include "base/secret.h"
#include "gateway/log.h"
#include "gateway/message/http_provider.h"
#include "gateway/message/outbox_pages.h"
#include "gateway/message/smtp.h"
#include "gateway/net/networks.h"
#include "gateway/origin.h"

namespace muniment::gateway {
namespace {

SmtpOptions SmtpOptionsOf(const Config& config) {
  SmtpOptions options;
  options.server = *ParseSmtpServer(config.Text(Key::kSmtpHost));
  options.tls = config.Switch(Key::kSmtpTls);
  options.user = config.Text(Key::kSmtpUser);
  options.password = Secret(absl::string_view(config.Text(Key::kSmtpPassword)));
  options.from = config.Text(Key::kSmtpFrom);
  options.from_name = config.Text(Key::kSmtpFromName);
  options.reply_to = config.Text(Key::kSmtpReplyTo);
  return options;
}

std::unique_ptr<Sender> ProviderOf(const Config& config, const Outbound& outbound, Key endpoint,
                                   Key signing_key) {
  return std::make_unique<HttpProvider>(
      outbound, ProviderOptions{.endpoint = config.Text(endpoint),
                                .signing_key = Secret(absl::string_view(config.Text(signing_key)))});
}

}  // namespace

PostOffice::PostOffice(const Config& config, OutboundOptions outbound, Outbox& outbox)
    : config_(config), outbound_(std::move(outbound)), outbox_(outbox) {
  if (!config.Text(Key::kSmtpHost).empty()) {
    mail_ = std::make_unique<SmtpSender>(SmtpOptionsOf(config));
  } else if (!config.Text(Key::kMailEndpoint).empty()) {
    mail_ = ProviderOf(config, outbound_, Key::kMailEndpoint, Key::kMailSigningKey);
  }
  if (!config.Text(Key::kSmsEndpoint).empty()) {
    sms_ = ProviderOf(config, outbound_, Key::kSmsEndpoint, Key::kSmsSigningKey);
  }
  if (mail_ == nullptr || sms_ == nullptr) pages_ = std::make_shared<OutboxPages>(outbox_);
}

absl::StatusOr<std::unique_ptr<PostOffice>> PostOffice::Open(const Config& config, Outbox& outbox) {
  OutboundOptions outbound;
  ASSIGN_OR_RETURN(outbound.allowed,
                   net::Networks::Parse(config.List(Key::kOutboundNetworks)));
  return std::unique_ptr<PostOffice>(new PostOffice(config, std::move(outbound), outbox));
}

void PostOffice::WarnOfOutbox() const {
  // The platform is for this machine alone, as on a developer's.
  if (net::IsLoopbackHost(config_.Host(Key::kExternalDomain))) return;
  const auto warn = [](absl::string_view what, absl::string_view keys) {
    LogWarning(what, {{"seen at", "/debug/mail on this machine"}, {"set", std::string(keys)}});
  };
  if (mail_ == nullptr) {
    warn("no mail server is configured: mail reaches nobody", "SMTP.Host or Mail.HTTP.Endpoint");
  }
  if (sms_ == nullptr) warn("no SMS provider is configured: SMS reach nobody", "SMS.HTTP.Endpoint");
}

std::vector<Reactor> PostOffice::Reactors(const projections::Database& database, uint64_t port) {
  WarnOfOutbox();
  MessagePorts ports;
  ports.mail = mail_ == nullptr ? &outbox_ : mail_.get();
  ports.sms = sms_ == nullptr ? &outbox_ : sms_.get();
  ports.database = &database;
  ports.host = [this](const command::Instance& instance) {
    return HostOfInstance(config_, instance);
  };
  ports.origin = [this, port](const command::Instance& instance) {
    return OriginOf(config_, port, HostOfInstance(config_, instance));
  };
  return MessageReactors(ports, counts_);
}

void PostOffice::AddMetrics(Metrics& metrics) const {
  const auto add = [&](const char* name, const char* help,
                       std::atomic<uint64_t> MessageCounts::Channel::*field) {
    for (const bool mail : {true, false}) {
      const MessageCounts::Channel& channel = mail ? counts_.mail : counts_.sms;
      metrics.AddCounter(name, help,
                         [&channel, field] { return static_cast<double>((channel.*field).load()); },
                         {{"channel", mail ? "mail" : "sms"}});
    }
  };
  add("muniment_messages_sent_total", "Messages that were taken on by who sends them.",
      &MessageCounts::Channel::sent);
  add("muniment_messages_failed_total", "Attempts to send a message that failed.",
      &MessageCounts::Channel::failed);
  metrics.AddCounter("muniment_messages_withheld_total",
                     "Messages that were overtaken before they were sent.",
                     [this] { return static_cast<double>(counts_.withheld.load()); });
}

}  // namespace muniment::gateway

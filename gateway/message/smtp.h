// Mail by SMTP (RFC 5321), by libcurl: one connection a message, with TLS that must come about where
// it is asked for.
//
//   SmtpSender sender({.server = {"mail.example.com", 587}, .tls = true, .user = "muniment",
//                      .password = Secret("..."), .from = "no-reply@example.com"});
//
// Errors: FAILED_PRECONDITION "mail.recipient_refused" for a recipient that the server refuses for
// good (5xx but 552); UNAVAILABLE "mail.refused", "mail.login_refused", "mail.tls",
// "mail.unreachable"; DEADLINE_EXCEEDED "mail.timeout"; CANCELLED "mail.stopped". They tell the
// server's codes and nothing of its words, which often name the recipient.
#ifndef MUNIMENT_GATEWAY_MESSAGE_SMTP_H_
#define MUNIMENT_GATEWAY_MESSAGE_SMTP_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "base/secret.h"
#include "gateway/message/sender.h"

namespace muniment::gateway {

struct SmtpServer {
  std::string host;
  uint16_t port = 587;
};
// "mail.example.com", "mail.example.com:465", "[2001:db8::1]:25".
std::optional<SmtpServer> ParseSmtpServer(absl::string_view text);

struct SmtpOptions {
  SmtpServer server;
  // On port 465 from the first byte (RFC 8314), else by STARTTLS; without it nothing is encrypted.
  bool tls = true;
  std::string user = {};  // empty: no login
  Secret password = {};
  std::string from;
  std::string from_name = {};
  std::string reply_to = {};  // empty: none
  // Whose certificates count, in PEM, instead of the system's; empty: those.
  std::string authorities_file = {};
};

class SmtpSender final : public Sender {
 public:
  explicit SmtpSender(SmtpOptions options) : options_(std::move(options)) {}

  absl::Status Send(const Message& message, const SendLimits& limits) override;

 private:
  const SmtpOptions options_;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_MESSAGE_SMTP_H_

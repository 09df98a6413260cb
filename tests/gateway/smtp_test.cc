// What a mail server gets from us, and what we make of its answers.
#include "gateway/message/smtp.h"

#include <catch2/catch.hpp>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/crypto.h"
#include "base/error.h"
#include "gateway/message/mail_header.h"
#include "tests/gateway/data_dir.h"
#include "tests/gateway/fake_smtp.h"
#include "tests/gateway/sample_message.h"

namespace muniment::gateway {
namespace {

SmtpOptions To(const FakeSmtp& server) {
  SmtpOptions options;
  options.server = {"127.0.0.1", server.port()};
  options.tls = false;
  options.from = "no-reply@example.com";
  options.from_name = "Acme";
  return options;
}

absl::Status Send(const SmtpOptions& options, const Message& message = SampleMail(),
                  absl::Duration within = absl::Seconds(20)) {
  SmtpSender sender(options);
  return sender.Send(message, {.deadline = absl::Now() + within});
}

TEST_CASE("a mail arrives with its envelope, its header and both forms of its text") {
  const FakeSmtp server;
  SmtpOptions options = To(server);
  options.reply_to = "help@example.com";
  REQUIRE(Send(options).message() == "");
  REQUIRE(server.mails().size() == 1);
  const ReceivedMail mail = server.mails()[0];
  CHECK(absl::StartsWith(mail.from, "<no-reply@example.com>"));
  CHECK(absl::StartsWith(mail.recipient, "<ada@example.org>"));
  CHECK(mail.login.empty());
  CHECK_FALSE(mail.encrypted);
  CHECK(FieldOf(mail, "From") == "\"Acme\" <no-reply@example.com>");
  CHECK(FieldOf(mail, "To") == "<ada@example.org>");
  CHECK(FieldOf(mail, "Reply-To") == "<help@example.com>");
  CHECK(FieldOf(mail, "Subject") == "Confirm your e-mail address");
  CHECK(FieldOf(mail, "Message-ID") ==
        absl::StrCat("<", KeyForReceivers(SampleMail().key), "@example.com>"));
  CHECK(FieldOf(mail, "X-Idempotency-Key") == KeyForReceivers(SampleMail().key));
  CHECK(FieldOf(mail, "Auto-Submitted") == "auto-generated");
  CHECK(FieldOf(mail, "Date").size() == 31);
  CHECK(FieldOf(mail, "Mime-Version") == "1.0");
  CHECK(absl::StrContains(mail.data, "multipart/alternative"));
  CHECK(BodyOf(mail, "text/plain; charset=utf-8") == PlainBody(SampleMail()));
  CHECK(BodyOf(mail, "text/html; charset=utf-8") == HtmlBody(SampleMail()));
  // No line is longer than SMTP lets it be, and none ends but by CRLF.
  const std::vector<std::string> lines = absl::StrSplit(mail.data, "\r\n");
  CHECK(lines.size() > 20);
  CHECK(lines.back() == "");
  for (const std::string& line : lines) {
    CHECK(line.size() <= 998);
    CHECK(line.find_first_of("\r\n") == std::string::npos);
  }
}

TEST_CASE("names and subjects of any script arrive as they were, and end no line") {
  const FakeSmtp server;
  SmtpOptions options = To(server);
  options.from_name = "Bücher & \"Söhne\"";
  options.reply_to = "hilfe@bücher.example";
  Message message = SampleMail();
  message.to = "ada@bücher.example";
  message.text.subject = "Grüße\r\nBcc: evil@example.org\r\n\r\n<b>";
  REQUIRE(Send(options, message).message() == "");
  const ReceivedMail mail = server.mails()[0];
  CHECK(absl::StartsWith(mail.recipient, "<ada@xn--bcher-kva.example>"));
  CHECK(FieldOf(mail, "To") == "<ada@xn--bcher-kva.example>");
  CHECK(FieldOf(mail, "Reply-To") == "<hilfe@xn--bcher-kva.example>");
  CHECK(FieldOf(mail, "Bcc") == "");
  CHECK(FieldOf(mail, "From") ==
        absl::StrCat("=?utf-8?B?", Base64Encode("Bücher & \"Söhne\""),
                     "?= <no-reply@example.com>"));
  CHECK(FieldOf(mail, "Subject") ==
        absl::StrCat("=?utf-8?B?", Base64Encode("Grüße  Bcc: evil@example.org    <b>"), "?="));
}

TEST_CASE("an address in another script is asked for as such") {
  const FakeSmtp server;
  Message message = SampleMail();
  message.to = "jürgen@example.org";
  REQUIRE(Send(To(server), message).message() == "");
  CHECK(absl::StartsWith(server.mails()[0].recipient, "<jürgen@example.org>"));
  CHECK(absl::StrContains(server.mails()[0].from, "SMTPUTF8"));
}

TEST_CASE("a login is shown where it is asked for, and its refusal is told without it") {
  const FakeSmtp server({.offers_login = true});
  SmtpOptions options = To(server);
  options.user = "muniment";
  options.password = Secret("swordfish");
  REQUIRE(Send(options).message() == "");
  CHECK(server.mails()[0].login == " muniment swordfish");

  const FakeSmtp strict({.login = "535 5.7.8 swordfish is wrong", .offers_login = true});
  options.server.port = strict.port();
  const absl::Status refused = Send(options);
  CHECK(Reason(refused) == "mail.login_refused");
  CHECK(absl::IsUnavailable(refused));
  CHECK_FALSE(absl::StrContains(refused.message(), "swordfish"));
  CHECK(strict.mails().empty());
}

TEST_CASE("a recipient who is refused for good is not tried again, any other refusal is") {
  const auto outcome = [](SmtpManners manners) {
    const FakeSmtp server(std::move(manners));
    const absl::Status status = Send(To(server));
    CHECK(server.mails().empty());
    CHECK_FALSE(absl::StrContains(status.message(), "ada"));
    return status;
  };
  const absl::Status unknown = outcome({.recipient = "550 5.1.1 <ada@example.org> is unknown"});
  CHECK(absl::IsFailedPrecondition(unknown));
  CHECK(Reason(unknown) == "mail.recipient_refused");
  CHECK(unknown.message() == "The mail server refuses the recipient (550 5.1.1).");
  CHECK(absl::IsFailedPrecondition(outcome({.recipient = "553 no"})));

  const absl::Status grey = outcome({.recipient = "451 4.7.1 <ada@example.org> later"});
  CHECK(absl::IsUnavailable(grey));
  CHECK(grey.message() == "The mail server refuses the message (451 4.7.1).");
  CHECK(absl::IsUnavailable(outcome({.recipient = "552 5.2.2 full"})));
  CHECK(absl::IsUnavailable(outcome({.sender = "550 5.7.1 not from you"})));
  CHECK(absl::IsUnavailable(outcome({.taken = "554 5.7.1 ada, this is spam"})));
  CHECK(absl::IsUnavailable(outcome({.greeting = "554 5.3.2 closed"})));
}

TEST_CASE("a server that is away, or says nothing, costs no more than the time given") {
  uint16_t port = 0;
  {
    const FakeSmtp gone;
    port = gone.port();
  }
  SmtpOptions options;
  options.server = {"127.0.0.1", port};
  options.tls = false;
  options.from = "no-reply@example.com";
  CHECK(Reason(Send(options)) == "mail.unreachable");

  const FakeSmtp silent({.silent = true});
  const absl::Time began = absl::Now();
  CHECK(Reason(Send(To(silent), SampleMail(), absl::Milliseconds(300))) == "mail.timeout");
  CHECK(absl::Now() - began < absl::Seconds(5));
  CHECK(Reason(Send(To(silent), SampleMail(), -absl::Seconds(1))) == "mail.timeout");
  SmtpSender sender(To(silent));
  CHECK(Reason(sender.Send(SampleMail(), {.deadline = absl::Now() + absl::Minutes(1),
                                          .go_on = [] { return false; }})) == "mail.stopped");
}

TEST_CASE("a mail that was taken without a word is sent again under the same id") {
  const FakeSmtp server({.mute_endings = 1});
  CHECK(absl::IsUnavailable(Send(To(server))));
  REQUIRE(Send(To(server)).ok());
  const auto mails = server.mails();
  REQUIRE(mails.size() == 2);
  CHECK(FieldOf(mails[0], "Message-ID") == FieldOf(mails[1], "Message-ID"));
  CHECK(FieldOf(mails[0], "X-Idempotency-Key") == FieldOf(mails[1], "X-Idempotency-Key"));
}

// What was said in the clear, but for a greeting and the wish for TLS.
std::vector<std::string> SaidInTheClear(const FakeSmtp& server) {
  std::vector<std::string> said;
  for (const auto& [line, encrypted] : server.Heard()) {
    const bool harmless = absl::StartsWith(line, "EHLO ") || absl::StartsWith(line, "HELO ") ||
                          line == "STARTTLS" || line == "QUIT";
    if (!encrypted && !harmless) said.push_back(line);
  }
  return said;
}

TEST_CASE("where TLS is asked for nothing is said without it, nor to a stranger") {
  const DataDir folder;
  const TestCertificate certificate(folder.path());
  const FakeSmtp server({.offers_login = true,
                         .certificate = certificate.certificate,
                         .key = certificate.key});
  SmtpOptions options = To(server);
  options.tls = true;
  options.user = "muniment";
  options.password = Secret("swordfish");
  options.authorities_file = certificate.certificate;
  REQUIRE(Send(options).message() == "");
  CHECK(server.mails()[0].encrypted);
  CHECK(server.mails()[0].login == " muniment swordfish");
  const std::vector<HeardCommand> known = server.Heard();
  CHECK(absl::c_any_of(known, [](const HeardCommand& heard) {
    return heard.encrypted && absl::StartsWith(heard.line, "AUTH PLAIN");
  }));

  // Its certificate is nobody's whom we know.
  options.authorities_file.clear();
  CHECK(Reason(Send(options)) == "mail.tls");
  const std::vector<HeardCommand> all = server.Heard();
  CHECK(all.size() > known.size());
  for (size_t i = known.size(); i < all.size(); ++i) CHECK_FALSE(all[i].encrypted);
  CHECK(SaidInTheClear(server).empty());
  CHECK(server.mails().size() == 1);
  // It has none.
  const FakeSmtp plain({.offers_login = true});
  options.server.port = plain.port();
  CHECK(Reason(Send(options)) == "mail.tls");
  CHECK_FALSE(plain.Heard().empty());
  CHECK(SaidInTheClear(plain).empty());
  CHECK(plain.mails().empty());
  // Where it is not asked for, it is all said so.
  options.tls = false;
  REQUIRE(Send(options).message() == "");
  CHECK(absl::StartsWith(SaidInTheClear(plain).at(0), "AUTH PLAIN"));
}

TEST_CASE("a mail server is a host with or without a port") {
  const auto parsed = [](const char* text) {
    const auto server = ParseSmtpServer(text);
    return server.has_value() ? absl::StrCat(server->host, " ", server->port) : "";
  };
  CHECK(parsed("mail.example.com") == "mail.example.com 587");
  CHECK(parsed("Mail.example.com:25") == "mail.example.com 25");
  CHECK(parsed("[::1]:465") == "::1 465");
  CHECK(parsed("[2001:db8::1]") == "2001:db8::1 587");
  for (const char* bad : {"", ":25", "mail:", "mail:0", "mail:65536", "mail:25x", "mail:+25", "[::1",
                          "[::1]25", "smtp://mail", "a b", "mail\r\n", "a@b", "mail:25:26"}) {
    INFO(bad);
    CHECK(parsed(bad) == "");
  }
}

}  // namespace
}  // namespace muniment::gateway

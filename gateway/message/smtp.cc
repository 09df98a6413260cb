#include "gateway/message/smtp.h"

#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "base/check.h"
#include "base/email_address.h"
#include "base/error.h"
#include "base/host_name.h"
#include "gateway/curl_handle.h"
#include "gateway/message/mail_header.h"

namespace muniment::gateway {
namespace {

constexpr uint16_t kImplicitTls = 465;

// The last command and what came back: libcurl's own errors do not tell whether it was the recipient
// that was refused.
struct Dialogue {
  std::string command;   // "RCPT"
  int code = 0;          // of the last reply
  std::string enhanced;  // "5.1.1" (RFC 3463), or empty
  bool parting = false;  // what is said then changes nothing

  static int Listen(CURL*, curl_infotype type, char* bytes, size_t size, void* self) {
    auto& dialogue = *static_cast<Dialogue*>(self);
    const absl::string_view line(bytes, size);
    if (type == CURLINFO_HEADER_OUT) {
      const std::string command = absl::AsciiStrToUpper(line.substr(0, 4));
      dialogue.parting = dialogue.parting || command == "QUIT";
      if (!dialogue.parting) dialogue.command = command;
    } else if (type == CURLINFO_HEADER_IN && !dialogue.parting) {
      dialogue.Hear(line);
    }
    return 0;
  }

  std::string codes() const {
    return enhanced.empty() ? absl::StrCat(code) : absl::StrCat(code, " ", enhanced);
  }

 private:
  void Hear(absl::string_view line) {
    int heard = 0;
    if (line.size() < 4 || !absl::SimpleAtoi(line.substr(0, 3), &heard)) return;
    code = heard;
    const absl::string_view rest = line.substr(4);
    const size_t end = rest.find_first_not_of("0123456789.");
    const absl::string_view word = rest.substr(0, end);
    enhanced = word.size() >= 5 && word.size() <= 11 && word[1] == '.' ? std::string(word) : "";
  }
};

absl::Status Passing(absl::string_view reason, absl::string_view message) {
  return Error(absl::StatusCode::kUnavailable, reason, message);
}

absl::Status Outcome(CURLcode code, const Dialogue& dialogue) {
  switch (code) {
    case CURLE_OK:
      return absl::OkStatus();
    case CURLE_OPERATION_TIMEDOUT:
      return Error(absl::StatusCode::kDeadlineExceeded, "mail.timeout",
                   "The mail server does not answer in time.");
    case CURLE_ABORTED_BY_CALLBACK:
      return Error(absl::StatusCode::kCancelled, "mail.stopped", "It was broken off.");
    case CURLE_LOGIN_DENIED:
      return Passing("mail.login_refused", absl::StrCat("The mail server refuses the login (",
                                                        dialogue.codes(), ")."));
    case CURLE_USE_SSL_FAILED:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
      return Passing("mail.tls", absl::StrCat("No TLS with the mail server: ",
                                              curl_easy_strerror(code), "."));
    default:
      break;
  }
  // 552 says that there is no room (RFC 5321 section 4.2.2), and there may be later.
  const bool for_good = dialogue.code >= 500 && dialogue.code < 600 && dialogue.code != 552;
  if (dialogue.command == "RCPT" && for_good) {
    return Error(absl::StatusCode::kFailedPrecondition, "mail.recipient_refused",
                 absl::StrCat("The mail server refuses the recipient (", dialogue.codes(), ")."));
  }
  if (dialogue.code >= 400) {
    return Passing("mail.refused", absl::StrCat("The mail server refuses the message (",
                                                dialogue.codes(), ")."));
  }
  return Passing("mail.unreachable", absl::StrCat("The mail server cannot be reached: ",
                                                  curl_easy_strerror(code), "."));
}

void AddPart(curl_mime* mime, const char* type, const std::string& body) {
  curl_mimepart* const part = curl_mime_addpart(mime);
  MUNIMENT_CHECK(part != nullptr);
  MUNIMENT_CHECK(curl_mime_data(part, body.data(), body.size()) == CURLE_OK);
  MUNIMENT_CHECK(curl_mime_type(part, type) == CURLE_OK);
  MUNIMENT_CHECK(curl_mime_encoder(part, "quoted-printable") == CURLE_OK);
}

using Mime = std::unique_ptr<curl_mime, decltype(&curl_mime_free)>;

// Both forms of the body, of which a client shows the last that it can (RFC 2046 section 5.1.4).
Mime BodyOf(CURL* curl, const Message& message) {
  curl_mime* const forms = curl_mime_init(curl);
  AddPart(forms, "text/plain; charset=utf-8", PlainBody(message));
  AddPart(forms, "text/html; charset=utf-8", HtmlBody(message));
  Mime whole(curl_mime_init(curl), &curl_mime_free);
  curl_mimepart* const part = curl_mime_addpart(whole.get());
  MUNIMENT_CHECK(part != nullptr && curl_mime_subparts(part, forms) == CURLE_OK);
  MUNIMENT_CHECK(curl_mime_type(part, "multipart/alternative") == CURLE_OK);
  return whole;
}

absl::StatusOr<CurlList> HeaderOf(const Message& message, const EmailAddress& from,
                                  const EmailAddress& to, const SmtpOptions& options) {
  CurlList header;
  header.Add(absl::StrCat("Date: ", MailDate(absl::Now())));
  header.Add(absl::StrCat("From: ", Mailbox(options.from_name, from.envelope())));
  header.Add(absl::StrCat("To: ", Mailbox("", to.envelope())));
  if (!options.reply_to.empty()) {
    ASSIGN_OR_RETURN(const EmailAddress reply_to, ParseEmailAddress(options.reply_to));
    header.Add(absl::StrCat("Reply-To: ", Mailbox("", reply_to.envelope())));
  }
  header.Add(absl::StrCat("Subject: ", HeaderText(message.text.subject)));
  header.Add(absl::StrCat("Message-ID: ", MessageId(message.key, from.domain)));
  header.Add(absl::StrCat("X-Idempotency-Key: ", KeyForReceivers(message.key)));
  // Nobody's out-of-office note is to answer (RFC 3834).
  header.Add("Auto-Submitted: auto-generated");
  return header;
}

std::string UrlOf(const SmtpOptions& options) {
  const bool implicit = options.tls && options.server.port == kImplicitTls;
  const std::string& host = options.server.host;
  return absl::StrCat(implicit ? "smtps://" : "smtp://",
                      absl::StrContains(host, ':') ? absl::StrCat("[", host, "]") : host, ":",
                      options.server.port);
}

}  // namespace

std::optional<SmtpServer> ParseSmtpServer(absl::string_view text) {
  SmtpServer server;
  absl::string_view host = text;
  absl::string_view port;
  if (absl::ConsumePrefix(&host, "[")) {
    const size_t end = host.find(']');
    if (end == absl::string_view::npos) return std::nullopt;
    port = host.substr(end + 1);
    host = host.substr(0, end);
  } else {
    const size_t colon = host.find(':');
    if (colon != absl::string_view::npos) {
      port = host.substr(colon);
      host = host.substr(0, colon);
    }
  }
  if (!port.empty()) {
    uint32_t number = 0;
    const bool digits = absl::ConsumePrefix(&port, ":") &&
                        port.find_first_not_of("0123456789") == absl::string_view::npos;
    if (!digits || !absl::SimpleAtoi(port, &number) || number < 1 || number > 65535) {
      return std::nullopt;
    }
    server.port = static_cast<uint16_t>(number);
  }
  const std::optional<std::string> name = HostName(host);
  if (!name.has_value()) return std::nullopt;
  server.host = *name;
  return server;
}

absl::Status SmtpSender::Send(const Message& message, const SendLimits& limits) {
  ASSIGN_OR_RETURN(const EmailAddress from, ParseEmailAddress(options_.from));
  const absl::StatusOr<EmailAddress> to = ParseEmailAddress(message.to);
  if (!to.ok()) {
    return Error(absl::StatusCode::kFailedPrecondition, "mail.recipient_refused",
                 "The recipient has no address that mail can be sent to.");
  }
  CurlHandle curl;
  Dialogue dialogue;
  CurlList recipients;
  recipients.Add(absl::StrCat("<", to->envelope(), ">"));
  ASSIGN_OR_RETURN(const CurlList header, HeaderOf(message, from, *to, options_));
  const Mime body = BodyOf(curl.get(), message);
  curl.Set(CURLOPT_URL, UrlOf(options_).c_str());
  curl.Set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl.Set(CURLOPT_USE_SSL, static_cast<long>(options_.tls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
  if (!options_.authorities_file.empty()) {
    curl.Set(CURLOPT_CAINFO, options_.authorities_file.c_str());
  }
  if (!options_.user.empty()) {
    curl.Set(CURLOPT_USERNAME, options_.user.c_str());
    const Secret& password = options_.password;
    curl.Set(CURLOPT_PASSWORD, std::string(password.reveal()).c_str());
  }
  curl.Set(CURLOPT_MAIL_FROM, absl::StrCat("<", from.envelope(), ">").c_str());
  curl.Set(CURLOPT_MAIL_RCPT, recipients.get());
  curl.Set(CURLOPT_HTTPHEADER, header.get());
  curl.Set(CURLOPT_MIMEPOST, body.get());
  curl.Set(CURLOPT_VERBOSE, 1L);
  curl.Set(CURLOPT_DEBUGFUNCTION, &Dialogue::Listen);
  curl.Set(CURLOPT_DEBUGDATA, static_cast<void*>(&dialogue));
  return Outcome(curl.Perform(limits.deadline, limits.go_on), dialogue);
}

}  // namespace muniment::gateway

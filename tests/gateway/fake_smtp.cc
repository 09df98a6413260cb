#include "tests/gateway/fake_smtp.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace muniment::gateway {

// One connection, in the clear and then perhaps not.
class FakeSmtp::Wire {
 public:
  Wire(int fd, const std::atomic<bool>& ending) : fd_(fd), ending_(ending) {}
  ~Wire() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
    close(fd_);
  }
  bool encrypted() const { return ssl_ != nullptr; }

  bool Encrypt(const std::string& certificate, const std::string& key) {
    context_ = SSL_CTX_new(TLS_server_method());
    if (SSL_CTX_use_certificate_file(context_, certificate.c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_use_PrivateKey_file(context_, key.c_str(), SSL_FILETYPE_PEM) != 1) {
      return false;
    }
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, fd_);
    return SSL_accept(ssl_) == 1;
  }
  bool Say(const std::string& line) {
    const std::string bytes = line + "\r\n";
    if (ssl_ != nullptr) return SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())) > 0;
    return send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size());
  }
  // Without its end; false at the end.
  bool Hear(std::string* line) {
    size_t end;
    while ((end = in_.find("\r\n")) == std::string::npos) {
      if (!Fill()) return false;
    }
    *line = in_.substr(0, end);
    in_.erase(0, end + 2);
    return true;
  }
  void AwaitEnd() {
    while (Fill()) {
    }
  }

 private:
  bool Fill() {
    char bytes[4096];
    while (ssl_ == nullptr || SSL_pending(ssl_) == 0) {
      pollfd readable{fd_, POLLIN, 0};
      if (ending_) return false;
      if (poll(&readable, 1, 20) > 0) break;
    }
    const ssize_t got = ssl_ != nullptr ? SSL_read(ssl_, bytes, sizeof(bytes))
                                        : recv(fd_, bytes, sizeof(bytes), 0);
    if (got <= 0) return false;
    in_.append(bytes, static_cast<size_t>(got));
    return true;
  }

  const int fd_;
  const std::atomic<bool>& ending_;
  SSL_CTX* context_ = nullptr;
  SSL* ssl_ = nullptr;
  std::string in_;
};

FakeSmtp::FakeSmtp(SmtpManners manners) : manners_(std::move(manners)) {
  listening_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (bind(listening_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(listening_, 16) != 0 ||
      getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no port for a mail server");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Serve(); });
}

FakeSmtp::~FakeSmtp() {
  ending_ = true;
  thread_.join();
  close(listening_);
}

void FakeSmtp::Serve() {
  while (!ending_) {
    pollfd waiting{listening_, POLLIN, 0};
    if (poll(&waiting, 1, 20) <= 0) continue;
    const int fd = accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    SetIdle(false);
    {
      Wire wire(fd, ending_);
      Talk(wire);
    }
    SetIdle(true);
  }
}

void FakeSmtp::SetIdle(bool idle) {
  absl::MutexLock lock(&mutex_);
  idle_ = idle;
}

std::vector<HeardCommand> FakeSmtp::Heard() const {
  absl::MutexLock lock(&mutex_);
  if (!mutex_.AwaitWithTimeout(absl::Condition(&idle_), absl::Seconds(30))) {
    throw std::runtime_error("a client of the mail server does not go");
  }
  return heard_;
}

void FakeSmtp::Talk(Wire& wire) {
  if (manners_.silent) return wire.AwaitEnd();
  ReceivedMail mail;
  std::string line;
  if (!wire.Say(manners_.greeting)) return;
  while (wire.Hear(&line)) {
    {
      absl::MutexLock lock(&mutex_);
      heard_.push_back({line, wire.encrypted()});
    }
    if (!Command(wire, line, mail)) return;
  }
}

bool FakeSmtp::Command(Wire& wire, const std::string& line, ReceivedMail& mail) {
  absl::string_view rest = line;
  if (absl::ConsumePrefix(&rest, "EHLO ") || absl::ConsumePrefix(&rest, "HELO ")) {
    if (!manners_.certificate.empty() && !wire.encrypted()) wire.Say("250-STARTTLS");
    if (manners_.offers_login) wire.Say("250-AUTH PLAIN");
    return wire.Say("250-SMTPUTF8") && wire.Say("250 SIZE 1000000");
  }
  if (line == "STARTTLS") {
    return wire.Say("220 2.0.0 go on") && wire.Encrypt(manners_.certificate, manners_.key);
  }
  if (absl::ConsumePrefix(&rest, "AUTH PLAIN")) {
    std::string said(absl::StripPrefix(rest, " "));
    if (said.empty() && (!wire.Say("334 ") || !wire.Hear(&said))) return false;
    absl::Base64Unescape(said, &mail.login);
    mail.login = absl::StrReplaceAll(mail.login, {{std::string(1, '\0'), " "}});
    return wire.Say(manners_.login);
  }
  if (absl::ConsumePrefix(&rest, "MAIL FROM:")) {
    mail.from = std::string(rest);
    return wire.Say(manners_.sender);
  }
  if (absl::ConsumePrefix(&rest, "RCPT TO:")) {
    mail.recipient = std::string(rest);
    return wire.Say(manners_.recipient);
  }
  if (line == "DATA") return wire.Say("354 go on") && TakeData(wire, mail);
  if (line == "QUIT") {
    wire.Say("221 2.0.0 bye");
    return false;
  }
  return wire.Say("250 ok");
}

bool FakeSmtp::TakeData(Wire& wire, ReceivedMail& mail) {
  std::string line;
  mail.data.clear();
  while (wire.Hear(&line)) {
    if (line == ".") break;
    absl::StrAppend(&mail.data, absl::StartsWith(line, ".") ? line.substr(1) : line, "\r\n");
  }
  mail.encrypted = wire.encrypted();
  const bool refused = !absl::StartsWith(manners_.taken, "2");
  if (!refused) {
    absl::MutexLock lock(&mutex_);
    mails_.push_back(mail);
  }
  if (manners_.mute_endings > 0) {
    --manners_.mute_endings;
    return false;
  }
  return wire.Say(manners_.taken);
}

namespace {

// The field of a header with CRLF.
std::string Field(absl::string_view header, const std::string& name) {
  const std::string wanted = absl::StrCat("\r\n", name, ": ");
  const std::string whole = absl::StrCat("\r\n", header, "\r\n");
  size_t at = whole.find(wanted);
  if (at == std::string::npos) return "";
  at += wanted.size();
  size_t end = at;
  do {
    end = whole.find("\r\n", end + (end == at ? 0 : 1));
  } while (end + 2 < whole.size() && (whole[end + 2] == ' ' || whole[end + 2] == '\t'));
  return absl::StrReplaceAll(whole.substr(at, end - at), {{"\r\n", ""}});
}

std::string FromQuotedPrintable(const std::string& text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=' || i + 2 >= text.size()) {
      plain += text[i];
    } else if (text.compare(i + 1, 2, "\r\n") == 0) {
      i += 2;
    } else {
      plain += absl::HexStringToBytes(text.substr(i + 1, 2));
      i += 2;
    }
  }
  return absl::StrReplaceAll(plain, {{"\r\n", "\n"}});
}

}  // namespace

std::string FieldOf(const ReceivedMail& mail, const std::string& name) {
  return Field(mail.data.substr(0, mail.data.find("\r\n\r\n")), name);
}

std::string BodyOf(const ReceivedMail& mail, const std::string& type) {
  const size_t at = mail.data.find(absl::StrCat("Content-Type: ", type));
  if (at == std::string::npos) return "";
  const size_t begin = mail.data.find("\r\n\r\n", at) + 4;
  const size_t end = mail.data.find("\r\n--", begin);
  const std::string part = mail.data.substr(begin, end - begin);
  const std::string header = mail.data.substr(at, begin - at);
  if (!absl::StrContains(header, "quoted-printable")) return part;
  return FromQuotedPrintable(part);
}

TestCertificate::TestCertificate(const std::string& folder, const std::string& names)
    : certificate(folder + "/cert.pem"), key(folder + "/key.pem") {
  const std::string extension = "subjectAltName=" + names;
  const pid_t child = fork();
  if (child == 0) {
    execlp("openssl", "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
           "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=mail.test",
           "-addext", extension.c_str(), "-keyout", key.c_str(), "-out",
           certificate.c_str(), "-batch", nullptr);
    _exit(127);
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child || status != 0) {
    throw std::runtime_error("openssl makes no certificate");
  }
}

}  // namespace muniment::gateway

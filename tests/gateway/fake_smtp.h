// A mail server on loopback that keeps what arrives, and behaves as badly as a test wants.
//
//   FakeSmtp server({.recipient = "550 5.1.1 <ada@example.com> is unknown"});
//   ... server.port() ...
//   REQUIRE(server.mails().size() == 1);
#ifndef MUNIMENT_TESTS_GATEWAY_FAKE_SMTP_H_
#define MUNIMENT_TESTS_GATEWAY_FAKE_SMTP_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace muniment::gateway {

struct ReceivedMail {
  std::string from;        // "<no-reply@example.com>", with what follows
  std::string recipient;
  std::string data;        // with CRLF, dots unstuffed
  std::string login;       // what AUTH PLAIN said, decoded, NULs as spaces
  bool encrypted = false;
};

// A command as it came, and whether under TLS.
struct HeardCommand {
  std::string line;
  bool encrypted = false;
};

// Replies; what is empty is the usual one.
struct SmtpManners {
  std::string greeting = "220 mail.test ESMTP";
  std::string sender = "250 2.1.0 ok";
  std::string recipient = "250 2.1.5 ok";
  std::string taken = "250 2.0.0 taken";
  std::string login = "235 2.7.0 ok";
  bool offers_login = false;
  // Closes behind a message's end, which it has taken, without a word.
  int mute_endings = 0;
  // Says nothing, not even hello.
  bool silent = false;
  // A file with a certificate and one with its key: STARTTLS is offered.
  std::string certificate, key;
};

class FakeSmtp {
 public:
  explicit FakeSmtp(SmtpManners manners = {});
  ~FakeSmtp();

  uint16_t port() const { return port_; }
  std::vector<ReceivedMail> mails() const {
    absl::MutexLock lock(&mutex_);
    return mails_;
  }
  // Every command but what is within a message, once no connection is under way.
  std::vector<HeardCommand> Heard() const;

 private:
  class Wire;
  void Serve();
  void SetIdle(bool idle);
  void Talk(Wire& wire);
  bool Command(Wire& wire, const std::string& line, ReceivedMail& mail);
  bool TakeData(Wire& wire, ReceivedMail& mail);

  SmtpManners manners_;
  int listening_ = -1;
  uint16_t port_ = 0;
  std::atomic<bool> ending_ = false;
  mutable absl::Mutex mutex_;
  bool idle_ ABSL_GUARDED_BY(mutex_) = true;
  std::vector<HeardCommand> heard_ ABSL_GUARDED_BY(mutex_);
  std::vector<ReceivedMail> mails_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

// A header field's value, unfolded; "" where there is none.
std::string FieldOf(const ReceivedMail& mail, const std::string& name);
// A part's body by its content type, with its transfer encoding undone.
std::string BodyOf(const ReceivedMail& mail, const std::string& type);

// A certificate for 127.0.0.1, or for "DNS:a.test,DNS:b.test", and its key in a folder, made by
// openssl's own command.
struct TestCertificate {
  explicit TestCertificate(const std::string& folder, const std::string& names = "IP:127.0.0.1");
  std::string certificate, key;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_TESTS_GATEWAY_FAKE_SMTP_H_

// An instance with one person and the reactors that send messages, whose senders are a test's.
//
//   MailWorld world;
//   world.Start();
//   world.SetEmail("new@example.org");
//   world.Settle();
//   CHECK(world.Mails().size() == 1);
#ifndef MUNIMENT_TESTS_REACTORS_MAIL_WORLD_H_
#define MUNIMENT_TESTS_REACTORS_MAIL_WORLD_H_

#include <catch2/catch.hpp>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "base/error.h"
#include "command/user/user.h"
#include "eventstore/memory/memory_store.h"
#include "gateway/first_instance.h"
#include "gateway/reactors/messages.h"
#include "tests/base/temp_dir.h"
#include "tests/reactors/platform.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::gateway {

inline std::string Method(const char* name) { return absl::StrCat("zitadel.user.v2.UserService/", name); }

// Takes what it is given, unless a test has it answer otherwise.
class Taker final : public Sender {
 public:
  absl::Status Send(const Message& message, const SendLimits& limits) override {
    const bool limited = limits.go_on() && limits.deadline < absl::InfiniteFuture();
    std::function<absl::Status(const Message&)> next;
    {
      absl::MutexLock lock(&mutex_);
      if (!limited) ++unlimited_;
      messages_.push_back(message);
      if (!answers_.empty()) {
        next = std::move(answers_.front());
        answers_.pop_front();
      }
    }
    return next == nullptr ? absl::OkStatus() : next(message);
  }
  // Of the next message for which there is none yet.
  void Answer(std::function<absl::Status(const Message&)> answer) {
    absl::MutexLock lock(&mutex_);
    answers_.push_back(std::move(answer));
  }
  std::vector<Message> messages() const {
    absl::MutexLock lock(&mutex_);
    return messages_;
  }
  // Messages that came without a deadline, or when they were to be broken off already.
  int unlimited() const {
    absl::MutexLock lock(&mutex_);
    return unlimited_;
  }

 private:
  mutable absl::Mutex mutex_;
  std::vector<Message> messages_ ABSL_GUARDED_BY(mutex_);
  int unlimited_ ABSL_GUARDED_BY(mutex_) = 0;
  std::deque<std::function<absl::Status(const Message&)>> answers_ ABSL_GUARDED_BY(mutex_);
};

inline FirstInstance WantedInstance() {
  FirstInstance wanted;
  wanted.name = "Acme";
  wanted.language = "en";
  wanted.domains = {"id.example.com"};
  wanted.organization = "Acme";
  wanted.username = "ada";
  wanted.given_name = "Ada";
  wanted.family_name = "Lovelace";
  wanted.email = "ada@example.org";
  wanted.preferred_language = "en";
  wanted.password = Secret("Enough-Of-It-1");
  wanted.password_change_required = false;
  return wanted;
}

inline constexpr char kWorks[][26] = {"message.email_code",   "message.phone_code",
                               "message.password_code", "message.passkey_code",
                               "message.invite_code",  "message.otp_sms",
                               "message.otp_email",    "message.password_changed",
                               "message.domain_claimed"};

// An instance with ada, whose address is proved.
struct MailWorld {
  explicit MailWorld(eventstore::EventStore* through = nullptr)
      : node(through == nullptr ? store : *through, TestMaster(), dir / "models") {
    const FirstInstance wanted = WantedInstance();
    Do([&](command::Unit& unit) { return MakeFirstInstance(unit, wanted); });
    Do([&](command::Unit& unit) -> absl::Status {
      ASSIGN_OR_RETURN(ada, unit.FindUserByUsername("", "ada"));
      return absl::OkStatus();
    });
    REQUIRE_FALSE(ada.empty());
  }
  ~MailWorld() {
    node.Stop();
    CHECK(mail.unlimited() + sms.unlimited() == 0);
  }
  void Do(const std::function<absl::Status(command::Unit&)>& command) {
    REQUIRE(node.Do(command).message() == "");
  }
  template <class Request>
  void Call(const char* method, Request request) {
    request.set_user_id(ada);
    REQUIRE(node.Call(Method(method), request).message() == "");
  }
  template <class State, class Kind>
  void Fact(const std::string& id, Kind kind) {
    Do([&](command::Unit& unit) -> absl::Status {
      RETURN_IF_ERROR(unit.LoadAny<command::User>(ada).status());
      ASSIGN_OR_RETURN(const auto ref, unit.LoadAny<State>(id));
      unit.Raise(ref, kind);
      return absl::OkStatus();
    });
  }
  std::vector<Reactor> Reactors(Taker& mail, Taker& sms, MessageCounts& counts) {
    MessagePorts ports;
    ports.mail = &mail;
    ports.sms = &sms;
    ports.database = &node.database();
    ports.host = [](const command::Instance& instance) { return instance.primary_domain; };
    ports.origin = [](const command::Instance& instance) {
      return absl::StrCat("https://", instance.primary_domain);
    };
    std::vector<Reactor> reactors = MessageReactors(ports, counts);
    for (Reactor& reactor : reactors) {
      reactor.retry = {
          .attempts = 4, .first = absl::Milliseconds(2), .last = absl::Milliseconds(10)};
    }
    return reactors;
  }
  void Start() { node.Start(Reactors(mail, sms, counts)); }
  // Until nothing waits any more.
  void Settle() {
    REQUIRE(Await([&] {
      for (const char* work : kWorks) {
        if (node.Queue(work) > 0) return false;
      }
      return true;
    }));
  }
  // The address is set and the code is to be mailed.
  void SetEmail(const std::string& email) {
    zitadel::user::v2::SetEmailRequest request;
    request.set_email(email);
    request.mutable_send_code();
    Call("SetEmail", request);
  }
  std::vector<Message> Mails() const { return mail.messages(); }

  const TempDir dir;
  eventstore::MemoryStore store{SystemClock()};
  Taker mail, sms;
  MessageCounts counts;
  WorkNode node;
  std::string ada;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_TESTS_REACTORS_MAIL_WORLD_H_

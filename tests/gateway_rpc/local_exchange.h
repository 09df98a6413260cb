// An exchange without a network: gives a handler a request and holds what it answers. Its clock
// stands until a test moves it.
#ifndef MUNIMENT_TESTS_GATEWAY_RPC_LOCAL_EXCHANGE_H_
#define MUNIMENT_TESTS_GATEWAY_RPC_LOCAL_EXCHANGE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gateway/net/http.h"

namespace muniment::rpc {

class LocalLoop : public net::Loop {
 public:
  bool InThread() const override { return true; }
  void Post(absl::AnyInvocable<void()> work) override { work(); }
  std::shared_ptr<void> After(absl::Duration delay, absl::AnyInvocable<void()> work) override {
    auto timer = std::make_shared<Timer>(Timer{now_ + delay, std::move(work)});
    timers_.push_back(timer);
    return timer;
  }
  void Advance(absl::Duration by) {
    now_ += by;
    for (auto& weak : std::exchange(timers_, {})) {
      const auto timer = weak.lock();
      if (timer != nullptr && timer->at <= now_) timer->work();
      if (timer != nullptr && timer->at > now_) timers_.push_back(timer);
    }
  }

 private:
  struct Timer {
    absl::Duration at;
    absl::AnyInvocable<void()> work;
  };
  absl::Duration now_;
  std::vector<std::weak_ptr<Timer>> timers_;
};

class LocalExchange : public net::Exchange {
 public:
  LocalExchange(std::string method, std::string target, int version = 20)
      : Exchange(std::make_shared<LocalLoop>()) {
    net::Request& request = mutable_request();
    request.method = std::move(method);
    const size_t mark = target.find('?');
    request.path = target.substr(0, mark);
    if (mark != std::string::npos) request.query = target.substr(mark + 1);
    request.scheme = "http";
    request.authority = "test.example";
    request.peer = "192.0.2.1";
    request.version = version;
  }

  LocalExchange& With(absl::string_view name, absl::string_view value) {
    mutable_request().headers.Add(name, value);
    return *this;
  }
  void Run(net::Handler& handler, absl::string_view body = "") {
    handler.Handle(shared_from_this());
    if (!body.empty()) BodyArrived(body);
    BodyEnded();
  }
  LocalLoop& clock() { return static_cast<LocalLoop&>(loop()); }
  std::string Header(absl::string_view name) const { return std::string(head.headers.Get(name)); }

  Head head;  // status 0 until there is one
  std::string body;
  net::Headers trailers;
  bool ended = false;

 protected:
  void Pump() override {
    TakeHead(head);
    if (head.status == 0 || ended) return;
    char buffer[4096];
    while (const size_t count = Read(buffer, sizeof(buffer), ended)) body.append(buffer, count);
    if (ended) trailers = TakeTrailers();
  }
};

}  // namespace muniment::rpc

#endif  // MUNIMENT_TESTS_GATEWAY_RPC_LOCAL_EXCHANGE_H_

// A server with a few pages, for tests to call.
#ifndef MUNIMENT_TESTS_GATEWAY_NET_SITE_H_
#define MUNIMENT_TESTS_GATEWAY_NET_SITE_H_

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "gateway/net/router.h"
#include "gateway/net/server.h"

namespace muniment::net {

// Sends `left` bytes in pieces of 100 kB, as the client takes them.
inline void SendLong(std::shared_ptr<Exchange> exchange, size_t left) {
  while (left > 0) {
    if (!exchange->Ready()) {
      Exchange* raw = exchange.get();
      raw->OnReady([exchange, left] {
        if (!exchange->Gone()) SendLong(exchange, left);
      });
      return;
    }
    const size_t size = std::min<size_t>(left, 100000);
    exchange->Write(std::string(size, 'x'));
    left -= size;
  }
  exchange->End();
}

class Site {
 public:
  explicit Site(Limits limits = {}, std::vector<std::string> proxies = {}) {
    auto router = std::make_shared<Router>();
    auto page = [&](absl::string_view path, FunctionHandler::Function function) {
      router->Exact(path, std::make_shared<FunctionHandler>(std::move(function)));
    };
    page("/hello", [](auto exchange) { exchange->Respond(200, {}, "hello"); });
    page("/echo", [](auto exchange) {
      auto* raw = exchange.get();
      raw->ReadAll(100000, [exchange](absl::StatusOr<std::string> body) {
        exchange->Respond(body.ok() ? 200 : 413, {}, body.ok() ? *body : "");
      });
    });
    page("/who", [](auto exchange) {
      const Request& r = exchange->request();
      exchange->Respond(200, {}, absl::StrCat(r.peer, " ", r.scheme, "://", r.authority));
    });
    page("/thread", [this](auto exchange) {
      threads_.emplace_back([exchange] {
        absl::SleepFor(absl::Milliseconds(50));
        exchange->Respond(200, {}, "from a thread");
      });
    });
    page("/long", [](auto exchange) {
      exchange->Start(200, {});
      SendLong(exchange, 20 << 20);
    });
    page("/hang", [this](auto exchange) {
      ++hanging;
      exchange->OnGone([this] { ++gone; });
      absl::MutexLock lock(&mu_);
      kept_.push_back(exchange);
    });
    page("/pieces", [this](auto exchange) {
      ++hanging;
      auto* raw = exchange.get();
      raw->OnGone([this] { ++gone; });
      raw->ReadChunks([exchange](absl::string_view, bool end) {
        if (end) exchange->Respond(200, {}, "all");
      });
    });
    // Answers at once, never ends the answer, and does not care for the body.
    page("/begun", [this](auto exchange) {
      exchange->OnGone([this] { ++gone; });
      exchange->Start(200, {});
      exchange->Write("begun");
      absl::MutexLock lock(&mu_);
      kept_.push_back(exchange);
    });
    page("/late", [](auto exchange) {
      auto* raw = exchange.get();
      raw->ReadAll(100000, [exchange](absl::StatusOr<std::string>) {
        exchange->Respond(200, {}, absl::StrCat("late:", exchange->request().headers.Get("x-late")));
      });
    });
    page("/cookie", [](auto exchange) {
      exchange->Respond(200, {}, std::string(exchange->request().headers.Get("cookie")));
    });
    ServerOptions options;
    options.threads = 2;
    options.limits = limits;
    options.trusted_proxies = std::move(proxies);
    server = *Server::Start(std::move(options), router);
  }
  ~Site() {
    for (auto& thread : threads_) thread.join();
    server->Stop(absl::ZeroDuration());
  }

  uint16_t port() const { return server->port(); }
  // Answers all that hang.
  void Release() {
    absl::MutexLock lock(&mu_);
    for (const auto& exchange : kept_) exchange->Respond(200, {}, "at last");
    kept_.clear();
  }
  static bool Soon(const std::atomic<int>& count, int wanted) {
    for (int i = 0; i < 2000 && count < wanted; ++i) absl::SleepFor(absl::Milliseconds(10));
    return count >= wanted;
  }

  std::atomic<int> hanging{0}, gone{0};
  std::unique_ptr<Server> server;

 private:
  absl::Mutex mu_;
  std::vector<std::shared_ptr<Exchange>> kept_;
  std::vector<std::thread> threads_;
};

}  // namespace muniment::net

#endif  // MUNIMENT_TESTS_GATEWAY_NET_SITE_H_

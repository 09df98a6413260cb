// Reads through a node's API in this process, one after another: token, rule and row as for a call
// that came by the port.
//
//   Reads reads(platform, TokenOf(options.folder));
//   const Load load = OneByOne(time, [&](Done done) { reads.Call(method, request, done); });
#ifndef MUNIMENT_TESTS_BENCH_READS_H_
#define MUNIMENT_TESTS_BENCH_READS_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "gateway/api/api.h"
#include "gateway/net/http.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "tests/bench/bench.h"
#include "tests/bench/platform.h"

namespace muniment::bench {

using Look = std::function<void(const google::protobuf::Message& response)>;

// Takes the answer's bytes and lets go; whoever wants to may look at it before.
class Answer final : public rpc::Responder {
 public:
  explicit Answer(Done done, Look look = nullptr) : done_(std::move(done)), look_(std::move(look)) {}
  void SetHeader(absl::string_view, absl::string_view) override {}
  void SetTrailer(absl::string_view, absl::string_view) override {}
  void Send(const google::protobuf::Message&) override { Fail("a stream"); }
  void Finish(const google::protobuf::Message& response) override {
    if (response.SerializeAsString().empty()) Fail("an empty answer");
    if (look_ != nullptr) look_(response);
    done_(absl::OkStatus());
  }
  void Finish(const absl::Status& status) override { done_(status); }
  bool Cancelled() const override { return false; }
  void OnCancel(absl::AnyInvocable<void()>) override {}
  bool Ready() const override { return true; }
  void OnReady(absl::AnyInvocable<void()>) override {}

 private:
  const Done done_;
  const Look look_;
};

class Reads {
 public:
  Reads(Platform& platform, const std::string& token) : platform_(platform) {
    auto request = std::make_shared<net::Request>();
    request->method = "POST";
    request->authority = "localhost:8080";
    request->peer = "192.0.2.1";
    request->headers.Add("authorization", absl::StrCat("Bearer ", token));
    http_ = std::move(request);
    service_ = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
        "zitadel.user.v2.UserService");
  }
  void Call(const google::protobuf::MethodDescriptor* method,
            std::unique_ptr<google::protobuf::Message> request, Done done, Look look = nullptr) {
    rpc::CallContext context;
    context.method = method;
    context.request = http_;
    platform_.api().Call(std::move(context), std::move(request),
                         std::make_shared<Answer>(std::move(done), std::move(look)));
  }
  const google::protobuf::MethodDescriptor* method(const std::string& name) const {
    return service_->FindMethodByName(name);
  }

 private:
  Platform& platform_;
  std::shared_ptr<const net::Request> http_;
  const google::protobuf::ServiceDescriptor* service_;
};

// One call after another on one thread, wherever its answer is made.
template <typename Begin>
Load OneByOne(absl::Duration time, Begin begin) {
  return RunThreads(1, time, [&](int) {
    absl::Notification ended;
    begin([&ended](const absl::Status& status) {
      Require(status, "a read");
      ended.Notify();
    });
    ended.WaitForNotification();
  });
}

}  // namespace muniment::bench

#endif  // MUNIMENT_TESTS_BENCH_READS_H_

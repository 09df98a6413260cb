// The budget of decoded requests: how much is held at once, and that all of it is given back.
#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "base/error.h"
#include "gateway/api/api.h"
#include "gateway/config.h"
#include "gateway/lookup.h"
#include "gateway/node.h"
#include "gateway/storage.h"
#include "projections/replay.h"
#include "tests/gateway/data_dir.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::gateway {
namespace {

using google::protobuf::Message;
using zitadel::user::v2::GetUserByIDRequest;
using zitadel::user::v2::ListUsersRequest;
using zitadel::user::v2::SetUserMetadataRequest;

constexpr size_t kBudget = 1 << 20;

// Keeps what a call was answered.
class Answer final : public rpc::Responder {
 public:
  void SetHeader(absl::string_view, absl::string_view) override {}
  void SetTrailer(absl::string_view, absl::string_view) override {}
  void Send(const Message&) override {}
  void Finish(const Message& response) override {
    response_.reset(response.New());
    response_->CopyFrom(response);
    Finish(absl::OkStatus());
  }
  void Finish(const absl::Status& status) override {
    status_ = status;
    finished_.Notify();
  }
  bool Cancelled() const override { return cancelled; }
  void OnCancel(absl::AnyInvocable<void()>) override {}
  bool Ready() const override { return true; }
  void OnReady(absl::AnyInvocable<void()>) override {}

  std::string Reason() {
    finished_.WaitForNotification();
    return status_.ok() ? "OK" : muniment::Reason(status_);
  }

  // Of a call that was answered OK.
  template <class Response>
  const Response& response() const {
    return static_cast<const Response&>(*response_);
  }

  std::atomic<bool> cancelled{false};

 private:
  std::unique_ptr<Message> response_;
  absl::Notification finished_;
  absl::Status status_;
};

// The calls of a node without its port, with one thread for lists that a test can hold.
class Calls {
 public:
  Calls() : config_(*data_.Load()) {
    auto node = Node::Open(config_, {});
    REQUIRE(node.ok());
    REQUIRE((*node)->MakeFirstInstance().ok());
    node->reset();
    token_ = data_.token();

    projections::DatabaseOptions models;
    models.path = ModelsPath(config_);
    database_ = *projections::OpenModels(models, projections::AllProjections());
    StorageOptions log;
    log.mark = database_->checkpoint();
    storage_ = *Storage::Open(config_, log);
    OpenCalls();
  }
  ~Calls() {
    Release();
    router_.reset();
    runner_.reset();
    pool_.reset();
    api_.reset();
    storage_.reset();
    database_.reset();
  }

  // Keeps the only thread for lists busy until Release, and then the queue, of one, full.
  void Hold(bool fill) {
    go_ = std::make_shared<absl::Notification>();
    auto started = std::make_shared<absl::Notification>();
    REQUIRE(pool_->Submit([go = go_, started] {
      started->Notify();
      go->WaitForNotification();
    }));
    started->WaitForNotification();
    if (fill) REQUIRE(pool_->Submit([] {}));
  }
  void Release() {
    if (go_ != nullptr) std::exchange(go_, nullptr)->Notify();
  }

  using Headers = std::vector<std::pair<std::string, std::string>>;
  std::shared_ptr<Answer> Call(const std::string& method, const Message& request,
                               const Headers& headers = {}, const std::string& host = "localhost") {
    auto http = std::make_shared<net::Request>();
    http->authority = host;
    http->headers.Add("authorization", "Bearer " + token_);
    for (const auto& [name, value] : headers) http->headers.Add(name, value);
    rpc::CallContext context;
    context.method = google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(
        "zitadel.user.v2.UserService." + method);
    REQUIRE(context.method != nullptr);
    context.request = http;
    std::unique_ptr<Message> copy(request.New());
    copy->CopyFrom(request);
    auto answer = std::make_shared<Answer>();
    api_->Call(std::move(context), std::move(copy), answer);
    return answer;
  }
  // All is given back, soon after the answer: the last who knew the call lets go of it.
  bool GaveAllBack() {
    for (int i = 0; i < 2000 && api_->held() != 0; ++i) absl::SleepFor(absl::Milliseconds(1));
    return api_->held() == 0;
  }
  size_t held() const { return api_->held(); }
  std::string PlaceAhead() const {
    const projections::View view = database_->Read();
    const uint64_t instance = *database_->owners().InstanceOf("localhost");
    return tokens_->Seal({view.epoch(), instance, view.sequence(instance) + 1});
  }

 private:
  void OpenCalls() {
    runner_ = *projections::Runner::Start(
        {storage_->store(), storage_->codec(), storage_->keys()}, projections::AllProjections(),
        *database_);
    lookup_ = std::make_unique<ModelLookup>(*database_);
    tokens_ = std::make_unique<SequenceTokens>(storage_->master());
    ids_ = std::make_unique<IdGenerator>(SystemClock(), 1);
    command::RouterPorts ports;
    ports.store = &storage_->store();
    ports.codec = &storage_->codec();
    ports.keys = &storage_->keys();
    ports.lookup = lookup_.get();
    ports.ids = ids_.get();
    ports.clock = &SystemClock();
    router_ = std::make_unique<command::Router>(std::move(ports), command::Handlers());
    pool_ = std::make_unique<WorkerPool>(1, 1);
    ApiPorts api;
    api.database = database_.get();
    api.runner = runner_.get();
    api.router = router_.get();
    api.sources.owners = &database_->owners();
    api.sources.store = &storage_->store();
    api.sources.codec = &storage_->codec();
    api.sources.keys = &storage_->keys();
    api.tokens = tokens_.get();
    api.pool = pool_.get();
    api.clock = &SystemClock();
    ApiOptions options;
    options.held_requests = kBudget;
    api_ = *Api::New(api, options);
  }

  const DataDir data_;
  const Config config_;
  std::string token_;
  std::shared_ptr<absl::Notification> go_;
  std::unique_ptr<projections::Database> database_;
  std::unique_ptr<Storage> storage_;
  std::unique_ptr<SequenceTokens> tokens_;
  std::unique_ptr<IdGenerator> ids_;
  std::unique_ptr<ModelLookup> lookup_;
  std::shared_ptr<Api> api_;
  std::unique_ptr<WorkerPool> pool_;
  std::unique_ptr<projections::Runner> runner_;
  std::unique_ptr<command::Router> router_;
};

// A list that names so many users, some 600 bytes to ten of them.
ListUsersRequest ListOf(int users) {
  ListUsersRequest request;
  auto* ids = request.add_queries()->mutable_in_user_ids_query();
  for (int i = 0; i < users; ++i) ids->add_user_ids(absl::StrCat("some-user-of-no-importance-", i));
  return request;
}

TEST_CASE("large requests are held up to a budget, small ones pass all the same") {
  Calls calls;
  calls.Hold(false);
  const auto first = calls.Call("ListUsers", ListOf(8000));
  const size_t held = calls.held();
  CHECK(held > kBudget / 4);
  CHECK(held < kBudget);
  const auto more = ListOf(16000);
  REQUIRE(more.SpaceUsedLong() + held > kBudget);
  for (int i = 0; i < 3; ++i) {
    CHECK(calls.Call("ListUsers", more)->Reason() == "request.busy");
    CHECK(calls.held() == held);
  }
  GetUserByIDRequest small;
  small.set_user_id("nobody");
  CHECK(calls.Call("GetUserByID", small)->Reason() == "user.not_found");
  CHECK(calls.held() == held);
  calls.Release();
  CHECK(first->Reason() == "OK");
  CHECK(calls.GaveAllBack());
  // What was refused would have fitted alone.
  REQUIRE(more.SpaceUsedLong() > kBudget);
  CHECK(calls.Call("ListUsers", ListOf(8000))->Reason() == "OK");
  CHECK(calls.GaveAllBack());
}

TEST_CASE("what a large request held is given back however it ends") {
  Calls calls;
  const ListUsersRequest list = ListOf(4000);
  GetUserByIDRequest get;
  get.set_user_id(std::string(100'000, 'x'));
  SetUserMetadataRequest set;
  set.set_user_id("nobody");
  set.add_metadata()->set_key("k");
  set.mutable_metadata(0)->set_value(std::string(100'000, 'x'));
  const auto ends = [&calls](const std::shared_ptr<Answer>& answer) {
    const std::string reason = answer->Reason();
    CHECK(calls.GaveAllBack());
    return reason;
  };
  CHECK(ends(calls.Call("ListUsers", list)) == "OK");
  CHECK(ends(calls.Call("GetUserByID", get)) == "request.user_id.too_long");
  CHECK(ends(calls.Call("SetUserMetadata", set)) == "user.not_found");
  CHECK(ends(calls.Call("ListIDPLinks", get)) == "method.unserved");
  CHECK(ends(calls.Call("ListUsers", list, {}, "elsewhere.example")) == "instance.not_found");
  CHECK(ends(calls.Call("ListUsers", list, {{"x-zitadel-orgid", std::string(600, 'x')}})) ==
        "request.organization");
  CHECK(ends(calls.Call("ListUsers", list, {{"x-muniment-sequence", "forged"}})) ==
        "request.sequence");
  CHECK(ends(calls.Call("ListUsers", list, {{"x-muniment-sequence", calls.PlaceAhead()}})) ==
        "sequence.unknown");
  calls.Hold(true);
  CHECK(ends(calls.Call("ListUsers", list)) == "query.busy");
  calls.Release();
  CHECK(ends(calls.Call("ListUsers", ListOf(40000))) == "request.busy");

  // Who goes away while his list waits is never answered.
  calls.Hold(false);
  const auto gone = calls.Call("ListUsers", list);
  CHECK(calls.held() > 0);
  gone->cancelled = true;
  calls.Release();
  CHECK(calls.GaveAllBack());
}

TEST_CASE("what a large command held is given back once it is committed") {
  Calls calls;
  const auto users = calls.Call("ListUsers", ListUsersRequest());
  REQUIRE(users->Reason() == "OK");
  zitadel::user::v2::CreateUserRequest make;
  make.set_organization_id(users->response<zitadel::user::v2::ListUsersResponse>()
                               .result(0)
                               .details()
                               .resource_owner());
  make.mutable_machine()->set_name("x");
  auto* entry = make.add_metadata();
  entry->set_key("k");
  entry->set_value(std::string(400'000, 'x'));
  CHECK(calls.Call("CreateUser", make)->Reason() == "OK");
  CHECK(calls.GaveAllBack());
}

}  // namespace
}  // namespace muniment::gateway

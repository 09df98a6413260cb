#include "tests/reactors/platform.h"

#include <stdexcept>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "base/clock.h"
#include "base/error.h"
#include "command/handler.h"
#include "eventstore/founding.h"
#include "gateway/reactors/due_list.h"
#include "google/protobuf/empty.pb.h"
#include "projections/projection.h"

namespace muniment::gateway {
namespace {

template <class T>
T Got(absl::StatusOr<T> value) {
  if (!value.ok()) throw std::runtime_error(std::string(value.status().message()));
  return *std::move(value);
}

absl::Status Answer(command::Router& router, command::CommandCall call) {
  absl::Status status;
  absl::Notification answered;
  router.Run(std::move(call), [&](absl::StatusOr<command::CommandAnswer> answer) {
    status = answer.status();
    answered.Notify();
  });
  answered.WaitForNotification();
  return status;
}

}  // namespace

const MasterKey& TestMaster() {
  static const MasterKey* const master =
      new MasterKey(Got(MasterKey::Parse(std::string(64, 'a'))));
  return *master;
}

bool Await(const std::function<bool()>& condition, absl::Duration most) {
  const absl::Time until = absl::Now() + most;
  while (!condition()) {
    if (absl::Now() > until) return false;
    absl::SleepFor(absl::Milliseconds(2));
  }
  return true;
}

WorkNode::WorkNode(eventstore::EventStore& store, const MasterKey& master, std::string models,
           uint32_t number)
    : store_(store), keys_(store, master), ids_(SystemClock(), number) {
  codec_ = std::make_unique<eventstore::Codec>(
      Got(eventstore::OpenOrFound(store_, keys_)).reveal());
  database_ = Got(projections::Database::Open({.path = std::move(models)},
                                              projections::PlansOf(projections::AllProjections())));
  runner_ = Got(projections::Runner::Start({store_, *codec_, keys_}, projections::AllProjections(),
                                           *database_));
  if (!Await([this] { return runner_->Ready().ok(); })) {
    throw std::runtime_error(runner_->Ready().ToString());
  }
  lookup_ = std::make_unique<ModelLookup>(*database_);
  command::RouterPorts ports;
  ports.store = &store_;
  ports.codec = codec_.get();
  ports.keys = &keys_;
  ports.lookup = lookup_.get();
  ports.ids = &ids_;
  ports.clock = &SystemClock();
  ports.applied = [this](uint64_t position, absl::AnyInvocable<void()> done) {
    runner_->Applied(position, [done = std::move(done)](absl::Status) mutable { done(); });
  };
  router_ = std::make_unique<command::Router>(std::move(ports), command::Handlers());
}

WorkNode::~WorkNode() {
  host_.reset();
  router_.reset();
}

void WorkNode::Start(std::vector<Reactor> reactors, HostOptions options) {
  host_ = std::make_unique<ReactorHost>(
      HostPorts{&store_, database_.get(), runner_.get(), router_.get()}, std::move(reactors),
      std::move(options));
}

absl::Status WorkNode::Do(const std::function<absl::Status(command::Unit&)>& command,
                      std::optional<eventstore::Fence> fence) {
  using google::protobuf::Empty;
  command::Handler handler;
  handler.method = "test";
  handler.request = Empty::descriptor();
  handler.response = Empty::descriptor();
  handler.run = [&command](command::Unit& unit, const google::protobuf::Message&)
      -> absl::StatusOr<std::unique_ptr<google::protobuf::Message>> {
    RETURN_IF_ERROR(command(unit));
    return std::make_unique<Empty>();
  };
  command::CommandCall call;
  call.handler = &handler;
  call.instance = kInstance;
  call.caller = Caller::System();
  call.request = std::make_shared<Empty>();
  call.fence = std::move(fence);
  return Answer(*router_, std::move(call));
}

absl::Status WorkNode::Call(const std::string& method, const google::protobuf::Message& request) {
  command::CommandCall call;
  call.method = method;
  call.instance = kInstance;
  call.caller = Caller::System();
  std::shared_ptr<google::protobuf::Message> copy(request.New());
  copy->CopyFrom(request);
  call.request = std::move(copy);
  return Answer(*router_, std::move(call));
}

absl::Status WorkNode::Request(const std::string& work, const std::vector<std::string>& ids) {
  return Do([&](command::Unit& unit) -> absl::Status {
    for (const std::string& id : ids) (void)command::LoadWorks(unit, command::OrgScope(id));
    for (const std::string& id : ids) {
      RETURN_IF_ERROR(command::RequestWork(unit, command::OrgScope(id), work));
    }
    return absl::OkStatus();
  });
}

uint64_t WorkNode::Queue(const std::string& work) const {
  return Got(QueueOf(*database_, work)).length;
}

std::vector<row::v1::DeadLetter> WorkNode::Letters() const {
  projections::View view = database_->Read();
  auto cursor =
      view.ScanRows(kInstance, projections::TablePlan::Of<row::v1::DeadLetter>(), "");
  std::vector<row::v1::DeadLetter> letters;
  for (; cursor.Valid(); cursor.Next()) {
    row::v1::DeadLetter letter;
    if (!cursor.Row(&letter).ok()) throw std::runtime_error("a row does not parse");
    letters.push_back(std::move(letter));
  }
  return letters;
}

size_t WorkNode::Events(const std::string& type) {
  size_t events = 0;
  const absl::Status status =
      store_.ReadLog(0, [&](const eventstore::StoredEvent& stored) {
        const auto event = codec_->DecodeClear(stored);
        events += event.ok() && event->meta.type == type ? 1 : 0;
        return true;
      });
  if (!status.ok()) throw std::runtime_error(std::string(status.message()));
  return events;
}

}  // namespace muniment::gateway

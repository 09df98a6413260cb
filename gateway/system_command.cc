#include "gateway/system_command.h"

#include <google/protobuf/empty.pb.h>

#include <memory>
#include <utility>

#include "absl/synchronization/notification.h"
#include "base/error.h"

namespace muniment::gateway {

using google::protobuf::Empty;

absl::StatusOr<uint64_t> RunAsSystem(
    command::Router& router, SystemCommand command,
    const std::function<absl::Status(command::Unit&)>& decide) {
  command::Handler handler;
  handler.method = command.name;
  handler.request = Empty::descriptor();
  handler.response = Empty::descriptor();
  handler.run = [&decide](command::Unit& unit, const google::protobuf::Message&)
      -> absl::StatusOr<std::unique_ptr<google::protobuf::Message>> {
    RETURN_IF_ERROR(decide(unit));
    return std::make_unique<Empty>();
  };
  command::CommandCall call;
  call.method = handler.method;
  call.handler = &handler;
  call.instance = command.instance;
  call.caller = Caller::System();
  call.request = std::make_shared<Empty>();
  call.deadline = command.deadline;
  call.context = std::move(command.context);
  call.fence = std::move(command.fence);
  absl::StatusOr<uint64_t> position;
  absl::Notification answered;
  router.Run(std::move(call), [&](absl::StatusOr<command::CommandAnswer> answer) {
    if (answer.ok()) {
      position = answer->position;
    } else {
      position = answer.status();
    }
    answered.Notify();
  });
  answered.WaitForNotification();
  return position;
}

}  // namespace muniment::gateway

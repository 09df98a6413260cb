// An entry of a generated dispatch table: one published method and the function that serves it.
// `Context` is what its handlers are given beside the request (command::Unit, query::Reader).
#ifndef MUNIMENT_BASE_HANDLER_H_
#define MUNIMENT_BASE_HANDLER_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "muniment/options.pb.h"

namespace muniment {

template <class Context>
struct Handler {
  std::string method;  // "zitadel.user.v2.UserService/AddHumanUser"
  const google::protobuf::Descriptor* request = nullptr;
  const google::protobuf::Descriptor* response = nullptr;
  // The request is of the type `request`.
  std::function<absl::StatusOr<std::unique_ptr<google::protobuf::Message>>(
      Context&, const google::protobuf::Message&)>
      run;
  // Of a method that is declared without one, such as a test's; otherwise it stands at the method.
  std::optional<Rule> rule;
};

template <class Request, class Response, class Context>
Handler<Context> MakeHandler(absl::string_view method,
                             absl::StatusOr<Response> (*function)(Context&, const Request&)) {
  Handler<Context> handler;
  handler.method = std::string(method);
  handler.request = Request::descriptor();
  handler.response = Response::descriptor();
  handler.run = [function](Context& context, const google::protobuf::Message& request)
      -> absl::StatusOr<std::unique_ptr<google::protobuf::Message>> {
    absl::StatusOr<Response> answer = function(context, static_cast<const Request&>(request));
    if (!answer.ok()) return std::move(answer).status();
    return std::make_unique<Response>(*std::move(answer));
  };
  return handler;
}

}  // namespace muniment

#endif  // MUNIMENT_BASE_HANDLER_H_

// A node in a folder of its own, served on a free port of loopback, and a client of it.
#ifndef MUNIMENT_TESTS_GATEWAY_SERVED_NODE_H_
#define MUNIMENT_TESTS_GATEWAY_SERVED_NODE_H_

#include <catch2/catch.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gateway/cli/generic_call.h"
#include "gateway/node.h"
#include "tests/gateway/data_dir.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::gateway {

using zitadel::user::v2::ListUsersRequest;
using zitadel::user::v2::ListUsersResponse;

// A started node and a client of it.
class Server {
 public:
  explicit Server(const Config& config) {
    auto node = Node::Open(config, {});
    REQUIRE(node.status().message() == "");
    node_ = *std::move(node);
    auto first = node_->MakeFirstInstance();
    REQUIRE(first.status().message() == "");
    first_ = *std::move(first);
    REQUIRE(node_->Serve().ok());
    REQUIRE(node_->Told().ok());
    for (int i = 0; i < 2000 && !node_->Ready().ok(); ++i) absl::SleepFor(absl::Milliseconds(10));
    REQUIRE(node_->Ready().message() == "");
    channel_ = *OpenChannel(absl::StrCat("http://127.0.0.1:", node_->port()), "");
  }

  using Headers = std::vector<std::pair<std::string, std::string>>;
  template <typename Response>
  absl::StatusOr<Response> Call(const std::string& method, const google::protobuf::Message& request,
                                Headers headers, Headers* answered = nullptr) {
    GenericRequest call;
    call.path = "/" + method;
    call.headers = std::move(headers);
    call.message = request.SerializeAsString();
    Response response;
    const absl::Status status = CallMethod(
        channel_, call,
        [&response](absl::string_view bytes) {
          return response.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))
                     ? absl::OkStatus()
                     : absl::InternalError("no message");
        },
        answered);
    if (!status.ok()) return status;
    return response;
  }
  absl::StatusOr<ListUsersResponse> ListUsers(Headers headers, Headers* answered = nullptr) {
    return Call<ListUsersResponse>("zitadel.user.v2.UserService/ListUsers", ListUsersRequest(),
                                   std::move(headers), answered);
  }

  Node& node() { return *node_; }
  const std::optional<FirstStart>& first() const { return first_; }

 private:
  std::unique_ptr<Node> node_;
  std::optional<FirstStart> first_;
  std::shared_ptr<grpc::Channel> channel_;
};

inline std::pair<std::string, std::string> Bearer(const std::string& token) {
  return {"authorization", "Bearer " + token};
}

}  // namespace muniment::gateway

#endif  // MUNIMENT_TESTS_GATEWAY_SERVED_NODE_H_

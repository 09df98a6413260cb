// Calls over HTTP/1.1 as the Connect protocol has them, with JSON on both sides and a user agent of
// one's choice.
//
//   JsonClient client(port, token);
//   const JsonClient::Reply made = client.Call("zitadel.user.v2.UserService/AddHumanUser", R"({..})");
//   REQUIRE(made.code == 200);
//   const std::string id = made.Text("userId");
#ifndef MUNIMENT_TESTS_GATEWAY_JSON_CLIENT_H_
#define MUNIMENT_TESTS_GATEWAY_JSON_CLIENT_H_

#include <catch2/catch.hpp>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "tests/gateway_net/raw_client.h"

namespace muniment::gateway {

class JsonClient {
 public:
  struct Reply {
    int code = 0;
    std::string body;

    google::protobuf::Struct Json() const {
      google::protobuf::Struct json;
      REQUIRE(google::protobuf::util::JsonStringToMessage(body, &json).ok());
      return json;
    }
    std::string Text(const std::string& field) const {
      const google::protobuf::Struct json = Json();
      const auto found = json.fields().find(field);
      return found == json.fields().end() ? "" : found->second.string_value();
    }
  };

  JsonClient(uint16_t port, std::string token, std::string agent = "muniment tests")
      : port_(port), token_(std::move(token)), agent_(std::move(agent)) {}

  // The same caller with more headers.
  JsonClient With(const std::vector<std::pair<std::string, std::string>>& headers) const {
    JsonClient client = *this;
    for (const auto& [name, value] : headers) {
      absl::StrAppend(&client.headers_, "\r\n", name, ": ", value);
    }
    return client;
  }
  Reply Call(const std::string& method, const std::string& json) const {
    net::RawClient client(port_);
    client.Send(absl::StrCat("POST /", method, " HTTP/1.1\r\nHost: localhost:", port_,
                             "\r\nContent-Type: application/json\r\nConnection: close\r\n"
                             "User-Agent: ", agent_, "\r\nAuthorization: Bearer ", token_,
                             headers_, "\r\nContent-Length: ", json.size(), "\r\n\r\n", json));
    const std::string answer = client.ReadToEnd();
    const size_t body = answer.find("\r\n\r\n");
    Reply reply;
    REQUIRE(body != std::string::npos);
    REQUIRE(absl::SimpleAtoi(answer.substr(9, 3), &reply.code));
    reply.body = answer.substr(body + 4);
    return reply;
  }
  // One that must go well.
  Reply Must(const std::string& method, const std::string& json) const {
    Reply reply = Call(method, json);
    INFO(method << " " << json << " " << reply.body);
    REQUIRE(reply.code == 200);
    return reply;
  }

 private:
  const uint16_t port_;
  const std::string token_;
  const std::string agent_;
  std::string headers_;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_TESTS_GATEWAY_JSON_CLIENT_H_

// What a stranger is told in each protocol, and that his request is not looked at.
#include <catch2/catch.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "tests/gateway/served_node.h"
#include "tests/gateway_net/raw_client.h"

namespace muniment::gateway {
namespace {

using Catch::Contains;

const std::string kList = "zitadel.user.v2.UserService/ListUsers";

class Asked {
 public:
  Asked() : server_(*dir_.Load({{"Limits.MaxRequestBytes", "100KiB"}})) {}

  // One request over HTTP/1.1, answered whole.
  std::string Post(const std::string& path, const std::string& headers, const std::string& body) {
    net::RawClient client(server_.node().port());
    client.Send(absl::StrCat("POST ", path, " HTTP/1.1\r\nHost: localhost\r\n", headers,
                             "Connection: close\r\nContent-Length: ", body.size(), "\r\n\r\n",
                             body));
    return client.ReadToEnd();
  }
  std::string Connect(const std::string& headers, const std::string& body) {
    return Post("/" + kList, "Content-Type: application/json\r\n" + headers, body);
  }
  std::string Rest(const std::string& headers, const std::string& body) {
    return Post("/v2/users", "Content-Type: application/json\r\n" + headers, body);
  }
  absl::Status Grpc(Server::Headers headers, const std::string& bytes) {
    GenericRequest call;
    call.path = "/" + kList;
    call.headers = std::move(headers);
    call.message = bytes;
    const auto channel =
        *OpenChannel(absl::StrCat("http://localhost:", server_.node().port()), "");
    return CallMethod(channel, call, [](absl::string_view) { return absl::OkStatus(); });
  }
  std::string bearer() const { return absl::StrCat("Authorization: Bearer ", token(), "\r\n"); }
  std::string token() const { return dir_.token(); }
  uint16_t port() { return server_.node().port(); }

 private:
  DataDir dir_;
  Server server_;
};

TEST_CASE("a stranger's request is not decoded: he is told that he is one, whatever he sent") {
  Asked node;
  for (const std::string& body : {std::string("{"), std::string("\xff"), std::string(50'000, '[')}) {
    for (const std::string token : {"", "Authorization: Bearer unknown\r\n"}) {
      const std::string wanted = token.empty() ? "auth.required" : "auth.token_invalid";
      const std::string rest = node.Rest(token, body);
      CHECK_THAT(rest, Contains("HTTP/1.1 401") && Contains(wanted));
      CHECK_THAT(node.Connect(token, body), Contains("HTTP/1.1 401") && Contains("unauthenticated"));
    }
    CHECK_THAT(node.Rest(node.bearer(), body), Contains("HTTP/1.1 400"));
    CHECK_THAT(node.Connect(node.bearer(), body), Contains("HTTP/1.1 400"));
  }
  CHECK(Reason(node.Grpc({}, "\xff")) == "auth.required");
  CHECK(Reason(node.Grpc({Bearer("unknown")}, "\xff")) == "auth.token_invalid");
  CHECK(Reason(node.Grpc({Bearer(node.token())}, "\xff")) == "request.malformed");
}

TEST_CASE("a header that holds no bearer token is told what belongs there, and nothing of itself") {
  Asked node;
  for (const std::string value : {"Basic YWRhOnNlY3JldA==", "Bearer", "Bearer a b", "secret",
                                   "Bearer one, Bearer two", "Bearer =", "Digest secret"}) {
    const std::string answer = node.Rest(absl::StrCat("Authorization: ", value, "\r\n"), "{}");
    CHECK_THAT(answer, Contains("HTTP/1.1 401") && Contains("auth.header_malformed") &&
                           Contains("Bearer"));
    CHECK_THAT(answer, !Contains("secret") && !Contains("YWRh"));
  }
  const std::string twice = node.bearer() + "Authorization: Bearer other\r\n";
  CHECK_THAT(node.Rest(twice, "{}"), Contains("HTTP/1.1 400") && Contains("request.header_twice"));
}

TEST_CASE("a request that is too large is refused as HTTP and Connect say it") {
  Asked node;
  const std::string large(200 << 10, ' ');
  CHECK_THAT(node.Rest(node.bearer(), large),
             Contains("HTTP/1.1 413") && Contains("request.too_large"));
  CHECK_THAT(node.Connect(node.bearer(), large), Contains("resource_exhausted"));
  CHECK(absl::IsResourceExhausted(node.Grpc({Bearer(node.token())}, large)));
}

TEST_CASE("a request that breaks, or is announced as too large, is answered in its own protocol") {
  Asked node;
  const auto post = [&](const std::string& path, const std::string& rest) {
    net::RawClient client(node.port());
    client.Send(absl::StrCat("POST ", path, " HTTP/1.1\r\nHost: localhost\r\n", node.bearer(),
                             "Content-Type: application/json\r\n", rest));
    return client.ReadToEnd();
  };
  const std::string broken = "Transfer-Encoding: chunked\r\n\r\nzz\r\n";
  CHECK_THAT(post("/v2/users", broken), Contains("HTTP/1.1 400") && Contains("request.malformed"));
  CHECK_THAT(post("/" + kList, broken),
             Contains("HTTP/1.1 400") && Contains("invalid_argument"));
  const std::string announced = "Content-Length: 200000\r\n\r\n";
  CHECK_THAT(post("/v2/users", announced),
             Contains("HTTP/1.1 413") && Contains("request.too_large"));
  CHECK_THAT(post("/" + kList, announced), Contains("resource_exhausted"));
  // As one with rights would come in after the body.
  const std::string late = absl::StrCat(
      "POST /v2/users HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n",
      "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n",
      node.bearer(), "\r\n");
  net::RawClient client(node.port());
  client.Send(late);
  CHECK_THAT(client.ReadToEnd(), Contains("HTTP/1.1 401"));
}

TEST_CASE("an organization that does not exist is refused on lists as elsewhere") {
  Asked node;
  const auto list = [&](const std::string& headers) { return node.Rest(headers, "{}"); };
  CHECK_THAT(list(node.bearer()), Contains("HTTP/1.1 200"));
  CHECK_THAT(list(node.bearer() + "x-zitadel-orgid: nobody\r\n"),
             Contains("HTTP/1.1 404") && Contains("org.not_found"));
  // A stranger learns nothing of organizations.
  CHECK_THAT(list("x-zitadel-orgid: nobody\r\n"), Contains("HTTP/1.1 401"));
}

TEST_CASE("what is not served is named, in REST as in Connect") {
  Asked node;
  const std::string json = "Content-Type: application/json\r\n" + node.bearer();
  CHECK_THAT(node.Post("/v2/nothing", json, "{}"),
             Contains("HTTP/1.1 404") && Contains("Nothing is served at POST /v2/nothing."));
  CHECK_THAT(node.Post("/zitadel.user.v2.UserService/Nothing", json, "{}"),
             Contains("HTTP/1.1 501") && Contains("has no method Nothing."));
  CHECK_THAT(node.Post("/zitadel.user.v2.UserService/ListIDPLinks", json, "{}"),
             Contains("HTTP/1.1 501") && Contains("waits for"));
}

}  // namespace
}  // namespace muniment::gateway

#include <catch2/catch.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "gateway/rpc/compress.h"
#include "gateway/rpc/envelope.h"
#include "gateway/rpc/health.h"
#include "gateway/rpc/metadata.h"
#include "google/rpc/error_details.pb.h"
#include "grpc/health/v1/health.pb.h"
#include "grpc/reflection/v1/reflection.pb.h"
#include "tests/gateway_rpc/echo.h"
#include "tests/gateway_rpc/local_exchange.h"
#include "tests/gateway_rpc/wire.h"

namespace muniment::rpc {
namespace {

using Catch::Contains;
using Catch::StartsWith;
using testing::Everything;

TEST_CASE("a gRPC call is answered by a message and trailers") {
  Door door;
  auto call = Post(kEcho, "application/grpc");
  call->Run(*door.handler, Wrapped(Small("hi").SerializeAsString()));
  CHECK(call->head.status == 200);
  CHECK(call->Header("content-type") == "application/grpc+proto");
  CHECK(call->Header("x-head") == "1");
  CHECK(Unwrapped(call->body).at(0).bytes == Small("hi").SerializeAsString());
  CHECK(call->trailers.Get("grpc-status") == "0");
  CHECK(call->trailers.Get("x-tail-bin") == "AAr/");
}

TEST_CASE("a gRPC error is one block of headers, its text percent-encoded, its details binary") {
  Door door;
  Everything request = Small("nö\n");
  request.set_int32_value(5);
  auto call = Post("/muniment.testing.EchoService/Fail", "application/grpc+proto");
  call->Run(*door.handler, Wrapped(request.SerializeAsString()));
  CHECK(call->head.status == 200);
  CHECK(call->body.empty());
  CHECK(call->Header("grpc-status") == "5");
  CHECK(call->Header("grpc-message") == "n%C3%B6%0A");
  google::rpc::Status status;
  REQUIRE(status.ParseFromString(*DecodeBinaryHeader(call->Header("grpc-status-details-bin"))));
  google::rpc::ErrorInfo info;
  REQUIRE(status.details(0).UnpackTo(&info));
  CHECK(info.reason() == "test.failed");
  CHECK(info.metadata().at("why") == "asked");
}

TEST_CASE("gRPC requests that are not one whole message are refused") {
  Door door;
  Options small;
  small.max_message = 100;
  Door narrow(std::move(small));
  const std::string good = Wrapped(Small("x").SerializeAsString());
  const struct {
    std::string body, encoding, status, reason;
  } kCases[] = {
      {"", "", "3", "request.malformed"},
      {good.substr(0, 3), "", "3", "request.malformed"},
      {good.substr(0, good.size() - 1), "", "3", "request.malformed"},
      {good + good, "", "3", "request.malformed"},
      {Wrapped("\x0a\x7f"), "", "3", "request.malformed"},
      {Wrapped("\x0a\x01\xff"), "", "3", "request.malformed"},
      {Wrapped("x", 0x40), "", "3", "request.malformed"},
      {Wrapped("x", kCompressed), "", "13", "request.compression"},
      {Wrapped("x", kCompressed), "identity", "13", "request.compression"},
      {Wrapped("x", kCompressed), "gzip", "3", "request.malformed"},
      {good, "snappy", "12", "request.compression"},
      {Wrapped(std::string(200, 'x')), "", "8", "request.too_large"},
      {std::string("\0\x7f\xff\xff\xff", 5), "", "8", "request.too_large"},
      {Wrapped(Gzip(std::string(100000, 'x')), kCompressed), "gzip", "8", "request.too_large"},
  };
  for (const auto& c : kCases) {
    CAPTURE(absl::CHexEscape(c.body), c.encoding);
    auto call = Post(kEcho, "application/grpc");
    if (!c.encoding.empty()) call->With("grpc-encoding", c.encoding);
    call->Run(*narrow.handler, c.body);
    CHECK(GrpcStatus(*call) == c.status);
    CHECK(call->Header("grpc-accept-encoding") == "gzip");
    google::rpc::Status status;
    status.ParseFromString(*DecodeBinaryHeader(call->Header("grpc-status-details-bin")));
    google::rpc::ErrorInfo info;
    REQUIRE(status.details_size() > 0);
    status.details(0).UnpackTo(&info);
    CHECK(info.reason() == c.reason);
  }
  CHECK(narrow.echo->calls == 0);
}

TEST_CASE("a client that goes cancels its call; a call that is dropped is answered") {
  Door door;
  door.echo->hold = true;
  auto call = Post(kEcho, "application/grpc");
  call->Run(*door.handler, Wrapped(""));
  bool cancelled = false;
  door.echo->held->OnCancel([&] { cancelled = true; });
  CHECK_FALSE(door.echo->held->Cancelled());
  call->Close(false);
  CHECK(cancelled);
  CHECK(door.echo->held->Cancelled());
  bool at_once = false;
  door.echo->held->OnCancel([&] { at_once = true; });
  CHECK(at_once);
  door.echo->hold = false;
  door.echo->drop = true;
  auto dropped = Post(kEcho, "application/grpc");
  dropped->Run(*door.handler, Wrapped(""));
  CHECK(GrpcStatus(*dropped) == "13");
  REQUIRE_FALSE(door.log.empty());
  CHECK_THAT(door.log.back(), Contains("call.abandoned"));
}

TEST_CASE("methods that nobody serves are UNIMPLEMENTED in each protocol") {
  Door door;
  auto grpc = Post("/muniment.testing.EchoService/Nothing", "application/grpc");
  grpc->Run(*door.handler, Wrapped(""));
  CHECK(GrpcStatus(*grpc) == "12");
  auto connect = Post("/no.Service/Nothing", "application/json");
  connect->With("connect-protocol-version", "1").Run(*door.handler, "{}");
  CHECK(connect->head.status == 501);
  CHECK_THAT(connect->body, Contains(R"("code":"unimplemented")"));
  auto web = Post("/no.Service/Nothing", "application/grpc-web");
  web->Run(*door.handler, Wrapped(""));
  CHECK_THAT(web->body, Contains("grpc-status: 12\r\n"));
  // The published protocol does not ask its clients for the header.
  auto plain = Post("/no.Service/Nothing", "application/json");
  plain->Run(*door.handler, "{}");
  CHECK(plain->head.status == 501);
  CHECK_THAT(plain->body, Contains(R"("code":"unimplemented")") &&
                              Contains("There is no service no.Service."));
  auto half = Post("/muniment.testing.EchoService/Nothing", "application/json");
  half->Run(*door.handler, "{}");
  CHECK_THAT(half->body,
             Contains("The service muniment.testing.EchoService has no method Nothing."));
  auto ugly = Post("/no.Service/\xff\"", "application/grpc");
  ugly->Run(*door.handler, Wrapped(""));
  CHECK(ugly->Header("grpc-message") == "There is no service no.Service.");
}

TEST_CASE("a path that nothing is served at is answered by a status that names it") {
  Door door;
  for (const char* path : {"/v2/nothing", "/a.b/c/d", "/no.Service/", "/1.b/c"}) {
    auto exchange = Post(path, "application/json");
    exchange->Run(*door.handler, "{}");
    CHECK(exchange->head.status == 404);
    CHECK(exchange->Header("content-type") == "application/json");
    CHECK_THAT(exchange->body, StartsWith("{\"code\":5,\"message\":\"Nothing is served at POST "));
    CHECK_THAT(exchange->body, Contains(path) && Contains("route.not_found"));
  }
  auto ugly = std::make_shared<LocalExchange>("GET", "/\"\x01<\xff" + std::string(10000, 'x'));
  ugly->Run(*door.handler);
  CHECK(ugly->body.size() < 2000);
  CHECK_THAT(ugly->body, Contains(R"(/\\\"\\x01<\\xffxxx)"));
}

TEST_CASE("a header that can mean one thing only may not stand twice, in any protocol") {
  Door door;
  struct Kind {
    const char *path, *type;
  };
  const std::string body = Wrapped(Small("x").SerializeAsString());
  const auto sent = [&](const Kind& kind, const char* name, const char* value, int times) {
    auto exchange = Post(kind.path, kind.type);
    for (int i = 0; i < times; ++i) exchange->With(name, value);
    const bool json = std::string(kind.type) == "application/json";
    exchange->Run(*door.handler, json ? R"({"textValue":"x"})" : body);
    return exchange;
  };
  for (const Kind& kind : {Kind{kEcho, "application/grpc"}, Kind{kEcho, "application/grpc-web"},
                           Kind{kEcho, "application/json"}, Kind{"/test/echo", "application/json"},
                           Kind{"/muniment.testing.EchoService/Count", "application/connect+proto"}}) {
    for (const auto& [name, value] :
         {std::pair("authorization", "Bearer x"), std::pair("x-zitadel-orgid", "1"),
          std::pair("x-muniment-sequence", "x"), std::pair("grpc-timeout", "1S"),
          std::pair("connect-timeout-ms", "1000"), std::pair("content-type", kind.type)}) {
      const bool type = std::string(name) == "content-type";
      const int before = door.echo->calls;
      const auto once = sent(kind, name, value, type ? 0 : 1);
      CHECK(door.echo->calls == before + 1);
      const auto twice = sent(kind, name, value, type ? 1 : 2);
      CHECK(door.echo->calls == before + 1);
      const std::string said = absl::StrCat(twice->body, twice->Header("grpc-message"));
      CHECK_THAT(said, Contains(absl::StrCat("The header ", name, " may stand")));
      CHECK_THAT(said, !Contains("Bearer x"));
    }
  }
}

TEST_CASE("content types, methods and HTTP versions that do not fit are refused by HTTP's codes") {
  Door door;
  auto status = [&](std::shared_ptr<LocalExchange> exchange) {
    exchange->Run(*door.handler, "{}");
    return exchange->head.status;
  };
  CHECK(status(Post(kEcho, "text/plain")) == 415);
  CHECK(status(Post(kEcho, "")) == 415);
  CHECK(status(Post(kEcho, "application/grpcx")) == 415);
  CHECK(status(Post(kEcho, "application/grpc+thrift")) == 415);
  CHECK(status(Post(kEcho, "application/connect+json")) == 415);
  CHECK(status(Post("/muniment.testing.EchoService/Count", "application/json")) == 415);
  CHECK(status(Post(kEcho, "application/grpc", 11)) == 505);
  CHECK(status(std::make_shared<LocalExchange>("GET", kEcho)) == 405);
  auto get = std::make_shared<LocalExchange>("GET", kEcho);
  get->With("content-type", "application/grpc");
  CHECK(status(get) == 405);
  CHECK(door.echo->calls == 0);
}

TEST_CASE("gRPC-Web carries its trailers as a message, as text in base64 too") {
  Door door;
  auto binary = Post(kEcho, "application/grpc-web+proto", 11);
  binary->Run(*door.handler, Wrapped(Small("web").SerializeAsString()));
  auto messages = Unwrapped(binary->body);
  REQUIRE(messages.size() == 2);
  CHECK(messages[0].bytes == Small("web").SerializeAsString());
  CHECK(messages[1].flags == kWebTrailers);
  CHECK(messages[1].bytes == "grpc-status: 0\r\nx-tail-bin: AAr/\r\n");
  auto text = Post(kEcho, "application/grpc-web-text", 11);
  const std::string body = Wrapped(Small("text").SerializeAsString());
  // In two pieces, each padded on its own.
  text->Run(*door.handler,
            absl::Base64Escape(body.substr(0, 4)) + absl::Base64Escape(body.substr(4)));
  std::string decoded;
  REQUIRE(DecodeBase64(text->body, decoded));
  CHECK(Unwrapped(decoded).at(0).bytes == Small("text").SerializeAsString());
  auto bad = Post(kEcho, "application/grpc-web-text", 11);
  bad->Run(*door.handler, "!!!");
  REQUIRE(DecodeBase64(bad->body, decoded));
  CHECK_THAT(decoded, Contains("grpc-status: 3\r\n"));
}

TEST_CASE("streams come message by message in each protocol that has them") {
  Door door;
  Everything request;
  request.set_int32_value(3);
  const std::string type =
      GENERATE("application/grpc", "application/grpc-web", "application/connect+proto");
  auto call = Post(kCount, type);
  call->Run(*door.handler, Wrapped(request.SerializeAsString()));
  const auto messages = Unwrapped(call->body);
  REQUIRE(messages.size() == (type == "application/grpc" ? 3 : 4));
  for (int i = 0; i < 3; ++i) {
    Everything got;
    REQUIRE(got.ParseFromString(messages[static_cast<size_t>(i)].bytes));
    CHECK(got.int32_value() == i + 1);
  }
  if (type == "application/connect+proto") {
    CHECK(messages[3].flags == kConnectEnd);
    CHECK(messages[3].bytes == "{}");
  }
}

TEST_CASE("a Connect stream fails inside its last message") {
  Door door;
  auto call = Post("/muniment.testing.EchoService/Count", "application/connect+json");
  call->Run(*door.handler, Wrapped("{bad"));
  CHECK(call->head.status == 200);
  const auto messages = Unwrapped(call->body);
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].flags == kConnectEnd);
  CHECK_THAT(messages[0].bytes, Contains(R"({"error":{"code":"invalid_argument")"));
}

TEST_CASE("Connect's unary calls are plain HTTP, in JSON or binary") {
  Door door;
  auto json = Post(kEcho, "application/json; charset=utf-8", 11);
  json->With("connect-protocol-version", "1").Run(*door.handler, R"({"textValue":"a"})");
  CHECK(json->body == R"({"textValue":"a"})");
  CHECK(json->Header("trailer-x-tail-bin") == "AAr/");
  auto binary = Post(kEcho, "application/proto");
  binary->Run(*door.handler, Small("b").SerializeAsString());
  CHECK(binary->Header("content-type") == "application/proto");
  CHECK(binary->body == Small("b").SerializeAsString());
  auto fail = Post("/muniment.testing.EchoService/Fail", "application/proto");
  Everything request = Small("no");
  request.set_int32_value(7);
  fail->Run(*door.handler, request.SerializeAsString());
  CHECK(fail->head.status == 403);
  CHECK(fail->Header("content-type") == "application/json");
  CHECK_THAT(fail->body, Contains(R"({"code":"permission_denied","message":"no","details":[{)"
                                  R"("type":"google.rpc.ErrorInfo","value":")"));
  for (const auto& [name, value] : {std::pair("connect-timeout-ms", "1s"),
                                    std::pair("connect-timeout-ms", "12345678901"),
                                    std::pair("connect-protocol-version", "2")}) {
    auto bad = Post(kEcho, "application/json");
    bad->With(name, value).Run(*door.handler, "{}");
    CHECK(bad->head.status == 400);
  }
  auto empty = Post(kEcho, "application/json");
  empty->Run(*door.handler, "");
  CHECK(empty->head.status == 400);
}

TEST_CASE("Connect's GET asks methods without side effects only") {
  Door door;
  const std::string path = "/muniment.testing.EchoService/Get";
  auto ask = [&](const std::string& target) {
    auto exchange = std::make_shared<LocalExchange>("GET", target);
    exchange->Run(*door.handler);
    return exchange;
  };
  CHECK(ask(path + "?connect=v1&encoding=json&message=%7B%22textValue%22%3A%22q%22%7D")->body ==
        R"({"textValue":"q"})");
  const std::string bytes = Small("z").SerializeAsString();
  CHECK(ask(path + "?encoding=proto&base64=1&message=" + absl::WebSafeBase64Escape(bytes))->body ==
        bytes);
  CHECK(ask(path + "?encoding=proto&base64=1&compression=gzip&message=" +
            absl::WebSafeBase64Escape(Gzip(bytes)))->body == bytes);
  CHECK(ask(path + "?encoding=json")->head.status == 400);
  CHECK(ask(path + "?encoding=xml&message=a")->head.status == 400);
  CHECK(ask(path + "?encoding=proto&base64=1&message=a")->head.status == 400);
  CHECK(ask(path + "?encoding=json&message=%7")->head.status == 400);
  CHECK(ask(path + "?encoding=json&compression=zstd&message=%7B%7D")->head.status == 501);
  const auto unsafe = ask(std::string(kEcho) + "?encoding=json&message=%7B%7D");
  CHECK(unsafe->head.status == 405);
  CHECK(unsafe->Header("allow") == "POST");
}

TEST_CASE("health answers for what was set, and its watchers hear of changes") {
  auto health = std::make_shared<Health>();
  health->Set("", true);
  Options options;
  options.dispatchers = {health};
  auto handler = *NewHandler(std::move(options));
  auto check = Post("/grpc.health.v1.Health/Check", "application/json");
  check->Run(*handler, "{}");
  CHECK(check->body == R"({"status":"SERVING"})");
  auto unknown = Post("/grpc.health.v1.Health/Check", "application/json");
  unknown->Run(*handler, R"({"service":"x"})");
  CHECK(unknown->head.status == 404);
  auto watch = Post("/grpc.health.v1.Health/Watch", "application/grpc");
  watch->Run(*handler, Wrapped(""));
  health->Set("", false);
  health->Set("", false);
  auto messages = Unwrapped(watch->body);
  REQUIRE(messages.size() == 2);
  CHECK(messages[0].bytes == "\x08\x01");
  CHECK(messages[1].bytes == "\x08\x02");
  watch->Close(false);
  health->Set("", true);
  CHECK(Unwrapped(watch->body).size() == 2);

  auto late = Post("/grpc.health.v1.Health/Watch", "application/grpc");
  late->Run(*handler, Wrapped(""));
  CHECK_FALSE(late->ended);
  health->Close();
  CHECK(late->ended);
  CHECK(GrpcStatus(*late) == "14");
  auto after = Post("/grpc.health.v1.Health/Watch", "application/grpc");
  after->Run(*handler, Wrapped(""));
  CHECK(GrpcStatus(*after) == "14");
}

TEST_CASE("reflection lists services and gives files with their imports, in both versions") {
  Door door;
  const std::string version = GENERATE("v1", "v1alpha");
  auto call = Post("/grpc.reflection." + version + ".ServerReflection/ServerReflectionInfo",
                   "application/grpc");
  grpc::reflection::v1::ServerReflectionRequest list, symbol, none;
  list.set_list_services("");
  symbol.set_file_containing_symbol("muniment.testing.EchoService.Echo");
  none.set_file_containing_symbol("no.such.Thing");
  call->Run(*door.handler, Wrapped(list.SerializeAsString()) + Wrapped(symbol.SerializeAsString()) +
                               Wrapped(none.SerializeAsString()));
  CHECK(GrpcStatus(*call) == "0");
  const auto messages = Unwrapped(call->body);
  REQUIRE(messages.size() == 3);
  grpc::reflection::v1::ServerReflectionResponse answers[3];
  for (size_t i = 0; i < 3; ++i) REQUIRE(answers[i].ParseFromString(messages[i].bytes));
  REQUIRE(answers[0].list_services_response().service_size() == 3);
  CHECK(answers[0].list_services_response().service(2).name() == "muniment.testing.EchoService");
  CHECK(answers[1].file_descriptor_response().file_descriptor_proto_size() > 5);
  CHECK(answers[2].error_response().error_code() == 5);
}

TEST_CASE("messages cut at every byte are put together again, and heads that lie are refused") {
  const std::string body = Wrapped("abc") + Wrapped("") + Wrapped(std::string(70000, 'x'), 1);
  Unwrapper unwrapper(100000);
  size_t count = 0, bytes = 0;
  for (const char c : body) {
    unwrapper.Feed(absl::string_view(&c, 1));
    auto next = unwrapper.Next();
    REQUIRE(next.ok());
    if (next->has_value()) {
      ++count;
      bytes += (*next)->bytes.size();
    }
  }
  CHECK(count == 3);
  CHECK(bytes == 70003);
  Unwrapper lied_to(10);
  lied_to.Feed(Wrapped("12345678901").substr(0, 5));
  CHECK(lied_to.Next().status().code() == absl::StatusCode::kResourceExhausted);
}

TEST_CASE("metadata can neither end a line nor pose as the protocol's own") {
  net::Headers headers;
  AddMetadata("x-good", "a\r\nb: c", headers);
  AddMetadata("grpc-status", "0", headers);
  AddMetadata("content-type", "x", headers);
  AddMetadata("Upper", "x", headers);
  AddMetadata("a b", "x", headers);
  REQUIRE(headers.size() == 1);
  CHECK(headers.value(0) == "a  b: c");
}

}  // namespace
}  // namespace muniment::rpc

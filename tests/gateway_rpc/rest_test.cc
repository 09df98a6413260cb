#include <catch2/catch.hpp>

#include "gateway/net/router.h"
#include "gateway/rpc/compress.h"
#include "tests/gateway_rpc/echo.h"
#include "tests/gateway_rpc/local_exchange.h"

namespace muniment::rpc {
namespace {

using Catch::Contains;
using Catch::StartsWith;

std::shared_ptr<LocalExchange> Ask(Door& door, const std::string& method, const std::string& target,
                                   const std::string& body = "") {
  auto exchange = std::make_shared<LocalExchange>(method, target, 11);
  exchange->Run(*door.handler, body);
  return exchange;
}

TEST_CASE("a body fills the request, the answer is JSON with lowerCamel names") {
  Door door;
  const auto answer = Ask(door, "POST", "/test/echo", R"({"text_value":"ä","int64Value":"7"})");
  CHECK(answer->head.status == 200);
  CHECK(answer->Header("content-type") == "application/json");
  CHECK(answer->Header("x-head") == "1");
  CHECK(answer->body == R"({"textValue":"ä","int64Value":"7"})");
  CHECK(Ask(door, "POST", "/test/echo")->body == "{}");
}

TEST_CASE("the path fills fields, the rest comes from the query") {
  Door door;
  const auto answer = Ask(door, "GET",
                          "/test/echo/a%2Fb%20c?int32_value=4&texts=x&texts=y%26z&colour=COLOUR_RED"
                          "&nested.name=n+m&time=2024-01-01T00:00:00Z&span=1.5s&wrappedNumber=9"
                          "&nested.colours=2&mask=a,b&boolValue=true&unknown=1&bytesValue=YQ");
  INFO(answer->body);
  REQUIRE(answer->head.status == 200);
  const auto& last = door.echo->last;
  CHECK(last.text_value() == "a/b c");
  CHECK(last.int32_value() == 4);
  CHECK(last.texts(1) == "y&z");
  CHECK(last.colour() == testing::COLOUR_RED);
  CHECK(last.nested().name() == "n m");
  CHECK(last.nested().colours(0) == testing::COLOUR_BLUE);
  CHECK(last.time().seconds() == 1704067200);
  CHECK(last.span().nanos() == 500000000);
  CHECK(last.wrapped_number().value() == 9);
  CHECK(last.mask().paths_size() == 2);
  CHECK(last.bool_value());
  CHECK(last.bytes_value() == "a");
}

TEST_CASE("a named body field, a nested path, a wide wildcard and a custom verb bind") {
  Door door;
  CHECK(Ask(door, "PUT", "/test/nested/n1/more?int32Value=3", R"({"colours":["COLOUR_RED"]})")
            ->head.status == 200);
  CHECK(door.echo->last.nested().name() == "n1");
  CHECK(door.echo->last.nested().colours(0) == testing::COLOUR_RED);
  CHECK(door.echo->last.int32_value() == 3);
  CHECK(Ask(door, "GET", "/test/files/a/b/c%20d")->head.status == 200);
  CHECK(door.echo->last.text_value() == "a/b/c d");
  CHECK(Ask(door, "POST", "/test/echo/x:run", "{}")->head.status == 200);
  CHECK(door.echo->last.text_value() == "x");
  const auto part = Ask(door, "PATCH", "/test/time/5", R"("2024-01-01T00:00:00Z")");
  CHECK(part->body == R"("2024-01-01T00:00:00Z")");
  CHECK(door.echo->last.int64_value() == 5);
}

TEST_CASE("a literal path wins over a wildcard, the path over the body") {
  Door door;
  CHECK(Ask(door, "GET", "/test/echo/special?textValue=q")->head.status == 200);
  CHECK(door.echo->last.text_value() == "q");
  CHECK(Ask(door, "POST", "/test/echo/mine:run", R"({"textValue":"other"})")->head.status == 200);
  CHECK(door.echo->last.text_value() == "mine");
}

TEST_CASE("what the URL says wrongly is refused and reaches no handler") {
  Door door;
  for (const std::string target :
       {"/test/echo/a?int32Value=x", "/test/echo/a?int32Value=1&int32Value=2", "/test/echo/a%zz",
        "/test/echo/a%f", "/test/echo/a?x=%", "/test/echo/%ff", "/test/echo/a?texts=%ff",
        "/test/echo/a?textValue=b", "/test/echo/a?chosenText=1&chosenNested.name=2",
        "/test/echo/a?nested=1", "/test/echo/a?textMap=1", "/test/echo/a?time=yesterday",
        "/test/echo/a?colour=PINK", "/test/echo/a?boolValue=yes"}) {
    CAPTURE(target);
    const auto answer = Ask(door, "GET", target);
    CHECK(answer->head.status == 400);
    CHECK_THAT(answer->body, Contains(R"("reason":"request.malformed")"));
  }
  CHECK(Ask(door, "PATCH", "/test/time/x", "{}")->head.status == 400);
  std::string many = "/test/echo/a?";
  for (int i = 0; i < 600; ++i) many += "texts=a&";
  CHECK(Ask(door, "GET", many)->head.status == 400);
  CHECK(door.echo->calls == 0);
}

TEST_CASE("errors are google.rpc.Status in JSON with reason, facts and the published detail") {
  Door door;
  const auto answer =
      Ask(door, "POST", "/test/fail", R"({"int32Value":6,"textValue":"Schon \"da\"."})");
  CHECK(answer->head.status == 409);
  CHECK(answer->body ==
        R"({"code":6,"message":"Schon \"da\".","details":[{"@type":"type.googleapis.com/)"
        R"(google.rpc.ErrorInfo","reason":"test.failed","domain":"muniment","metadata":)"
        R"({"why":"asked"}},{"@type":"type.googleapis.com/zitadel.v1.ErrorDetail","id":)"
        R"("test.failed","message":"Schon \"da\"."}]})");
  const int http[] = {0, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500,
                      401};
  for (int code = 1; code <= 16; ++code) {
    CHECK(Ask(door, "POST", "/test/fail", absl::StrCat("{\"int32Value\":", code, "}"))
              ->head.status == http[code]);
  }
}

TEST_CASE("internal errors say nothing but an id, under which the log has it all") {
  Door door;
  for (const int code : {2, 13, 15}) {
    door.log.clear();
    const auto answer = Ask(door, "POST", "/test/fail",
                            absl::StrCat(R"({"textValue":"row 7 of secrets","int32Value":)", code, "}"));
    CHECK(answer->head.status == 500);
    CHECK_THAT(answer->body, Contains("An internal error occurred.") && !Contains("secrets") &&
                                 !Contains("test.failed"));
    REQUIRE(door.log.size() == 1);
    CHECK_THAT(door.log[0], Contains("row 7 of secrets"));
    const size_t at = answer->body.find("error_id\":\"") + 11;
    const std::string id = answer->body.substr(at, answer->body.find('"', at) - at);
    CHECK_THAT(door.log[0], Contains(id));
    CHECK_THAT(door.log[0], Catch::StartsWith("a call failed"));  // behind the word "error"
  }
}

TEST_CASE("another verb is answered 405 with those that are, an unknown path goes on") {
  Options options;
  options.next = std::make_shared<net::FunctionHandler>(
      [](auto exchange) { exchange->Respond(200, {}, "the page"); });
  Door door(std::move(options));
  const auto wrong = Ask(door, "DELETE", "/test/echo");
  CHECK(wrong->head.status == 405);
  CHECK(wrong->Header("allow") == "POST");
  CHECK(Ask(door, "GET", "/pages/x")->body == "the page");
  CHECK(Ask(door, "GET", "/test/echo/a/b/c")->body == "the page");
  CHECK(Ask(door, "GET", "/test/echo/")->body == "the page");
  CHECK(Ask(door, "GET", "/" + std::string(200, '/'))->body == "the page");
  Door alone;
  CHECK(Ask(alone, "GET", "/pages/x")->head.status == 404);
}

TEST_CASE("gzip is taken, and given to who takes it when it is worth it") {
  Options options;
  options.max_message = 100000;
  Door door(std::move(options));
  auto exchange = std::make_shared<LocalExchange>("POST", "/test/echo");
  exchange->With("content-encoding", "gzip").With("accept-encoding", "br, gzip;q=0.5");
  const std::string json = R"({"textValue":")" + std::string(50000, 'x') + "\"}";
  exchange->Run(*door.handler, Gzip(json));
  CHECK(exchange->Header("content-encoding") == "gzip");
  CHECK(exchange->body.size() < 1000);
  CHECK(*Gunzip(exchange->body, 100000) == json);
  auto bomb = std::make_shared<LocalExchange>("POST", "/test/echo");
  bomb->With("content-encoding", "gzip").Run(*door.handler, Gzip(std::string(10 << 20, ' ')));
  CHECK(bomb->head.status == 413);
  CHECK_THAT(bomb->body, Contains("request.too_large"));
  auto torn = std::make_shared<LocalExchange>("POST", "/test/echo");
  torn->With("content-encoding", "gzip").Run(*door.handler, Gzip(json).substr(0, 30));
  CHECK(torn->head.status == 400);
  auto other = std::make_shared<LocalExchange>("POST", "/test/echo");
  other->With("content-encoding", "br").Run(*door.handler, "x");
  CHECK(other->head.status == 501);
}

TEST_CASE("a page of an allowed origin may call, with its credentials; others may not") {
  Options options;
  options.cors_origins = {"https://app.example"};
  Door door(std::move(options));
  auto ask = [&](const std::string& method, const std::string& origin) {
    auto exchange = std::make_shared<LocalExchange>(method, kEcho);
    exchange->With("origin", origin).With("content-type", "application/json");
    if (method == "OPTIONS") exchange->With("access-control-request-method", "POST");
    exchange->Run(*door.handler, method == "POST" ? "{}" : "");
    return exchange;
  };
  const auto preflight = ask("OPTIONS", "https://app.example");
  CHECK(preflight->head.status == 204);
  CHECK(preflight->Header("access-control-allow-origin") == "https://app.example");
  CHECK_THAT(preflight->Header("access-control-allow-headers"),
             Contains("connect-protocol-version") && Contains("x-grpc-web") &&
                 Contains("authorization") && Contains("x-zitadel-orgid"));
  const auto call = ask("POST", "https://app.example");
  CHECK(call->Header("access-control-allow-credentials") == "true");
  CHECK_THAT(call->Header("access-control-expose-headers"), Contains("grpc-status"));
  CHECK(ask("POST", "http://test.example")->Header("access-control-allow-origin") ==
        "http://test.example");
  CHECK(ask("POST", "https://evil.example")->Header("access-control-allow-origin").empty());
  CHECK(ask("OPTIONS", "https://evil.example")->Header("access-control-allow-methods").empty());
  Options any;
  any.cors_origins = {"*"};
  Door open(std::move(any));
  auto stranger = std::make_shared<LocalExchange>("POST", kEcho);
  stranger->With("origin", "https://evil.example").With("content-type", "application/json");
  stranger->Run(*open.handler, "{}");
  CHECK(stranger->Header("access-control-allow-origin") == "*");
  CHECK(stranger->Header("access-control-allow-credentials").empty());
}

}  // namespace
}  // namespace muniment::rpc

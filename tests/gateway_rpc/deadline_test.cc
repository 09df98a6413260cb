// How long a client waits is the server's business too.
#include <catch2/catch.hpp>

#include "tests/gateway_rpc/echo.h"
#include "tests/gateway_rpc/local_exchange.h"
#include "tests/gateway_rpc/wire.h"

namespace muniment::rpc {
namespace {

using Catch::Contains;

TEST_CASE("gRPC timeouts that are none are refused, one that passes is DEADLINE_EXCEEDED") {
  Door door;
  for (const char* bad : {"1", "S", "123456789S", "-1S", "1.5S", "1s", "1 S", "0x1S", "1SS"}) {
    CAPTURE(bad);
    auto call = Post(kEcho, "application/grpc");
    call->With("grpc-timeout", bad).Run(*door.handler, Wrapped(""));
    CHECK(GrpcStatus(*call) == "3");
  }
  door.echo->hold = true;
  auto call = Post(kEcho, "application/grpc");
  call->With("grpc-timeout", "100m").Run(*door.handler, Wrapped(""));
  bool cancelled = false;
  REQUIRE(door.echo->held != nullptr);
  door.echo->held->OnCancel([&] { cancelled = true; });
  call->clock().Advance(absl::Milliseconds(99));
  CHECK(call->head.status == 0);
  call->clock().Advance(absl::Milliseconds(2));
  CHECK(GrpcStatus(*call) == "4");
  CHECK(cancelled);
  door.echo->held->Finish(Small("too late"));
  CHECK(call->body.empty());
}

// What a call's end says in the words of its protocol: gRPC's status, or Connect's code.
std::string EndOf(const LocalExchange& call, const std::string& type) {
  if (type == "application/json" || type == "application/proto") return call.body;
  if (type == "application/grpc") return GrpcStatus(call);
  const auto messages = Unwrapped(call.body);
  return messages.empty() ? "" : messages.back().bytes;
}

TEST_CASE("a call that is over time ends in every protocol, by the server's clock") {
  const struct {
    std::string path, type, header, limit, end;
    int status;
  } kCalls[] = {
      {kEcho, "application/json", "connect-timeout-ms", "100", R"("deadline_exceeded")", 504},
      {kEcho, "application/proto", "connect-timeout-ms", "100", R"("deadline_exceeded")", 504},
      {kCount, "application/connect+proto", "connect-timeout-ms", "100",
       R"({"error":{"code":"deadline_exceeded")", 200},
      {kCount, "application/grpc", "grpc-timeout", "100m", "4", 200},
      {kEcho, "application/grpc-web", "grpc-timeout", "100m", "grpc-status: 4", 200},
      {"/test/echo", "application/json", "grpc-timeout", "100m", "request.deadline", 504},
  };
  for (const auto& c : kCalls) {
    CAPTURE(c.path, c.type);
    Door door;
    door.echo->hold = true;
    auto call = Post(c.path, c.type);
    const std::string bytes = Small("x").SerializeAsString();
    call->With(c.header, c.limit)
        .Run(*door.handler, c.type == "application/json"    ? "{}"
                            : c.type == "application/proto" ? bytes
                                                            : Wrapped(bytes));
    REQUIRE(door.echo->held != nullptr);
    bool cancelled = false;
    door.echo->held->OnCancel([&] { cancelled = true; });
    call->clock().Advance(absl::Milliseconds(99));
    CHECK_FALSE(call->ended);
    CHECK_FALSE(cancelled);
    call->clock().Advance(absl::Milliseconds(2));
    CHECK(call->ended);
    CHECK(cancelled);
    CHECK(call->head.status == c.status);
    CHECK_THAT(EndOf(*call, c.type), Contains(c.end));
    const std::string said = call->body;
    door.echo->held->Finish(Small("too late"));
    CHECK(call->body == said);
  }
  // One that is answered in time is not ended by it.
  Door door;
  auto prompt = Post(kEcho, "application/json");
  prompt->With("connect-timeout-ms", "100").Run(*door.handler, R"({"textValue":"a"})");
  prompt->clock().Advance(absl::Seconds(1));
  CHECK(prompt->body == R"({"textValue":"a"})");
}

}  // namespace
}  // namespace muniment::rpc

// What tests of the protocols send and read: messages in their envelopes, requests, statuses.
#ifndef MUNIMENT_TESTS_GATEWAY_RPC_WIRE_H_
#define MUNIMENT_TESTS_GATEWAY_RPC_WIRE_H_

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "gateway/rpc/envelope.h"
#include "muniment/testing/echo.pb.h"
#include "tests/gateway_rpc/local_exchange.h"

namespace muniment::rpc {

inline const char* const kCount = "/muniment.testing.EchoService/Count";

inline std::string Wrapped(const std::string& bytes, uint8_t flags = 0) {
  std::string out;
  const size_t start = OpenEnvelope(out);
  out += bytes;
  CloseEnvelope(start, flags, out);
  return out;
}

struct Piece {
  uint8_t flags;
  std::string bytes;
};

inline std::vector<Piece> Unwrapped(const std::string& body) {
  Unwrapper unwrapper(10 << 20);
  unwrapper.Feed(body);
  std::vector<Piece> messages;
  for (auto next = unwrapper.Next(); next.ok() && next->has_value(); next = unwrapper.Next()) {
    messages.push_back({(*next)->flags, std::string((*next)->bytes)});
  }
  CHECK_FALSE(unwrapper.torn());
  return messages;
}

inline std::shared_ptr<LocalExchange> Post(const std::string& path, const std::string& type,
                                           int version = 20) {
  auto exchange = std::make_shared<LocalExchange>("POST", path, version);
  exchange->With("content-type", type);
  return exchange;
}

inline std::string GrpcStatus(const LocalExchange& exchange) {
  const std::string in_trailers(exchange.trailers.Get("grpc-status"));
  return in_trailers.empty() ? exchange.Header("grpc-status") : in_trailers;
}

inline testing::Everything Small(const std::string& text) {
  testing::Everything message;
  message.set_text_value(text);
  return message;
}

}  // namespace muniment::rpc

#endif  // MUNIMENT_TESTS_GATEWAY_RPC_WIRE_H_

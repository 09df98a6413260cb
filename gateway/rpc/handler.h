// The calls' door on the HTTP port: tells gRPC, gRPC-Web, Connect and REST apart and hands each to
// its protocol over the dispatchers. What is no call goes to the next handler.
//
//   rpc::Options options;
//   options.dispatchers = {health, api};
//   options.next = pages;
//   ASSIGN_OR_RETURN(std::shared_ptr<net::Handler> calls, rpc::NewHandler(std::move(options)));
#ifndef MUNIMENT_GATEWAY_RPC_HANDLER_H_
#define MUNIMENT_GATEWAY_RPC_HANDLER_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "gateway/net/http.h"
#include "gateway/rpc/decode_limits.h"
#include "gateway/rpc/dispatcher.h"
#include "gateway/rpc/error.h"

namespace muniment::rpc {

struct Options {
  std::vector<std::shared_ptr<Dispatcher>> dispatchers;
  // For paths that are no call's; without one they are answered 404.
  std::shared_ptr<net::Handler> next;
  // Server reflection (v1 and v1alpha) over the dispatchers' services.
  bool reflection = true;
  // Origins whose pages may call, "*" for any without credentials (cors.h).
  std::vector<std::string> cors_origins;
  size_t max_message = 4 << 20;    // bytes of a request's message, after decompression
  size_t compress_above = 4 << 10; // bytes of an answer
  DecodeLimits decode;             // nesting and number of a request's values
  // Runs the decoding of a large request, so that no other connection waits for it; false when it
  // has too much to do. None: decoded where they come in.
  std::function<bool(absl::AnyInvocable<void()>)> aside;
  size_t max_aside = 64 << 20;     // bytes of bodies that wait for that; more are refused
  Log log;                         // internal errors; standard error without one
  bool reveal_internal = false;    // shows clients the text of internal errors: for tests
};

// INVALID_ARGUMENT for a method that two dispatchers serve, or a binding that makes no sense.
absl::StatusOr<std::shared_ptr<net::Handler>> NewHandler(Options options);

// The answer to a path that nothing is served at: 404 with a google.rpc.Status that names the path.
void AnswerNoRoute(net::Exchange& exchange, net::Headers headers = {});

}  // namespace muniment::rpc

#endif  // MUNIMENT_GATEWAY_RPC_HANDLER_H_

// What browsers of other origins may do (the Fetch standard's CORS protocol): enough for Connect
// and gRPC-Web clients, and for fetch on REST. Immutable; thread-safe.
#ifndef MUNIMENT_GATEWAY_RPC_CORS_H_
#define MUNIMENT_GATEWAY_RPC_CORS_H_

#include <string>
#include <vector>

#include "gateway/net/http.h"

namespace muniment::rpc {

class Cors {
 public:
  // Origins such as "https://app.example.com"; "*" lets any origin call, without credentials. The
  // request's own host is always allowed.
  explicit Cors(std::vector<std::string> origins = {});

  // Answers a preflight request; false for every other request.
  bool Preflight(net::Exchange& exchange) const;

  // Adds what the answer to `request` must say, if its origin is allowed.
  void Apply(const net::Request& request, net::Headers& headers) const;

 private:
  enum class Verdict { kNo, kAny, kNamed };
  Verdict Judge(const net::Request& request) const;

  std::vector<std::string> origins_;
  bool any_ = false;
};

}  // namespace muniment::rpc

#endif  // MUNIMENT_GATEWAY_RPC_CORS_H_

// REST routes from google.api.http, compiled: which method a verb and a path mean, and the fields
// that the path fills (google/api/http.proto has the grammar).
//
// Filled before the first request; immutable and thread-safe after.
#ifndef MUNIMENT_GATEWAY_RPC_ROUTES_H_
#define MUNIMENT_GATEWAY_RPC_ROUTES_H_

#include <google/protobuf/descriptor.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "gateway/rpc/query.h"

namespace muniment::rpc {

struct MethodPlan;

struct Route {
  const MethodPlan* plan;
  std::string verb;
  struct Variable {
    FieldPath path;
    size_t first, last;  // segments [first, last) of the template; 0 for `last` means to the end
  };
  std::vector<Variable> variables;
  enum class Body { kNone, kAll, kField } body = Body::kNone;
  const google::protobuf::FieldDescriptor* body_field = nullptr;
  const google::protobuf::FieldDescriptor* response_field = nullptr;
  int status = 200;  // of an answer that is no error
};

struct RouteMatch {
  const Route* route = nullptr;
  // The decoded text of each of the route's variables.
  std::vector<std::string> values;
  // The path holds an escape that is none.
  bool malformed = false;
  // The path is known, by other verbs than the request's: these.
  std::string allow;
};

class Routes {
 public:
  Routes();
  ~Routes();

  // All bindings of the method; INVALID_ARGUMENT "route.template" for one that makes no sense.
  absl::Status Add(const MethodPlan* plan);

  // `path` as sent.
  RouteMatch Match(absl::string_view verb, absl::string_view path) const;

 private:
  struct Node;
  absl::Status AddBinding(const MethodPlan* plan, absl::string_view verb,
                          absl::string_view path_template, absl::string_view body,
                          absl::string_view response_body);
  void Walk(const Node& node, const std::vector<absl::string_view>& segments, size_t at,
            absl::string_view verb, const Route** found, std::string& allow) const;

  std::unique_ptr<Node> root_;
  std::vector<std::unique_ptr<Route>> routes_;
};

}  // namespace muniment::rpc

#endif  // MUNIMENT_GATEWAY_RPC_ROUTES_H_

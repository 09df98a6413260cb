#include "gateway/rpc/handler.h"

#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/error.h"
#include "gateway/rpc/call.h"
#include "gateway/rpc/metadata.h"
#include "gateway/rpc/protocols.h"
#include "gateway/rpc/reflection.h"
#include "gateway/rpc/routes.h"

namespace muniment::rpc {
namespace {

using google::protobuf::MethodDescriptor;

bool IsIdentifier(absl::string_view text) {
  return !text.empty() && !absl::ascii_isdigit(static_cast<unsigned char>(text[0])) &&
         std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return absl::ascii_isalnum(c) || c == '_'; });
}

// "/pkg.Service/Method", as no page and no route is called.
bool NamesMethod(absl::string_view path) {
  const std::vector<absl::string_view> parts = absl::StrSplit(path, '/');
  if (parts.size() != 3 || !parts[0].empty() || !IsIdentifier(parts[2])) return false;
  const std::vector<absl::string_view> names = absl::StrSplit(parts[1], '.');
  return names.size() > 1 && std::all_of(names.begin(), names.end(), IsIdentifier);
}

class CallHandler : public net::Handler {
 public:
  explicit CallHandler(Options options);
  absl::Status Build();
  void Handle(std::shared_ptr<net::Exchange> exchange) override;

 private:
  absl::Status AddDispatcher(Dispatcher& dispatcher);
  const MethodPlan* Find(absl::string_view path) const;
  bool HandleEnveloped(absl::string_view type, const MethodPlan* plan,
                       const std::shared_ptr<net::Exchange>& exchange);
  bool HandleConnect(absl::string_view type, const MethodPlan* plan,
                     const std::shared_ptr<net::Exchange>& exchange);
  bool HandleRest(const std::shared_ptr<net::Exchange>& exchange);
  void Refuse(net::Exchange& exchange, int status, absl::string_view name = "",
              absl::string_view value = "") const;

  const std::shared_ptr<net::Handler> next_;
  std::shared_ptr<Settings> settings_ = std::make_shared<Settings>();
  Routes routes_;
};

CallHandler::CallHandler(Options options)
    : next_(std::move(options.next)) {
  settings_->dispatchers = std::move(options.dispatchers);
  settings_->cors = Cors(std::move(options.cors_origins));
  settings_->log = std::move(options.log);
  settings_->reveal_internal = options.reveal_internal;
  settings_->max_message = options.max_message;
  settings_->compress_above = options.compress_above;
  settings_->decode = options.decode;
  settings_->aside = std::move(options.aside);
  settings_->max_aside = options.max_aside;
  if (options.reflection) {
    settings_->dispatchers.push_back(NewReflection(settings_->dispatchers));
  }
}

absl::Status CallHandler::AddDispatcher(Dispatcher& dispatcher) {
  for (const MethodDescriptor* method : dispatcher.Methods()) {
    auto plan = std::make_unique<MethodPlan>();
    plan->method = method;
    plan->dispatcher = &dispatcher;
    plan->request =
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(method->input_type());
    plan->safe = method->options().idempotency_level() ==
                 google::protobuf::MethodOptions::NO_SIDE_EFFECTS;
    RETURN_IF_ERROR(routes_.Add(plan.get()));
    settings_->services.insert(method->service()->full_name());
    const std::string path = absl::StrCat(method->service()->full_name(), "/", method->name());
    if (!settings_->plans.emplace(path, std::move(plan)).second) {
      return Error(absl::StatusCode::kInvalidArgument, "method.twice",
                   absl::StrCat(path, " is served twice."));
    }
  }
  return absl::OkStatus();
}

absl::Status CallHandler::Build() {
  for (const auto& dispatcher : settings_->dispatchers) RETURN_IF_ERROR(AddDispatcher(*dispatcher));
  return absl::OkStatus();
}

const MethodPlan* CallHandler::Find(absl::string_view path) const {
  if (!absl::ConsumePrefix(&path, "/")) return nullptr;
  const auto found = settings_->plans.find(path);
  return found == settings_->plans.end() ? nullptr : found->second.get();
}

void CallHandler::Handle(std::shared_ptr<net::Exchange> exchange) {
  const net::Request& request = exchange->request();
  const MethodPlan* plan = Find(request.path);
  const std::string type = MediaType(request.headers.Get("content-type"));
  if (absl::StartsWith(type, "application/grpc") || absl::StartsWith(type, "application/connect")) {
    if (HandleEnveloped(type, plan, exchange)) return;
  }
  if (request.method == "OPTIONS" && request.headers.Has("access-control-request-method")) {
    // Pages of the next handler keep rules of their own.
    const absl::string_view wanted = request.headers.Get("access-control-request-method");
    const RouteMatch match = routes_.Match(wanted, request.path);
    if (plan != nullptr || match.route != nullptr || next_ == nullptr) {
      settings_->cors.Preflight(*exchange);
      return;
    }
  }
  if (HandleConnect(type, plan, exchange) || HandleRest(exchange)) return;
  if (next_ != nullptr) return next_->Handle(std::move(exchange));
  Refuse(*exchange, 404);
}

bool CallHandler::HandleEnveloped(absl::string_view type, const MethodPlan* plan,
                                  const std::shared_ptr<net::Exchange>& exchange) {
  static constexpr struct {
    absl::string_view base;
    Envelopes kind;
  } kKinds[] = {{"application/grpc-web-text", Envelopes::kGrpcWebText},
                {"application/grpc-web", Envelopes::kGrpcWeb},
                {"application/grpc", Envelopes::kGrpc},
                {"application/connect", Envelopes::kConnect}};
  for (const auto& [base, kind] : kKinds) {
    absl::string_view rest = type;
    if (!absl::ConsumePrefix(&rest, base)) continue;
    const bool json = rest == "+json";
    if (!json && rest != "+proto" && (!rest.empty() || kind == Envelopes::kConnect)) continue;
    const bool streams = plan != nullptr && (plan->method->client_streaming() ||
                                             plan->method->server_streaming());
    if (exchange->request().method != "POST") {
      Refuse(*exchange, 405, "allow", "POST");
    } else if (kind == Envelopes::kGrpc && exchange->request().version != 20) {
      Refuse(*exchange, 505);
    } else if (kind == Envelopes::kConnect && plan != nullptr && !streams) {
      Refuse(*exchange, 415, "accept-post", "application/json, application/proto");
    } else {
      StartEnveloped(settings_, exchange, plan, kind, json ? Format::kJson : Format::kProto);
    }
    return true;
  }
  Refuse(*exchange, 415);
  return true;
}

bool CallHandler::HandleConnect(absl::string_view type, const MethodPlan* plan,
                                const std::shared_ptr<net::Exchange>& exchange) {
  const net::Request& request = exchange->request();
  if (plan == nullptr) {
    // A Connect client may say so of itself, but need not; any other may mean a page.
    const bool says = request.headers.Has("connect-protocol-version");
    if (!says && !(request.method == "POST" && NamesMethod(request.path))) return false;
    StartConnect(settings_, exchange, nullptr, Format::kJson);
    return true;
  }
  const bool streams = plan->method->client_streaming() || plan->method->server_streaming();
  if (request.method == "GET" && plan->safe && !streams) {
    StartConnectGet(settings_, exchange, plan);
  } else if (request.method != "POST") {
    Refuse(*exchange, 405, "allow", plan->safe && !streams ? "GET, POST" : "POST");
  } else if (streams || (type != "application/json" && type != "application/proto")) {
    Refuse(*exchange, 415, "accept-post",
           streams ? "application/connect+json, application/connect+proto, application/grpc"
                   : "application/json, application/proto, application/grpc");
  } else {
    StartConnect(settings_, exchange, plan,
                 type == "application/json" ? Format::kJson : Format::kProto);
  }
  return true;
}

bool CallHandler::HandleRest(const std::shared_ptr<net::Exchange>& exchange) {
  RouteMatch match = routes_.Match(exchange->request().method, exchange->request().path);
  if (match.route != nullptr) {
    const MethodPlan* plan = match.route->plan;
    StartRest(settings_, exchange, plan, std::move(match));
    return true;
  }
  if (match.allow.empty()) return false;
  Refuse(*exchange, 405, "allow", match.allow);
  return true;
}

void CallHandler::Refuse(net::Exchange& exchange, int status, absl::string_view name,
                         absl::string_view value) const {
  net::Headers headers;
  settings_->cors.Apply(exchange.request(), headers);
  if (!name.empty()) headers.Add(name, value);
  if (status == 404) return AnswerNoRoute(exchange, std::move(headers));
  exchange.Respond(status, std::move(headers), "");
}

}  // namespace

void AnswerNoRoute(net::Exchange& exchange, net::Headers headers) {
  constexpr size_t kShown = 200;
  const net::Request& request = exchange.request();
  const absl::Status status =
      Error(absl::StatusCode::kNotFound, "route.not_found",
            absl::StrCat("Nothing is served at ", request.method.substr(0, kShown), " ",
                         absl::CHexEscape(request.path.substr(0, kShown)), "."));
  headers.Add("content-type", "application/json");
  exchange.Respond(404, std::move(headers), StatusJson(ToRpcStatus(status, {})));
}

absl::StatusOr<std::shared_ptr<net::Handler>> NewHandler(Options options) {
  // Protobuf would log each malformed request, and clients could fill a disk with that.
  google::protobuf::SetLogHandler(nullptr);
  auto handler = std::make_shared<CallHandler>(std::move(options));
  RETURN_IF_ERROR(handler->Build());
  return std::shared_ptr<net::Handler>(std::move(handler));
}

}  // namespace muniment::rpc

#include "gateway/rpc/routes.h"

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/error.h"
#include "base/percent.h"
#include "gateway/rpc/call.h"
#include "gateway/rpc/metadata.h"
#include "google/api/annotations.pb.h"
#include "muniment/options.pb.h"

namespace muniment::rpc {
namespace {

using google::api::HttpRule;

// A template's segments: a literal, "*" or "**"; and the verb behind the last ':'.
struct Template {
  std::vector<std::string> segments;
  std::string verb;
  struct Variable {
    std::string path;
    size_t first, last;
  };
  std::vector<Variable> variables;
};

bool AddSegments(absl::string_view text, Template& out) {
  for (absl::string_view segment : absl::StrSplit(text, '/')) {
    if (segment.empty() || absl::StrContains(segment, "{")) return false;
    if (!out.segments.empty() && out.segments.back() == "**") return false;
    out.segments.emplace_back(segment);
  }
  return true;
}

// One piece that is a variable, "{path}" or "{path=template}"; `text` starts behind the brace.
bool AddVariable(absl::string_view& text, Template& out) {
  const size_t end = text.find('}');
  if (end == absl::string_view::npos) return false;
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text.substr(0, end), absl::MaxSplits('=', 1));
  text.remove_prefix(end + 1);
  const size_t first = out.segments.size();
  if (!AddSegments(parts.second.empty() ? "*" : parts.second, out)) return false;
  const bool rest = out.segments.back() == "**";
  out.variables.push_back({std::string(parts.first), first, rest ? 0 : out.segments.size()});
  return true;
}

bool ParseTemplate(absl::string_view text, Template& out) {
  while (!text.empty() && absl::ConsumePrefix(&text, "/")) {
    if (absl::ConsumePrefix(&text, "{")) {
      if (!AddVariable(text, out)) return false;
    } else {
      const size_t end = text.find_first_of("/:");
      if (!AddSegments(text.substr(0, end), out)) return false;
      text.remove_prefix(end == absl::string_view::npos ? text.size() : end);
    }
  }
  if (absl::ConsumePrefix(&text, ":")) {
    out.verb = std::string(text);
    text = "";
  }
  return text.empty() && !out.segments.empty();
}

std::pair<absl::string_view, absl::string_view> PatternOf(const HttpRule& rule) {
  switch (rule.pattern_case()) {
    case HttpRule::kGet: return {"GET", rule.get()};
    case HttpRule::kPut: return {"PUT", rule.put()};
    case HttpRule::kPost: return {"POST", rule.post()};
    case HttpRule::kDelete: return {"DELETE", rule.delete_()};
    case HttpRule::kPatch: return {"PATCH", rule.patch()};
    case HttpRule::kCustom: return {rule.custom().kind(), rule.custom().path()};
    default: return {};
  }
}

}  // namespace

struct Routes::Node {
  absl::flat_hash_map<std::string, std::unique_ptr<Node>> literals;
  std::unique_ptr<Node> one, rest;
  // By "VERB:custom".
  absl::flat_hash_map<std::string, const Route*> ends;

  Node& Next(const std::string& segment) {
    std::unique_ptr<Node>& next =
        segment == "*" ? one : segment == "**" ? rest : literals[segment];
    if (next == nullptr) next = std::make_unique<Node>();
    return *next;
  }
};

Routes::Routes() : root_(std::make_unique<Node>()) {}
Routes::~Routes() = default;

absl::Status Routes::Add(const MethodPlan* plan) {
  if (!plan->method->options().HasExtension(google::api::http)) return absl::OkStatus();
  const HttpRule& rule = plan->method->options().GetExtension(google::api::http);
  const auto [verb, path] = PatternOf(rule);
  RETURN_IF_ERROR(AddBinding(plan, verb, path, rule.body(), rule.response_body()));
  for (const HttpRule& more : rule.additional_bindings()) {
    const auto [other_verb, other_path] = PatternOf(more);
    RETURN_IF_ERROR(AddBinding(plan, other_verb, other_path, more.body(), more.response_body()));
  }
  return absl::OkStatus();
}

absl::Status Routes::AddBinding(const MethodPlan* plan, absl::string_view verb,
                                absl::string_view path_template, absl::string_view body,
                                absl::string_view response_body) {
  const auto bad = Error(absl::StatusCode::kInvalidArgument, "route.template",
                         absl::StrCat(plan->method->full_name(), ": the binding ", verb, " ",
                                      path_template, " makes no sense."));
  Template parsed;
  const std::string whole = absl::StrCat(
      plan->method->service()->options().GetExtension(http_prefix), path_template);
  if (verb.empty() || !ParseTemplate(whole, parsed)) return bad;
  auto route = std::make_unique<Route>();
  route->plan = plan;
  route->verb = std::string(verb);
  const uint32_t status = plan->method->options().GetExtension(rest_status);
  if (status != 0) route->status = static_cast<int>(status);
  for (const auto& variable : parsed.variables) {
    FieldPath path = FindPath(plan->method->input_type(), variable.path);
    if (path.empty() || path.back()->is_repeated()) return bad;
    route->variables.push_back({std::move(path), variable.first, variable.last});
  }
  if (body == "*") {
    route->body = Route::Body::kAll;
  } else if (!body.empty()) {
    route->body = Route::Body::kField;
    route->body_field = plan->method->input_type()->FindFieldByName(std::string(body));
    if (route->body_field == nullptr) return bad;
  }
  if (!response_body.empty()) {
    route->response_field =
        plan->method->output_type()->FindFieldByName(std::string(response_body));
    if (route->response_field == nullptr) return bad;
  }
  Node* node = root_.get();
  for (const std::string& segment : parsed.segments) node = &node->Next(segment);
  // Where two methods claim one path the first is served, as the reference does.
  node->ends.try_emplace(absl::StrCat(verb, ":", parsed.verb), route.get());
  routes_.push_back(std::move(route));
  return absl::OkStatus();
}

void Routes::Walk(const Node& node, const std::vector<absl::string_view>& segments, size_t at,
                  absl::string_view verb, const Route** found, std::string& allow) const {
  auto end = [&](const Node& last) {
    const size_t colon = verb.find(':');
    for (const auto& [key, route] : last.ends) {
      if (key == verb) *found = route;
      if (absl::EndsWith(key, verb.substr(colon))) {
        absl::StrAppend(&allow, allow.empty() ? "" : ", ", route->verb);
      }
    }
  };
  if (at == segments.size()) {
    end(node);
  } else {
    const auto literal = node.literals.find(segments[at]);
    if (literal != node.literals.end()) {
      Walk(*literal->second, segments, at + 1, verb, found, allow);
    }
    if (*found == nullptr && node.one != nullptr && !segments[at].empty()) {
      Walk(*node.one, segments, at + 1, verb, found, allow);
    }
  }
  if (*found == nullptr && node.rest != nullptr) end(*node.rest);
}

RouteMatch Routes::Match(absl::string_view verb, absl::string_view path) const {
  RouteMatch match;
  if (!absl::ConsumePrefix(&path, "/")) return match;
  std::vector<absl::string_view> segments = absl::StrSplit(path, '/');
  if (segments.size() > 64) return match;
  Walk(*root_, segments, 0, absl::StrCat(verb, ":"), &match.route, match.allow);
  const size_t colon = segments.back().rfind(':');
  if (match.route == nullptr && colon != absl::string_view::npos) {
    const std::string custom = absl::StrCat(verb, segments.back().substr(colon));
    segments.back() = segments.back().substr(0, colon);
    Walk(*root_, segments, 0, custom, &match.route, match.allow);
  }
  if (match.route == nullptr) return match;
  for (const Route::Variable& variable : match.route->variables) {
    const size_t last = variable.last == 0 ? segments.size() : variable.last;
    std::string value;
    for (size_t i = variable.first; i < last; ++i) {
      std::string piece;
      if (!PercentDecode(segments[i], false, piece)) match.malformed = true;
      absl::StrAppend(&value, i > variable.first ? "/" : "", piece);
    }
    match.values.push_back(std::move(value));
  }
  return match;
}

}  // namespace muniment::rpc

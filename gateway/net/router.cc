#include "gateway/net/router.h"

#include <algorithm>

#include "absl/strings/match.h"

namespace muniment::net {

void Router::Exact(absl::string_view path, std::shared_ptr<Handler> handler) {
  exact_[std::string(path)] = std::move(handler);
}

void Router::Prefix(absl::string_view prefix, std::shared_ptr<Handler> handler) {
  prefixes_.emplace_back(std::string(prefix), std::move(handler));
  std::stable_sort(prefixes_.begin(), prefixes_.end(), [](const auto& a, const auto& b) {
    return a.first.size() > b.first.size();
  });
}

void Router::Handle(std::shared_ptr<Exchange> exchange) {
  const std::string& path = exchange->request().path;
  if (const auto found = exact_.find(path); found != exact_.end()) {
    return found->second->Handle(std::move(exchange));
  }
  for (const auto& [prefix, handler] : prefixes_) {
    if (absl::StartsWith(path, prefix)) return handler->Handle(std::move(exchange));
  }
  if (next_ != nullptr) return next_->Handle(std::move(exchange));
  Headers headers;
  headers.Add("content-type", "text/plain; charset=utf-8");
  exchange->Respond(404, std::move(headers), "Not found.\n");
}

}  // namespace muniment::net

#include "gateway/login/seals.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/secret.h"

namespace muniment::gateway {
namespace {

using login::v1::Browser;
using login::v1::Flow;

constexpr absl::string_view kBrowserPurpose = "login.browser", kFlowPurpose = "login.flow";
constexpr size_t kBrowserIdBytes = 32;
// A cookie has 4096 bytes (RFC 6265 section 6.1).
constexpr int kMostSessions = 8;

template <class Content>
std::optional<Content> Open(const Sealer& sealer, absl::string_view purpose,
                            absl::string_view text, uint64_t instance, absl::Time now) {
  const auto opened = sealer.Open(purpose, text, now);
  Content content;
  if (!opened.ok() || !content.ParseFromString(*opened)) return std::nullopt;
  if (content.instance() != instance) return std::nullopt;
  return content;
}

}  // namespace

std::string LoginSeals::Seal(const Browser& browser, absl::Time now) const {
  return sealer_.Seal(kBrowserPurpose, browser.SerializeAsString(), now + kBrowserTime);
}

std::string LoginSeals::Seal(const Flow& flow, absl::Time now) const {
  return sealer_.Seal(kFlowPurpose, flow.SerializeAsString(), now + kFlowTime);
}

std::optional<Browser> LoginSeals::OpenBrowser(absl::string_view text, uint64_t instance,
                                               absl::Time now) const {
  return Open<Browser>(sealer_, kBrowserPurpose, text, instance, now);
}

std::optional<Flow> LoginSeals::OpenFlow(absl::string_view text, uint64_t instance,
                                         absl::Time now) const {
  return Open<Flow>(sealer_, kFlowPurpose, text, instance, now);
}

Browser NewBrowser(uint64_t instance) {
  Browser browser;
  browser.set_instance(instance);
  browser.set_id(RandomBytes(kBrowserIdBytes));
  return browser;
}

std::string HashOf(const Browser& browser) {
  return Sha256("muniment.login.browser", browser.id()).str();
}

void Keep(Browser& browser, const std::string& session_id, const std::string& token) {
  Browser kept;
  auto* first = kept.add_session();
  first->set_id(session_id);
  first->set_token(token);
  for (const auto& each : browser.session()) {
    if (each.id() != session_id && kept.session_size() < kMostSessions) *kept.add_session() = each;
  }
  browser.mutable_session()->Swap(kept.mutable_session());
}

void Forget(Browser& browser, absl::string_view session_id) {
  auto* sessions = browser.mutable_session();
  sessions->erase(std::remove_if(sessions->begin(), sessions->end(),
                                 [session_id](const auto& each) { return each.id() == session_id; }),
                  sessions->end());
}

const Browser::Session* SessionOf(const Browser& browser, absl::string_view session_id) {
  const auto found = std::find_if(browser.session().begin(), browser.session().end(),
                                  [session_id](const auto& each) { return each.id() == session_id; });
  return found == browser.session().end() ? nullptr : &*found;
}

}  // namespace muniment::gateway

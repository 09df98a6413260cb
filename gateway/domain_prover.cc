#include "gateway/domain_prover.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/time/clock.h"
#include "base/crypto.h"
#include "base/error.h"

namespace muniment::gateway {
namespace {

constexpr size_t kThreads = 8;
constexpr size_t kMaxFile = 4 << 10;
constexpr int kMaxRedirects = 3;

absl::Status Busy() {
  return Error(absl::StatusCode::kResourceExhausted, "domain_proof.busy",
               "Too many domains are being looked at; try again in a moment.");
}

absl::Status Stopping() {
  return Error(absl::StatusCode::kUnavailable, "domain_proof.unavailable",
               "The server is stopping.");
}

OutboundOptions Bounded(OutboundOptions options) {
  options.max_body = std::min(options.max_body, kMaxFile);
  options.max_redirects = std::min(options.max_redirects, kMaxRedirects);
  return options;
}

bool IsToken(absl::string_view text, const command::DomainQuestion& question) {
  return ConstantTimeEqual(absl::StripAsciiWhitespace(text), question.token);
}

}  // namespace

WebDomainProver::WebDomainProver(DomainProverOptions options)
    : dns_(std::move(options.dns)),
      outbound_(Bounded(std::move(options.outbound))),
      timeout_(options.timeout) {}

absl::StatusOr<std::unique_ptr<WebDomainProver>> WebDomainProver::Open(const Config& config) {
  DomainProverOptions options;
  ASSIGN_OR_RETURN(options.outbound.allowed,
                   net::Networks::Parse(config.List(Key::kOutboundNetworks)));
  for (const std::string& server : config.List(Key::kDnsServers)) {
    options.dns.servers.push_back(*ParseNameServer(server));
  }
  return std::make_unique<WebDomainProver>(std::move(options));
}

WebDomainProver::~WebDomainProver() {
  Stop();
  std::unique_ptr<WorkerPool> pool;
  {
    absl::MutexLock lock(&mutex_);
    pool = std::move(pool_);
  }
}

void WebDomainProver::Stop() { stopping_.store(true); }

absl::Status WebDomainProver::Enter(const std::string& whom) {
  absl::MutexLock lock(&mutex_);
  if (stopping_.load()) return Stopping();
  const auto found = of_one_.find(whom);
  if (under_way_ >= kMostProofs) return Busy();
  if (found != of_one_.end() && found->second >= kMostProofsOfOne) return Busy();
  if (pool_ == nullptr) pool_ = std::make_unique<WorkerPool>(kThreads, kMostProofs);
  ++under_way_;
  ++of_one_[whom];
  return absl::OkStatus();
}

void WebDomainProver::Leave(const std::string& whom) {
  absl::MutexLock lock(&mutex_);
  --under_way_;
  if (--of_one_[whom] == 0) of_one_.erase(whom);
}

void WebDomainProver::Ask(command::DomainQuestion question,
                          absl::AnyInvocable<void(absl::StatusOr<bool>)> done) {
  const absl::Status entered = Enter(question.whom);
  if (!entered.ok()) return done(entered);
  question.deadline = std::min(question.deadline, absl::Now() + timeout_);
  absl::MutexLock lock(&mutex_);
  // There is room for all that entered.
  (void)pool_->Submit([this, question = std::move(question), done = std::move(done)]() mutable {
    const absl::StatusOr<bool> proved = Prove(question);
    Leave(question.whom);
    done(proved);
  });
}

absl::StatusOr<bool> WebDomainProver::Prove(const command::DomainQuestion& question) {
  if (stopping_.load()) return Stopping();
  // It never got its turn, which says nothing of the domain.
  if (absl::Now() >= question.deadline) return Busy();
  if (question.token.empty()) return false;
  const bool proved =
      question.proof == event::v1::DOMAIN_PROOF_DNS ? HasRecord(question) : HasFile(question);
  if (!proved && stopping_.load()) return Stopping();
  return proved;
}

bool WebDomainProver::HasFile(const command::DomainQuestion& question) const {
  OutboundRequest request;
  request.url = command::PlaceOfProof(question.proof, question.domain, question.token);
  request.deadline = question.deadline;
  request.go_on = [this] { return !stopping_.load(); };
  const absl::StatusOr<OutboundResponse> answer = outbound_.Send(request);
  return answer.ok() && answer->status == 200 && IsToken(answer->body, question);
}

bool WebDomainProver::HasRecord(const command::DomainQuestion& question) const {
  const auto texts =
      LookUpTxt(command::PlaceOfProof(question.proof, question.domain, question.token), dns_,
                question.deadline, [this] { return !stopping_.load(); });
  return texts.ok() && std::any_of(texts->begin(), texts->end(), [&](const std::string& text) {
           return IsToken(text, question);
         });
}

}  // namespace muniment::gateway

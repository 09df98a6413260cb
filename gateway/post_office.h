// Messages to people, assembled from the configuration: who sends them, the reactors that have them
// sent, what they count, and the outbox's pages where there is an outbox.
//
//   Outbox outbox;
//   const auto post = PostOffice::Open(config, outbox);
//   reactors = post->Reactors(database, port);
//   post->AddMetrics(metrics);
//
// Mail goes by SMTP.Host or Mail.HTTP.Endpoint, SMS by SMS.HTTP.Endpoint, and what has no provider
// into the outbox. Thread-safe; it outlives the reactors.
#ifndef MUNIMENT_GATEWAY_POST_OFFICE_H_
#define MUNIMENT_GATEWAY_POST_OFFICE_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "gateway/config.h"
#include "gateway/message/outbox.h"
#include "gateway/metrics.h"
#include "gateway/net/http.h"
#include "gateway/outbound.h"
#include "gateway/reactors/messages.h"

namespace muniment::gateway {

class PostOffice {
 public:
  // `outbox` outlives it: it is told, too, of who was erased while there is no post office.
  static absl::StatusOr<std::unique_ptr<PostOffice>> Open(const Config& config, Outbox& outbox);

  // `port`: the one listened on. An operator whose people are elsewhere is warned where messages
  // reach nobody.
  std::vector<Reactor> Reactors(const projections::Database& database, uint64_t port);
  void AddMetrics(Metrics& metrics) const;
  // As Outbound.Networks has it.
  const Outbound& outbound() const { return outbound_; }
  // Null where everything has a provider.
  std::shared_ptr<net::Handler> pages() const { return pages_; }

 private:
  PostOffice(const Config& config, OutboundOptions outbound, Outbox& outbox);
  void WarnOfOutbox() const;

  const Config config_;
  const Outbound outbound_;
  Outbox& outbox_;
  std::unique_ptr<Sender> mail_, sms_;  // null: the outbox
  std::shared_ptr<net::Handler> pages_;
  MessageCounts counts_;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_POST_OFFICE_H_

// The outbox in a browser, on the machine itself:
//
//   /debug/mail               what is in it, the newest first; as JSON at /debug/mail/messages.json
//   /debug/mail/<id>          one message as its reader would see it, in a frame that runs nothing
//   /debug/mail/<id>/html     that frame's document
//
// What stands there opens accounts. So it is shown to who comes from a loopback address, by a name of
// loopback (a page of another site that lets its own name point here gets nothing), and not through
// a proxy that speaks for others; to anybody else there is no such page.
//
// Thread-safe; the outbox outlives it.
#ifndef MUNIMENT_GATEWAY_MESSAGE_OUTBOX_PAGES_H_
#define MUNIMENT_GATEWAY_MESSAGE_OUTBOX_PAGES_H_

#include <memory>

#include "absl/strings/string_view.h"
#include "gateway/message/outbox.h"
#include "gateway/net/http.h"

namespace muniment::gateway {

class OutboxPages final : public net::Handler {
 public:
  explicit OutboxPages(const Outbox& outbox) : outbox_(outbox) {}

  void Handle(std::shared_ptr<net::Exchange> exchange) override;

  // Whether a path is one of them, there or not.
  static bool Owns(absl::string_view path);

 private:
  const Outbox& outbox_;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_MESSAGE_OUTBOX_PAGES_H_

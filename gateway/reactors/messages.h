// The reactors that send messages to people: codes and one-time passwords by mail or SMS, and word
// of a changed password or a user name that was taken.
//
//   MessageCounts counts;
//   std::vector<Reactor> reactors = MessageReactors({.mail = smtp, .sms = provider, ...}, counts);
//
// Each attempt decides from the newest state what is to be sent and whether (command/message): what
// was overtaken, a code that was replaced, an address that was changed, a person who is gone, ends
// without a message. Who sends it decides by his error whether it is tried again. Log lines and dead
// letters tell the work and the reason, and nothing of what was to be said to whom.
#ifndef MUNIMENT_GATEWAY_REACTORS_MESSAGES_H_
#define MUNIMENT_GATEWAY_REACTORS_MESSAGES_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "command/instance/instance.h"
#include "gateway/message/sender.h"
#include "gateway/reactors/reactor.h"
#include "projections/database.h"

namespace muniment::gateway {

// All of it outlives the reactors.
struct MessagePorts {
  Sender* mail = nullptr;
  Sender* sms = nullptr;
  // For login names and dates.
  const projections::Database* database = nullptr;
  // By which people reach an instance: "id.example.com", "https://id.example.com".
  std::function<std::string(const command::Instance&)> host;
  std::function<std::string(const command::Instance&)> origin;
};

// By this node since it started.
struct MessageCounts {
  struct Channel {
    std::atomic<uint64_t> sent = 0;
    std::atomic<uint64_t> failed = 0;  // attempts
  };
  Channel mail, sms;
  // What was asked for and not to be sent any more.
  std::atomic<uint64_t> withheld = 0;
};

std::vector<Reactor> MessageReactors(const MessagePorts& ports, MessageCounts& counts);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_REACTORS_MESSAGES_H_

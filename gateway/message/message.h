// A message to a person, made out of a text, what is known of him, and a link. Pure; values may be
// hostile: what they hold ends up as characters of a text, never as a line of a header, a tag or a
// link.
//
//   ASSIGN_OR_RETURN(const Message message,
//                    Compose(draft, BuiltInMessageText(draft.kind, languages)));
//   HtmlBody(message);  PlainBody(message);   // a mail's two forms
//   SmsBody(message);
//
// A message holds codes, and links with codes in them: it is sent and forgotten, and stands in no
// log.
#ifndef MUNIMENT_GATEWAY_MESSAGE_MESSAGE_H_
#define MUNIMENT_GATEWAY_MESSAGE_MESSAGE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/message_text.h"
#include "base/template.h"

namespace muniment::gateway {

enum class Channel { kMail, kSms };

struct Draft {
  // The same for each attempt to send it, and of no other message.
  std::string key;
  // Whose it is: with him it is forgotten (Outbox::Forget).
  uint64_t instance = 0;
  std::string user_id;
  MessageKind kind = MessageKind::kInitCode;
  Channel channel = Channel::kMail;
  // Published type of the event that asked for it.
  std::string event_type;
  // An address, or a number in E.164.
  std::string to;
  // Those of MessageVariables(kind); what is not there is empty.
  TemplateValues values;
  std::vector<std::string> login_names;
  // Where its button leads; empty: it has none.
  std::string url;
};

struct Message : Draft {
  // Rendered: plain text without placeholders; but for `text` of one line each.
  MessageText text;
};

// The errors of Template::Parse, for a text that was not checked when it was kept.
absl::StatusOr<Message> Compose(Draft draft, const MessageText& text);

// What people type: a code or a one-time password; empty where there is none.
std::string CodeOf(const Draft& draft);

std::string PlainBody(const Message& message);
// A whole document without script and without anything from elsewhere, for light and dark clients.
std::string HtmlBody(const Message& message);
std::string SmsBody(const Message& message);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_MESSAGE_MESSAGE_H_

// Texts with placeholders, {{.Name}}: those of messages to people, and links. Placeholders are
// names and nothing else: no conditions, no functions, so that a template can do no harm and need
// not be trusted. It is parsed, with every name known, before it is stored.
//
//   ASSIGN_OR_RETURN(const Template text, Template::Parse(request.text(), MessageVariables(kind)));
//   mail.body = text.Render({{"FirstName", "Ada"}}, Escaping::kHtml);
//
//   RETURN_IF_ERROR(CheckUrlTemplate(request.url_template(), UrlVariables(UrlKind::kCode)));
//   const std::string link = RenderUrl(url_template, {{"UserID", id}, {"Code", code}});
//
// Pure, thread-safe; templates and values may be hostile. A value that is not there, such as an
// erased person's name, is empty.
#ifndef MUNIMENT_BASE_TEMPLATE_H_
#define MUNIMENT_BASE_TEMPLATE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace muniment {

enum class MessageKind {
  kInitCode,
  kPasswordReset,
  kVerifyEmail,
  kVerifyPhone,
  kVerifySmsOtp,
  kVerifyEmailOtp,
  kDomainClaimed,
  kPasswordlessRegistration,
  kPasswordChange,
  kInviteUser,
};

// The names that a message's texts may hold, as published.
std::vector<absl::string_view> MessageVariables(MessageKind kind);

enum class UrlKind {
  kCode,         // of a mail with a code: UserID, OrgID, Code, LoginName
  kPasskeyLink,  // CodeID as well
  kOtpMail,      // of a mail with a session's one-time code: kCode's, DisplayName,
                 // PreferredLanguage, SessionID
  kPrivacy,      // Lang
};
std::vector<absl::string_view> UrlVariables(UrlKind kind);

// What is done to a value; the template's own text is left alone.
enum class Escaping {
  kText,  // control characters become spaces: for headers and short messages
  kHtml,  // & < > " ' as references, for text and quoted attributes
  kUrl,   // all but RFC 3986's unreserved characters in percent
};

using TemplateValues = absl::flat_hash_map<std::string, std::string>;

class Template {
 public:
  // INVALID_ARGUMENT "template.malformed" for braces that are no placeholder or more than 40,000
  // bytes, "template.unknown_variable" (fact "variable") for a name not among `variables`.
  static absl::StatusOr<Template> Parse(absl::string_view text,
                                        const std::vector<absl::string_view>& variables);

  std::string Render(const TemplateValues& values, Escaping escaping) const;

  // The text before the first placeholder.
  absl::string_view beginning() const {
    return parts_.empty() ? absl::string_view() : parts_[0].text;
  }

 private:
  struct Part {
    std::string text;      // stands as it is
    std::string variable;  // then this one's value; empty at the end
  };
  std::vector<Part> parts_;
};

// As Template::Parse; "url_template.invalid" for what does not render as an absolute URL (RFC 3986)
// of http or https with a host, whole before the first placeholder, and without a user.
absl::Status CheckUrlTemplate(absl::string_view text,
                              const std::vector<absl::string_view>& variables);

// Of such a template: its host as base/host_name.h writes it; nothing where it is none.
std::optional<std::string> HostOfUrlTemplate(absl::string_view text);

// Of a template that CheckUrlTemplate passed when it was stored; another gives an empty text.
std::string RenderUrl(absl::string_view text, const TemplateValues& values);

}  // namespace muniment

#endif  // MUNIMENT_BASE_TEMPLATE_H_

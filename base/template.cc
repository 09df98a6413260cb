#include "base/template.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "base/error.h"
#include "base/host_name.h"
#include "base/limits.h"

namespace muniment {
namespace {

constexpr size_t kMaxTemplate = 40'000;
constexpr absl::string_view kUrlAll[] = {"UserID",      "OrgID",             "Code",
                                         "CodeID",      "LoginName",         "Lang",
                                         "DisplayName", "PreferredLanguage", "SessionID"};

// What every message may tell of its recipient.
constexpr absl::string_view kPersonal[] = {
    "UserID",      "OrgID",       "UserName",   "FirstName",     "LastName",  "NickName",
    "DisplayName", "LastEmail",   "VerifiedEmail", "LastPhone",  "VerifiedPhone",
    "PreferredLoginName", "LoginName", "LoginNames", "ChangeDate", "CreationDate"};

absl::Status Refuse(absl::string_view reason, absl::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, reason, message);
}

absl::Status Malformed() {
  return Refuse("template.malformed",
                "A placeholder is {{.Name}}, and a text has at most 40000 bytes.");
}

absl::Status UnknownVariable(absl::string_view name) {
  absl::Status status = Refuse("template.unknown_variable",
                               "The template has a placeholder that nothing is known for.");
  SetErrorFact(status, "variable", name);
  return status;
}

// "Name" of " .Name "; empty if it is none.
absl::string_view NameOf(absl::string_view inside) {
  absl::string_view name = absl::StripAsciiWhitespace(inside);
  if (!absl::ConsumePrefix(&name, ".") || name.size() > 50) return "";
  const bool letters = std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isalpha(static_cast<unsigned char>(c));
  });
  return letters ? name : "";
}

std::string Html(char c) {
  switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&#34;";
    case '\'': return "&#39;";
    default: return std::string(1, c);
  }
}

std::string Escape(absl::string_view value, Escaping escaping) {
  std::string escaped;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    const char shown = absl::ascii_iscntrl(byte) ? ' ' : c;
    if (escaping == Escaping::kText) {
      escaped += shown;
    } else if (escaping == Escaping::kHtml) {
      escaped += Html(shown);
    } else if (absl::ascii_isalnum(byte) || absl::StrContains("-._~", c)) {
      escaped += c;
    } else {
      absl::StrAppendFormat(&escaped, "%%%02X", byte);
    }
  }
  return escaped;
}

// Scheme, "//", host and what ends it are there, and there is no user in front of the host.
bool HasWholeAuthority(absl::string_view url) {
  if (!absl::ConsumePrefix(&url, "https://") && !absl::ConsumePrefix(&url, "http://")) return false;
  const absl::string_view authority = url.substr(0, url.find_first_of("/?#"));
  return !authority.empty() && authority.front() != ':' && !absl::StrContains(authority, '@');
}

}  // namespace

std::vector<absl::string_view> MessageVariables(MessageKind kind) {
  std::vector<absl::string_view> names(std::begin(kPersonal), std::end(kPersonal));
  const auto add = [&](std::initializer_list<absl::string_view> more) {
    names.insert(names.end(), more);
  };
  switch (kind) {
    case MessageKind::kInitCode:
    case MessageKind::kPasswordReset:
    case MessageKind::kVerifyEmail:
    case MessageKind::kVerifyPhone:
    case MessageKind::kPasswordlessRegistration: add({"Code"}); break;
    case MessageKind::kVerifySmsOtp:
    case MessageKind::kVerifyEmailOtp: add({"OTP", "Origin", "Domain", "Expiry"}); break;
    case MessageKind::kDomainClaimed: add({"TempUsername", "Domain"}); break;
    case MessageKind::kPasswordChange: break;
    case MessageKind::kInviteUser: add({"Code", "ApplicationName"}); break;
  }
  return names;
}

std::vector<absl::string_view> UrlVariables(UrlKind kind) {
  switch (kind) {
    case UrlKind::kCode: return {"UserID", "OrgID", "Code", "LoginName"};
    case UrlKind::kPasskeyLink: return {"UserID", "OrgID", "Code", "CodeID", "LoginName"};
    case UrlKind::kOtpMail:
      return {"UserID", "OrgID", "Code", "LoginName", "DisplayName", "PreferredLanguage",
              "SessionID"};
    case UrlKind::kPrivacy: break;
  }
  return {"Lang"};
}

absl::StatusOr<Template> Template::Parse(absl::string_view text,
                                         const std::vector<absl::string_view>& variables) {
  if (text.size() > kMaxTemplate) return Malformed();
  Template parsed;
  while (true) {
    const size_t open = text.find("{{");
    if (open == absl::string_view::npos) break;
    const size_t close = text.find("}}", open + 2);
    if (close == absl::string_view::npos) return Malformed();
    const absl::string_view name = NameOf(text.substr(open + 2, close - open - 2));
    if (name.empty()) return Malformed();
    if (std::find(variables.begin(), variables.end(), name) == variables.end()) {
      return UnknownVariable(name);
    }
    parsed.parts_.push_back({std::string(text.substr(0, open)), std::string(name)});
    text.remove_prefix(close + 2);
  }
  if (absl::StrContains(text, "}}")) return Malformed();
  parsed.parts_.push_back({std::string(text), ""});
  return parsed;
}

std::string Template::Render(const TemplateValues& values, Escaping escaping) const {
  std::string text;
  for (const Part& part : parts_) {
    text += part.text;
    const auto value = values.find(part.variable);
    if (!part.variable.empty() && value != values.end()) text += Escape(value->second, escaping);
  }
  return text;
}

absl::Status CheckUrlTemplate(absl::string_view text,
                              const std::vector<absl::string_view>& variables) {
  ASSIGN_OR_RETURN(const Template parsed, Template::Parse(text, variables));
  const std::string rendered = parsed.Render({}, Escaping::kUrl);
  const absl::string_view beginning = parsed.beginning();
  // Behind the host something must end it before a placeholder may come.
  const size_t host = beginning.find("://");
  const bool ended = beginning.size() == text.size() ||
                     (host != absl::string_view::npos &&
                      beginning.find_first_of("/?#", host + 3) != absl::string_view::npos);
  if (!ended || !HasWholeAuthority(beginning) || !LooksLikeUriReference(rendered)) {
    return Refuse("url_template.invalid",
                  "The template must be an http or https URL whose host is written out, such as "
                  "https://example.com/verify?user={{.UserID}}&code={{.Code}}.");
  }
  return absl::OkStatus();
}

std::optional<std::string> HostOfUrlTemplate(absl::string_view text) {
  const size_t scheme = text.find("://");
  if (scheme == absl::string_view::npos) return std::nullopt;
  const absl::string_view rest = text.substr(scheme + 3);
  const auto host = HostOfAuthority(rest.substr(0, rest.find_first_of("/?#")));
  return host.has_value() ? HostName(*host) : std::nullopt;
}

std::string RenderUrl(absl::string_view text, const TemplateValues& values) {
  const absl::StatusOr<Template> parsed =
      Template::Parse(text, {std::begin(kUrlAll), std::end(kUrlAll)});
  return parsed.ok() ? parsed->Render(values, Escaping::kUrl) : "";
}

}  // namespace muniment

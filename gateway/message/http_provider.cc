#include "gateway/message/http_provider.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <initializer_list>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/check.h"
#include "base/crypto.h"
#include "base/error.h"
#include "gateway/message/mail_header.h"

namespace muniment::gateway {
namespace {

using google::protobuf::Struct;

// The defaults of an instance's branding.
constexpr char kPrimaryColor[] = "#5469d4";
constexpr char kBackgroundColor[] = "#fafafa";
constexpr char kFontColor[] = "#000000";
constexpr char kFontFamily[] =
    "-apple-system, BlinkMacSystemFont, Segoe UI, Lato, Arial, Helvetica, sans-serif";

void Put(Struct& object, absl::string_view name, absl::string_view text) {
  (*object.mutable_fields())[std::string(name)].set_string_value(std::string(text));
}

Struct& Inner(Struct& object, const char* name) {
  return *(*object.mutable_fields())[name].mutable_struct_value();
}

// Text of a mail is for HTML there.
std::string ForMail(const std::string& text) {
  static const Template* const whole = new Template(*Template::Parse("{{.Text}}", {"Text"}));
  std::string escaped;
  // Lines stay lines, which no placeholder may hold.
  for (absl::string_view rest = text;;) {
    const size_t end = rest.find('\n');
    absl::StrAppend(&escaped, whole->Render({{"Text", std::string(rest.substr(0, end))}},
                                            Escaping::kHtml));
    if (end == absl::string_view::npos) return escaped;
    escaped += '\n';
    rest.remove_prefix(end + 1);
  }
}

void AddTemplateData(const Message& message, Struct& data) {
  const bool mail = message.channel == Channel::kMail;
  for (const MessagePart& part : MessageParts()) {
    const std::string& text = message.text.*(part.field);
    Put(data, part.name, mail ? ForMail(text) : text);
  }
  Put(data, "url", message.url);
  Put(data, "primaryColor", kPrimaryColor);
  Put(data, "backgroundColor", kBackgroundColor);
  Put(data, "fontColor", kFontColor);
  Put(data, "fontFamily", kFontFamily);
  Put(data, "logoUrl", "");
}

void AddArguments(const Message& message, Struct& arguments) {
  for (const auto& [name, value] : message.values) {
    std::string key = name;
    key[0] = absl::ascii_tolower(static_cast<unsigned char>(key[0]));
    Put(arguments, key, value);
  }
  auto* const names = (*arguments.mutable_fields())["loginNames"].mutable_list_value();
  for (const std::string& name : message.login_names) {
    names->add_values()->set_string_value(name);
  }
}

}  // namespace

std::string ProviderBody(const Message& message, const ProviderOptions& options) {
  Struct body;
  Struct& context = Inner(body, "contextInfo");
  Put(context, "eventType", message.event_type);
  Struct& provider = Inner(context, "provider");
  Put(provider, "id", options.id);
  Put(provider, "description", options.description);
  Put(context, message.channel == Channel::kMail ? "recipientEmailAddress" : "recipientPhoneNumber",
      message.to);
  AddTemplateData(message, Inner(body, "templateData"));
  AddArguments(message, Inner(body, "args"));
  std::string json;
  MUNIMENT_CHECK(google::protobuf::util::MessageToJsonString(body, &json).ok());
  return json;
}

std::string ProviderSignature(const Secret& key, absl::Time now, absl::string_view body) {
  const int64_t seconds = absl::ToUnixSeconds(now);
  const Digest mac = HmacSha256(key.reveal(), absl::StrCat(seconds, ".", body));
  return absl::StrCat("t=", seconds, ",v1=", HexEncode(mac));
}

absl::Status HttpProvider::Send(const Message& message, const SendLimits& limits) {
  OutboundRequest request;
  request.method = "POST";
  request.url = options_.endpoint;
  request.body = ProviderBody(message, options_);
  request.headers.Add("content-type", "application/json");
  request.headers.Add("zitadel-signature",
                      ProviderSignature(options_.signing_key, absl::Now(), request.body));
  request.headers.Add("idempotency-key", KeyForReceivers(message.key));
  request.deadline = limits.deadline;
  request.go_on = limits.go_on;
  ASSIGN_OR_RETURN(const OutboundResponse response, outbound_.Send(request));
  if (response.status / 100 == 2) return absl::OkStatus();
  return Error(absl::StatusCode::kUnavailable, "provider.refused",
               absl::StrCat("The provider answers ", response.status, "."));
}

}  // namespace muniment::gateway

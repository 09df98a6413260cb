#include "gateway/net/http1_parser.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace muniment::net {
namespace {

namespace http = boost::beast::http;

absl::string_view Of(boost::beast::string_view v) { return {v.data(), v.size()}; }

bool IsNumber(absl::string_view text) {
  for (const char c : text) {
    if (!absl::ascii_isdigit(c)) return false;
  }
  return !text.empty();
}

// The parser joins folded lines, so they are looked for in what it took.
bool HoldsFold(absl::string_view header) {
  return absl::StrContains(header, "\r\n ") || absl::StrContains(header, "\r\n\t");
}

// Takes scheme and host off a target in absolute form, as proxies send it (RFC 9112 section 3.2.2),
// and answers the host. What names none of HTTP is left as it is, which is refused as no path.
absl::string_view TakeHost(absl::string_view& target) {
  const size_t scheme = target.find("://");
  const absl::string_view name = target.substr(0, scheme);
  const bool ours = absl::EqualsIgnoreCase(name, "http") || absl::EqualsIgnoreCase(name, "https");
  if (scheme == absl::string_view::npos || !ours) return {};
  const absl::string_view rest = target.substr(scheme + 3);
  const absl::string_view host = rest.substr(0, rest.find_first_of("/?"));
  if (!host.empty()) target = rest.substr(host.size());
  return host;
}

}  // namespace

Http1Parser::Http1Parser(std::shared_ptr<Exchange> exchange, const Limits& limits)
    : exchange_(std::move(exchange)), limits_(limits) {
  // The limit of bodies is the handler's.
  body_limit(boost::none);
  header_limit(static_cast<uint32_t>(limits.header_bytes));
}

Http1Parser::Result Http1Parser::Feed(absl::string_view bytes, size_t& used) {
  const bool heading = !ready_;
  // Until the handler has the request its body must wait, so the header comes alone.
  eager(!heading);
  Code ec;
  used = put(boost::asio::const_buffer(bytes.data(), bytes.size()), ec);
  if (heading && HoldsFold(bytes.substr(0, used))) return Result::kBad;
  if (ec == http::error::need_more) {
    // No line of a header, of a chunk's head or of the trailers is as long as that.
    if (bytes.size() - used <= limits_.header_bytes) return Result::kMore;
    ec = http::error::header_limit;
  }
  if (ec == http::error::header_limit) refusal_ = 431;
  return ec ? Result::kBad : Result::kTaken;
}

void Http1Parser::on_request_impl(http::verb, View method, View target, int version, Code&) {
  Request& request = exchange_->mutable_request();
  request.method = std::string(Of(method));
  request.version = version;
  absl::string_view path = Of(target);
  request.authority = std::string(TakeHost(path));
  const size_t mark = path.find('?');
  request.path = std::string(path.substr(0, mark));
  if (request.path.empty() && !request.authority.empty()) request.path.assign(1, '/');
  if (mark != absl::string_view::npos) request.query = std::string(path.substr(mark + 1));
}

// Whether this field makes another framing of the request than we read it by, or could for others.
bool Http1Parser::FramesOtherwise(Field field, absl::string_view value) {
  if (field != http::field::transfer_encoding && field != http::field::content_length) return false;
  const Request& request = exchange_->request();
  if (request.headers.Has("transfer-encoding") || request.headers.Has("content-length")) return true;
  if (field == http::field::content_length) return !IsNumber(value);
  if (request.version == 10) return true;
  if (absl::EqualsIgnoreCase(value, "chunked")) return false;
  // A coding that we do not know, in a frame that we do.
  const size_t comma = value.rfind(',');
  const bool framed = comma != absl::string_view::npos &&
                      absl::EqualsIgnoreCase(
                          absl::StripLeadingAsciiWhitespace(value.substr(comma + 1)), "chunked");
  if (framed) refusal_ = 501;
  return true;
}

void Http1Parser::on_field_impl(Field field, View name, View value, Code& ec) {
  if (ready_) return;  // a trailer
  Request& request = exchange_->mutable_request();
  header_bytes_ += name.size() + value.size();
  if (request.headers.size() >= limits_.header_count || header_bytes_ > limits_.header_bytes) {
    ec = http::error::header_limit;
    return;
  }
  if (FramesOtherwise(field, Of(value))) {
    ec = http::error::bad_transfer_encoding;
    return;
  }
  if (field == http::field::host) {
    ++hosts_;
    if (request.authority.empty()) request.authority = std::string(Of(value));
  }
  if (field == http::field::expect) expects_ = absl::EqualsIgnoreCase(Of(value), "100-continue");
  request.headers.Add(absl::AsciiStrToLower(Of(name)), Of(value));
}

std::size_t Http1Parser::on_body_impl(View body, Code&) {
  exchange_->BodyArrived(Of(body));
  return body.size();
}

std::size_t Http1Parser::on_chunk_body_impl(std::uint64_t, View body, Code&) {
  exchange_->BodyArrived(Of(body));
  return body.size();
}

}  // namespace muniment::net

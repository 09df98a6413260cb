// Reads one HTTP/1.1 request (RFC 9112) by Boost.Beast's parser: the header into the exchange's
// request, the body to the exchange as it comes. What two readers of a connection, a proxy and we,
// could take for two different requests is refused: any framing but one plain Content-Length or one
// "Transfer-Encoding: chunked" (sections 6.1 and 6.3), and folded lines (section 5.2). Trailers are
// read and dropped: nothing that comes after the header may pass for a part of it (RFC 9110
// section 6.5.1).
//
//   Http1Parser parser(exchange, limits);
//   switch (parser.Feed(bytes, used)) { ... }
//
// Of the connection's I/O thread alone. Takes the header by itself, and no byte of the body with it.
#ifndef MUNIMENT_GATEWAY_NET_HTTP1_PARSER_H_
#define MUNIMENT_GATEWAY_NET_HTTP1_PARSER_H_

#include <boost/beast/http/basic_parser.hpp>
#include <cstdint>
#include <memory>

#include "absl/strings/string_view.h"
#include "gateway/net/http.h"
#include "gateway/net/limits.h"

namespace muniment::net {

class Http1Parser : private boost::beast::http::basic_parser<true> {
 public:
  // `limits` outlives the parser.
  Http1Parser(std::shared_ptr<Exchange> exchange, const Limits& limits);

  enum class Result {
    kTaken,  // `used` bytes; there may be more to take
    kMore,   // wants bytes that are not there yet
    kBad,    // cannot go on; before the header's end `refusal` is the status to refuse it with
  };
  // Takes from the front of `bytes`.
  Result Feed(absl::string_view bytes, size_t& used);

  bool ready() const { return ready_; }  // the header is whole
  bool done() const { return is_done(); }  // the request is
  int refusal() const { return refusal_; }
  // Once the header is whole:
  int hosts() const { return hosts_; }
  bool expects() const { return expects_; }  // "100-continue"
  bool keeps_alive() const { return keep_alive(); }
  uint64_t body_size() const { return content_length().value_or(0); }

 private:
  using Code = boost::beast::error_code;
  using View = boost::beast::string_view;
  using Field = boost::beast::http::field;

  bool FramesOtherwise(Field field, absl::string_view value);
  void on_request_impl(boost::beast::http::verb, View method, View target, int version,
                       Code&) override;
  void on_response_impl(int, View, int, Code&) override {}
  void on_field_impl(Field field, View name, View value, Code& ec) override;
  void on_header_impl(Code&) override { ready_ = true; }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Code&) override {}
  std::size_t on_body_impl(View body, Code&) override;
  void on_chunk_header_impl(std::uint64_t, View, Code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, View body, Code&) override;
  void on_finish_impl(Code&) override {}

  const std::shared_ptr<Exchange> exchange_;
  const Limits& limits_;
  bool ready_ = false, expects_ = false;
  int hosts_ = 0;
  size_t header_bytes_ = 0;
  int refusal_ = 400;
};

}  // namespace muniment::net

#endif  // MUNIMENT_GATEWAY_NET_HTTP1_PARSER_H_

#include <nghttp2/nghttp2.h>

#include <catch2/catch.hpp>

#include "absl/strings/match.h"
#include "tests/gateway_net/raw_client.h"
#include "tests/gateway_net/site.h"

namespace muniment::net {
namespace {

constexpr uint8_t kWhole = kEndHeaders | kEndStream;

// The status of a response's header block: an indexed field or a literal that holds the digits.
std::string StatusOf(const std::string& block) {
  static const char* const kIndexed[] = {"200", "204", "206", "304", "400", "404", "500"};
  const auto first = static_cast<uint8_t>(block.at(0));
  if (first >= 0x88 && first <= 0x8e) return kIndexed[first - 0x88];
  nghttp2_hd_inflater* inflater;
  nghttp2_hd_inflate_new(&inflater);
  nghttp2_nv field;
  int flags = 0;
  const auto* bytes = reinterpret_cast<const uint8_t*>(block.data());
  const ssize_t used = nghttp2_hd_inflate_hd2(inflater, &field, &flags, bytes, block.size(), 1);
  std::string status;
  if (used > 0 && (flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
    status.assign(reinterpret_cast<const char*>(field.value), field.valuelen);
  }
  nghttp2_hd_inflate_del(inflater);
  return status;
}

// Whether the server names the reason why it ends the connection.
bool ToldToCalmDown(RawClient& client) {
  const auto goaway = client.Await(kGoaway);
  return goaway.has_value() && GoawayCode(*goaway) == NGHTTP2_ENHANCE_YOUR_CALM;
}

bool Serves(Site& site) {
  Http2Client client(site.port());
  client.SendFrame(kHeaders, kWhole, 1, RequestBlock("GET", "/hello"));
  const auto data = client.Await(kData, 1);
  return data.has_value() && data->payload == "hello";
}

TEST_CASE("HTTP/2 with prior knowledge is answered on the port of HTTP/1.1") {
  Site site;
  Http2Client client(site.port());
  client.SendFrame(kHeaders, kEndHeaders, 1, RequestBlock("POST", "/echo"));
  client.SendFrame(kData, 0, 1, "ab");
  client.SendFrame(kData, kEndStream, 1, "cd");
  const auto head = client.Await(kHeaders, 1);
  REQUIRE(head.has_value());
  CHECK(StatusOf(head->payload) == "200");
  const auto data = client.Await(kData, 1);
  REQUIRE(data.has_value());
  CHECK(data->payload == "abcd");
  CHECK((data->flags & kEndStream) != 0);
}

TEST_CASE("a body that the header announces as too large is refused before it comes, over HTTP/2") {
  Site site;
  Http2Client client(site.port());
  client.SendFrame(kHeaders, kEndHeaders, 1,
                   RequestBlock("POST", "/echo") + Block({{"content-length", "100001"}}));
  const auto head = client.Await(kHeaders, 1);
  REQUIRE(head.has_value());
  CHECK(StatusOf(head->payload) == "413");
}

TEST_CASE("a request that is read by and by ends when it says nothing more, over HTTP/2") {
  Site site({.idle_time = absl::Seconds(2)});
  Http2Client client(site.port());
  client.SendFrame(kHeaders, kEndHeaders, 1, RequestBlock("POST", "/pieces"));
  client.SendFrame(kHeaders, kEndHeaders, 3, RequestBlock("POST", "/pieces"));
  client.SendFrame(kData, 0, 1, "abc");
  // The other one goes on for longer than that.
  for (int i = 0; i < 15; ++i) {
    absl::SleepFor(absl::Milliseconds(200));
    client.SendFrame(kData, i == 14 ? kEndStream : 0, 3, "x");
  }
  bool reset = false;
  std::string answer;
  while (!reset || answer != "all") {
    const auto frame = client.ReadFrame();
    REQUIRE(frame.has_value());
    if (frame->type == kReset) {
      CHECK(frame->stream == 1);
      CHECK(frame->payload == U32(NGHTTP2_CANCEL));
      reset = true;
    }
    if (frame->type == kData && frame->stream == 3) answer += frame->payload;
  }
  CHECK(Site::Soon(site.gone, 1));
  CHECK(site.gone == 1);
}

TEST_CASE("a body left open while its answer has begun ends when nothing moves, over HTTP/2") {
  Site site({.idle_time = absl::Seconds(2)});
  Http2Client client(site.port());
  client.SendFrame(kHeaders, kEndHeaders, 1, RequestBlock("POST", "/begun"));
  client.SendFrame(kHeaders, kEndHeaders, 3, RequestBlock("POST", "/begun"));
  client.SendFrame(kData, 0, 1, "abc");
  // The other one goes on for longer than that.
  for (int i = 0; i < 15; ++i) {
    absl::SleepFor(absl::Milliseconds(200));
    client.SendFrame(kData, 0, 3, "x");
  }
  std::string begun[4];
  const auto end = [&] {
    while (auto frame = client.ReadFrame()) {
      if (frame->type == kData) begun[frame->stream] += frame->payload;
      if (frame->type == kReset) return frame;
    }
    return std::optional<Frame>();
  };
  const auto reset = end();
  REQUIRE(reset.has_value());
  CHECK(reset->stream == 1);
  CHECK(reset->payload == U32(NGHTTP2_CANCEL));
  CHECK(Site::Soon(site.gone, 1));
  CHECK(site.gone == 1);
  // And then says no more either.
  const auto other = end();
  REQUIRE(other.has_value());
  CHECK(other->stream == 3);
  CHECK(begun[1] == "begun");
  CHECK(begun[3] == "begun");
  CHECK(Site::Soon(site.gone, 2));
}

TEST_CASE("the preface may come a byte at a time") {
  Site site;
  RawClient client(site.port());
  for (const char c : std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")) {
    client.Send(std::string(1, c));
    absl::SleepFor(absl::Milliseconds(1));
  }
  client.SendFrame(kSettings, 0, 0, "");
  client.SendFrame(kHeaders, kWhole, 1, RequestBlock("GET", "/hello"));
  CHECK(client.Await(kData, 1)->payload == "hello");
}

TEST_CASE("streams are answered out of order and from other threads") {
  Site site;
  Http2Client client(site.port());
  client.SendFrame(kHeaders, kWhole, 1, RequestBlock("GET", "/thread"));
  client.SendFrame(kHeaders, kWhole, 3, RequestBlock("GET", "/hello"));
  CHECK(client.Await(kData)->stream == 3);
  CHECK(client.Await(kData)->payload == "from a thread");
}

TEST_CASE("cookies that a browser split are one field again") {
  Site site;
  Http2Client client(site.port());
  client.SendFrame(kHeaders, kWhole, 1,
                   RequestBlock("GET", "/cookie") + Block({{"cookie", "a=1"}, {"cookie", "b=2"}}));
  CHECK(client.Await(kData, 1)->payload == "a=1; b=2");
}

TEST_CASE("a stream that opens and resets endlessly ends the connection, and only that") {
  Limits limits;
  limits.reset_burst = 100;
  limits.reset_rate = 1;
  Site site(limits);
  Http2Client client(site.port());
  bool open = true;
  for (uint32_t id = 1; open && id < 4000; id += 2) {
    open = client.SendFrame(kHeaders, kWhole, id, RequestBlock("GET", "/hang")) &&
           client.SendFrame(kReset, 0, id, U32(8));
  }
  CHECK(ToldToCalmDown(client));
  // Half of what was sent at most, however far the client runs ahead of the server.
  CHECK(site.hanging < 1000);
  CHECK(client.Ends());
  CHECK(Serves(site));
}

TEST_CASE("a header block of endless CONTINUATION frames ends the connection") {
  Site site;
  Http2Client client(site.port());
  client.SendFrame(kHeaders, kEndStream, 1, RequestBlock("GET", "/hello"));
  const std::string piece = Block({{"x", std::string(100, 'y')}});
  bool open = true;
  for (int i = 0; open && i < 20000; ++i) open = client.SendFrame(kContinuation, 0, 1, piece);
  CHECK(ToldToCalmDown(client));
  CHECK(client.Ends());
  CHECK(Serves(site));
}

TEST_CASE("pings now and then are answered; a flood of control frames is not") {
  Site site;
  Http2Client client(site.port());
  for (int i = 0; i < 10; ++i) client.SendFrame(kPing, 0, 0, "12345678");
  for (int i = 0; i < 10; ++i) {
    const auto pong = client.Await(kPing);
    REQUIRE(pong.has_value());
    CHECK(pong->flags == kAck);
    CHECK(pong->payload == "12345678");
  }
  const uint8_t type = GENERATE(kPing, kSettings, kPriority);
  const std::string payload = type == kPing ? "12345678" : type == kSettings ? "" : U32(3) + "\x10";
  bool open = true;
  for (int i = 0; open && i < 5000; ++i) {
    open = client.SendFrame(type, 0, type == kPriority ? 1 : 0, payload);
  }
  CHECK(ToldToCalmDown(client));
  CHECK(client.Ends());
}

TEST_CASE("a header that is too long or has too many fields is answered 431 on its stream") {
  Site site;
  Http2Client client(site.port());
  const std::string block = RequestBlock("GET", "/hello");
  std::string many = block;
  for (int i = 0; i < 300; ++i) many += Block({{"x", "y"}});
  client.SendFrame(kHeaders, kWhole, 1, many);
  CHECK(StatusOf(client.Await(kHeaders, 1)->payload) == "431");
  // More than 64 KiB in six frames.
  Http2Client longer(site.port());
  longer.SendFrame(kHeaders, kEndStream, 1, block);
  for (int i = 0; i < 5; ++i) {
    longer.SendFrame(kContinuation, i == 4 ? kEndHeaders : 0, 1,
                     Block({{"x", std::string(16000, 'y')}}));
  }
  const auto answer = longer.Await(kHeaders, 1);
  // The header compression has a ceiling of its own, which ends the connection.
  if (answer.has_value()) {
    CHECK(StatusOf(answer->payload) == "431");
  } else {
    CHECK(longer.Ends());
  }
  CHECK(Serves(site));
}

TEST_CASE("more streams than are allowed are refused, the others are served") {
  Limits limits;
  limits.concurrent_streams = 3;
  Site site(limits);
  Http2Client client(site.port());
  for (uint32_t id = 1; id <= 9; id += 2) {
    client.SendFrame(kHeaders, kWhole, id, RequestBlock("GET", "/hang"));
  }
  const auto refused = client.Await(kReset);
  REQUIRE(refused.has_value());
  CHECK(refused->stream == 7);
  CHECK(refused->payload == U32(NGHTTP2_REFUSED_STREAM));
  REQUIRE(Site::Soon(site.hanging, 3));
  CHECK(site.hanging == 3);
  site.Release();
  CHECK(client.Await(kData)->payload == "at last");
  // Once it has agreed to the limit, crossing it is a fault of the whole connection.
  Http2Client bold(site.port());
  bold.Await(kSettings);
  bold.SendFrame(kSettings, kAck, 0, "");
  for (uint32_t id = 1; id <= 9; id += 2) {
    bold.SendFrame(kHeaders, kWhole, id, RequestBlock("GET", "/hang"));
  }
  const auto goaway = bold.Await(kGoaway);
  REQUIRE(goaway.has_value());
  CHECK(GoawayCode(*goaway) == NGHTTP2_PROTOCOL_ERROR);
  CHECK(Site::Soon(site.gone, 3));
}

TEST_CASE("frames that break the protocol end the connection with the right code") {
  Site site;
  Http2Client large(site.port());
  large.SendFrame(kData, 0, 1, std::string(20000, 'x'));
  CHECK(GoawayCode(*large.Await(kGoaway)) == NGHTTP2_FRAME_SIZE_ERROR);
  CHECK(large.Ends());
  Http2Client hpack(site.port());
  hpack.SendFrame(kHeaders, kWhole, 1, std::string(20, '\xff'));
  CHECK(GoawayCode(*hpack.Await(kGoaway)) == NGHTTP2_COMPRESSION_ERROR);
  Http2Client even(site.port());
  even.SendFrame(kHeaders, kWhole, 2, RequestBlock("GET", "/hello"));
  CHECK(GoawayCode(*even.Await(kGoaway)) == NGHTTP2_PROTOCOL_ERROR);
  Http2Client torn(site.port());
  torn.Send(std::string("\x00\x10\x00\x01", 4));
  torn.Close();
  CHECK(Serves(site));
}

TEST_CASE("malformed header fields reset their stream") {
  Site site;
  Http2Client client(site.port());
  client.SendFrame(kHeaders, kWhole, 1, RequestBlock("GET", "/hello") + Block({{"X-Upper", "1"}}));
  CHECK(client.Await(kReset, 1).has_value());
  client.SendFrame(kHeaders, kWhole, 3,
                   RequestBlock("GET", "/hello") + Block({{"connection", "close"}}));
  CHECK(client.Await(kReset, 3).has_value());
  client.SendFrame(kHeaders, kWhole, 5, Block({{":method", "GET"}, {":path", "/hello"}}));
  CHECK(client.Await(kReset, 5).has_value());
}

TEST_CASE("a header block, or a greeting, that never ends is ended at the time limit") {
  Site site({.header_time = absl::Milliseconds(300)});
  Http2Client block(site.port());
  block.SendFrame(kHeaders, kEndStream, 1, RequestBlock("GET", "/hello"));
  CHECK(GoawayCode(*block.Await(kGoaway)) == NGHTTP2_ENHANCE_YOUR_CALM);
  RawClient greeting(site.port());
  greeting.Send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  CHECK(greeting.Ends());
}

TEST_CASE("a body that never comes is told to its reader, and an idle connection is told to go") {
  Limits limits;
  limits.request_time = absl::Milliseconds(300);
  limits.idle_time = absl::Milliseconds(300);
  Site site(limits);
  Http2Client client(site.port());
  client.SendFrame(kHeaders, kEndHeaders, 1, RequestBlock("POST", "/echo"));
  CHECK(StatusOf(client.Await(kHeaders, 1)->payload) == "413");
  const auto goaway = client.Await(kGoaway);
  REQUIRE(goaway.has_value());
  CHECK(GoawayCode(*goaway) == NGHTTP2_NO_ERROR);
  CHECK(client.Ends());
}

TEST_CASE("a stream's body that stalls ends soon, one that comes slowly is taken") {
  Limits limits;
  limits.body_stall = absl::Milliseconds(700);
  Site site(limits);
  Http2Client client(site.port());
  client.SendFrame(kHeaders, kEndHeaders, 1, RequestBlock("POST", "/echo"));
  client.SendFrame(kHeaders, kEndHeaders, 3, RequestBlock("POST", "/echo"));
  client.SendFrame(kData, 0, 1, "abc");
  for (int i = 0; i < 10; ++i) {
    absl::SleepFor(absl::Milliseconds(200));
    client.SendFrame(kData, i == 9 ? kEndStream : 0, 3, "x");
  }
  CHECK(StatusOf(client.Await(kHeaders, 1)->payload) == "413");  // as /echo answers any fault
  CHECK(StatusOf(client.Await(kHeaders, 3)->payload) == "200");
  CHECK(client.Await(kData, 3)->payload == "xxxxxxxxxx");
}

TEST_CASE("a request that names two hosts is refused") {
  Site site;
  Http2Client client(site.port());
  const auto ask = [&](uint32_t stream, const std::string& host) {
    client.SendFrame(kHeaders, kEndHeaders | kEndStream, stream,
                     Block({{":method", "GET"}, {":scheme", "http"}, {":path", "/who"},
                            {":authority", "one.example"}, {"host", host}}));
    return StatusOf(client.Await(kHeaders, stream)->payload);
  };
  CHECK(ask(1, "two.example") == "400");
  CHECK(ask(3, "One.example") == "200");
}

TEST_CASE("a stream that the client makes us reset counts like one that it resets itself") {
  Limits limits;
  limits.reset_burst = 50;
  limits.reset_rate = 10;
  Site site(limits);
  Http2Client client(site.port());
  bool open = true;
  for (uint32_t id = 1; open && id < 2000; id += 2) {
    open = client.SendFrame(kHeaders, kWhole, id, RequestBlock("GET", "/hang")) &&
           // A window past its largest size (RFC 9113 section 6.9.1).
           client.SendFrame(kWindow, 0, id, U32(0x7fffffff));
  }
  CHECK(ToldToCalmDown(client));
  CHECK(client.Ends());
  // Half of what was sent at most, however far the client runs ahead of the server.
  CHECK(site.hanging < 1000);
  CHECK(Serves(site));
}

TEST_CASE("bodies under way share one budget, which is given back") {
  Limits limits;
  limits.buffered_bodies = 50000;
  Site site(limits);
  Http2Client greedy(site.port());
  for (uint32_t id = 1; id <= 9; id += 2) {
    greedy.SendFrame(kHeaders, kEndHeaders, id, RequestBlock("POST", "/echo"));
    greedy.SendFrame(kData, 0, id, std::string(14000, 'x'));
  }
  const auto refused = greedy.Await(kHeaders, 7);
  REQUIRE(refused.has_value());
  CHECK(StatusOf(refused->payload) == "413");
  greedy.Close();
  std::string status;
  for (int i = 0; i < 20; ++i) {
    Http2Client client(site.port());
    client.SendFrame(kHeaders, kEndHeaders, 1, RequestBlock("POST", "/echo"));
    client.SendFrame(kData, kEndStream, 1, std::string(16000, 'x'));
    const auto answer = client.Await(kHeaders, 1);
    REQUIRE(answer.has_value());
    status = StatusOf(answer->payload);
    if (status == "200" && i > 10) break;
    absl::SleepFor(absl::Milliseconds(20));
  }
  CHECK(status == "200");
}

TEST_CASE("a reset by the client reaches the handler") {
  Site site;
  Http2Client client(site.port());
  client.SendFrame(kHeaders, kWhole, 1, RequestBlock("GET", "/hang"));
  REQUIRE(Site::Soon(site.hanging, 1));
  client.SendFrame(kReset, 0, 1, U32(8));
  CHECK(Site::Soon(site.gone, 1));
}

TEST_CASE("a long answer waits for the client's window, and at last is given up") {
  Limits limits;
  limits.stall_time = absl::Milliseconds(300);
  Site site(limits);
  Http2Client client(site.port());
  client.SendFrame(kHeaders, kWhole, 1, RequestBlock("GET", "/long"));
  size_t got = 0;
  while (auto frame = client.ReadFrame()) {
    if (frame->type == kData) got += frame->payload.size();
    if (frame->type == kReset) break;
  }
  CHECK(got == 65535);
  client.SendFrame(kHeaders, kWhole, 3, RequestBlock("GET", "/who"));
  CHECK(client.Await(kHeaders, 3).has_value());
}

TEST_CASE("with windows opened a long answer arrives whole") {
  Site site;
  RawClient client(site.port());
  client.Greet(std::string("\x00\x04", 2) + U32(0x7fffffff));
  client.SendFrame(kWindow, 0, 0, U32(0x7fff0000));
  client.SendFrame(kHeaders, kWhole, 1, RequestBlock("GET", "/long"));
  size_t got = 0;
  while (auto frame = client.Await(kData, 1)) {
    got += frame->payload.size();
    if ((frame->flags & kEndStream) != 0) break;
  }
  CHECK(got == 20 << 20);
}

TEST_CASE("draining warns, serves what was begun, names the last stream and closes") {
  Site site;
  Http2Client client(site.port());
  client.SendFrame(kHeaders, kWhole, 1, RequestBlock("GET", "/hang"));
  REQUIRE(Site::Soon(site.hanging, 1));
  std::jthread stop([&] { site.server->Stop(absl::Seconds(10)); });
  const auto warning = client.Await(kGoaway);
  REQUIRE(warning.has_value());
  CHECK(GoawayCode(*warning) == 0);
  CHECK(warning->payload.substr(0, 4) == U32(0x7fffffff));
  // Sent before the client could know better: still served.
  client.SendFrame(kHeaders, kWhole, 3, RequestBlock("GET", "/hello"));
  const auto ping = client.Await(kPing);
  client.SendFrame(kPing, kAck, 0, ping->payload);
  CHECK(client.Await(kData, 3)->payload == "hello");
  site.Release();
  bool answered = false, told = false;
  while (auto frame = client.ReadFrame()) {
    if (frame->type == kData && frame->stream == 1) answered = frame->payload == "at last";
    if (frame->type == kGoaway) told = frame->payload.substr(0, 4) == U32(3);
  }
  CHECK(answered);
  CHECK(told);
  client.Close();
  const absl::Time start = absl::Now();
  stop.join();
  CHECK(absl::Now() - start < absl::Seconds(5));
}

}  // namespace
}  // namespace muniment::net

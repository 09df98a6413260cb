// What decoding a request may cost, and where it is done.
#include <catch2/catch.hpp>

#include <chrono>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gateway/rpc/codec.h"
#include "gateway/rpc/compress.h"
#include "gateway/rpc/envelope.h"
#include "gateway/rpc/json_reader.h"
#include "gateway/rpc/wire_scan.h"
#include "tests/gateway_rpc/echo.h"
#include "tests/gateway_rpc/local_exchange.h"
#include "tests/gateway_rpc/random_message.h"

namespace muniment::rpc {
namespace {

using testing::Everything;

constexpr size_t kValues = 1000;
constexpr DecodeLimits kFew = {.values = kValues};

std::string Times(size_t count, const std::string& piece) {
  std::string out;
  for (size_t i = 0; i < count; ++i) out += piece;
  return out;
}

// `count` times `element`, with commas between.
std::string Listed(size_t count, const std::string& element) {
  return absl::StrJoin(std::vector<std::string>(count, element), ",");
}

TEST_CASE("a binary message of too many values is refused, whatever they are") {
  const auto read = [](const std::string& bytes) {
    Everything message;
    return Reason(ParseMessage(Format::kProto, bytes, message, kFew));
  };
  Everything packed;
  const auto numbers = [&packed](size_t count) {
    packed.Clear();
    for (size_t i = 0; i < count; ++i) packed.add_numbers(i % 2 == 0 ? 1 : -1);
    return packed.SerializeAsString();
  };
  const auto doubles = [&packed](size_t count) {
    packed.Clear();
    for (size_t i = 0; i < count; ++i) packed.add_doubles(1);
    return packed.SerializeAsString();
  };
  CHECK(read(numbers(kValues)) == "");
  CHECK(read(numbers(kValues + 1)) == "request.too_many_values");
  CHECK(read(doubles(kValues)) == "");
  CHECK(read(doubles(kValues + 1)) == "request.too_many_values");
  for (const std::string& piece : {
           std::string("\x9a\x01\0", 3),        // many: an empty message
           std::string("\x82\x01\0", 3),        // texts: an empty text
           std::string("\x20\x01"),             // int32_value, again and again
           std::string("\xf8\xff\x07\x01", 4),  // an unknown number
           std::string("\xfa\xff\x07\0", 4),    // unknown bytes
           std::string("\x8b\x7d\x8c\x7d", 4),  // an unknown group: two tags
       }) {
    INFO(absl::CHexEscape(piece));
    CHECK(read(Times(kValues / 2, piece)) == "");
    CHECK(read(Times(kValues + 1, piece)) == "request.too_many_values");
  }
  // An entry of a map is three values, a message below a message counts with all above it.
  CHECK(read(Times(333, std::string("\xaa\x01\x04\x0a\0\x12\0", 7))) == "");
  CHECK(read(Times(334, std::string("\xaa\x01\x04\x0a\0\x12\0", 7))) ==
        "request.too_many_values");
  CHECK(read(Times(334, std::string("\x6a\x04\x12\x02\x6a\0", 6))) == "request.too_many_values");
}

TEST_CASE("a JSON message of too many values is refused, whatever they are") {
  const auto read = [](const std::string& json) {
    Everything message;
    return Reason(ReadJson(json, message, kFew));
  };
  const struct {
    std::string before, element, after;
  } kCases[] = {
      {R"({"many":[)", "{}", "]}"},          {R"({"texts":[)", R"("")", "]}"},
      {R"({"numbers":[)", "1", "]}"},        {R"({"blobs":[)", R"("")", "]}"},
      {R"({"list":[)", "null", "]}"},        {R"({"value":[)", "1", "]}"},
      {R"({"struct":{"a":[)", "{}", "]}}"},  {R"({"mask":"a,)", "b", "\"}"},
      {R"({"times":[)", R"("2020-01-01T00:00:00Z")", "]}"},
      {R"({"nested":{"colours":[)", "1", "]}}"},
  };
  for (const auto& c : kCases) {
    INFO(c.before);
    CHECK(read(absl::StrCat(c.before, Listed(kValues - 5, c.element), c.after)) == "");
    CHECK(read(absl::StrCat(c.before, Listed(kValues + 1, c.element), c.after)) ==
          "request.too_many_values");
  }
  std::vector<std::string> members;
  for (size_t i = 0; i <= kValues; ++i) members.push_back(absl::StrCat("\"", i, "\":\"\""));
  for (const char* field : {"textMap", "struct"}) {
    CHECK(read(absl::StrCat("{\"", field, "\":{", absl::StrJoin(members, ","), "}}")) ==
          "request.too_many_values");
  }
  // What is skipped makes nothing.
  CHECK(read(absl::StrCat(R"({"unknown":[)", Listed(kValues * 2, "[{}]"), "]}")) == "");
}

TEST_CASE("what a parser takes the count of its values takes") {
  std::mt19937_64 random(11);
  size_t taken = 0;
  for (int round = 0; round < 3000; ++round) {
    Everything message;
    Randomize(random, 3, message);
    std::string bytes = message.SerializeAsString();
    CHECK(ScanWire(Everything::descriptor(), bytes, {.values = bytes.size()}).ok());
    for (int change = 0; change < 3 && !bytes.empty(); ++change) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
      Everything parsed;
      DecodeLimits limits;
      if (!ParseMessage(Format::kProto, bytes, parsed, limits).ok()) continue;
      ++taken;
      INFO(absl::CHexEscape(bytes));
      CHECK(ScanWire(Everything::descriptor(), bytes, {.values = bytes.size()}).ok());
    }
  }
  CHECK(taken > 100);
}

TEST_CASE("counting values costs a small part of making them") {
  const std::string bytes = Times(100000, std::string("\x9a\x01\x03\x0a\x01x", 6));
  double count = 1e9, make = 1e9;
  for (int round = 0; round < 5; ++round) {
    const auto start = std::chrono::steady_clock::now();
    REQUIRE(ScanWire(Everything::descriptor(), bytes, {.values = 1 << 20}).ok());
    const auto middle = std::chrono::steady_clock::now();
    Everything message;
    REQUIRE(message.ParseFromString(bytes));
    const auto end = std::chrono::steady_clock::now();
    count = std::min(count, std::chrono::duration<double>(middle - start).count());
    make = std::min(make, std::chrono::duration<double>(end - middle).count());
  }
  INFO("count " << count << " s, make " << make << " s, ratio " << count / make);
  CHECK(count < make / 2);
}

// ---------------------------------------------------------------------- at the door

std::string Enveloped(const std::string& bytes, uint8_t flags) {
  std::string out;
  const size_t start = OpenEnvelope(out);
  out += bytes;
  CloseEnvelope(start, flags, out);
  return out;
}

struct Sent {
  std::string path, type, encoding_name, body;
};

// The same bytes in every protocol, compressed.
std::vector<Sent> Everywhere(const std::string& binary, const std::string& json) {
  const std::string wrapped = Enveloped(Gzip(binary), kCompressed);
  return {{kEcho, "application/grpc", "grpc-encoding", wrapped},
          {kEcho, "application/grpc-web+proto", "grpc-encoding", wrapped},
          {kEcho, "application/proto", "content-encoding", Gzip(binary)},
          {kEcho, "application/json", "content-encoding", Gzip(json)},
          {"/test/echo", "application/json", "content-encoding", Gzip(json)}};
}

std::shared_ptr<LocalExchange> Send(Door& door, const Sent& sent) {
  auto exchange = std::make_shared<LocalExchange>("POST", sent.path);
  exchange->With("content-type", sent.type);
  if (!sent.encoding_name.empty()) exchange->With(sent.encoding_name, "gzip");
  exchange->Run(*door.handler, sent.body);
  return exchange;
}

bool Refused(const LocalExchange& exchange) {
  // RESOURCE_EXHAUSTED in each protocol's way.
  return exchange.Header("grpc-status") == "8" || exchange.head.status == 413 || exchange.head.status == 429 ||
         exchange.body.find("grpc-status: 8\r\n") != std::string::npos;
}

TEST_CASE("a few kilobytes of gzip that stand for a million values go no further anywhere") {
  Door door;
  const std::string binary = Times(1000000, std::string("\x9a\x01\0", 3));
  const std::string json = absl::StrCat(R"({"many":[)", Listed(1000000, "{}"), "]}");
  for (const Sent& sent : Everywhere(binary, json)) {
    INFO(sent.path << " " << sent.type);
    CHECK(sent.body.size() < 16 << 10);
    CHECK(Refused(*Send(door, sent)));
  }
  CHECK(door.echo->calls == 0);
}

TEST_CASE("a URL makes as many values as it has parameters") {
  Door door;
  const auto get = [&](size_t parameters) {
    std::vector<std::string> texts(parameters, "nested.deeper.nested.deeper.texts=x");
    auto exchange = std::make_shared<LocalExchange>(
        "GET", absl::StrCat("/test/echo/a?", absl::StrJoin(texts, "&")));
    exchange->Run(*door.handler);
    return exchange->head.status;
  };
  CHECK(get(500) == 200);
  CHECK(get(501) == 400);
  CHECK(door.echo->calls == 1);
}

// A door whose large requests wait until a test runs them.
struct Aside {
  Aside() : door(Make()) {}
  ~Aside() { work.clear(); }  // what is dropped is still told to the door's log
  Options Make() {
    Options options;
    options.max_aside = 300 << 10;
    options.aside = [this](absl::AnyInvocable<void()> one) {
      if (full) return false;
      work.push_back(std::move(one));
      return true;
    };
    return options;
  }
  void Run() {
    for (auto& one : std::exchange(work, {})) one();
  }

  bool full = false;
  std::vector<absl::AnyInvocable<void()>> work;
  Door door;
};

std::string TextOf(size_t bytes) {
  Everything message;
  message.set_text_value(std::string(bytes, 'x'));
  return message.SerializeAsString();
}

TEST_CASE("a large request is decoded aside, a small one where it came in") {
  Aside aside;
  const std::string small = TextOf(1000), large = TextOf(100 << 10);
  for (const Sent& sent : Everywhere(small, R"({"textValue":"x"})")) Send(aside.door, sent);
  Send(aside.door, {kEcho, "application/grpc", "", Enveloped(small, 0)});
  CHECK(aside.work.empty());
  CHECK(aside.door.echo->calls == 6);

  const std::string json = absl::StrCat(R"({"textValue":")", std::string(100 << 10, 'x'), "\"}");
  std::vector<std::shared_ptr<LocalExchange>> answers;
  for (const Sent& sent : Everywhere(large, json)) answers.push_back(Send(aside.door, sent));
  answers.push_back(Send(aside.door, {kEcho, "application/grpc", "", Enveloped(large, 0)}));
  answers.push_back(Send(aside.door, {"/test/echo", "application/json", "", json}));
  CHECK(aside.work.size() == 7);
  CHECK(aside.door.echo->calls == 6);
  aside.Run();
  CHECK(aside.door.echo->calls == 13);
  CHECK(aside.door.echo->last.text_value().size() == 100 << 10);
  for (const auto& answer : answers) {
    CHECK(answer->head.status == 200);
    CHECK_FALSE(Refused(*answer));
  }
}

TEST_CASE("only so many bytes wait to be decoded, and they are given back on every way") {
  Aside aside;
  const Sent large = {kEcho, "application/grpc", "", Enveloped(TextOf(100 << 10), 0)};
  const auto fill = [&] {
    CHECK_FALSE(Refused(*Send(aside.door, large)));
    CHECK_FALSE(Refused(*Send(aside.door, large)));
    CHECK(Refused(*Send(aside.door, large)));  // a third would be too much
    CHECK(aside.work.size() == 2);
  };
  fill();
  aside.Run();  // decoded
  fill();
  aside.work.clear();  // dropped
  fill();
  aside.Run();
  aside.full = true;  // not taken
  for (int i = 0; i < 5; ++i) CHECK(Refused(*Send(aside.door, large)));
  aside.full = false;
  fill();
  aside.Run();
  const Sent bad = {kEcho, "application/grpc", "", Enveloped(std::string(100 << 10, '\xff'), 0)};
  for (int i = 0; i < 5; ++i) {  // malformed
    CHECK(Send(aside.door, bad)->head.status == 0);
    aside.Run();
  }
  auto gone = Send(aside.door, large);  // the client has gone
  gone->Close(false);
  aside.Run();
  fill();
}

TEST_CASE("a request whose deadline passes while it waits reaches no dispatcher") {
  Aside aside;
  auto exchange = std::make_shared<LocalExchange>("POST", kEcho);
  exchange->With("content-type", "application/grpc").With("grpc-timeout", "100m");
  exchange->Run(*aside.door.handler, Enveloped(TextOf(100 << 10), 0));
  exchange->clock().Advance(absl::Seconds(1));
  aside.Run();
  CHECK(aside.door.echo->calls == 0);
  CHECK(exchange->Header("grpc-status") == "4");
}

}  // namespace
}  // namespace muniment::rpc

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>

#include <catch2/catch.hpp>
#include <limits>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "gateway/rpc/codec.h"
#include "gateway/rpc/json_reader.h"
#include "gateway/rpc/json_writer.h"
#include "muniment/testing/echo.pb.h"
#include "tests/gateway_rpc/random_message.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::rpc {
namespace {

using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;
using testing::Everything;

Everything Read(absl::string_view json) {
  Everything message;
  const absl::Status status = ReadJson(json, message);
  INFO(json);
  CHECK(status.ToString() == "OK");
  return message;
}

absl::Status Refusal(absl::string_view json) {
  Everything message;
  return ReadJson(json, message);
}

std::string Written(const Message& message) {
  std::string out;
  const absl::Status status = WriteJson(message, out);
  CHECK(status.ToString() == "OK");
  return out;
}

template <typename T>
void Compare(int rounds, int depth) {
  std::mt19937_64 random(20260101);
  for (int i = 0; i < rounds; ++i) {
    T filled, message, by_theirs, by_ours;
    Randomize(random, depth, filled);
    // Through its bytes, so that a map's keys are one of each.
    REQUIRE(message.ParseFromString(filled.SerializeAsString()));
    const std::string ours = Written(message);
    std::string theirs;
    REQUIRE(google::protobuf::util::MessageToJsonString(message, &theirs).ok());
    INFO(ours << "\n" << theirs);
    REQUIRE(google::protobuf::util::JsonStringToMessage(ours, &by_theirs).ok());
    REQUIRE(ReadJson(theirs, by_ours, {.depth = 100}).ToString() == "OK");
    CHECK(MessageDifferencer::Equals(message, by_theirs));
    REQUIRE(MessageDifferencer::Equals(message, by_ours));
  }
}

TEST_CASE("our JSON and protobuf's mean the same, either way, for messages made at random") {
  Compare<Everything>(3000, 4);
  Compare<zitadel::user::v2::ListUsersRequest>(500, 5);
  Compare<zitadel::user::v2::AddHumanUserRequest>(500, 5);
  Compare<zitadel::user::v2::GetUserByIDResponse>(500, 5);
}

TEST_CASE("texts damaged at random are refused by us whenever protobuf refuses their meaning") {
  std::mt19937_64 random(7);
  int refused = 0;
  for (int i = 0; i < 20000; ++i) {
    Everything filled, message, read;
    Randomize(random, 3, filled);
    REQUIRE(message.ParseFromString(filled.SerializeAsString()));
    std::string json = Written(message);
    for (size_t n = 1 + random() % 3; n > 0; --n) {
      const size_t at = random() % json.size();
      switch (random() % 3) {
        case 0: json.erase(at, 1 + random() % 4); break;
        case 1: json[at] = "{}[]\",:0-x\\\xff\x80"[random() % 13]; break;
        default: json.insert(at, 1, "{}[]\",:0-x\\\xff"[random() % 12]); break;
      }
      if (json.empty()) json = "{";
    }
    const absl::Status status = ReadJson(json, read);
    if (!status.ok()) {
      ++refused;
      REQUIRE(status.code() == absl::StatusCode::kInvalidArgument);
      REQUIRE(Reason(status) == "request.malformed");
    } else {
      // What we took can be said again and means the same.
      Everything again;
      REQUIRE(ReadJson(Written(read), again, {.depth = 100}).ok());
      REQUIRE(MessageDifferencer::Equals(read, again));
    }
  }
  CHECK(refused > 10000);
}

TEST_CASE("names are taken as JSON's and as proto's, and written as JSON's") {
  CHECK(Read(R"({"textValue":"a","int32_value":1,"otherName":"x"})").renamed() == "x");
  CHECK(Read(R"({"text_value":"a","renamed":"y"})").renamed() == "y");
  Everything message;
  message.set_renamed("z");
  message.set_int64_value(-5);
  CHECK(Written(message) == R"({"int64Value":"-5","otherName":"z"})");
}

TEST_CASE("numbers come bare, in quotes, and in any exact form") {
  CHECK(Read(R"({"int64Value":"9223372036854775807"})").int64_value() ==
        std::numeric_limits<int64_t>::max());
  CHECK(Read(R"({"int64Value":-9223372036854775808})").int64_value() ==
        std::numeric_limits<int64_t>::min());
  CHECK(Read(R"({"int32Value":1e3})").int32_value() == 1000);
  CHECK(Read(R"({"int32Value":1.0})").int32_value() == 1);
  CHECK(Read(R"({"doubleValue":"NaN"})").double_value() != 0);
  CHECK(Read(R"({"floatValue":"-Infinity"})").float_value() < 0);
  CHECK(Read(R"({"colour":"COLOUR_BLUE"})").colour() == testing::COLOUR_BLUE);
  CHECK(Read(R"({"colour":2})").colour() == testing::COLOUR_BLUE);
  for (const char* bad :
       {R"({"int32Value":2147483648})", R"({"int32Value":1.5})", R"({"uint32Value":-1})",
        R"({"int64Value":9223372036854775808})", R"({"int64Value":"0x10"})",
        R"({"int64Value":" 1"})", R"({"int32Value":""})", R"({"floatValue":1e39})",
        R"({"doubleValue":1e400})", R"({"doubleValue":NaN})", R"({"doubleValue":"nan"})",
        R"({"int32Value":01})", R"({"int32Value":+1})", R"({"int32Value":1.})",
        R"({"int32Value":true})", R"({"boolValue":"true"})", R"({"boolValue":1})",
        R"({"colour":"COLOUR_NONE"})", R"({"textValue":1})", R"({"doubleValue":"inf"})"}) {
    CAPTURE(bad);
    CHECK(Reason(Refusal(bad)) == "request.malformed");
  }
}

TEST_CASE("bytes come in either alphabet, padded or not") {
  for (const char* form : {"-_-_YQ==", "+/+/YQ==", "-_-_YQ", "+/+/YQ"}) {
    CHECK(Read(absl::StrCat(R"({"bytesValue":")", form, R"("})")).bytes_value() ==
          "\xfb\xff\xbf" "a");
  }
  CHECK_FALSE(Refusal(R"({"bytesValue":"a"})").ok());
  CHECK_FALSE(Refusal(R"({"bytesValue":"YQ="})").ok());
  CHECK_FALSE(Refusal(R"({"bytesValue":"Y Q="})").ok());
}

TEST_CASE("null leaves a field unset, but is a value where null is one") {
  const Everything message =
      Read(R"({"textValue":null,"nested":null,"texts":null,"textMap":null,"value":null})");
  CHECK(message.has_value());
  CHECK(message.value().kind_case() == google::protobuf::Value::kNullValue);
  CHECK_FALSE(message.has_nested());
  CHECK(Read(R"({"chosenNull":null})").choice_case() == Everything::kChosenNull);
  CHECK(Read(R"({"chosenText":null,"chosenNested":{}})").choice_case() ==
        Everything::kChosenNested);
  CHECK_FALSE(Refusal(R"({"texts":[null]})").ok());
  CHECK_FALSE(Refusal(R"({"textMap":{"a":null}})").ok());
}

TEST_CASE("a field given twice, and two members of a oneof, are refused") {
  for (const char* bad : {R"({"textValue":"a","textValue":"b"})",
                          R"({"textValue":"a","text_value":"b"})",
                          R"({"chosenText":"a","chosenNested":{}})",
                          R"({"struct":{"a":1,"a":2}})"}) {
    CAPTURE(bad);
    CHECK_FALSE(Refusal(bad).ok());
  }
}

TEST_CASE("unknown fields are refused, by a name that is one, where it is asked for") {
  DecodeLimits strict;
  strict.known_only = true;
  const auto fault = [&](absl::string_view json) {
    Everything message;
    return std::string(ReadJson(json, message, strict).message());
  };
  CHECK(fault(R"({"textValue":"x"})") == "");
  CHECK(absl::StrContains(fault(R"({"unknown":1})"), "unknown: there is no such field"));
  CHECK(absl::StrContains(fault(R"({"textValue":"x","a secret":1})"), "?: there is no such field"));
}

TEST_CASE("unknown fields are passed over, however they look, if they are JSON") {
  CHECK(Read(R"({"unknown":{"a":[1,{"b":"\u00e9"}],"c":null},"textValue":"x"})").text_value() ==
        "x");
  CHECK_FALSE(Refusal(R"({"unknown":{"a":[1,}})").ok());
  CHECK_FALSE(Refusal(absl::StrCat(R"({"unknown":)", std::string(100, '['))).ok());
}

TEST_CASE("times, spans and masks are held to their forms") {
  const Everything message = Read(R"({"time":"2024-02-29T23:59:59.5+01:00","span":"-1.5s",
                                      "mask":"textValue,nested.deeperStill"})");
  CHECK(message.time().seconds() == 1709247599);
  CHECK(message.time().nanos() == 500000000);
  CHECK(message.span().seconds() == -1);
  CHECK(message.span().nanos() == -500000000);
  CHECK(message.mask().paths(1) == "nested.deeper_still");
  for (const char* bad :
       {R"({"time":"2023-02-29T00:00:00Z"})", R"({"time":"2024-01-01"})",
        R"({"time":"2024-01-01T00:00:00"})", R"({"time":"0000-01-01T00:00:00Z"})",
        R"({"time":"2024-01-01T24:00:00Z"})", R"({"time":"2024-01-01T00:00:00.Z"})",
        R"({"time":"2024-01-01T00:00:00.1234567891Z"})", R"({"time":1})", R"({"span":"1"})",
        R"({"span":"1.s"})", R"({"span":"315576000001s"})", R"({"span":"--1s"})",
        R"({"mask":"text_value"})", R"({"any":{"@type":"x/unknown.Type"}})",
        R"({"any":{"textValue":"a"}})", R"({"any":{"@type":1}})"}) {
    CAPTURE(bad);
    CHECK(Reason(Refusal(bad)) == "request.malformed");
  }
}

TEST_CASE("an Any finds its type wherever it stands") {
  const Everything message = Read(
      R"({"any":{"name":"n","@type":"type.googleapis.com/muniment.testing.Everything.Nested"}})");
  Everything::Nested nested;
  REQUIRE(message.any().UnpackTo(&nested));
  CHECK(nested.name() == "n");
}

TEST_CASE("what is no JSON, no UTF-8, or too deep is refused") {
  for (const char* bad :
       {"", " ", "{", "}", "[]", "null", "1", "\"a\"", "{}{}", "{},", "{\"textValue\"}",
        "{\"textValue\":}", "{'textValue':1}", "{\"textValue\":\"a}", "{\"textValue\":\"\n\"}",
        "{\"textValue\":\"\\ud800\"}", "{\"textValue\":\"\\udc00\"}",
        "{\"textValue\":\"\\ud800\\u0041\"}", "{\"textValue\":\"\\x\"}", "{\"textValue\":\"\\u12\"}",
        "{\"textValue\":\"\xff\"}", "{\"textValue\":\"\xc0\x80\"}", "{\"textValue\":\"\xed\xa0\x80\"}",
        "{\"textValue\":\"\xf4\x90\x80\x80\"}", "{\"textValue\":\"\xe2\x98\"}", "{\"\xff\":1}",
        "{\"texts\":[\"a\",]}", "{\"texts\":\"a\"}", "{\"nested\":[]}", "{\"textValue\":\"a\",}",
        "{\"textMap\":[]}", "{\"nestedMap\":{\"x\":{}}}", "{\"boolMap\":{\"1\":1}}", "// {}\n{}"}) {
    CAPTURE(bad);
    CHECK(Reason(Refusal(bad)) == "request.malformed");
  }
  std::string deep = "{}";
  for (int i = 0; i < 40; ++i) deep = absl::StrCat(R"({"nested":{"deeper":)", deep, "}}");
  CHECK_FALSE(Refusal(deep).ok());
  CHECK_FALSE(Refusal(absl::StrCat(R"({"value":)", std::string(100000, '['))).ok());
  CHECK_FALSE(Refusal(absl::string_view("{\"textValue\":\"a\0\"}", 18)).ok());
}

TEST_CASE("a fault is told by field, expectation and place, and says nothing of the value") {
  struct Fault {
    const char *json, *text, *field;
  };
  const Fault faults[] = {
      {R"({"int32Value":"secret"})", "int32Value: expected a whole number of 32 bits at byte 14",
       "int32Value"},
      {R"({"textValue":  5})", "textValue: expected a string at byte 15", "textValue"},
      {R"({"textValue":["secret"]})", "textValue: expected a string at byte 13", "textValue"},
      {R"({"textValue":"a","textValue":"secret"})", "textValue: a second value at byte", "textValue"},
      {R"(["secret"])", ": expected an object at byte 0", ""},
      {R"({"secret":)", ": no value at byte 10", ""},
  };
  for (const Fault& fault : faults) {
    INFO(fault.json);
    Everything message;
    const absl::Status status = ReadJson(fault.json, message);
    CHECK(Reason(status) == "request.malformed");
    CHECK_THAT(std::string(status.message()), Catch::Contains(fault.text));
    CHECK_THAT(std::string(status.message()), !Catch::Contains("secret"));
    std::string field;
    for (const auto& [name, value] : ErrorFacts(status)) field = name == "field" ? value : field;
    CHECK(field == fault.field);
  }
}

TEST_CASE("every byte is written as it is or as it has to be, wherever it stands") {
  for (size_t length = 1; length < 20; ++length) {
    for (size_t at = 0; at < length; ++at) {
      for (int byte = 0; byte < 128; ++byte) {
        std::string text(length, 'a');
        text[at] = static_cast<char>(byte);
        std::string written;
        AppendJsonString(text, written);
        google::protobuf::Value value;
        REQUIRE(google::protobuf::util::JsonStringToMessage(written, &value).ok());
        REQUIRE(value.string_value() == text);
        const bool plain = byte >= 0x20 && byte != '"' && byte != '\\' && byte != 0x7f;
        REQUIRE((written.size() == length + 2) == plain);
      }
    }
  }
  std::string written;
  AppendJsonString("Zo\u00eb\u00eb\u00eb\u00eb\u00eb\"", written);
  CHECK(written == "\"Zo\u00eb\u00eb\u00eb\u00eb\u00eb\\\"\"");
}

TEST_CASE("a surrogate pair is one character") {
  CHECK(Read(R"({"textValue":"\ud83d\ude08\u00e9\/\b"})").text_value() == "😈é/\b");
}

TEST_CASE("what has no JSON form is an internal fault") {
  Everything message;
  message.mutable_time()->set_seconds(253402300800);
  std::string out;
  CHECK(WriteJson(message, out).code() == absl::StatusCode::kInternal);
  message.Clear();
  message.mutable_any()->set_type_url("type.googleapis.com/no.Such");
  CHECK(WriteJson(message, out).code() == absl::StatusCode::kInternal);
  message.Clear();
  message.mutable_value()->set_number_value(std::numeric_limits<double>::infinity());
  CHECK(WriteJson(message, out).code() == absl::StatusCode::kInternal);
}

TEST_CASE("binary messages that are torn, deep or not UTF-8 are refused") {
  Everything message;
  CHECK(Reason(ParseMessage(Format::kProto, "\x0a\x05" "ab", message)) == "request.malformed");
  CHECK(Reason(ParseMessage(Format::kProto, "\x0a\x01\xff", message)) == "request.malformed");
  CHECK(Reason(ParseMessage(Format::kProto, "\x0c", message)) == "request.malformed");
  CHECK(Reason(ParseMessage(Format::kProto, std::string(20, '\xff'), message)) ==
        "request.malformed");
  Everything deep;
  for (int i = 0; i < 40; ++i) {
    Everything outer;
    outer.mutable_nested()->mutable_deeper()->Swap(&deep);
    deep.Swap(&outer);
  }
  CHECK_FALSE(ParseMessage(Format::kProto, deep.SerializeAsString(), message).ok());
}

}  // namespace
}  // namespace muniment::rpc

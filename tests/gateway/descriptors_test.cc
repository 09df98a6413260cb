// What becomes of a server that may open few files, when strangers take every connection.
#include "gateway/descriptors.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <memory>
#include <vector>

#include "gateway/program.h"
#include "tests/gateway_net/raw_client.h"

namespace muniment::gateway {
namespace {

TEST_CASE("connections take what is left beside the stores, and no more than is asked for") {
  CHECK(ConnectionsWithin(65536, 20000) == 20000);
  CHECK(ConnectionsWithin(UINT64_MAX, 20000) == 20000);
  CHECK(ConnectionsWithin(20000, 20000) == 18720);
  CHECK(ConnectionsWithin(1024, 20000) == 256);
  CHECK(ConnectionsWithin(1024, 10) == 10);
  CHECK(ConnectionsWithin(0, 20000) == 1);
}

TEST_CASE("strangers who take every connection leave the stores what they need") {
  const DataDir data;
  // The soft limit alone would not do for the start.
  const Program server(data, "ulimit -Sn 20; ulimit -Hn 400");
  CHECK_THAT(server.Printed(), Catch::Contains("connections=100 asked=20000 descriptors=400"));
  const auto add = [&](net::RawClient& client, const std::string& name) {
    const std::string body = absl::StrCat(
        R"({"username": ")", name, R"(", "profile": {"givenName": "A", "familyName": "B"}, )",
        R"("email": {"email": "a@example.com", "isVerified": true}})");
    client.Send(absl::StrCat("POST /v2/users/human HTTP/1.1\r\nHost: localhost\r\n",
                             "Authorization: Bearer ", data.token(),
                             "\r\nContent-Type: application/json\r\nContent-Length: ", body.size(),
                             "\r\n\r\n", body));
    return client.ReadUntil("\r\n\r\n");
  };
  net::RawClient known(server.port());
  CHECK_THAT(add(known, "before"), Catch::Contains(" 200 OK"));
  std::vector<std::unique_ptr<net::RawClient>> crowd;
  for (int i = 0; i < 600; ++i) crowd.push_back(std::make_unique<net::RawClient>(server.port()));
  // Whoever finds no room is not left waiting.
  CHECK(crowd.back()->Ends());
  for (int i = 0; i < 20; ++i) {
    CHECK_THAT(add(known, absl::StrCat("during", i)), Catch::Contains(" 200 OK"));
  }
  crowd.clear();
  std::string got;
  for (int i = 0; i < 1000 && got.empty(); ++i) {
    absl::SleepFor(absl::Milliseconds(20));
    net::RawClient late(server.port());
    got = add(late, "after");
  }
  CHECK_THAT(got, Catch::Contains(" 200 OK"));
}

}  // namespace
}  // namespace muniment::gateway

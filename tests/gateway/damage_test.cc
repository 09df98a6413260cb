// A server whose log is damaged says so, from the moment somebody meets the damage.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "eventstore/rocksdb/rocks_store.h"
#include "gateway/served_node.h"
#include "gateway/shared_store.h"
#include "tests/gateway/json_client.h"
#include "tests/gateway_net/raw_client.h"

namespace muniment::gateway {
namespace {

using Catch::Contains;
using Catch::StartsWith;

constexpr int kPeople = 120;

std::string Page(Server& server, const std::string& path) {
  net::RawClient client(server.node().port());
  client.Send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  return client.ReadToEnd();
}

// The largest table of a log is that of its events.
std::string TableOfEvents(const std::string& log) {
  std::string largest;
  for (const auto& file : std::filesystem::directory_iterator(log)) {
    if (file.path().extension() != ".sst") continue;
    if (largest.empty() || file.file_size() > std::filesystem::file_size(largest)) {
      largest = file.path();
    }
  }
  REQUIRE_FALSE(largest.empty());
  return largest;
}

// One bit within it, behind what a start reads and before its end.
void Damage(const std::string& file) {
  std::string bytes = Content(file);
  REQUIRE(bytes.size() > 20000);
  bytes[bytes.size() / 3] ^= 0x01;
  std::ofstream(file, std::ios::binary) << bytes;
}

TEST_CASE("a log in which damage was met is not ready, says why, and takes nothing more") {
  const DataDir data;
  const Config config = *data.Load();
  {
    Server server(config);
    for (int i = 0; i < kPeople; ++i) {
      REQUIRE(AddHuman(server, absl::StrCat("user", i), {Bearer(data.token())}).ok());
    }
  }
  const std::string log = data / "log";
  {
    const auto store = eventstore::RocksStore::Open({.path = log});
    REQUIRE(store.status().message() == "");
    REQUIRE((*store)->PurgeErased().message() == "");  // writes all tables
  }
  Damage(TableOfEvents(log));

  Server server(config);
  const Server::Headers admin = {Bearer(data.token())};
  const JsonClient client(server.node().port(), data.token());
  CHECK_THAT(Page(server, "/debug/ready"), StartsWith("HTTP/1.1 200") && Contains("\r\n\r\nok\n"));
  CHECK(AddHuman(server, "before", admin).ok());

  const auto read = client.Call("zitadel.admin.v1.AdminService/ListEvents",
                                R"({"asc":true,"limit":1000})");
  CHECK(read.code == 500);
  CHECK_THAT(read.body, !Contains(".sst"));
  CHECK_THAT(Page(server, "/debug/ready"),
             StartsWith("HTTP/1.1 503") && Contains("\r\n\r\nstore.damaged\n"));
  CHECK(Reason(server.node().Ready()) == "store.damaged");
  CHECK_THAT(Page(server, "/debug/healthz"), StartsWith("HTTP/1.1 200"));
  CHECK_FALSE(AddHuman(server, "after", admin).ok());
}

}  // namespace
}  // namespace muniment::gateway

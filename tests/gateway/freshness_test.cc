// Several nodes over one log: what a node sees of what others did, and what is left while the
// database is away.
#include "gateway/freshness.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <set>
#include <thread>

#include "base/error.h"
#include "gateway/shared_store.h"
#include "gateway/storage.h"
#include "muniment/event/v1/metadata.pb.h"
#include "muniment/event/v1/user.pb.h"

namespace muniment::gateway {
namespace {

using zitadel::user::v2::AddPersonalAccessTokenRequest;
using zitadel::user::v2::AddPersonalAccessTokenResponse;
using zitadel::user::v2::RemovePersonalAccessTokenRequest;
using zitadel::user::v2::RemovePersonalAccessTokenResponse;
using zitadel::user::v2::SetUserMetadataRequest;
using zitadel::user::v2::SetUserMetadataResponse;

using Headers = Server::Headers;

absl::Status SetMetadata(Server& node, const std::string& user,
                                        const std::string& key, Headers headers) {
  SetUserMetadataRequest request;
  request.set_user_id(user);
  request.add_metadata()->set_key(key);
  request.mutable_metadata(0)->set_value("x");
  return node
      .Call<SetUserMetadataResponse>("zitadel.user.v2.UserService/SetUserMetadata", request,
                                     std::move(headers))
      .status();
}

TEST_CASE("a client that names no sequence reads on one node what another one answered") {
  SKIP_WITHOUT_POSTGRES();
  Pair nodes;
  const uint64_t before = nodes.b.node().costs().head_queries;
  for (int i = 0; i < 50; ++i) {
    const auto id = AddHuman(nodes.a, absl::StrCat("user", i), {Bearer(nodes.token)});
    REQUIRE(id.status().message() == "");
    CHECK(GetUser(nodes.b, *id, {Bearer(nodes.token)}).status().message() == "");
  }
  // Not more than one query a read, and a poll.
  CHECK(nodes.b.node().costs().head_queries - before <= 51);
}

TEST_CASE("a token works on every node as soon as it is given out") {
  SKIP_WITHOUT_POSTGRES();
  Pair nodes;
  const std::string machine = MachineId(nodes.a, {Bearer(nodes.token)});
  for (int i = 0; i < 20; ++i) {
    AddPersonalAccessTokenRequest request;
    request.set_user_id(machine);
    request.mutable_expiration_date()->set_seconds(4'000'000'000);
    const auto added = nodes.a.Call<AddPersonalAccessTokenResponse>(
        "zitadel.user.v2.UserService/AddPersonalAccessToken", request, {Bearer(nodes.token)});
    REQUIRE(added.status().message() == "");
    CHECK(SetMetadata(nodes.b, nodes.user, "k", {Bearer(added->token())}).ok());
  }
}

TEST_CASE("reads that come together ask the database together") {
  SKIP_WITHOUT_POSTGRES();
  Pair nodes;
  const uint64_t before = nodes.b.node().costs().head_queries;
  std::atomic<int> failed{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 16; ++i) {
    readers.emplace_back([&] {
      for (int j = 0; j < 50; ++j) {
        if (!GetUser(nodes.b, nodes.user, {Bearer(nodes.token)}).ok()) ++failed;
      }
    });
  }
  for (std::thread& reader : readers) reader.join();
  CHECK(failed == 0);
  CHECK(nodes.b.node().costs().head_queries - before < 16 * 50 * 3 / 4);
}

TEST_CASE("a read that names a sequence which is here asks nobody") {
  SKIP_WITHOUT_POSTGRES();
  Pair nodes;
  Headers answered;
  REQUIRE(GetUser(nodes.b, nodes.user, {Bearer(nodes.token)}, &answered).ok());
  const std::string place = HeaderOf(answered, "x-muniment-sequence");
  REQUIRE(place != "");
  const uint64_t before = nodes.b.node().costs().head_queries;
  CHECK(GetUser(nodes.b, nodes.user, {Bearer(nodes.token), {"x-muniment-sequence", place}}).ok());
  CHECK(nodes.b.node().costs().head_queries == before);
}

TEST_CASE("an idle node hardly asks, and an embedded store is never asked") {
  SKIP_WITHOUT_POSTGRES();
  Pair nodes;
  const uint64_t before = nodes.b.node().costs().head_queries;
  absl::SleepFor(absl::Seconds(3));
  CHECK(nodes.b.node().costs().head_queries - before <= 1);

  const DataDir data;
  Server alone(*data.Load());
  CHECK(alone.ListUsers({Bearer(data.token())}).ok());
  CHECK(alone.node().costs().head_queries == 0);
}

TEST_CASE("two nodes that write about the same new person at once lose nothing") {
  SKIP_WITHOUT_POSTGRES();
  Pair nodes;
  const Headers bearer = {Bearer(nodes.token)};
  const std::string organization = GetUser(nodes.a, nodes.user, bearer)->details().resource_owner();
  for (int round = 0; round < 20; ++round) {
    zitadel::user::v2::CreateUserRequest creating;
    creating.set_organization_id(organization);
    creating.set_username(absl::StrCat("machine", round));
    creating.mutable_machine()->set_name("m");
    const auto created = nodes.a.Call<zitadel::user::v2::CreateUserResponse>(
        "zitadel.user.v2.UserService/CreateUser", creating, bearer);
    REQUIRE(created.status().message() == "");
    absl::Status first, second;
    std::thread other([&] { first = SetMetadata(nodes.a, created->id(), "a", bearer); });
    second = SetMetadata(nodes.b, created->id(), "b", bearer);
    other.join();
    CHECK(first.message() == "");
    CHECK(second.message() == "");
    zitadel::user::v2::ListUserMetadataRequest listing;
    listing.set_user_id(created->id());
    for (Server* node : {&nodes.a, &nodes.b}) {
      const auto listed = node->Call<zitadel::user::v2::ListUserMetadataResponse>(
          "zitadel.user.v2.UserService/ListUserMetadata", listing, bearer);
      REQUIRE(listed.status().message() == "");
      REQUIRE(listed->metadata_size() == 2);
      for (const auto& metadata : listed->metadata()) CHECK(metadata.value() == "x");
    }
  }
}

}  // namespace
}  // namespace muniment::gateway

// Servers over one log share their work in the background: what a removed organization leaves is
// swept up once, by whichever of them is there.
#include <catch2/catch.hpp>
#include <map>
#include <optional>

#include "gateway/shared_store.h"
#include "gateway/storage.h"
#include "zitadel/org/v2/org_service.pb.h"

namespace muniment::gateway {
namespace {

using zitadel::org::v2::AddOrganizationRequest;
using zitadel::org::v2::AddOrganizationResponse;
using zitadel::org::v2::DeleteOrganizationRequest;
using zitadel::org::v2::DeleteOrganizationResponse;
using zitadel::user::v2::CreateUserRequest;
using zitadel::user::v2::CreateUserResponse;

constexpr int kUsers = 30;
constexpr char kOrganizations[] = "zitadel.org.v2.OrganizationService/";

// How often each kind stands in the log.
std::map<std::string, int> Kinds(const Config& config) {
  StorageOptions following;
  following.follow = true;
  const auto storage = Storage::Open(config, following);
  REQUIRE(storage.ok());
  std::map<std::string, int> kinds;
  REQUIRE((*storage)->store().ReadLog(0, [&](const eventstore::StoredEvent& stored) {
    const auto event = (*storage)->codec().DecodeClear(stored);
    if (event.ok()) ++kinds[event->meta.type];
    return true;
  }).ok());
  return kinds;
}

std::string FilledOrganization(Server& node, const std::string& name,
                               const Server::Headers& headers) {
  AddOrganizationRequest adding;
  adding.set_name(name);
  const auto added = node.Call<AddOrganizationResponse>(
      absl::StrCat(kOrganizations, "AddOrganization"), adding, headers);
  REQUIRE(added.status().message() == "");
  for (int i = 0; i < kUsers; ++i) {
    CreateUserRequest creating;
    creating.set_organization_id(added->organization_id());
    creating.set_username(absl::StrCat(name, i));
    creating.mutable_machine()->set_name("m");
    REQUIRE(node.Call<CreateUserResponse>("zitadel.user.v2.UserService/CreateUser", creating,
                                          headers).status().message() == "");
  }
  return added->organization_id();
}

TEST_CASE("of three servers one sweeps up after a removed organization, whoever goes down") {
  SKIP_WITHOUT_POSTGRES();
  const SharedStore store;
  const DataDir data[3];
  std::optional<Server> nodes[3];
  for (int i = 0; i < 3; ++i) nodes[i].emplace(store.Load(data[i]));
  const Server::Headers admin = {Bearer(data[0].token())};
  for (int round = 0; round < 3; ++round) {
    Server& here = *nodes[2];
    DeleteOrganizationRequest deleting;
    deleting.set_organization_id(
        FilledOrganization(here, absl::StrCat("org", round, "-"), admin));
    REQUIRE(here.Call<DeleteOrganizationResponse>(
                    absl::StrCat(kOrganizations, "DeleteOrganization"), deleting, admin)
                .status()
                .message() == "");
    // Those that are left, and at last one alone, go on with it.
    if (round < 2) nodes[round].reset();
    bool swept = false;
    for (int i = 0; i < 300 && !swept; ++i) {
      absl::SleepFor(absl::Milliseconds(100));
      auto kinds = Kinds(store.Load(data[2]));
      swept = kinds["org.swept"] == round + 1;
      CHECK(kinds["org.swept"] <= round + 1);
    }
    CHECK(swept);
  }
  auto kinds = Kinds(store.Load(data[2]));
  CHECK(kinds["user.removed"] == 3 * kUsers);
  CHECK(kinds["org.swept"] == 3);
}

}  // namespace
}  // namespace muniment::gateway

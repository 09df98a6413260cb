// The end of somebody's rights on one node, against what he does on another: in the log nothing of
// his stands behind it, and every node knows of it within a second, however busy it is.
#include <atomic>
#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <thread>

#include "base/error.h"
#include "gateway/shared_store.h"
#include "gateway/storage.h"
#include "muniment/event/v1/member.pb.h"
#include "zitadel/internal_permission/v2/internal_permission_service.pb.h"
#include "zitadel/org/v2/org_service.pb.h"

namespace muniment::gateway {
namespace {

using Headers = Server::Headers;
using zitadel::internal_permission::v2::CreateAdministratorRequest;
using zitadel::internal_permission::v2::CreateAdministratorResponse;
using zitadel::internal_permission::v2::DeleteAdministratorRequest;
using zitadel::internal_permission::v2::DeleteAdministratorResponse;
using zitadel::org::v2::AddOrganizationRequest;
using zitadel::org::v2::AddOrganizationResponse;
using zitadel::user::v2::AddPersonalAccessTokenRequest;
using zitadel::user::v2::AddPersonalAccessTokenResponse;
using zitadel::user::v2::CreateUserRequest;
using zitadel::user::v2::CreateUserResponse;
using zitadel::user::v2::SetUserMetadataRequest;
using zitadel::user::v2::SetUserMetadataResponse;

// A call that must be answered with OK.
template <typename Response>
Response Do(Server& node, const std::string& method, const google::protobuf::Message& request,
            const Headers& headers) {
  const auto answer = node.Call<Response>(method, request, headers);
  if (!answer.ok()) throw std::runtime_error(absl::StrCat(method, ": ", answer.status().ToString()));
  return *answer;
}

constexpr char kUsers[] = "zitadel.user.v2.UserService/";
constexpr char kPermissions[] = "zitadel.internal_permission.v2.InternalPermissionService/";
constexpr char kOwner[] = "ORG_OWNER";

absl::Status SetMetadata(Server& node, const std::string& user, const Headers& headers) {
  SetUserMetadataRequest request;
  request.set_user_id(user);
  auto* entry = request.add_metadata();
  entry->set_key("k");
  static std::atomic<int> number = 0;
  entry->set_value(absl::StrCat(++number));
  return node
      .Call<SetUserMetadataResponse>(absl::StrCat(kUsers, "SetUserMetadata"), request, headers)
      .status();
}

// A machine that owns an organization, as another does, and a person in there that it writes about.
struct Caller {
  std::string machine, person, org;
};

class Callers {
 public:
  Callers(Pair& nodes, int count) : nodes_(nodes), admin_{Bearer(nodes.token)} {
    home_ = GetUser(nodes.a, nodes.user, admin_)->details().resource_owner();
    for (int i = 0; i < count; ++i) callers.push_back(Make(i));
  }

  // Token and its id.
  std::pair<std::string, std::string> NewToken(const Caller& caller) {
    AddPersonalAccessTokenRequest request;
    request.set_user_id(caller.machine);
    request.mutable_expiration_date()->set_seconds(4'000'000'000);
    const auto added = Do<AddPersonalAccessTokenResponse>(
        nodes_.a, absl::StrCat(kUsers, "AddPersonalAccessToken"), request, admin_);
    return {added.token(), added.token_id()};
  }
  void Remove(const Caller& caller, const std::string& token_id) {
    zitadel::user::v2::RemovePersonalAccessTokenRequest request;
    request.set_user_id(caller.machine);
    request.set_token_id(token_id);
    Do<zitadel::user::v2::RemovePersonalAccessTokenResponse>(
        nodes_.a, absl::StrCat(kUsers, "RemovePersonalAccessToken"), request, admin_);
  }
  void Lock(const Caller& caller) {
    zitadel::user::v2::LockUserRequest request;
    request.set_user_id(caller.machine);
    Do<zitadel::user::v2::LockUserResponse>(nodes_.a, absl::StrCat(kUsers, "LockUser"), request,
                                            admin_);
  }
  void Unlock(const Caller& caller) {
    zitadel::user::v2::UnlockUserRequest request;
    request.set_user_id(caller.machine);
    Do<zitadel::user::v2::UnlockUserResponse>(nodes_.a, absl::StrCat(kUsers, "UnlockUser"), request,
                                              admin_);
  }
  void Dismiss(const Caller& caller) {
    DeleteAdministratorRequest request;
    request.set_user_id(caller.machine);
    request.mutable_resource()->set_organization_id(caller.org);
    Do<DeleteAdministratorResponse>(nodes_.a, absl::StrCat(kPermissions, "DeleteAdministrator"),
                                    request, admin_);
  }
  void Appoint(const Caller& caller) {
    CreateAdministratorRequest request;
    request.set_user_id(caller.machine);
    request.mutable_resource()->set_organization_id(caller.org);
    request.add_roles(kOwner);
    Do<CreateAdministratorResponse>(nodes_.a, absl::StrCat(kPermissions, "CreateAdministrator"),
                                    request, admin_);
  }

  std::vector<Caller> callers;

 private:
  Caller Make(int number) {
    CreateUserRequest machine;
    machine.set_organization_id(home_);
    machine.set_username(absl::StrCat("machine", number));
    machine.mutable_machine()->set_name("m");
    const std::string create = absl::StrCat(kUsers, "CreateUser");
    Caller caller;
    caller.machine = Do<CreateUserResponse>(nodes_.a, create, machine, admin_).id();
    AddOrganizationRequest adding;
    adding.set_name(absl::StrCat("of machine", number));
    // The second stays: an organization keeps an owner.
    for (const std::string& id : {caller.machine, nodes_.user}) {
      auto* owner = adding.add_admins();
      owner->set_user_id(id);
      owner->add_roles(kOwner);
    }
    caller.org = Do<AddOrganizationResponse>(
                     nodes_.a, "zitadel.org.v2.OrganizationService/AddOrganization", adding, admin_)
                     .organization_id();
    CreateUserRequest person;
    person.set_organization_id(caller.org);
    person.set_username(absl::StrCat("person", number));
    person.mutable_machine()->set_name("p");
    caller.person = Do<CreateUserResponse>(nodes_.a, create, person, admin_).id();
    return caller;
  }

  Pair& nodes_;
  const Headers admin_;
  std::string home_;
};

// What the log says of all callers: an event of one whose only token is removed, who is locked, or
// who is no owner any more, stands where none may.
class Verdict {
 public:
  void Take(const eventstore::Event& event) {
    const std::string& type = event.meta.type;
    if (type == "user.metadata.set") {
      ++written;
      late += ended_[event.meta.actor].empty() ? 0 : 1;
      return;
    }
    static const auto& ends = *new std::map<std::string, std::string>{
        {"user.pat.removed", "user.pat.added"},
        {"user.locked", "user.unlocked"},
        {"org.member.removed", "org.member.added"}};
    for (const auto& [end, beginning] : ends) {
      if (type == end) {
        ++revocations[end];
        ended_[About(event)].insert(end);
      } else if (type == beginning) {
        ended_[About(event)].erase(end);
      }
    }
  }
  int written = 0, late = 0;
  std::map<std::string, int> revocations;

 private:
  // Whose right it is.
  static std::string About(const eventstore::Event& event) {
    const auto* member = dynamic_cast<const event::v1::MemberEvent*>(event.event.get());
    if (member == nullptr) return event.meta.stream.id;
    return member->has_removed() ? member->removed().user_id() : member->added().user_id();
  }
  std::map<std::string, std::set<std::string>> ended_;
};

// Every third round ends the rights in one of the ways; in two of them the token goes after all.
void CheckNothingLate(const Config& config, int rounds) {
  StorageOptions following;
  following.follow = true;
  const auto storage = Storage::Open(config, following);
  REQUIRE(storage.ok());
  Verdict verdict;
  REQUIRE((*storage)->store().ReadLog(0, [&](const eventstore::StoredEvent& stored) {
    const auto event = (*storage)->codec().Decode(stored, (*storage)->keys());
    if (!event.ok()) throw std::runtime_error(event.status().ToString());
    verdict.Take(*event);
    return true;
  }).ok());
  CHECK(verdict.revocations["user.pat.removed"] == rounds);
  CHECK(verdict.revocations["user.locked"] == rounds / 3);
  CHECK(verdict.revocations["org.member.removed"] == rounds / 3);
  CHECK(verdict.written >= rounds / 2);
  CHECK(verdict.late == 0);
}

enum class Way { kToken, kLock, kMembership };

// One caller's rounds: he has one token at a time, which he uses on the other node until he is
// refused, while it is removed, he is locked, or he is dismissed as an owner.
class Rounds {
 public:
  Rounds(Pair& nodes, Callers& all, const Caller& caller, const std::string& place)
      : nodes_(nodes), all_(all), caller_(caller), place_(place) {}

  void Play(int rounds) {
    for (int round = 0; round < rounds; ++round) PlayOne(round);
  }
  // What was answered otherwise than by a refusal.
  std::vector<std::string> wrong;

 private:
  void PlayOne(int round) {
    const auto [token, id] = all_.NewToken(caller_);
    Headers headers = {Bearer(token)};
    // He names what he saw long ago: his node need not ask then.
    if (round % 4 == 0) headers.push_back({"x-muniment-sequence", place_});
    std::atomic<int> answered = 0;
    std::thread writer([&, headers = headers] {
      while (SetMetadata(nodes_.b, caller_.person, headers).ok()) ++answered;
      answered = -1;
    });
    const int before = round / 3 % 3;
    while (answered >= 0 && answered < before) std::this_thread::yield();
    const Way way = static_cast<Way>(round % 3);
    End(way, id);
    // The next call, wherever it goes, is refused: who is known and has no right there is answered
    // as if nobody were there.
    const absl::Status next = SetMetadata(nodes_.b, caller_.person, {Bearer(token)});
    const bool refused =
        way == Way::kMembership ? absl::IsNotFound(next) : absl::IsUnauthenticated(next);
    if (!refused) wrong.push_back(next.ToString());
    writer.join();
    if (way == Way::kToken) return;
    // So that no round finds the token of an earlier one.
    all_.Remove(caller_, id);
    way == Way::kLock ? all_.Unlock(caller_) : all_.Appoint(caller_);
  }
  void End(Way way, const std::string& token_id) {
    switch (way) {
      case Way::kToken:
        return all_.Remove(caller_, token_id);
      case Way::kLock:
        return all_.Lock(caller_);
      case Way::kMembership:
        return all_.Dismiss(caller_);
    }
  }

  Pair& nodes_;
  Callers& all_;
  const Caller caller_;
  const std::string place_;
};

std::string Place(Server& node, const std::string& user, const Headers& headers) {
  Headers answered;
  REQUIRE(GetUser(node, user, headers, &answered).ok());
  return HeaderOf(answered, "x-muniment-sequence");
}

// So many at a time, so that batches carry commands of many; each plays whole threes of rounds.
void RevokeAndCheck(int rounds, int at_once) {
  Pair nodes;
  Callers all(nodes, at_once);
  const std::string place = Place(nodes.b, nodes.user, {Bearer(nodes.token)});
  std::vector<std::unique_ptr<Rounds>> played;
  for (const Caller& caller : all.callers) {
    played.push_back(std::make_unique<Rounds>(nodes, all, caller, place));
  }
  std::atomic<int> broken = 0;
  std::vector<std::thread> threads;
  for (auto& one : played) {
    threads.emplace_back([&, rounds = rounds / at_once] {
      try {
        one->Play(rounds);
      } catch (const std::exception& error) {
        std::cerr << error.what() << "\n";
        ++broken;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(broken == 0);
  for (const auto& one : played) CHECK(one->wrong == std::vector<std::string>());
  CheckNothingLate(nodes.store.Load(nodes.data[0]), rounds);
}

TEST_CASE("no command of a caller stands behind the end of his rights on another node") {
  SKIP_WITHOUT_POSTGRES();
  RevokeAndCheck(120, 4);
}

TEST_CASE("nor does one of ten thousand", "[.long]") {
  SKIP_WITHOUT_POSTGRES();
  RevokeAndCheck(10'020, 20);
}

TEST_CASE("under load too a node that is asked for nothing new knows within a second") {
  SKIP_WITHOUT_POSTGRES();
  Pair nodes;
  Callers all(nodes, 9);
  const Headers admin = {Bearer(nodes.token)};
  const std::string place = Place(nodes.b, nodes.user, admin);
  std::atomic<bool> stop = false;
  std::atomic<int> done = 0;
  std::vector<std::thread> load;
  for (int i = 0; i < 8; ++i) {
    load.emplace_back([&, i] {
      Server& node = i % 2 == 0 ? nodes.a : nodes.b;
      for (int j = 0; !stop; ++j) {
        done += SetMetadata(node, all.callers[i].person, admin).ok() ? 1 : 0;
        (void)GetUser(node, nodes.user, admin);
      }
    });
  }
  const Caller& revoked = all.callers.back();
  absl::Duration slowest = absl::ZeroDuration();
  for (int round = 0; round < 20; ++round) {
    const auto [token, id] = all.NewToken(revoked);
    const Headers by_old_sight = {Bearer(token), {"x-muniment-sequence", place}};
    for (int i = 0; i < 3; ++i) CHECK(GetUser(nodes.b, revoked.machine, by_old_sight).ok());
    const bool locks = round % 2 == 1;
    locks ? all.Lock(revoked) : all.Remove(revoked, id);
    const absl::Time acknowledged = absl::Now();
    absl::Time asked = acknowledged;
    while (GetUser(nodes.b, revoked.machine, by_old_sight).ok()) asked = absl::Now();
    slowest = std::max(slowest, asked - acknowledged);
    if (locks) all.Unlock(revoked);
  }
  stop = true;
  for (std::thread& thread : load) thread.join();
  CHECK(done > 100);
  CHECK(slowest <= absl::Seconds(1));
  WARN(done << " commands beside it; served after the revocation for " << slowest << " at most");
}

}  // namespace
}  // namespace muniment::gateway

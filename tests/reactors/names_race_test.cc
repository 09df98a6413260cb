// Names of users move while clients make, rename and remove users.
#include <catch2/catch.hpp>
#include <atomic>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/random/random.h"
#include "base/text.h"
#include "tests/reactors/names_world.h"

namespace muniment::gateway {
namespace {

// What a client was told of a name.
struct Client {
  explicit Client(NameWorld& world, int number) : world_(world), number_(number) {}

  // Makes, renames and removes users of acme and other until it is told to stop.
  void Run(const std::atomic<bool>& stop) {
    absl::BitGen random;
    for (int i = 0; !stop.load(); ++i) {
      const std::string id = absl::StrCat("c", number_, "-", i);
      const std::string org = absl::Bernoulli(random, 0.7) ? "acme" : "other";
      // Of few names, so that clients meet.
      const std::string name = absl::StrCat("n", absl::Uniform(random, 0, 400));
      const absl::Status made = world_.Create(org, id, name);
      Told(made);
      if (!made.ok()) continue;
      users_[id] = {org, name};
      if (absl::Bernoulli(random, 0.4)) {
        const std::string other = absl::StrCat("n", absl::Uniform(random, 0, 400));
        const absl::Status renamed = world_.Rename(id, other);
        Told(renamed);
        if (renamed.ok()) users_[id].second = other;
      } else if (absl::Bernoulli(random, 0.5)) {
        const absl::Status gone = world_.Delete(id);
        Told(gone);
        if (gone.ok()) users_.erase(id);
      }
    }
  }
  // Id to organization and name.
  const std::map<std::string, std::pair<std::string, std::string>>& users() const {
    return users_;
  }
  int done() const { return done_; }
  const std::vector<std::string>& odd() const { return odd_; }

 private:
  void Told(const absl::Status& status) {
    if (status.ok()) {
      ++done_;
    } else if (Reason(status) != "user.username_taken") {
      odd_.push_back(std::string(status.message()));
    }
  }

  NameWorld& world_;
  const int number_;
  std::map<std::string, std::pair<std::string, std::string>> users_;
  int done_ = 0;
  std::vector<std::string> odd_;
};

// Every user that a client was told of stands, with his name claimed where it counts and nowhere else,
// and no name is two users' there.
void CheckUsers(NameWorld& world, const std::vector<Client>& clients) {
  const auto& owners = world.node.database().owners();
  std::set<std::pair<std::string, std::string>> names;
  for (const Client& client : clients) {
    CHECK(client.odd().empty());
    for (const auto& [id, said] : client.users()) {
      const std::string scope =
          owners.NamesInOrganization(kInstance, said.first) ? said.first : "";
      command::User user;
      world.Do([&user, &id = id](Unit& unit) -> absl::Status {
        ASSIGN_OR_RETURN(const auto ref, unit.LoadAny<command::User>(id));
        user = *ref;
        return absl::OkStatus();
      });
      REQUIRE(user.exists());
      CHECK(user.username == said.second);
      REQUIRE(user.name_claims.size() == 1);
      CHECK(user.name_claims[0].scope == scope);
      CHECK_FALSE(user.name_claims[0].former);
      CHECK(names.emplace(scope, FoldName(said.second)).second);
    }
  }
}

// Moves the names of an organization or, for "", of all while clients are at work, until it is done or
// refused; how many changes were made beside.
int MoveBeside(NameWorld& world, const std::string& of, int round, bool& moved) {
  const auto& owners = world.node.database().owners();
  const bool own = owners.NamesInOrganization(kInstance, "acme");
  std::atomic<bool> stop = false;
  std::vector<Client> clients;
  for (int i = 0; i < 3; ++i) clients.emplace_back(world, round * 10 + i);
  std::vector<std::thread> threads;
  for (Client& client : clients) threads.emplace_back([&client, &stop] { client.Run(stop); });
  const absl::Status set = world.Set(of, !own);
  const bool ended =
      !set.ok() || Await([&] { return world.node.Queue(kMove) == 0; }, absl::Minutes(5));
  stop = true;
  for (std::thread& thread : threads) thread.join();
  REQUIRE(ended);
  CHECK((set.ok() || Reason(set) == "policy.domain.names_taken"));
  const bool now = owners.NamesInOrganization(kInstance, "acme");
  moved = now != own;
  CheckUsers(world, clients);
  CHECK(world.Claims("u", 1500) == Counts{{now ? "acme" : "", 1500}});
  world.Verified();
  int done = 0;
  for (const Client& client : clients) {
    done += client.done();
    // What comes in the next round is to meet none of these.
    for (const auto& [id, said] : client.users()) REQUIRE(world.Delete(id).ok());
  }
  return done;
}

TEST_CASE("who is made, renamed and removed while names move has one claim, and nobody's name twice") {
  for (const char* of : {"acme", ""}) {
    NameWorld world;
    world.AddUsers("acme", 0, 1500);
    world.Start();
    int moves = 0, done = 0;
    for (int round = 0; round < 4; ++round) {
      bool moved = false;
      done += MoveBeside(world, of, round, moved);
      // Into their organizations nothing is in the way.
      if (round == 0) CHECK(moved);
      moves += moved ? 1 : 0;
    }
    CHECK(done > 0);
    CHECK(world.node.Letters().empty());
    WARN(done << " changes beside " << moves << " moves and " << 4 - moves << " that were refused");
  }
}

}  // namespace
}  // namespace muniment::gateway

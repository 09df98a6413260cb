// An instance with two organizations more whose users' names move, on a store in memory.
//
//   NameWorld world;
//   world.AddUsers("acme", 0, 700);
//   world.Start();
//   REQUIRE(world.Set("acme", true).ok());
//   world.Moved();
//   CHECK(world.Claims("u", 700) == Counts{{"acme", 700}});
#ifndef MUNIMENT_TESTS_REACTORS_NAMES_WORLD_H_
#define MUNIMENT_TESTS_REACTORS_NAMES_WORLD_H_

#include <catch2/catch.hpp>
#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/clock.h"
#include "base/error.h"
#include "command/org/org.h"
#include "command/policy/domain_policy.h"
#include "command/policy/name_scopes.h"
#include "command/user/user.h"
#include "eventstore/memory/memory_store.h"
#include "eventstore/verify.h"
#include "gateway/first_instance.h"
#include "gateway/reactors/names.h"
#include "muniment/row/v1/names.pb.h"
#include "tests/base/temp_dir.h"
#include "tests/reactors/mail_world.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::gateway {

using command::Unit;
using Counts = std::map<std::string, int>;

inline constexpr char kMove[] = "move.names";

inline command::Scope Of(const std::string& org) {
  return org.empty() ? command::InstanceScope() : command::OrgScope(org);
}

// Beside the first instance's organization, of which ada is, "acme" and "other".
struct NameWorld {
  NameWorld() : node(store, TestMaster(), dir / "models") {
    const FirstInstance wanted = WantedInstance();
    Do([&](Unit& unit) { return MakeFirstInstance(unit, wanted); });
    for (const char* org : {"acme", "other"}) {
      event::v1::OrgAdded added;
      added.set_name(absl::StrCat(org, " Ltd"));
      Fact<command::Org>(command::OrgScope(org), added);
    }
  }
  void Do(const std::function<absl::Status(Unit&)>& command) {
    REQUIRE(node.Do(command).message() == "");
  }
  template <class State, class Kind>
  void Fact(const command::Scope& scope, Kind kind) {
    Do([&](Unit& unit) -> absl::Status {
      ASSIGN_OR_RETURN(const auto ref, unit.LoadAny<State>(scope));
      unit.Raise(ref, kind);
      return absl::OkStatus();
    });
  }
  // As if it had always been so: nothing is moved.
  void MustBeDomain(const std::string& org) {
    event::v1::DomainPolicyAdded added;
    added.mutable_policy()->set_user_login_must_be_domain(true);
    Fact<command::DomainPolicy>(Of(org), added);
  }
  absl::Status Set(const std::string& org, bool must) {
    event::v1::DomainPolicy wanted;
    wanted.set_user_login_must_be_domain(must);
    return node.Do([&](Unit& unit) { return command::SetDomainPolicy(unit, Of(org), wanted); });
  }
  // A move that nobody looked at.
  void Begin(const std::string& org, bool must) {
    event::v1::DomainPolicyMoveStarted started;
    started.mutable_policy()->set_user_login_must_be_domain(must);
    started.set_to_organization(must);
    started.set_alone(!must);
    Fact<command::DomainPolicy>(Of(org), started);
  }
  // u<first> to u<last-1>, or another letter, of that name.
  void AddUsers(const std::string& org, int first, int last, const std::string& letter = "u",
                const std::string& name = "user ") {
    for (int begin = first; begin < last; begin += 150) {
      const int end = std::min(last, begin + 150);
      Do([&](Unit& unit) -> absl::Status {
        for (int i = begin; i < end; ++i) {
          (void)unit.LoadAny<command::User>(absl::StrCat(letter, i));
        }
        ASSIGN_OR_RETURN(const auto scopes, command::NameScopesOf(unit, org));
        for (int i = begin; i < end; ++i) {
          ASSIGN_OR_RETURN(const auto user,
                           unit.LoadAny<command::User>(absl::StrCat(letter, i)));
          event::v1::MachineAdded added;
          added.set_organization_id(org);
          added.set_username(absl::StrCat(name, i));
          added.set_username_scope(scopes.scope);
          unit.Raise(user, std::move(added));
        }
        return absl::OkStatus();
      });
    }
  }
  absl::Status Create(const std::string& org, const std::string& id, const std::string& name) {
    zitadel::user::v2::CreateUserRequest request;
    request.set_organization_id(org);
    request.set_user_id(id);
    request.set_username(name);
    request.mutable_machine()->set_name("m");
    return node.Call(Method("CreateUser"), request);
  }
  absl::Status Rename(const std::string& id, const std::string& name) {
    zitadel::user::v2::UpdateUserRequest request;
    request.set_user_id(id);
    request.set_username(name);
    return node.Call(Method("UpdateUser"), request);
  }
  absl::Status Delete(const std::string& id) {
    zitadel::user::v2::DeleteUserRequest request;
    request.set_user_id(id);
    return node.Call(Method("DeleteUser"), request);
  }
  void Start() { node.Start({NameReactor(node.database())}); }
  void Moved() {
    REQUIRE(Await([&] { return node.Queue(kMove) == 0; }, absl::Minutes(5)));
    CHECK(node.Letters().empty());
  }
  std::optional<row::v1::NameMove> Row(const std::string& org) {
    projections::View view = node.database().Read();
    return *view.Get<row::v1::NameMove>(
        kInstance, {org.empty() ? AGGREGATE_INSTANCE : AGGREGATE_ORG, org.empty() ? "1" : org});
  }
  // Where each user's name is claimed, "+" between where there are two; "" as well where it is not.
  Counts Claims(const std::string& letter, int users) {
    Counts counts;
    for (int begin = 0; begin < users; begin += 200) {
      Do([&](Unit& unit) -> absl::Status {
        for (int i = begin; i < std::min(users, begin + 200); ++i) {
          (void)unit.LoadAny<command::User>(absl::StrCat(letter, i));
        }
        Counts some;
        for (int i = begin; i < std::min(users, begin + 200); ++i) {
          ASSIGN_OR_RETURN(const auto user,
                           unit.LoadAny<command::User>(absl::StrCat(letter, i)));
          std::set<std::string> scopes;
          for (const auto& claim : user->name_claims) {
            scopes.insert(absl::StrCat(claim.scope, claim.former ? "!" : ""));
          }
          ++some[absl::StrJoin(scopes, "+")];
        }
        pending_ = std::move(some);
        return absl::OkStatus();
      });
      for (const auto& [text, count] : pending_) counts[text] += count;
    }
    return counts;
  }
  // The table is a fold of the log, and has so many claims.
  size_t Verified() {
    const auto report = eventstore::Verify(store, node.codec(), node.keys());
    REQUIRE(report.ok());
    INFO((report->faults.empty() ? "" : report->faults[0].what));
    CHECK(report->ok());
    return report->claims;
  }

  const TempDir dir;
  eventstore::MemoryStore store{SystemClock()};
  WorkNode node;

 private:
  Counts pending_;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_TESTS_REACTORS_NAMES_WORLD_H_

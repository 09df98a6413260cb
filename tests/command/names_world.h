// Names of users and where they count, and the steps by which they are moved.
//
//   Names given;
//   CHECK(given.SetMustBeDomain("acme", true).reason.empty());
//   CHECK(given.Claims("bob") == Strings{"", "acme"});
#ifndef MUNIMENT_TESTS_COMMAND_NAMES_WORLD_H_
#define MUNIMENT_TESTS_COMMAND_NAMES_WORLD_H_

#include <catch2/catch.hpp>
#include <algorithm>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "command/policy/domain_policy.h"
#include "command/policy/move_names.h"
#include "command/policy/name_scopes.h"
#include "tests/command/given.h"

namespace muniment::command {

struct Names : Given {
  struct Done {
    std::string reason;
    Strings events;
    absl::Status status;
  };
  Done Do(std::function<absl::Status(Unit&)> function) {
    const uint64_t before = store.ReadSequence(1).value();
    Done done;
    done.status = TryAsSystem(std::move(function));
    done.reason = Reason(done.status);
    for (const auto& event : lookup.Events(1, before)) {
      done.events.push_back(absl::StrCat(event.meta.type, " ", event.meta.stream.id));
    }
    return done;
  }
  static Scope Of(const std::string& org) { return org.empty() ? InstanceScope() : OrgScope(org); }

  // Of an organization, or for "" of the instance.
  Done SetMustBeDomain(const std::string& org, bool must, bool validate = false) {
    event::v1::DomainPolicy wanted;
    wanted.set_user_login_must_be_domain(must);
    wanted.set_validate_org_domains(validate);
    return Do([&](Unit& unit) { return SetDomainPolicy(unit, Of(org), wanted); });
  }
  Done Reset(const std::string& org) {
    return Do([&](Unit& unit) { return ResetDomainPolicy(unit, org); });
  }
  Then SetScoped(const std::string& caller, const std::string& org, bool scoped) {
    return When(caller, "SetOrganizationSettings",
                absl::StrCat("organization_id: '", org,
                             "' organization_scoped_usernames: ", scoped ? "true" : "false"));
  }
  Then DeleteSettings(const std::string& caller, const std::string& org) {
    return When(caller, "DeleteOrganizationSettings",
                absl::StrCat("organization_id: '", org, "'"));
  }
  Then AddMachine(const std::string& org, const std::string& id, const std::string& name) {
    return When("", "CreateUser",
                absl::StrCat("organization_id: '", org, "' user_id: '", id, "' username: '", name,
                             "' machine { name: 'm' }"));
  }
  Then Rename(const std::string& id, const std::string& name) {
    return When("", "UpdateUser", absl::StrCat("user_id: '", id, "' username: '", name, "'"));
  }

  // The steps of the job.
  Done Settle(const Strings& users) {
    return Do([&](Unit& unit) { return SettleNames(unit, users, conflicts); });
  }
  Done SettleLogins(const Strings& users) {
    return Do([&](Unit& unit) { return SettleLoginNames(unit, users); });
  }
  NameMove Move(const std::string& org) {
    std::optional<NameMove> found;
    AsSystem([&](Unit& unit) -> absl::Status {
      ASSIGN_OR_RETURN(found, NameMoveOf(unit, Of(org)));
      return absl::OkStatus();
    });
    REQUIRE(found.has_value());
    return *found;
  }
  Done Complete(const std::string& org) {
    const uint64_t number = Move(org).number;
    return Do([&](Unit& unit) { return CompleteNameMove(unit, Of(org), number); });
  }
  Done Refuse(const std::string& org, const NameConflicts& why) {
    const uint64_t number = Move(org).number;
    return Do([&](Unit& unit) { return RefuseNameMove(unit, Of(org), number, why); });
  }
  Done End(const std::string& org) {
    return Do([&](Unit& unit) { return EndNameMove(unit, Of(org)); });
  }

  // Where the user's name is claimed, in order; "!" behind where it is the name before.
  Strings Claims(const std::string& user) {
    Strings scopes;
    AsSystem([&](Unit& unit) -> absl::Status {
      ASSIGN_OR_RETURN(const auto ref, unit.LoadAny<User>(user));
      scopes.clear();
      for (const NameClaim& claim : ref->name_claims) {
        scopes.push_back(absl::StrCat(claim.scope, claim.former ? "!" : ""));
      }
      return absl::OkStatus();
    });
    std::sort(scopes.begin(), scopes.end());
    return scopes;
  }
  std::string Username(const std::string& user) {
    std::string name;
    AsSystem([&](Unit& unit) -> absl::Status {
      ASSIGN_OR_RETURN(const auto ref, unit.LoadAny<User>(user));
      name = ref->username;
      return absl::OkStatus();
    });
    return name;
  }
  // "acme" or "" and behind a slash where names are to count, with "=" where login names are user names
  // alone and "+" where they are to be.
  std::string Where(const std::string& org) {
    std::string where;
    AsSystem([&](Unit& unit) -> absl::Status {
      ASSIGN_OR_RETURN(const NameScopes scopes, NameScopesOf(unit, org));
      where = absl::StrCat(scopes.scope,
                           scopes.moving_to.has_value() ? "/" + *scopes.moving_to : "",
                           scopes.alone ? "=" : "", scopes.to_be_alone ? "+" : "");
      return absl::OkStatus();
    });
    return where;
  }

  NameConflicts conflicts;
};

inline constexpr char kAcmeUsers[][6] = {"ann", "bob", "robot", "clerk"};
inline Strings AcmeUsers() { return {std::begin(kAcmeUsers), std::end(kAcmeUsers)}; }

}  // namespace muniment::command

#endif  // MUNIMENT_TESTS_COMMAND_NAMES_WORLD_H_

// A project that one organization owns and another is granted, for tests of who may do what on it
// and on what hangs on it.
//
//   Delegated given;
//   CHECK(given.When("cora", "UpdateAuthorization", given.Theirs("role_keys: 'writer'")).ok());
//
// Beside what Given has: acme owns the project "lamps" with the roles reader, writer and admin, and
// customer is granted reader and writer. bob has reader within acme, cole within customer.
// lamps has the applications "shop" (OpenID Connect, by a secret) and "stock" (an API, by keys, of
// which it has "key").
// pam and robot own the project, gus owns the grant. cora owns customer; otto owns other, which is
// granted nothing. viewer and client look at the instance, and sign people in.
#ifndef MUNIMENT_TESTS_COMMAND_DELEGATION_WORLD_H_
#define MUNIMENT_TESTS_COMMAND_DELEGATION_WORLD_H_

#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "command/application/application.h"
#include "command/application/keys.h"
#include "command/authorization/user_grant.h"
#include "command/member/members.h"
#include "command/project/grant.h"
#include "command/project/project.h"
#include "command/project/roles.h"
#include "tests/command/given.h"
#include "zitadel/application/v2/application_service.pb.h"
#include "zitadel/authorization/v2/authorization_service.pb.h"
#include "zitadel/internal_permission/v2/internal_permission_service.pb.h"
#include "zitadel/project/v2/project_service.pb.h"

namespace muniment::command {

inline const std::string kLamps = "project_id: 'lamps' ";
inline const std::string kShop = "project_id: 'lamps' application_id: 'shop' ";
inline const std::string kStock = "project_id: 'lamps' application_id: 'stock' ";
inline const std::string kToCustomer = "project_id: 'lamps' granted_organization_id: 'customer' ";
inline const std::string kOnInstance = "resource { instance: true } ";
inline const std::string kOnAcme = "resource { organization_id: 'acme' } ";
inline const std::string kOnCustomer = "resource { organization_id: 'customer' } ";
inline const std::string kOnLamps = "resource { project_id: 'lamps' } ";
inline const std::string kOnGrant =
    "resource { project_grant { project_id: 'lamps' organization_id: 'customer' } } ";

inline std::string Person(const std::string& id) { return absl::StrCat("user_id: '", id, "' "); }

// "role_keys: 'a' role_keys: 'b' "
inline std::string Keys(const Strings& keys) {
  std::string text;
  for (const std::string& key : keys) absl::StrAppend(&text, "role_keys: '", key, "' ");
  return text;
}

// The id of what the event of a "type id" is about.
inline std::string IdIn(const std::string& event) { return event.substr(event.find(' ') + 1); }

// An organization, a person and a machine, as the system makes them.
inline void Must(Given& given, const std::string& method, const std::string& request) {
  const Then then = given.When("", method, request);
  INFO(method << " " << request << " " << then.status);
  REQUIRE(then.ok());
}
inline void AddOrganization(Given& given, const std::string& id) {
  Must(given, "AddOrganization", absl::StrCat("name: '", id, "' organization_id: '", id, "'"));
}
inline void AddPerson(Given& given, const std::string& id, const std::string& organization) {
  Must(given, "CreateUser",
       absl::StrCat("organization_id: '", organization, "' user_id: '", id,
                    "' human { profile { given_name: '", id,
                    "' family_name: 'Test' } email { email: '", id,
                    "@example.org' is_verified: true } }"));
}
inline void AddMachine(Given& given, const std::string& id, const std::string& organization) {
  Must(given, "CreateUser",
       absl::StrCat("organization_id: '", organization, "' user_id: '", id, "' machine { name: '",
                    id, "' }"));
}
inline void AddRole(Given& given, const std::string& project, const std::string& key) {
  Must(given, "AddProjectRole",
       absl::StrCat("project_id: '", project, "' role_key: '", key, "' display_name: '", key, "'"));
}

// The state of a stream as it stands.
template <class State>
State StateOf(Given& given, const Scope& scope) {
  State state;
  given.AsSystem([&](Unit& unit) -> absl::Status {
    ASSIGN_OR_RETURN(const auto ref, unit.LoadAny<State>(scope));
    state = *ref;
    return absl::OkStatus();
  });
  return state;
}
inline UserGrant AuthorizationOf(Given& given, const std::string& id) {
  return StateOf<UserGrant>(given, {AGGREGATE_USER_GRANT, id});
}

// What the system raises by the function.
inline Strings Raised(Given& given, std::function<absl::Status(Unit&)> function) {
  const uint64_t before = given.store.ReadSequence(1).value();
  given.AsSystem(std::move(function));
  Strings events;
  for (const auto& event : given.lookup.Events(1, before)) {
    events.push_back(absl::StrCat(event.meta.type, " ", event.meta.stream.id));
  }
  return events;
}

struct Delegated : Given {
  Delegated() {
    for (const char* id : {"customer", "other"}) AddOrganization(*this, id);
    AddPerson(*this, "pam", "acme");
    for (const char* id : {"cora", "cole", "gus"}) AddPerson(*this, id, "customer");
    AddPerson(*this, "otto", "other");
    AddPerson(*this, "viewer", "home");
    AddMachine(*this, "client", "home");
    Must(*this, "CreateProject", "organization_id: 'acme' project_id: 'lamps' name: 'Lamps'");
    for (const char* key : {"reader", "writer", "admin"}) AddRole(*this, "lamps", key);
    Must(*this, "CreateApplication",
         kShop + "name: 'Shop' oidc_configuration { redirect_uris: 'https://shop.example/in' }");
    Must(*this, "CreateApplication",
         kStock + "name: 'Stock' api_configuration { "
                  "auth_method_type: API_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT }");
    AddKey("stock", "key");
    grant = Grant({"reader", "writer"});
    own = Authorize("bob", "acme", "reader");
    theirs = Authorize("cole", "customer", "reader");
    Member(OrgScope("customer"), "cora", {"ORG_OWNER"});
    Member(OrgScope("other"), "otto", {"ORG_OWNER"});
    Appoint(ProjectScope("lamps"), "pam", "PROJECT_OWNER");
    Appoint(ProjectScope("lamps"), "robot", "PROJECT_OWNER");
    Member(InstanceScope(), "viewer", {"IAM_OWNER_VIEWER"});
    Member(InstanceScope(), "client", {"IAM_LOGIN_CLIENT"});
    Appoint(ProjectGrantScope(grant), "gus", "PROJECT_GRANT_OWNER");
  }

  // Grants lamps to customer: "lamps/grant".
  std::string Grant(const Strings& keys) {
    const Then then = When("", "CreateProjectGrant", kToCustomer + Keys(keys));
    REQUIRE(then.ok());
    return IdIn(then.events.at(0));
  }
  // One whose private half nobody has.
  void AddKey(const std::string& application, const std::string& key) {
    AsSystem([&](Unit& unit) -> absl::Status {
      const std::string id = ApplicationStreamId("lamps", application);
      RETURN_IF_ERROR(unit.LoadAny<Application>(id).status());
      ASSIGN_OR_RETURN(const auto keys, unit.LoadAny<ApplicationKeys>(id));
      event::v1::ApplicationKeyAdded added;
      added.set_key_id(key);
      added.set_application_id(application);
      added.set_project_id("lamps");
      unit.Raise(keys, std::move(added));
      return absl::OkStatus();
    });
  }
  // A manager of the project, or of a grant of it.
  void Appoint(const Scope& scope, const std::string& user, const std::string& role) {
    AsSystem([&](Unit& unit) -> absl::Status {
      if (scope.aggregate == AGGREGATE_PROJECT) {
        RETURN_IF_ERROR(unit.LoadAny<Project>(scope.id).status());
      } else {
        RETURN_IF_ERROR(unit.LoadAny<ProjectGrant>(scope.id).status());
      }
      ASSIGN_OR_RETURN(const auto members, unit.LoadAny<Members>(scope));
      event::v1::MemberAdded added;
      added.set_user_id(user);
      added.add_role(role);
      unit.Raise(members, std::move(added));
      return absl::OkStatus();
    });
  }
  std::string Authorize(const std::string& user, const std::string& organization,
                        const std::string& key) {
    const Then then = When("", "CreateAuthorization",
                           absl::StrCat(kLamps, Person(user), "organization_id: '", organization,
                                        "' role_keys: '", key, "'"));
    INFO(then.status);
    REQUIRE(then.ok());
    return then.response<zitadel::authorization::v2::CreateAuthorizationResponse>().id();
  }
  std::string Own(const std::string& more = "") const {
    return absl::StrCat("id: '", own, "' ", more);
  }
  std::string Theirs(const std::string& more = "") const {
    return absl::StrCat("id: '", theirs, "' ", more);
  }

  std::string grant;   // "lamps/grant"
  std::string own;     // bob's authorization within acme
  std::string theirs;  // cole's within customer
};

}  // namespace muniment::command

#endif  // MUNIMENT_TESTS_COMMAND_DELEGATION_WORLD_H_

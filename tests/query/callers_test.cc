// Who may read what: every query of users, sessions and organizations, of everything there is, by
// every kind of caller, as the rules of the methods and the roles' permissions say. What another's
// twin answers is the other's.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/access.h"
#include "base/session_token.h"
#include "base/timestamp.h"
#include "muniment/binding_options.pb.h"
#include "muniment/row/v1/oidc.pb.h"
#include "projections/batch.h"
#include "projections/session_key.h"
#include "tests/query/models.h"

namespace muniment::query {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using projections::Batch;
using projections::TablePlan;
using Strings = std::vector<std::string>;

constexpr uint64_t kInstance = 7, kOther = 8;

struct Organization {
  std::string id;
  row::v1::OrgState state;
};
const std::vector<Organization> kOrganizations = {{"home", row::v1::ORG_STATE_ACTIVE},
                                                  {"acme", row::v1::ORG_STATE_ACTIVE},
                                                  {"globex", row::v1::ORG_STATE_ACTIVE},
                                                  {"idle", row::v1::ORG_STATE_INACTIVE},
                                                  {"gone", row::v1::ORG_STATE_REMOVED}};

struct Person {
  std::string id, organization;
  bool machine = false;
};
const std::vector<Person> kPeople = {
    {"root", "home"}, {"eye", "home"}, {"ann", "acme"},         {"uma", "acme"},   {"bob", "acme"},
    {"amy", "acme"},  {"ida", "idle"}, {"robot", "acme", true}, {"gil", "globex"}, {"guy", "gone"}};

struct Membership {
  std::string user;
  Aggregate aggregate;
  std::string resource, role;
};
const std::vector<Membership> kMemberships = {
    {"root", AGGREGATE_INSTANCE, "7", "IAM_OWNER"},
    {"eye", AGGREGATE_INSTANCE, "7", "IAM_OWNER_VIEWER"},
    {"ann", AGGREGATE_ORG, "acme", "ORG_OWNER"},
    {"ann", AGGREGATE_ORG, "idle", "ORG_OWNER"},
    {"ann", AGGREGATE_ORG, "gone", "ORG_OWNER"},
    {"uma", AGGREGATE_ORG, "acme", "ORG_USER_MANAGER"},
    {"gil", AGGREGATE_ORG, "globex", "ORG_OWNER"}};

// Nobody, bob himself, another of his organization, its owner, another organization's, who manages
// its users, the instance's owner, who may read all of it, and a machine.
const Strings kCallers = {"", "bob", "amy", "ann", "gil", "uma", "root", "eye", "robot"};

// What queries are about. `own`: who reads it without a permission, as his. What is told of it has
// its `mark`, and of no other's.
struct Thing {
  std::string id, organization;
  Strings own = {};
  std::string mark = {};
};

std::string Mark(const std::string& id) { return "of-" + id; }

// Two things that no caller may know of: one is nowhere, one on another instance.
std::vector<Thing> Unknown() { return {{"nothing", "nowhere"}, {"zed", "elsewhere"}}; }

std::vector<Thing> People() {
  std::vector<Thing> things;
  for (const Person& one : kPeople) {
    things.push_back({one.id, one.organization, {one.id}, Mark(one.id)});
  }
  return things;
}

std::vector<Thing> Organizations() {
  std::vector<Thing> things;
  for (const Organization& one : kOrganizations) {
    things.push_back({one.id, one.id, {}, Mark(one.id)});
  }
  return things;
}

// What each has one of: its id is his behind a prefix.
std::vector<Thing> Each(const std::string& prefix) {
  std::vector<Thing> things;
  for (const Person& one : kPeople) {
    things.push_back({prefix + one.id, one.organization, {one.id}});
  }
  return things;
}

// One of each, which the machine began for bob and a client that is no user for all others.
std::vector<Thing> Sessions() {
  std::vector<Thing> things;
  for (size_t i = 0; i < kPeople.size(); ++i) {
    const Person& one = kPeople[i];
    things.push_back({absl::StrCat(270'000'000'000'000'001 + i), one.organization,
                      {one.id, one.id == "bob" ? "robot" : "client"}, Mark(one.id)});
  }
  return things;
}

std::vector<const TablePlan*> Tables() {
  auto tables = CommonTables();
  tables.push_back(&TablePlan::Of<row::v1::PersonalAccessToken>());
  tables.push_back(&TablePlan::Of<row::v1::MachineKey>());
  tables.push_back(&TablePlan::Of<row::v1::OidcSession>());
  return tables;
}

struct World : Models {
  World() : Models(Tables()) {
    Batch batch(*database);
    batch.Begin(kInstance, 1);
    for (const Organization& one : kOrganizations) Put(batch, one);
    for (const Person& one : kPeople) Put(batch, one);
    for (const Thing& session : Sessions()) PutSession(batch, session);
    for (const Membership& one : kMemberships) {
      row::v1::Member member;
      member.set_aggregate(one.aggregate);
      member.set_resource_id(one.resource);
      member.set_user_id(one.user);
      member.add_role(one.role);
      batch.Put(kInstance, member);
    }
    batch.Begin(kOther, 1);
    row::v1::Org elsewhere;
    elsewhere.set_id("elsewhere");
    elsewhere.set_state(row::v1::ORG_STATE_ACTIVE);
    batch.Put(kOther, elsewhere);
    batch.Put(kOther, UserOf({"zed", "elsewhere"}));
    REQUIRE(batch.Commit({1, 2, std::string(32, 'h')}).ok());
    LoadOwners();
  }

  static row::v1::User UserOf(const Person& one) {
    row::v1::User user;
    user.set_id(one.id);
    user.set_organization_id(one.organization);
    user.set_username(Mark(one.id));
    user.set_name(Mark(one.id));
    user.mutable_profile()->set_display_name(Mark(one.id));
    user.set_type(one.machine ? row::v1::USER_TYPE_MACHINE : row::v1::USER_TYPE_HUMAN);
    user.set_state(row::v1::USER_STATE_ACTIVE);
    user.set_has_password(true);
    return user;
  }
  static void PutMetadata(Batch& batch, Aggregate aggregate, const std::string& id) {
    row::v1::Metadata metadata;
    metadata.set_aggregate(aggregate);
    metadata.set_resource_id(id);
    metadata.set_key("key");
    metadata.set_value(Mark(id));
    batch.Put(kInstance, metadata);
  }
  static void Put(Batch& batch, const Organization& one) {
    row::v1::Org org;
    org.set_id(one.id);
    org.set_name(Mark(one.id));
    org.set_state(one.state);
    batch.Put(kInstance, org);
    row::v1::OrgDomain domain;
    domain.set_organization_id(one.id);
    domain.set_domain(Mark(one.id));
    batch.Put(kInstance, domain);
    PutMetadata(batch, AGGREGATE_ORG, one.id);
  }
  static void Put(Batch& batch, const Person& one) {
    batch.Put(kInstance, UserOf(one));
    PutMetadata(batch, AGGREGATE_USER, one.id);
    row::v1::UserFactors factors;
    factors.set_user_id(one.id);
    for (row::v1::Authenticator* added : {factors.add_passkey(), factors.add_u2f()}) {
      added->set_token_id(Mark(one.id));
      added->set_name(Mark(one.id));
      added->set_verified(true);
    }
    batch.Put(kInstance, factors);
    row::v1::PersonalAccessToken token;
    token.set_id("token-" + one.id);
    token.set_user_id(one.id);
    token.set_organization_id(one.organization);
    token.set_token_hash("hash of " + one.id);
    batch.Put(kInstance, token);
    row::v1::MachineKey key;
    key.set_id("key-" + one.id);
    key.set_user_id(one.id);
    key.set_organization_id(one.organization);
    batch.Put(kInstance, key);
    PutTokens(batch, one);
  }
  // What an application holds of a sign-in of his.
  static void PutTokens(Batch& batch, const Person& one) {
    row::v1::OidcSession tokens;
    tokens.set_id("tokens-" + one.id);
    tokens.set_user_id(one.id);
    tokens.mutable_added()->set_client_id(Mark(one.id));
    tokens.set_refresh_token_id("1");
    *tokens.mutable_refresh_idle_expiration() = ToTimestamp(absl::Now() + absl::Hours(1));
    *tokens.mutable_refresh_expiration() = ToTimestamp(absl::Now() + absl::Hours(1));
    batch.Put(kInstance, tokens);
  }
  static void PutSession(Batch& batch, const Thing& one) {
    row::v1::Session session;
    session.set_day(projections::SessionDay(one.id));
    session.set_id(one.id);
    session.set_user_id(one.own[0]);
    session.set_creator_id(one.own[1]);
    session.set_organization_id(one.organization);
    session.set_token_hash(
        SessionTokenHash(SessionToken(one.id, std::string(kSessionSecretBytes, 's'))));
    session.mutable_user_agent()->set_fingerprint_id(one.mark);
    batch.Put(kInstance, session);
  }

  absl::StatusOr<std::unique_ptr<Message>> Ask(const Handler& handler, const Rule& rule,
                                               const std::string& caller,
                                               const std::string& target) {
    std::unique_ptr<Message> request(
        MessageFactory::generated_factory()->GetPrototype(handler.request)->New());
    const auto set = [&](const std::string& name, const std::string& value) {
      const FieldDescriptor* field = handler.request->FindFieldByName(name);
      if (field != nullptr) request->GetReflection()->SetString(request.get(), field, value);
    };
    set("key", "key");
    if (!rule.field().empty()) set(rule.field(), target);
    ReadCall call;
    call.instance = kInstance;
    call.caller.user_id = caller;
    call.target_id = target;
    return Run(handler, std::move(call), *request);
  }
};

// What stands in an organization counts while it is active.
bool Holds(const std::string& caller, const std::string& permission,
           const std::string& organization) {
  Strings on_instance, on_organization;
  for (const Membership& one : kMemberships) {
    if (one.user != caller) continue;
    if (one.aggregate == AGGREGATE_INSTANCE) on_instance.push_back(one.role);
    if (one.aggregate == AGGREGATE_ORG && one.resource == organization) {
      on_organization.push_back(one.role);
    }
  }
  const bool active = std::any_of(
      kOrganizations.begin(), kOrganizations.end(), [&](const Organization& one) {
        return one.id == organization && one.state == row::v1::ORG_STATE_ACTIVE;
      });
  if (!active) on_organization.clear();
  return Allows({.instance = on_instance, .org = on_organization}, permission);
}

bool Sees(const Rule& rule, const std::string& caller, const Thing& thing) {
  const bool exists = std::any_of(
      kOrganizations.begin(), kOrganizations.end(), [&](const Organization& one) {
        return one.id == thing.organization && one.state != row::v1::ORG_STATE_REMOVED;
      });
  const bool own = rule.self() == SELF_ALLOW &&
                   std::count(thing.own.begin(), thing.own.end(), caller) > 0;
  return exists && (own || Holds(caller, rule.permission(), thing.organization));
}

// The queries that are asked here; another's twin is left to the other.
struct Asked {
  const Handler* handler;
  Rule rule;
};
std::vector<Asked> Queries(bool lists) {
  std::vector<Asked> queries;
  for (const Handler& handler : Handlers()) {
    const auto* method = MethodOf(handler.method);
    REQUIRE(method != nullptr);
    if (method->options().HasExtension(binds)) continue;
    const Strings packages = {"zitadel.user.v2", "zitadel.session.v2", "zitadel.org.v2",
                              "zitadel.auth.v1"};
    const std::string package(method->file()->package());
    if (std::count(packages.begin(), packages.end(), package) == 0) continue;
    const Rule& its = method->options().GetExtension(rule);
    // What is open to whoever is signed in is about nobody but him.
    if (its.authenticated()) continue;
    if ((its.target() == TARGET_VISIBLE) == lists) queries.push_back({&handler, its});
  }
  return queries;
}

struct Kind {
  std::string noun;
  std::vector<Thing> things;
};
const Kind& KindOf(TargetKind target) {
  static const auto* const kinds = new std::map<TargetKind, Kind>{
      {TARGET_USER, {"user", People()}},
      {TARGET_ORG, {"org", Organizations()}},
      {TARGET_SESSION, {"session", Sessions()}},
  };
  REQUIRE(kinds->count(target) == 1);
  return kinds->at(target);
}

// All that an answer about one thing tells is that one's. Of what signs somebody in it tells no name.
void CheckOnlyOf(const Thing& thing, const std::vector<Thing>& all, const Handler& handler,
                 const Message& answer) {
  CHECK(answer.ByteSizeLong() > 0);
  const bool nameless = absl::EndsWith(handler.method, "/ListAuthenticationMethodTypes");
  const std::string text = answer.DebugString();
  for (const Thing& one : all) {
    CHECK(absl::StrContains(text, one.mark) == (one.id == thing.id && !nameless));
  }
}

TEST_CASE("every query of one thing obeys its rule, with every kind of caller") {
  World world;
  const std::vector<Asked> queries = Queries(false);
  for (const Asked& query : queries) {
    const Kind& kind = KindOf(query.rule.target());
    std::vector<Thing> things = kind.things;
    for (Thing& unknown : Unknown()) things.push_back(std::move(unknown));
    int answered = 0, refused = 0;
    for (const std::string& caller : kCallers) {
      for (const Thing& thing : things) {
        // A rule without a field is about the caller.
        if (query.rule.field().empty() && !caller.empty() && thing.id != caller) continue;
        INFO(query.handler->method << " of " << thing.id << " by " << caller);
        const auto answer = world.Ask(*query.handler, query.rule, caller, thing.id);
        if (!caller.empty() && Sees(query.rule, caller, thing)) {
          ++answered;
          REQUIRE(answer.ok());
          CheckOnlyOf(thing, kind.things, *query.handler, **answer);
          continue;
        }
        ++refused;
        CHECK(Reason(answer.status()) ==
              (caller.empty() ? "auth.required" : kind.noun + ".not_found"));
      }
    }
    INFO(query.handler->method);
    CHECK(answered > 0);
    CHECK(refused > 0);
  }
  CHECK(queries.size() >= 8);
}

// The element's own id: a user's, and of all else "id".
std::string IdOf(const Message& element) {
  const auto* field = element.GetDescriptor()->FindFieldByName("id");
  if (field == nullptr) field = element.GetDescriptor()->FindFieldByName("user_id");
  REQUIRE(field != nullptr);
  return element.GetReflection()->GetString(element, field);
}

const FieldDescriptor* ElementsOf(const google::protobuf::Descriptor* response) {
  for (int i = 0; i < response->field_count(); ++i) {
    const FieldDescriptor* field = response->field(i);
    if (field->is_repeated() && field->message_type() != nullptr) return field;
  }
  return nullptr;
}

// Of either form in which lists say it.
uint64_t TotalOf(const Message& response) {
  for (const char* name : {"details", "pagination"}) {
    const auto* field = response.GetDescriptor()->FindFieldByName(name);
    if (field == nullptr) continue;
    const Message& paging = response.GetReflection()->GetMessage(response, field);
    const auto* total = paging.GetDescriptor()->FindFieldByName("total_result");
    REQUIRE(total != nullptr);
    return paging.GetReflection()->GetUInt64(paging, total);
  }
  FAIL("The list says no total.");
  return 0;
}

TEST_CASE("every list holds what its rule lets the caller see, with every kind of caller") {
  World world;
  const std::map<std::string, std::vector<Thing>> all = {
      {"User", People()},
      {"Organization", Organizations()},
      {"Session", Sessions()},
      {"Key", Each("key-")},
      {"PersonalAccessToken", Each("token-")},
  };
  const std::vector<Asked> queries = Queries(true);
  for (const Asked& query : queries) {
    INFO(query.handler->method);
    const FieldDescriptor* elements = ElementsOf(query.handler->response);
    REQUIRE(elements != nullptr);
    const std::string element(elements->message_type()->name());
    REQUIRE(all.count(element) == 1);
    size_t most = 0, least = all.at(element).size();
    for (const std::string& caller : kCallers) {
      INFO("by " << caller);
      const auto answer = world.Ask(*query.handler, query.rule, caller, "");
      if (caller.empty()) {
        CHECK(Reason(answer.status()) == "auth.required");
        continue;
      }
      REQUIRE(answer.ok());
      Strings expected, seen;
      for (const Thing& thing : all.at(element)) {
        if (Sees(query.rule, caller, thing)) expected.push_back(thing.id);
      }
      const auto* reflection = (*answer)->GetReflection();
      for (int i = 0; i < reflection->FieldSize(**answer, elements); ++i) {
        seen.push_back(IdOf(reflection->GetRepeatedMessage(**answer, elements, i)));
      }
      std::sort(expected.begin(), expected.end());
      std::sort(seen.begin(), seen.end());
      CHECK(seen == expected);
      CHECK(TotalOf(**answer) == expected.size());
      most = std::max(most, seen.size());
      least = std::min(least, seen.size());
    }
    // Whoever sees all of the instance does not see what was removed.
    CHECK(most == all.at(element).size() - 1);
    CHECK(least <= 1);
  }
  CHECK(queries.size() >= 5);
}

}  // namespace
}  // namespace muniment::query

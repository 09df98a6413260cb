// The instance and its organizations by the v1 interface: on a served node, beside what the newer
// interface tells of the same.
#include <catch2/catch.hpp>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "tests/gateway/v1_story.h"

namespace muniment::gateway::v1 {
namespace {

TEST_CASE("v1: the instance and its organizations are told as the newer interface tells them") {
  Story story;
  const Struct instance = story.admin.Must(Admin("GetMyInstance"), "{}").Json();
  CHECK(At(instance, "instance.state") == "STATE_RUNNING");
  CHECK_FALSE(At(instance, "instance.version").empty());
  CHECK(At(instance, "instance.details.resourceOwner") == story.instance_id);
  Names primary;
  for (const Struct& host : List(instance, "instance.domains")) {
    if (Says(host, "primary")) primary.insert(At(host, "domain"));
  }
  CHECK(primary == Names{"localhost"});

  const auto v2 = [&](const std::string& id) {
    const Struct json = story.admin
                            .Must(Orgs("ListOrganizations"),
                                  absl::StrCat(R"({"queries":[{"idQuery":{"id":")", id, "\"}}]}"))
                            .Json();
    return List(json, "result").at(0);
  };
  for (const std::string& id : {story.home, story.acme, story.other}) {
    const Struct org =
        story.admin.Must(Admin("GetOrgByID"), absl::StrCat(R"({"id":")", id, "\"}")).Json();
    const Struct newer = v2(id);
    for (const char* field : {"id", "name", "primaryDomain", "details.sequence",
                              "details.changeDate", "details.creationDate",
                              "details.resourceOwner"}) {
      INFO(field);
      CHECK(At(org, absl::StrCat("org.", field)) == At(newer, field));
      CHECK_FALSE(At(newer, field).empty());
    }
    const Struct mine = story.In(story.admin, id).Must(Management("GetMyOrg"), "{}").Json();
    CHECK(mine.fields().at("org").DebugString() == org.fields().at("org").DebugString());
  }
  const Struct all = story.admin
                         .Must(Admin("ListOrgs"),
                               R"({"query":{"asc":true},"sortingColumn":"ORG_FIELD_NAME_NAME"})")
                         .Json();
  CHECK(Each(all, "result", "id") == Names{story.home, story.acme, story.other});
  CHECK(At(all, "details.totalResult") == "3");
  CHECK_FALSE(At(all, "details.processedSequence").empty());
  CHECK_FALSE(At(all, "details.viewTimestamp").empty());
  CHECK(At(all, "sortingColumn") == "ORG_FIELD_NAME_NAME");
  CHECK(At(List(all, "result").at(0), "name") == "Acme");
  Refused(story.admin.Call(Admin("GetOrgByID"), R"({"id":"999"})"), 404, "org.not_found");
}

TEST_CASE("v1: every state, method and proof goes by its name through both interfaces") {
  Story story;
  const JsonClient ann = story.SignIn(story.ann);
  const auto states = [&](const std::string& older, const std::string& newer) {
    const std::string query = absl::StrCat(
        R"({"queries":[{"stateQuery":{"state":"ORG)", older, "\"}}]}");
    const std::string other = absl::StrCat(
        R"({"queries":[{"stateQuery":{"state":"ORGANIZATION)", newer, "\"}}]}");
    const Struct v1 = story.admin.Must(Admin("ListOrgs"), query).Json();
    const Struct v2 = story.admin.Must(Orgs("ListOrganizations"), other).Json();
    CHECK(Each(v1, "result", "id") == Each(v2, "result", "id"));
    for (const Struct& org : List(v1, "result")) CHECK(At(org, "state") == "ORG" + older);
    return List(v1, "result").size();
  };
  const std::string acme = absl::StrCat(R"({"organizationId":")", story.acme, "\"}");
  CHECK(states("_STATE_ACTIVE", "_STATE_ACTIVE") == 3);
  CHECK(states("_STATE_INACTIVE", "_STATE_INACTIVE") == 0);
  story.In(story.admin, story.acme).Must(Management("DeactivateOrg"), "{}");
  CHECK(states("_STATE_INACTIVE", "_STATE_INACTIVE") == 1);
  Refused(story.admin.Call(Orgs("DeactivateOrganization"), acme), 400, "org.already_inactive");
  story.In(story.admin, story.acme).Must(Management("ReactivateOrg"), "{}");
  CHECK(states("_STATE_INACTIVE", "_STATE_INACTIVE") == 0);
  CHECK(states("_STATE_REMOVED", "_STATE_REMOVED") == 0);
  CHECK(states("_STATE_UNSPECIFIED", "_STATE_UNSPECIFIED") == 0);

  const std::pair<const char*, const char*> methods[] = {
      {"EQUALS", "Acme"},       {"EQUALS_IGNORE_CASE", "aCME"},
      {"STARTS_WITH", "Ac"},    {"STARTS_WITH_IGNORE_CASE", "aC"},
      {"CONTAINS", "cm"},       {"CONTAINS_IGNORE_CASE", "CM"},
      {"ENDS_WITH", "me"},      {"ENDS_WITH_IGNORE_CASE", "ME"}};
  for (const auto& [method, text] : methods) {
    INFO(method);
    const std::string query =
        absl::StrCat(R"({"queries":[{"nameQuery":{"name":")", text,
                     R"(","method":"TEXT_QUERY_METHOD_)", method, "\"}}]}");
    for (const std::string& list : {Admin("ListOrgs"), Orgs("ListOrganizations"),
                                    Auth("ListMyProjectOrgs")}) {
      CHECK(Each(story.admin.Must(list, query).Json(), "result", "id") == Names{story.acme});
    }
  }
  Refused(story.admin.Call(Admin("ListOrgs"),
                           R"({"queries":[{"stateQuery":{"state":99}}]})"),
          400, "request.queries.state_query.state.undefined");

  ann.Must(Management("AddOrgDomain"), R"({"domain":"lamps.example"})");
  for (const char* type : {"DOMAIN_VALIDATION_TYPE_HTTP", "DOMAIN_VALIDATION_TYPE_DNS"}) {
    INFO(type);
    const Struct asked =
        ann.Must(Management("GenerateOrgDomainValidation"),
                 absl::StrCat(R"({"domain":"lamps.example","type":")", type, "\"}"))
            .Json();
    CHECK_FALSE(At(asked, "token").empty());
    CHECK(absl::StrContains(At(asked, "url"), "lamps.example"));
    const Struct v1 = ann.Must(Management("ListOrgDomains"),
                               R"({"queries":[{"domainNameQuery":{"name":"lamps.example"}}]})")
                          .Json();
    const Struct v2 =
        ann.Must(Orgs("ListOrganizationDomains"),
                 absl::StrCat(R"({"organizationId":")", story.acme,
                              R"(","filters":[{"domainFilter":{"domain":"lamps.example"}}]})"))
            .Json();
    CHECK(At(List(v1, "result").at(0), "validationType") == type);
    CHECK(At(List(v2, "domains").at(0), "validationType") == type);
  }
}

TEST_CASE("v1: an organization is worked in by its header, and another's is not there") {
  Story story;
  const JsonClient ann = story.SignIn(story.ann);
  // Of each what it is asked where it would succeed.
  const std::pair<const char*, const char*> calls[] = {
      {"GetMyOrg", "{}"},
      {"UpdateOrg", R"({"name":"Mine"})"},
      {"DeactivateOrg", "{}"},
      {"RemoveOrg", "{}"},
      {"SetOrgMetadata", R"({"key":"colour","value":"Z3JlZW4="})"},
      {"ListOrgMetadata", "{}"},
      {"GetOrgMetadata", R"({"key":"colour"})"},
      {"ListOrgDomains", "{}"},
      {"AddOrgDomain", R"({"domain":"lamps.example"})"},
      {"SetPrimaryOrgDomain", R"({"domain":"other.localhost"})"},
      {"ListOrgMembers", "{}"},
      {"GetOrgByDomainGlobal", R"({"domain":"other.localhost"})"}};
  const uint64_t before = story.Newest();
  for (const auto& [method, request] : calls) {
    INFO(method);
    const auto foreign = story.In(ann, story.other).Call(Management(method), request);
    const auto unknown = story.In(ann, "999").Call(Management(method), request);
    Refused(foreign, 404, "org.not_found");
    Refused(unknown, 404, "org.not_found");
  }
  const std::string member = Story::Member(story.ann, R"("ORG_OWNER")");
  for (const char* method : {"AddOrgMember", "UpdateOrgMember"}) {
    Refused(story.In(ann, story.other).Call(Management(method), member), 404, "org.not_found");
  }
  Refused(story.In(ann, story.other)
              .Call(Management("RemoveOrgMember"), Story::OfUser(story.otto)),
          404, "org.not_found");
  CHECK(story.Newest() == before);
  // Who owns one administers no instance.
  for (const char* method : {"GetMyInstance", "ListOrgs", "GetDefaultOrg", "ListIAMMembers"}) {
    Refused(ann.Call(Admin(method), "{}"), 403, "auth.permission_denied");
  }
  const std::string acme = absl::StrCat(R"({"id":")", story.acme, "\"}");
  Refused(ann.Call(Admin("GetOrgByID"), acme), 404, "org.not_found");
}

TEST_CASE("v1: an organization is renamed, described and removed as its own twin would be") {
  Story story;
  const JsonClient ann = story.SignIn(story.ann);
  const Struct renamed = ann.Must(Management("UpdateOrg"), R"({"name":"Lamps"})").Json();
  CHECK(At(renamed, "details.resourceOwner") == story.acme);
  const Struct org = ann.Must(Management("GetMyOrg"), "{}").Json();
  CHECK(At(org, "org.name") == "Lamps");
  const uint64_t before = story.Newest();
  ann.Must(Management("UpdateOrg"), R"({"name":"Lamps"})");
  CHECK(story.Newest() == before);
  Refused(ann.Call(Management("UpdateOrg"), R"({"name":"Other"})"), 409, "org.name_taken");

  const Struct set =
      ann.Must(Management("SetOrgMetadata"), R"({"key":"colour","value":"Z3JlZW4="})").Json();
  CHECK_FALSE(At(set, "details.sequence").empty());
  ann.Must(Management("BulkSetOrgMetadata"),
           R"({"metadata":[{"key":"size","value":"TA=="},{"key":"shape","value":"Ug=="}]})");
  const Struct one = ann.Must(Management("GetOrgMetadata"), R"({"key":"colour"})").Json();
  CHECK(At(one, "metadata.value") == "Z3JlZW4=");
  CHECK(At(one, "metadata.details.resourceOwner") == story.acme);
  const Struct some = ann.Must(Management("ListOrgMetadata"),
                               R"({"queries":[{"keyQuery":{"key":"S","method":3}}]})")
                          .Json();
  CHECK(Each(some, "result", "key") == Names{"size", "shape"});
  CHECK(At(some, "details.totalResult") == "2");
  CHECK_FALSE(At(some, "details.viewTimestamp").empty());
  ann.Must(Management("RemoveOrgMetadata"), R"({"key":"colour"})");
  Refused(ann.Call(Management("BulkRemoveOrgMetadata"), R"({"keys":["size","colour"]})"), 404,
          "metadata.not_found");
  ann.Must(Management("BulkRemoveOrgMetadata"), R"({"keys":["size","shape"]})");
  CHECK(List(ann.Must(Management("ListOrgMetadata"), "{}").Json(), "result").empty());

  const Struct made = ann.Call(Management("AddOrg"), R"({"name":"New"})").Json();
  CHECK(At(made, "id").empty());  // it takes a permission on the instance
  const Struct added = story.admin.Must(Management("AddOrg"), R"({"name":"New"})").Json();
  CHECK(At(added, "details.resourceOwner") == At(added, "id"));
  ann.Must(Management("RemoveOrg"), "{}");
  Refused(story.admin.Call(Admin("GetOrgByID"), absl::StrCat(R"({"id":")", story.acme, "\"}")),
          404, "org.not_found");
  const std::string other = absl::StrCat(R"({"orgId":")", story.other, "\"}");
  CHECK(At(story.admin.Must(Admin("RemoveOrg"), other).Json(), "details.resourceOwner") ==
        story.other);
  Refused(story.admin.Call(Admin("RemoveOrg"), other), 404, "org.not_found");
}

TEST_CASE("v1: another organization becomes the default one, and none that rests or is not there") {
  Story story;
  const auto set = [&](const std::string& id) {
    return story.admin.Call(Admin("SetDefaultOrg"), absl::StrCat(R"({"orgId":")", id, "\"}"));
  };
  const Struct changed = set(story.acme).Json();
  CHECK(At(changed, "details.resourceOwner") == story.instance_id);
  CHECK(At(story.admin.Must(Admin("GetDefaultOrg"), "{}").Json(), "org.id") == story.acme);
  const uint64_t before = story.Newest();
  CHECK(set(story.acme).code == 200);
  CHECK(story.Newest() == before);
  Refused(set("999"), 404, "org.not_found");
  Refused(story.admin.Call(Admin("RemoveOrg"), absl::StrCat(R"({"orgId":")", story.acme, "\"}")),
          400, "org.is_default");
  story.In(story.admin, story.other).Must(Management("DeactivateOrg"), "{}");
  Refused(set(story.other), 400, "org.not_active");
  Refused(story.SignIn(story.ann).Call(Admin("SetDefaultOrg"),
                                       absl::StrCat(R"({"orgId":")", story.acme, "\"}")),
          403, "auth.permission_denied");
  CHECK(At(story.admin.Must(Admin("GetDefaultOrg"), "{}").Json(), "org.id") == story.acme);
}

TEST_CASE("v1: a primary domain counts, and names end in it from then on") {
  Story story;
  const JsonClient ann = story.SignIn(story.ann);
  const auto set = [&](const std::string& domain) {
    return ann.Call(Management("SetPrimaryOrgDomain"),
                    absl::StrCat(R"({"domain":")", domain, "\"}"));
  };
  const std::string own =
      At(ann.Must(Management("GetMyOrg"), "{}").Json(), "org.primaryDomain");
  REQUIRE_FALSE(own.empty());
  ann.Must(Management("AddOrgDomain"), R"({"domain":"lamps.example"})");
  const Struct told = set("LAMPS.example").Json();
  CHECK(At(told, "details.resourceOwner") == story.acme);
  CHECK(At(ann.Must(Management("GetMyOrg"), "{}").Json(), "org.primaryDomain") ==
        "lamps.example");
  const uint64_t before = story.Newest();
  CHECK(set("lamps.example").code == 200);
  CHECK(story.Newest() == before);
  Refused(ann.Call(Management("RemoveOrgDomain"), R"({"domain":"lamps.example"})"), 400,
          "org.domain_is_primary");
  Refused(set("others.example"), 404, "org.domain_not_found");
  CHECK(set(own).code == 200);
  ann.Must(Management("RemoveOrgDomain"), R"({"domain":"lamps.example"})");
  for (const Struct& domain :
       List(ann.Must(Management("ListOrgDomains"), "{}").Json(), "result")) {
    CHECK(Says(domain, "isPrimary") == (At(domain, "domainName") == own));
    CHECK(At(domain, "details.resourceOwner") == story.acme);
  }
  // Where domains have to be proved, one that is not does not count.
  const JsonClient otto = story.SignIn(story.otto);
  otto.Must(Management("AddOrgDomain"), R"({"domain":"lamps.example"})");
  otto.Must(Management("SetPrimaryOrgDomain"), R"({"domain":"lamps.example"})");
  ann.Must(Management("AddOrgDomain"), R"({"domain":"lamps.example"})");
  Refused(set("lamps.example"), 400, "org.domain_not_verified");
  // By a domain that counts whoever may look beyond his own finds whose it is, and nobody else.
  const Struct found =
      ann.Must(Management("GetOrgByDomainGlobal"), R"({"domain":"lamps.example"})").Json();
  CHECK(At(found, "org.id") == story.other);
  Refused(ann.Call(Management("GetOrgByDomainGlobal"), R"({"domain":"lamps"})"), 404,
          "org.not_found");
  const auto unique = [&](const std::string& request) {
    return Says(story.admin.Must(Admin("IsOrgUnique"), request).Json(), "isUnique");
  };
  CHECK_FALSE(unique(R"({"domain":"lamps.example"})"));
  CHECK_FALSE(unique(R"({"name":"ACME"})"));
  CHECK(unique(R"({"name":"Acm","domain":"lamps.example.org"})"));
}

TEST_CASE("v1: an organization is set up with its first administrator, or not at all") {
  Story story;
  const std::string human =
      R"("human":{"userName":"eve","profile":{"firstName":"Eve","lastName":"Example"},)"
      R"("email":{"email":"eve@example.org","isEmailVerified":true},"password":")";
  const auto set_up = [&](const std::string& name, const std::string& more) {
    return story.admin.Call(Admin("SetUpOrg"),
                            absl::StrCat(R"({"org":{"name":")", name, "\"}", more, "}"));
  };
  const Struct made =
      set_up("Lamps", absl::StrCat(",", human, kPassword, "\"}")).Json();
  const std::string org = At(made, "orgId"), eve = At(made, "userId");
  REQUIRE_FALSE(org.empty());
  REQUIRE_FALSE(eve.empty());
  CHECK(At(made, "details.resourceOwner") == org);
  const JsonClient client = story.SignIn(eve);
  const Struct mine = client.Must(Management("GetMyOrg"), "{}").Json();
  CHECK(At(mine, "org.id") == org);
  const Struct members = client.Must(Management("ListOrgMembers"), "{}").Json();
  REQUIRE(List(members, "result").size() == 1);
  const Struct member = List(members, "result")[0];
  CHECK(At(member, "userId") == eve);
  CHECK(Texts(member, "roles") == Names{"ORG_OWNER"});
  CHECK(At(member, "email") == "eve@example.org");
  CHECK(At(member, "firstName") == "Eve");
  CHECK(At(member, "displayName") == "Eve Example");
  CHECK(At(member, "userType") == "TYPE_HUMAN");
  CHECK(At(member, "userResourceOwner") == org);

  const JsonClient ann = story.SignIn(story.ann);
  const uint64_t before = story.Newest();
  // A name is taken, a password too weak, a role of another level; a domain is another call's.
  CHECK(set_up("Lamps", "").code == 409);
  CHECK(set_up("Fans", absl::StrCat(",", human, "weak\"}")).code == 400);
  Refused(set_up("Fans", absl::StrCat(",", human, kPassword, R"("},"roles":["IAM_OWNER"])")), 400,
          "member.role_misplaced");
  Refused(set_up("Fans", R"(,"roles":["ORG_OWNER"])"), 400, "org.admin_missing");
  Refused(story.admin.Call(Admin("SetUpOrg"),
                           R"({"org":{"name":"Fans","domain":"fans.example"}})"),
          501, "request.unserved");
  Refused(ann.Call(Admin("SetUpOrg"), R"({"org":{"name":"Fans"}})"), 403,
          "auth.permission_denied");
  CHECK(story.Newest() == before);
}

}  // namespace
}  // namespace muniment::gateway::v1

// Organizations imported by the published call, on a served node: what is there after, read and signed
// in to by the methods that show it, and what is told of what was not done.
#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "base/key_pair.h"
#include "base/totp.h"
#include "tests/base/eventually.h"
#include "tests/gateway/v1_story.h"
#include "zitadel/admin.pb.h"
#include "zitadel/v1.pb.h"

namespace muniment::gateway::v1 {
namespace {

// The one of the hash below.
constexpr char kMovedPassword[] = "hashcat";
constexpr char kMovedHash[] = "$2a$05$LhayLxezLhK1LhWvKxCyLOj0j1u.Kj0jZ0pEmm134uzrQlFvQJLF6";
constexpr char kSecret[] = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
constexpr char kSessions[] = "zitadel.session.v2.SessionService/CreateSession";

std::string Human(const std::string& id, const std::string& user_more = "",
                  const std::string& more = "") {
  return absl::StrCat(R"({"userId":")", id, R"(","user":{"userName":")", id,
                      R"(","profile":{"firstName":"A","lastName":"King"},"email":{"email":")", id,
                      R"(@moved.example","isEmailVerified":true})", user_more, "}", more, "}");
}

std::string WithPasswords(const std::string& prefix, int count) {
  std::vector<std::string> humans;
  for (int i = 0; i < count; ++i) {
    humans.push_back(Human(absl::StrCat(prefix, i), R"(,"password":"Wood-Lamp-7-River")"));
  }
  return absl::StrJoin(humans, ",");
}

std::string Request(const std::string& orgs, const std::string& more = "") {
  return absl::StrCat(R"({"dataOrgs":{"orgs":[)", orgs, "]}", more, "}");
}

// Each "type id: reason".
Names Errors(const Struct& answer) {
  Names errors;
  for (const Struct& error : List(answer, "errors")) {
    const std::string message = At(error, "message");
    const size_t open = message.rfind('[');
    REQUIRE(open != std::string::npos);
    errors.insert(absl::StrCat(At(error, "type"), " ", At(error, "id"), ": ",
                               message.substr(open + 1, message.size() - open - 2)));
  }
  return errors;
}

std::string NewPublicKey() {
  return NewKeyPair({.kind = KeySpec::Kind::kEd25519}).public_pem;
}

struct Moving : Story {
  Struct Import(const std::string& json) const {
    return admin.Must(Admin("ImportData"), json).Json();
  }
  bool SignsIn(const std::string& user) const {
    return admin
               .Call(kSessions, absl::StrCat(R"({"checks":{"user":{"userId":")", user,
                                             R"("},"password":{"password":")", kMovedPassword,
                                             "\"}}}"))
               .code == 200;
  }
  bool HasUser(const std::string& id) const {
    return admin
               .Call("zitadel.user.v2.UserService/GetUserByID",
                     absl::StrCat(R"({"userId":")", id, "\"}"))
               .code == 200;
  }
};

std::string Everything(const std::string& public_key) {
  const std::string hashed =
      absl::StrCat(R"(,"hashedPassword":{"value":")", kMovedHash, "\"}");
  return absl::StrCat(
      R"({"orgId":"moved","org":{"name":"Moved"},"domains":[)",
      R"({"domainName":"moved.example","isVerified":true,"isPrimary":true}],"projects":[)",
      R"({"projectId":"shop","project":{"name":"Shop","projectRoleAssertion":true}}],)",
      R"("projectRoles":[{"projectId":"shop","roleKey":"buyer","displayName":"Buyer"},)",
      R"({"projectId":"shop","roleKey":"seller","displayName":"Seller"}],"apiApps":[)",
      R"({"appId":"shop-api","app":{"projectId":"shop","name":"API"}}],"oidcApps":[)",
      R"({"appId":"shop-web","app":{"projectId":"shop","name":"Web",)",
      R"("redirectUris":["https://shop.example/back"]}}],"humanUsers":[)",
      Human("ada", absl::StrCat(hashed, R"(,"otpCode":")", kSecret, "\"")), ",",
      Human("bea", hashed, R"(,"state":"USER_STATE_INACTIVE")"), ",",
      Human("cay", hashed, R"(,"state":"USER_STATE_LOCKED")"),
      R"(],"machineUsers":[{"userId":"robot","user":{"userName":"robot","name":"Robot"}},)",
      R"({"userId":"idle","user":{"userName":"idle","name":"I"},"state":"USER_STATE_LOCKED"}],)",
      R"("machineKeys":[{"userId":"robot","type":"KEY_TYPE_JSON","publicKey":")",
      absl::Base64Escape(public_key), R"("}],"userMetadata":[)",
      R"({"id":"ada","key":"color","value":"cmVk"},{"id":"bea","key":"color","value":"cmVk"}],)",
      R"("projectGrants":[{"grantId":"to-buyers","projectGrant":{"projectId":"shop",)",
      R"("grantedOrgId":"buyers","roleKeys":["buyer"]}}],"userGrants":[)",
      R"({"userId":"ada","projectId":"shop","roleKeys":["seller"]},)",
      R"({"userId":"bea","projectId":"shop","roleKeys":["seller"]}],)",
      R"("orgMembers":[{"userId":"ada","roles":["ORG_OWNER"]}],"projectMembers":[)",
      R"({"projectId":"shop","userId":"robot","roles":["PROJECT_OWNER_VIEWER"]}],)",
      R"("projectGrantMembers":[{"projectId":"shop","grantId":"to-buyers","userId":"dora",)",
      R"("roles":["PROJECT_GRANT_OWNER"]}]},)",
      R"({"orgId":"buyers","org":{"name":"Buyers"},"humanUsers":[)", Human("dora", hashed),
      R"(],"userGrants":[{"userId":"dora","projectId":"shop","projectGrantId":"to-buyers",)",
      R"("roleKeys":["buyer"]}],"orgState":"ORG_STATE_INACTIVE"})");
}

void CheckMoved(const Moving& story) {
  const JsonClient in = story.In(story.admin, "moved");
  const Struct org = story.admin.Must(Admin("GetOrgByID"), R"({"id":"moved"})").Json();
  CHECK(At(org, "org.name") == "Moved");
  CHECK(At(org, "org.primaryDomain") == "moved.example");
  CHECK(At(story.admin.Must(Admin("GetOrgByID"), R"({"id":"buyers"})").Json(), "org.state") ==
        "ORG_STATE_INACTIVE");
  CHECK(At(in.Must(Management("GetProjectByID"), R"({"id":"shop"})").Json(), "project.name") ==
        "Shop");
  CHECK(Each(in.Must(Management("ListProjectRoles"), R"({"projectId":"shop"})").Json(), "result",
             "key") == Names{"buyer", "seller"});
  CHECK(Each(in.Must(Management("ListApps"), R"({"projectId":"shop"})").Json(), "result", "id") ==
        Names{"shop-api", "shop-web"});
  const Struct user = in.Must(Management("GetUserByID"), R"({"id":"robot"})").Json();
  CHECK(At(user, "user.machine.name") == "Robot");
  for (const auto& [id, state] : {std::pair("bea", "INACTIVE"), {"cay", "LOCKED"}, {"idle", "LOCKED"}}) {
    const Struct found = in.Must(Management("GetUserByID"), absl::StrCat(R"({"id":")", id, "\"}")).Json();
    CHECK(At(found, "user.state") == absl::StrCat("USER_STATE_", state));
  }
  CHECK(At(in.Must(Management("GetUserMetadata"), R"({"id":"bea","key":"color"})").Json(),
           "metadata.value") == "cmVk");
  const Struct grant = in.Must(Management("GetProjectGrantByID"),
                               R"({"projectId":"shop","grantId":"to-buyers"})").Json();
  CHECK(At(grant, "projectGrant.grantedOrgId") == "buyers");
  CHECK(Each(in.Must(Management("ListUserGrants"), "{}").Json(), "result", "userId") ==
        Names{"ada", "bea"});
  CHECK(Each(in.Must(Management("ListProjectMembers"), R"({"projectId":"shop"})").Json(), "result",
             "userId").contains("robot"));
  CHECK(Each(in.Must(Management("ListProjectGrantMembers"),
                     R"({"projectId":"shop","grantId":"to-buyers"})").Json(), "result",
             "userId") == Names{"dora"});
  CHECK(Each(in.Must(Management("ListOrgMembers"), "{}").Json(), "result", "userId").contains("ada"));
}

TEST_CASE("an import makes organizations with all that they hold, and whoever it brings signs in") {
  Moving story;
  const std::string public_key = NewPublicKey();
  const Struct answer = story.Import(Request(Everything(public_key)));
  CHECK(Errors(answer) == Names{});
  const std::vector<Struct> orgs = List(answer, "success.orgs");
  REQUIRE(orgs.size() == 2);
  CHECK(At(orgs[0], "orgId") == "moved");
  CHECK(Texts(orgs[0], "projectIds") == Names{"shop"});
  CHECK(Texts(orgs[0], "projectRoles") == Names{"shop_buyer", "shop_seller"});
  CHECK(Texts(orgs[0], "apiAppIds") == Names{"shop-api"});
  CHECK(Texts(orgs[0], "oidcAppIds") == Names{"shop-web"});
  CHECK(Texts(orgs[0], "humanUserIds") == Names{"ada", "bea", "cay"});
  CHECK(Texts(orgs[0], "machineUserIds") == Names{"robot", "idle"});
  CHECK(Texts(orgs[0], "machineKeys").size() == 1);
  CHECK(Texts(orgs[0], "domains") == Names{"moved.example"});
  CHECK(Texts(orgs[0], "orgMembers") == Names{"ada"});
  CHECK(Each(orgs[0], "projectGrants", "grantId") == Names{"to-buyers"});
  CHECK(Each(orgs[0], "projectGrants", "orgId") == Names{"buyers"});
  CHECK(Each(orgs[0], "userMetadata", "userId") == Names{"ada", "bea"});
  CHECK(Each(orgs[0], "projectGrantMembers", "userId") == Names{"dora"});
  CHECK(Each(orgs[1], "userGrants", "userId") == Names{"dora"});
  CheckMoved(story);

  // The app's secret came too, so the password alone is half of it.
  const int64_t step = TotpStep(absl::Now());
  const std::string code = Hotp(*Base32Decode(kSecret), static_cast<uint64_t>(step));
  const Struct session =
      story.admin.Must(kSessions, absl::StrCat(R"({"checks":{"user":{"userId":"ada"},"password":)",
                                               R"({"password":")", kMovedPassword,
                                               R"("},"totp":{"code":")", code, "\"}}}")).Json();
  const JsonClient ada(story.port(), At(session, "sessionToken"));
  CHECK(At(ada.Must(Management("GetMyOrg"), "{}").Json(), "org.id") == "moved");
  CHECK_FALSE(story.SignsIn("bea"));
  CHECK_FALSE(story.SignsIn("cay"));
  // Of an organization at rest.
  CHECK_FALSE(story.SignsIn("dora"));
}

TEST_CASE("the same import again doubles nothing, and says so of each item") {
  const Moving story;
  const std::string public_key = NewPublicKey();
  std::string everything = Everything(public_key);
  // Nobody is added to an organization at rest, so that would be all that is told.
  const std::string inactive = R"(,"orgState":"ORG_STATE_INACTIVE")";
  everything.erase(everything.find(inactive), inactive.size());
  CHECK(Errors(story.Import(Request(everything))) == Names{});
  const uint64_t newest = story.Newest();
  const Struct again = story.Import(Request(everything));
  const Names errors = Errors(again);
  INFO(absl::StrJoin(errors, "\n"));
  for (const char* one :
       {"org moved: org.already_exists", "org buyers: org.already_exists",
        "domain moved.example: org.domain_exists", "project shop: project.already_exists",
        "project_role shop_buyer: project.role_exists", "api_app shop-api: application.already_exists",
        "oidc_app shop-web: application.already_exists", "human_user ada: user.already_exists",
        "human_user bea: user.already_exists", "machine_user robot: user.already_exists",
        "machine_user idle: user.already_exists", "org_member ada: member.already_exists",
        "project_member shop_robot: member.already_exists",
        "project_grant_member shop_to-buyers_dora: member.already_exists",
        "project_grant to-buyers_shop_buyers: project_grant.already_exists"}) {
    INFO(one);
    CHECK(errors.contains(one));
  }
  CHECK(story.Newest() == newest);
}

TEST_CASE("the older form of an import is the newer one's, but for what it has of its own") {
  const Moving story;
  const Struct answer = story.Import(
      absl::StrCat(R"({"dataOrgsv1":{"orgs":[{"orgId":"old","org":{"name":"Old"},)",
                   R"("iamPolicy":{"orgId":"old"},"loginPolicy":{"allowUsernamePassword":true},)",
                   R"("secondFactors":[{"type":"SECOND_FACTOR_TYPE_OTP"}],)",
                   R"("multiFactors":[{"type":"MULTI_FACTOR_TYPE_U2F_WITH_VERIFICATION"}],)",
                   R"("idps":[{"idpId":"g","ownerType":"IDP_OWNER_TYPE_ORG"}],"triggerActions":)",
                   R"([{"flowType":"FLOW_TYPE_EXTERNAL_AUTHENTICATION"}],"humanUsers":[)",
                   Human("ada"), "]}]}}"));
  CHECK(Texts(List(answer, "success.orgs").at(0), "humanUserIds") == Names{"ada"});
  CHECK(Errors(answer) ==
        Names{"idp g: import.unserved",
              "trigger_action FLOW_TYPE_EXTERNAL_AUTHENTICATION_TRIGGER_TYPE_UNSPECIFIED: "
              "import.unserved"});
}

// A field of a DataOrg that holds one empty thing, or nothing.
template <class Data>
void AddOneOfEach(Data& org) {
  for (int i = 0; i < org.GetDescriptor()->field_count(); ++i) {
    const auto* field = org.GetDescriptor()->field(i);
    if (field->message_type() == nullptr) continue;
    if (field->is_repeated()) {
      org.GetReflection()->AddMessage(&org, field);
    } else {
      org.GetReflection()->MutableMessage(&org, field);
    }
  }
}

TEST_CASE("nothing that an import can hold is passed over: each is done or told") {
  const Moving story;
  zitadel::admin::v1::ImportDataRequest newer, older;
  AddOneOfEach(*newer.mutable_data_orgs()->add_orgs());
  AddOneOfEach(*older.mutable_data_orgsv1()->add_orgs());
  for (const auto* request : {&newer, &older}) {
    std::string json;
    REQUIRE(google::protobuf::util::MessageToJsonString(*request, &json).ok());
    const Struct answer = story.Import(json);
    const Names types = Each(answer, "errors", "type");
    CHECK_FALSE(Each(answer, "errors", "message").contains(""));
    const auto* form = request == &newer ? zitadel::admin::v1::DataOrg::descriptor()
                                         : zitadel::v1::v1::DataOrg::descriptor();
    for (int i = 0; i < form->field_count(); ++i) {
      const auto* field = form->field(i);
      if (field->message_type() == nullptr) continue;
      std::string type = field->name();
      if (field->is_repeated() && type.back() == 's') type.pop_back();
      INFO(field->full_name());
      CHECK(types.contains(type));
    }
    CHECK(List(answer, "success.orgs").empty());
  }
}

TEST_CASE("what is refused of an import is told, and the rest is done") {
  const Moving story;
  const std::string orgs = absl::StrCat(
      R"({"orgId":"moved","org":{"name":"Moved"},"projects":[{"projectId":"shop","project":{"name":"S"}},)",
      R"({"projectId":"shop","project":{"name":"T"}},{"projectId":"","project":{"name":""}}],)",
      R"("projectRoles":[{"projectId":"none","roleKey":"r","displayName":"R"}],"humanUsers":[)",
      Human("ada"), ",", Human("ada"), ",", Human("no name"), ",",
      Human("gone", "", R"(,"state":"USER_STATE_DELETED")"), ",",
      Human("linked", R"(,"idps":[{"configId":"g","externalUserId":"1"}])"), ",",
      Human("twice", absl::StrCat(R"(,"password":"Wood-Lamp-7-River","hashedPassword":{"value":")",
                                  kMovedHash, "\"}")),
      R"(],"machineUsers":[{"userId":"m","user":{"userId":"n","userName":"m","name":"M"}}],)",
      R"("orgMembers":[{"userId":"ada","roles":["IAM_OWNER"]},{"userId":"ada","roles":["PROJECT_OWNER"]},)",
      R"({"userId":"nobody","roles":["ORG_OWNER"]},{"userId":")", story.otto,
      R"(","roles":["ORG_USER_MANAGER"]}],"projectMembers":[)",
      R"({"projectId":"shop","userId":"ada","roles":["ORG_OWNER"]}]})");
  const Struct answer = story.Import(Request(orgs));
  CHECK(Errors(answer) ==
        Names{"project shop: project.already_exists", "project : request.project.name.required",
              "project_role none_r: project.not_found", "human_user ada: user.already_exists",
              "human_user no name: request.user_id.not_id", "machine_user m: import.two_ids",
              "human_user gone: import.user_state", "human_user linked: request.unserved",
              "human_user twice: user.two_passwords",
              "org_member ada: member.role_misplaced", "org_member nobody: user.not_found",
              "project_member shop_ada: member.role_misplaced"});
  CHECK(Texts(List(answer, "success.orgs").at(0), "humanUserIds") == Names{"ada"});
  CHECK(Texts(List(answer, "success.orgs").at(0), "orgMembers") == Names{story.otto});
  for (const char* id : {"gone", "linked", "m", "n"}) CHECK_FALSE(story.HasUser(id));
}

TEST_CASE("what an import puts into no organization is put nowhere") {
  const Moving story;
  const auto ids = [&](const std::string& org) {
    return Each(story.In(story.admin, org).Must(Management("ListUsers"), "{}").Json(), "result",
                "id");
  };
  const Names home = ids(story.home), acme = ids(story.acme);
  const auto refused = [&](const std::string& org, const Names& errors) {
    INFO(org);
    const Struct answer = story.Import(Request(org));
    CHECK(Errors(answer) == errors);
    CHECK(List(answer, "success.orgs").empty());
  };
  const std::string users = absl::StrCat(R"(,"humanUsers":[)", Human("ada"), "]}");
  refused(absl::StrCat(R"({"orgId":"")", users), {"org : import.org_missing"});
  refused(absl::StrCat(R"({"org":{"name":"Acme"})", users),
          {"org : org.name_taken", "human_user ada: import.org_missing"});
  refused(absl::StrCat(R"({"orgId":"none")", users), {"human_user ada: org.not_found"});
  // Somebody's id is no organization's.
  refused(absl::StrCat(R"({"orgId":")", story.ann, R"(","org":{"name":"New"})", users),
          {absl::StrCat("org ", story.ann, ": org.already_exists"),
           "human_user ada: org.not_found"});
  refused(absl::StrCat(R"({"orgId":"gone","org":{"name":"Gone"},"orgState":"ORG_STATE_REMOVED")",
                       users),
          {"org gone: import.org_state"});
  refused(absl::StrCat(R"({"orgId":"a b","org":{"name":"New"})", users),
          {"org a b: request.organization_id.not_id", "human_user ada: org.not_found"});
  CHECK(ids(story.home) == home);
  CHECK(ids(story.acme) == acme);
  CHECK_FALSE(story.HasUser("ada"));
  // One that stands takes more, by the rights that the caller has there.
  const Struct more =
      story.Import(Request(absl::StrCat(R"({"orgId":")", story.acme, "\"", users)));
  CHECK(Errors(more) == Names{});
  CHECK(ids(story.acme).contains("ada"));
}

TEST_CASE("a domain is not proved by whoever imports it, and a key has an id of its own") {
  const Moving story;
  const JsonClient other = story.In(story.admin, story.other);
  other.Must(Management("AddOrgDomain"), R"({"domain":"lamps.example"})");
  const std::string key = absl::Base64Escape(NewPublicKey());
  const Struct answer = story.Import(Request(absl::StrCat(
      R"({"orgId":"moved","org":{"name":"Moved"},"domains":[{"domainName":"lamps.example",)",
      R"("isVerified":true,"isPrimary":true},{"orgId":"other","domainName":"b.example"},)",
      R"({"orgId":"moved","domainName":"c.example","isVerified":true}],"machineUsers":[{"userId":"robot","user":)",
      R"({"userName":"robot","name":"Robot"}}],"machineKeys":[{"keyId":"k1","userId":"robot",)",
      R"("publicKey":")", key, R"("},{"userId":"robot","publicKey":"bm9uZQ=="}],"appKeys":[{"id":"k2"}]})")));
  CHECK(Errors(answer) ==
        Names{"domain lamps.example: import.domain_unproved",
              "domain lamps.example: org.domain_not_verified",
              "domain b.example: import.other_org", "machine_key k1: import.id_not_kept",
              "machine_key : key.malformed", "app_key k2: import.unserved"});
  const Names made = Texts(List(answer, "success.orgs").at(0), "machineKeys");
  CHECK(Each(story.In(story.admin, "moved")
                 .Must(Management("ListMachineKeys"), R"({"userId":"robot"})").Json(),
             "result", "id") == made);
}

TEST_CASE("who may not import is told so before anything is looked at") {
  Moving story;
  const std::string request = Request(R"({"orgId":"moved","org":{"name":"Moved"}})");
  const JsonClient ann = story.SignIn(story.ann);
  for (const JsonClient& by : {ann, story.In(ann, story.acme)}) {
    Refused(by.Call(Admin("ImportData"), request), 403, "auth.permission_denied");
    Refused(by.Call(Admin("ImportData"), R"({"timeout":"soon"})"), 403, "auth.permission_denied");
  }
  CHECK(story.admin.Call(Admin("GetOrgByID"), R"({"id":"moved"})").code == 404);
}

TEST_CASE("an import that says nothing, nonsense or where files are is refused whole") {
  const Moving story;
  const uint64_t before = story.Newest();
  const std::string org = R"({"orgId":"moved","org":{"name":"Moved"}})";
  const auto refused = [&](const std::string& json, int code, const std::string& reason) {
    INFO(json);
    Refused(story.admin.Call(Admin("ImportData"), json), code, reason);
  };
  refused("{}", 400, "request.data.required");
  refused(R"({"dataOrgs":{}})", 400, "request.data.required");
  for (const char* time : {"soon", "5", "-1s ", "1s1"}) {
    refused(Request(org, absl::StrCat(R"(,"timeout":")", time, "\"")), 400,
            "request.timeout.malformed");
  }
  for (const char* time : {"-1s", "0", "1ns", "9999999h", "inf", "61m"}) {
    refused(Request(org, absl::StrCat(R"(,"timeout":")", time, "\"")), 400,
            "request.timeout.out_of_range");
  }
  for (const char* files : {R"("dataOrgsLocal":{"path":"/etc/passwd"})", R"("dataOrgsv1Local":{})",
                            R"("dataOrgsS3":{"bucket":"b"})", R"("dataOrgsv1S3":{})",
                            R"("dataOrgsGcs":{"bucket":"b"})", R"("dataOrgsv1Gcs":{})"}) {
    refused(absl::StrCat("{", files, "}"), 501, "request.unserved");
  }
  CHECK(story.Newest() == before);
}

TEST_CASE("what the time did not suffice for is told, and the same import again goes on") {
  const Moving story;
  const std::string orgs = absl::StrCat(R"({"orgId":"moved","org":{"name":"Moved"},"humanUsers":[)",
                                        WithPasswords("u", 500), "]}");
  const Struct answer = story.Import(Request(orgs, R"(,"timeout":"300ms")"));
  const std::vector<Struct> done = List(answer, "success.orgs");
  const size_t users = done.empty() ? 0 : Texts(done.at(0), "humanUserIds").size();
  const size_t errors = List(answer, "errors").size();
  CHECK(users < 500);
  CHECK(users + errors >= 500);
  // Not begun, or its password was not hashed in time.
  for (const std::string& error : Errors(answer)) {
    INFO(error);
    CHECK((absl::EndsWith(error, "import.time_over") ||
           absl::EndsWith(error, "command.hash_queue_full")));
  }
  // Without what takes time.
  const Struct again = story.Import(absl::StrReplaceAll(
      Request(orgs), {{R"(,"password":"Wood-Lamp-7-River")", ""}}));
  size_t already = 0;
  for (const std::string& error : Errors(again)) already += absl::EndsWith(error, "user.already_exists");
  CHECK(already == users);
  CHECK(Texts(List(again, "success.orgs").at(0), "humanUserIds").size() == 500 - users);
}

TEST_CASE("an organization's name for itself is measured, and not told back at length") {
  const Moving story;
  const std::string longest(200'000, 'x');
  for (const char* form : {"dataOrgs", "dataOrgsv1"}) {
    const Names errors = Errors(story.Import(absl::StrCat(
        "{\"", form, R"(":{"orgs":[{"orgId":")", longest, R"(","humanUsers":[)", Human("ada"), "]}]}}")));
    REQUIRE(errors.size() == 1);
    CHECK(errors.begin()->size() < 500);
  }
  CHECK_FALSE(story.HasUser("ada"));
}

TEST_CASE("beyond ten thousand refusals the others are counted") {
  const Moving story;
  std::string keys = "{}";
  for (int i = 1; i < 10'500; ++i) absl::StrAppend(&keys, ",{}");
  const auto errors = List(story.Import(Request(absl::StrCat(
      R"({"orgId":"moved","org":{"name":"Moved"},"userLinks":[)", keys, "]}"))), "errors");
  REQUIRE(errors.size() == 10'001);
  CHECK(absl::StrContains(At(errors.back(), "message"), "more were refused: 500."));
}

TEST_CASE("of an instance two imports are under way, and a third is told so") {
  const Moving story;
  const auto request = [](const std::string& org) {
    return Request(absl::StrCat(R"({"orgId":")", org, R"(","org":{"name":")", org,
                                R"("},"humanUsers":[)", WithPasswords(org, 300), "]}"));
  };
  std::vector<std::thread> others;
  for (const char* org : {"one", "two"}) {
    others.emplace_back([&, org] { story.admin.Call(Admin("ImportData"), request(org)); });
  }
  const bool both = Eventually([&] { return story.HasUser("one0") && story.HasUser("two0"); });
  const auto third = story.admin.Call(Admin("ImportData"), request("three"));
  for (std::thread& other : others) other.join();
  CHECK((both && third.code == 429));
  story.Import(request("three"));
}

TEST_CASE("ten thousand people come in by one request") {
  constexpr int kPeople = 10000;
  const DataDir data;
  Server server(*data.Load());
  zitadel::admin::v1::ImportDataRequest request;
  auto& org = *request.mutable_data_orgs()->add_orgs();
  org.set_org_id("moved");
  org.mutable_org()->set_name("Moved");
  for (int i = 0; i < kPeople; ++i) {
    auto& human = *org.add_human_users();
    human.set_user_id(absl::StrCat("u", i));
    auto& user = *human.mutable_user();
    user.set_user_name(human.user_id());
    user.mutable_profile()->set_first_name("Ada");
    user.mutable_profile()->set_last_name("King");
    user.mutable_email()->set_email(absl::StrCat(human.user_id(), "@moved.example"));
    user.mutable_email()->set_is_email_verified(true);
  }
  CHECK(request.ByteSizeLong() < (4 << 20));
  const absl::Time began = absl::Now();
  const auto answer = server.Call<zitadel::admin::v1::ImportDataResponse>(
      Admin("ImportData"), request, {Bearer(data.token())});
  INFO(absl::FormatDuration(absl::Now() - began));
  REQUIRE(answer.status().message() == "");
  CHECK(answer->errors().empty());
  REQUIRE(answer->success().orgs_size() == 1);
  const auto& made = answer->success().orgs(0).human_user_ids();
  REQUIRE(made.size() == kPeople);
  // In the order in which they were asked for.
  CHECK(made[kPeople - 1] == "u9999");
}

}  // namespace
}  // namespace muniment::gateway::v1

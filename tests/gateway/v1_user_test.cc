// Users by the v1 interface, on a served node, beside what the newer interface tells of the same.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/gateway/v1_story.h"
#include "zitadel/object.pb.h"
#include "zitadel/user.pb.h"

namespace muniment::gateway::v1 {
namespace {

std::string Users(const char* method) {
  return absl::StrCat("zitadel.user.v2.UserService/", method);
}
std::string Id(const std::string& id, const std::string& more = "") {
  return absl::StrCat(R"({"id":")", id, "\"", more, "}");
}
std::string OfUser(const std::string& id, const std::string& more = "") {
  return absl::StrCat(R"({"userId":")", id, "\"", more, "}");
}
std::string Machine(const std::string& name) {
  return absl::StrCat(R"({"userName":")", name, R"(","name":"A job"})");
}
std::string Person(const std::string& name, const std::string& more = "") {
  return absl::StrCat(R"({"userName":")", name, R"(","profile":{"firstName":"Mo","lastName":")",
                      name, R"("},"email":{"email":")", name,
                      R"(@example.org","isEmailVerified":true})", more, "}");
}
std::vector<std::string> Order(const Struct& json, const std::string& path) {
  std::vector<std::string> texts;
  for (const Struct& one : List(json, "result")) texts.push_back(At(one, path));
  return texts;
}

TEST_CASE("a machine acts by a token that is told once and ends when it is removed") {
  Story story;
  const JsonClient ann = story.SignIn(story.ann);
  const Struct made = ann.Must(Management("AddMachineUser"), Machine("job")).Json();
  const std::string job = At(made, "userId");
  CHECK(At(made, "details.resourceOwner") == story.acme);
  CHECK(At(made, "details.sequence") != "");
  const Struct read = ann.Must(Management("GetUserByID"), Id(job)).Json();
  CHECK(At(read, "user.userName") == "job");
  CHECK(At(read, "user.machine.name") == "A job");
  CHECK(At(read, "user.details.resourceOwner") == story.acme);

  const Struct added = ann.Must(Management("AddPersonalAccessToken"), OfUser(job)).Json();
  const std::string token = At(added, "token");
  REQUIRE(token.size() > 40);
  const std::string id = At(added, "tokenId");
  const JsonClient machine(story.port(), token);
  CHECK(At(machine.Must(Auth("GetMyUser"), "{}").Json(), "user.id") == job);
  const auto listed = ann.Must(Management("ListPersonalAccessTokens"), OfUser(job));
  CHECK_FALSE(absl::StrContains(listed.body, token));
  CHECK(Order(listed.Json(), "id") == std::vector<std::string>{id});
  CHECK(At(List(listed.Json(), "result").at(0), "expirationDate") == "9999-12-31T23:59:59Z");
  CHECK(At(listed.Json(), "details.totalResult") == "1");
  CHECK(At(listed.Json(), "details.viewTimestamp") != "");
  const std::string both = OfUser(job, absl::StrCat(R"(,"tokenId":")", id, "\""));
  const auto one = ann.Must(Management("GetPersonalAccessTokenByIDs"), both);
  CHECK(At(one.Json(), "token.details.resourceOwner") == story.acme);
  CHECK_FALSE(absl::StrContains(one.body, token));
  // Not another user's, and not another organization's.
  const std::string wrong = OfUser(story.ann, absl::StrCat(R"(,"tokenId":")", id, "\""));
  Refused(ann.Call(Management("GetPersonalAccessTokenByIDs"), wrong), 404,
          "personal_access_token.not_found");
  const JsonClient otto = story.SignIn(story.otto);
  Refused(otto.Call(Management("GetPersonalAccessTokenByIDs"), both), 404,
          "personal_access_token.not_found");
  Refused(otto.Call(Management("AddPersonalAccessToken"), OfUser(job)), 404, "user.not_found");
  ann.Must(Management("RemovePersonalAccessToken"), both);
  CHECK(machine.Call(Auth("GetMyUser"), "{}").code == 401);
}

TEST_CASE("a machine's key and secret are told once by the v1 interface") {
  Story story;
  const JsonClient ann = story.SignIn(story.ann);
  const std::string job = ann.Must(Management("AddMachineUser"), Machine("job")).Text("userId");
  Refused(ann.Call(Management("AddMachineKey"), OfUser(job)), 400, "request.type.zero");
  const Struct key =
      ann.Must(Management("AddMachineKey"), OfUser(job, R"(,"type":"KEY_TYPE_JSON")")).Json();
  CHECK(At(key, "keyDetails") != "");
  const std::string both = OfUser(job, absl::StrCat(R"(,"keyId":")", At(key, "keyId"), "\""));
  const Struct read = ann.Must(Management("GetMachineKeyByIDs"), both).Json();
  CHECK(At(read, "key.id") == At(key, "keyId"));
  CHECK(At(read, "key.type") == "KEY_TYPE_JSON");
  CHECK(ann.Must(Management("ListMachineKeys"), OfUser(job)).Text("keyDetails") == "");
  ann.Must(Management("RemoveMachineKey"), both);
  Refused(ann.Call(Management("GetMachineKeyByIDs"), both), 404, "key.not_found");

  const Struct secret = ann.Must(Management("GenerateMachineSecret"), OfUser(job)).Json();
  CHECK(At(secret, "clientId") == "job");
  CHECK(At(secret, "clientSecret").size() == 64);
  CHECK(At(secret, "details.resourceOwner") == story.acme);
  CHECK(Says(ann.Must(Management("GetUserByID"), Id(job)).Json(), "user.machine.hasSecret"));
  ann.Must(Management("RemoveMachineSecret"), OfUser(job));
  CHECK_FALSE(Says(ann.Must(Management("GetUserByID"), Id(job)).Json(), "user.machine.hasSecret"));
}

TEST_CASE("somebody of another organization is found by his whole login name, and only named") {
  Story story;
  const JsonClient ann = story.SignIn(story.ann);
  const std::string mo =
      ann.Must(Management("ImportHumanUser"),
               Person("mo", R"(,"password":"Wood-Lamp-7-River","phone":{"phone":"+41791234567"})"))
          .Text("userId");
  const auto by = [](const std::string& name) {
    return absl::StrCat(R"({"loginName":")", name, "\"}");
  };
  const JsonClient otto = story.SignIn(story.otto);
  const auto found = otto.Must(Management("GetUserByLoginNameGlobal"), by("MO"));
  CHECK(At(found.Json(), "user.id") == mo);
  CHECK(At(found.Json(), "user.human.profile.displayName") == "Mo mo");
  CHECK_FALSE(absl::StrContains(found.body, "example.org"));
  CHECK_FALSE(absl::StrContains(found.body, "+41"));
  // Who may read him is told all.
  const auto own = ann.Must(Management("GetUserByLoginNameGlobal"), by("mo"));
  CHECK(At(own.Json(), "user.human.email.email") == "mo@example.org");
  for (const char* name : {"m", "mo*", "%", "mo@", "mo@example.org", " mo"}) {
    Refused(otto.Call(Management("GetUserByLoginNameGlobal"), by(name)), 404, "user.not_found");
  }
  // It is asked before anybody is looked for, himself too.
  const JsonClient plain = story.SignIn(mo);
  Refused(plain.Call(Management("GetUserByLoginNameGlobal"), by("mo")), 403,
          "auth.permission_denied");
}

TEST_CASE("a foreign organization by header is one that there is not") {
  Story story;
  const JsonClient ann = story.SignIn(story.ann);
  for (const char* method : {"ListUsers", "ListProjects", "ListUserGrants", "ListGrantedProjects",
                             "ListAllProjectGrants", "ListOrgChanges", "AddMachineUser"}) {
    INFO(method);
    const std::string request = method == std::string("AddMachineUser") ? Machine("spy") : "{}";
    const auto foreign = story.In(ann, story.other).Call(Management(method), request);
    const auto unknown = story.In(ann, "999").Call(Management(method), request);
    Refused(foreign, 404, "org.not_found");
    CHECK(foreign.body == unknown.body);
    // The instance's own administrators work anywhere.
    if (request == "{}") story.In(story.admin, story.other).Must(Management(method), request);
  }
  const Struct mine = ann.Must(Management("ListUsers"), "{}").Json();
  CHECK(Each(mine, "result", "id") == Names{story.ann});
  const Struct theirs = story.In(story.admin, story.other).Must(Management("ListUsers"), "{}").Json();
  CHECK(Each(theirs, "result", "id") == Names{story.otto});
}

TEST_CASE("users are sorted, compared and told by states alike in both interfaces") {
  Story story;
  const JsonClient ann = story.SignIn(story.ann);
  const std::string job = ann.Must(Management("AddMachineUser"), Machine("job")).Text("userId");
  const std::string bea = ann.Must(Management("ImportHumanUser"), Person("bea")).Text("userId");
  const std::string abe = ann.Must(Management("ImportHumanUser"), Person("abe")).Text("userId");
  ann.Must(Management("DeactivateUser"), Id(bea));
  ann.Must(Management("LockUser"), Id(abe));
  const auto compare = [&](const std::string& more) {
    INFO(more);
    const std::string in = absl::StrCat(R"({"organizationIdQuery":{"organizationId":")",
                                        story.acme, "\"}}");
    const auto older = ann.Must(Management("ListUsers"), absl::StrCat("{", more, "}"));
    const size_t at = more.find("\"queries\":[");
    const std::string newer =
        at == std::string::npos
            ? absl::StrCat("{", more, R"(,"queries":[)", in, "]}")
            : absl::StrCat("{", more.substr(0, at + 11), in, ",", more.substr(at + 11), "}");
    const auto others = ann.Must(Users("ListUsers"), newer);
    CHECK(Order(older.Json(), "id") == Order(others.Json(), "userId"));
    CHECK(Order(older.Json(), "state") == Order(others.Json(), "state"));
    return Order(older.Json(), "id");
  };
  const auto* sorting = zitadel::user::v1::UserFieldName_descriptor();
  for (int i = 0; i < sorting->value_count(); ++i) {
    const std::string name(sorting->value(i)->name());
    CHECK(compare(absl::StrCat(R"("query":{"asc":true},"sortingColumn":")", name, "\"")).size() == 4);
  }
  const auto* methods = zitadel::v1::TextQueryMethod_descriptor();
  for (int i = 0; i < methods->value_count(); ++i) {
    compare(absl::StrCat(R"("queries":[{"userNameQuery":{"userName":"BE","method":")",
                         methods->value(i)->name(), "\"}}]"));
  }
  const auto of_state = [&](const char* state) {
    return compare(absl::StrCat(R"("queries":[{"stateQuery":{"state":")", state, "\"}}]"));
  };
  using Ids = std::vector<std::string>;
  CHECK(of_state("USER_STATE_ACTIVE").size() == 2);
  CHECK(of_state("USER_STATE_INACTIVE") == Ids{bea});
  CHECK(of_state("USER_STATE_LOCKED") == Ids{abe});
  CHECK(of_state("USER_STATE_DELETED").empty());
  CHECK(of_state("USER_STATE_INITIAL").empty());
  // Of which the newer one knows nothing.
  Refused(ann.Call(Management("ListUsers"),
                   R"({"queries":[{"stateQuery":{"state":"USER_STATE_SUSPEND"}}]})"),
          400, "request.state.undefined");
  CHECK(compare(R"("queries":[{"typeQuery":{"type":"TYPE_MACHINE"}}])") == Ids{job});
  CHECK(compare(R"("queries":[{"typeQuery":{"type":"TYPE_HUMAN"}}])").size() == 3);
  CHECK(compare(R"("queries":[{"notQuery":{"query":{"userNameQuery":{"userName":"bea"}}}}])")
            .size() == 3);
  ann.Must(Management("UnlockUser"), Id(abe));
  ann.Must(Management("ReactivateUser"), Id(bea));
  CHECK(of_state("USER_STATE_ACTIVE").size() == 4);
}

TEST_CASE("a person's parts are read and replaced by the v1 interface") {
  Story story;
  const JsonClient ann = story.SignIn(story.ann);
  const auto add = [&](const std::string& more) {
    return ann.Call(Management("ImportHumanUser"), Person("mo", more));
  };
  Refused(add(R"(,"idps":[{"configId":"1","externalUserId":"2"}])"), 501, "request.unserved");
  Refused(add(R"(,"password":"Wood-Lamp-7-River","hashedPassword":{"value":"x"})"), 400,
          "user.two_passwords");
  const std::string mo =
      ann.Must(Management("AddHumanUser"), Person("mo", R"(,"initialPassword":"Wood-Lamp-7-River")"))
          .Text("userId");
  // It must be changed first.
  const auto early = story.SignIn(mo).Call(Auth("GetMyUser"), "{}");
  Refused(early, 403, "auth.password_change_required");
  ann.Must(Management("SetHumanPassword"),
           OfUser(mo, R"(,"password":"Wood-Lamp-7-River","noChangeRequired":true)"));
  CHECK(At(story.SignIn(mo).Must(Auth("GetMyUser"), "{}").Json(), "user.id") == mo);

  ann.Must(Management("UpdateHumanProfile"),
           OfUser(mo, R"(,"firstName":"Mo","lastName":"E","displayName":"Mo E.",
                  "gender":"GENDER_DIVERSE")"));
  const Struct profile = ann.Must(Management("GetHumanProfile"), OfUser(mo)).Json();
  CHECK(At(profile, "profile.displayName") == "Mo E.");
  CHECK(At(profile, "profile.gender") == "GENDER_DIVERSE");
  const Struct changed =
      ann.Must(Management("UpdateHumanEmail"), OfUser(mo, R"(,"email":"m@example.org")")).Json();
  CHECK(At(changed, "details.resourceOwner") == story.acme);
  const Struct email = ann.Must(Management("GetHumanEmail"), OfUser(mo)).Json();
  CHECK(At(email, "email.email") == "m@example.org");
  CHECK_FALSE(Says(email, "email.isEmailVerified"));
  ann.Must(Management("UpdateHumanPhone"),
           OfUser(mo, R"(,"phone":"+41791234567","isPhoneVerified":true)"));
  CHECK(Says(ann.Must(Management("GetHumanPhone"), OfUser(mo)).Json(), "phone.isPhoneVerified"));
  ann.Must(Management("UpdateUserName"), OfUser(mo, R"(,"userName":"moritz")"));
  const auto unique = [&](const char* request) {
    return Says(ann.Must(Management("IsUserUnique"), request).Json(), "isUnique");
  };
  CHECK(unique(R"({"userName":"mo"})"));
  CHECK_FALSE(unique(R"({"userName":"MORITZ"})"));
  CHECK_FALSE(unique(R"({"userName":"free","email":"m@example.org"})"));

  const std::string entry = Id(mo, R"(,"key":"colour","value":"Z3JlZW4=")");
  ann.Must(Management("SetUserMetadata"), entry);
  const std::string key = Id(mo, R"(,"key":"colour")");
  CHECK(At(ann.Must(Management("GetUserMetadata"), key).Json(), "metadata.value") == "Z3JlZW4=");
  ann.Must(Management("RemoveUserMetadata"), key);
  Refused(ann.Call(Management("GetUserMetadata"), key), 404, "metadata.not_found");

  const auto changes = ann.Must(Management("ListUserChanges"), OfUser(mo, R"(,"query":{"asc":true})"));
  CHECK(At(List(changes.Json(), "result").at(0), "eventType.key") == "user.human.added");
  CHECK(At(List(changes.Json(), "result").at(0), "editorId") == story.ann);
  const JsonClient otto = story.SignIn(story.otto);
  Refused(otto.Call(Management("ListUserChanges"), OfUser(mo)), 404, "user.not_found");
  ann.Must(Management("RemoveUser"), Id(mo));
  Refused(ann.Call(Management("GetUserByID"), Id(mo)), 404, "user.not_found");
}

}  // namespace
}  // namespace muniment::gateway::v1

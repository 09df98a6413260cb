// The assembled node, called over its port.
#include "gateway/node.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/error.h"
#include "gateway/cli/generic_call.h"
#include "gateway/first_instance.h"
#include "gateway/private_file.h"
#include "gateway/served_node.h"
#include "gateway/storage.h"
#include "google/protobuf/wrappers.pb.h"
#include "muniment/api/work/v1/work_service.pb.h"
#include "zitadel/org/v2/org_service.pb.h"
#include "zitadel/session/v2/session_service.pb.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::gateway {
namespace {

using zitadel::user::v2::GetUserByIDRequest;
using zitadel::user::v2::GetUserByIDResponse;

TEST_CASE("the first start makes an administrator and a token that work, later ones nothing") {
  const DataDir data;
  const auto config = data.Load();
  std::string token;
  {
    Server server(*config);
    REQUIRE(server.first().has_value());
    CHECK(server.first()->login_name == "admin");
    CHECK(server.first()->password.size() == 20);
    token = data.token();
    const auto users = server.ListUsers({Bearer(token)});
    REQUIRE(users.ok());
    CHECK(users->details().total_result() == 2);
  }
  Server again(*config);
  CHECK_FALSE(again.first().has_value());
  CHECK(data.token() == token);
  const auto users = again.ListUsers({Bearer(token)});
  REQUIRE(users.ok());
  CHECK(users->details().total_result() == 2);
}

TEST_CASE("a first start that died before its commit is made good by the next") {
  const DataDir data;
  const auto config = data.Load();
  {
    // The store was founded and the token's file written, and then the machine went down.
    REQUIRE(Storage::Open(*config, {}).ok());
    REQUIRE(WriteNewPrivateFile(data.path() + "/admin.pat", "of no use\n").ok());
  }
  Server server(*config);
  REQUIRE(server.first().has_value());
  CHECK(server.ListUsers({Bearer(data.token())}).ok());
}

TEST_CASE("a first instance is as the configuration wants it") {
  const DataDir data;
  const auto config = data.Load({{"ExternalDomain", "Id.Example.com"},
                                 {"FirstInstance.Org.Name", "Acme Ltd"},
                                 {"FirstInstance.Org.Human.UserName", "root"},
                                 {"FirstInstance.Org.Machine.Machine.Username", ""}});
  Server server(*config);
  REQUIRE(server.first().has_value());
  CHECK(server.first()->login_name == "root");
  CHECK(server.first()->pat_path.empty());
  CHECK_FALSE(std::filesystem::exists(data.path() + "/admin.pat"));
  // It is reached under its own name, and 127.0.0.1 is none of its names.
  CHECK(Reason(server.ListUsers({}).status()) == "instance.not_found");
}

TEST_CASE("without a token, or with one that nobody was given, a call goes no further") {
  const DataDir data;
  Server server(*data.Load());
  CHECK(Reason(server.ListUsers({}).status()) == "auth.required");
  for (const std::string& header :
       {std::string("Bearer"), "Basic " + data.token(), data.token(),
        "Bearer " + std::string(20'000, 'x'), std::string("Bearer x"),
        "Bearer " + data.token() + "x"}) {
    const auto users = server.ListUsers({{"authorization", header}});
    CHECK(absl::IsUnauthenticated(users.status()));
    const bool formed = header.size() < 500 && header.find("Bearer ") == 0;
    CHECK(Reason(users.status()) == (formed ? "auth.token_invalid" : "auth.header_malformed"));
  }
  CHECK(server.ListUsers({{"authorization", "bearer " + data.token()}}).ok());
}

TEST_CASE("names in a removed organization are free again soon") {
  using zitadel::org::v2::AddOrganizationRequest;
  using zitadel::org::v2::AddOrganizationResponse;
  using zitadel::org::v2::DeleteOrganizationRequest;
  using zitadel::org::v2::DeleteOrganizationResponse;
  const DataDir data;
  Server server(*data.Load());
  const Server::Headers root = {Bearer(data.token())};
  AddOrganizationRequest add;
  add.set_name("Acme");
  auto& human = *add.add_admins()->mutable_human();
  human.set_username("ann");
  human.mutable_profile()->set_given_name("Ann");
  human.mutable_profile()->set_family_name("Lee");
  human.mutable_email()->set_email("ann@example.org");
  const auto added = server.Call<AddOrganizationResponse>(
      "zitadel.org.v2.OrganizationService/AddOrganization", add, root);
  INFO(added.status());
  REQUIRE(added.ok());
  DeleteOrganizationRequest remove;
  remove.set_organization_id(added->organization_id());
  REQUIRE(server.Call<DeleteOrganizationResponse>(
                    "zitadel.org.v2.OrganizationService/DeleteOrganization", remove, root)
              .ok());
  // Her name was hers until she is swept.
  absl::Status again = absl::UnknownError("not asked");
  for (int i = 0; i < 1000 && !again.ok(); ++i) {
    again = server.Call<AddOrganizationResponse>(
                      "zitadel.org.v2.OrganizationService/AddOrganization", add, root)
                .status();
    if (!again.ok()) REQUIRE(Reason(again) == "user.username_taken");
    absl::SleepFor(absl::Milliseconds(10));
  }
  CHECK(again.ok());
}

TEST_CASE("dead letters are shown, and put back, to those who run the instance") {
  using muniment::api::work::v1::ListDeadLettersRequest;
  using muniment::api::work::v1::ListDeadLettersResponse;
  using muniment::api::work::v1::RetryDeadLetterRequest;
  using muniment::api::work::v1::RetryDeadLetterResponse;
  const std::string service = "muniment.api.work.v1.WorkService/";
  const DataDir data;
  Server server(*data.Load());
  const Server::Headers root = {Bearer(data.token())};
  const auto letters = server.Call<ListDeadLettersResponse>(service + "ListDeadLetters",
                                                            ListDeadLettersRequest(), root);
  INFO(letters.status());
  REQUIRE(letters.ok());
  CHECK(letters->dead_letters().empty());
  CHECK(letters->pagination().total_result() == 0);
  CHECK(Reason(server.Call<ListDeadLettersResponse>(service + "ListDeadLetters",
                                                    ListDeadLettersRequest(), {})
                   .status()) == "auth.required");
  RetryDeadLetterRequest retry;
  for (const char* id : {"nonsense", "sweep.user/user/1/7", "/user/1/7", "a/b/c/d"}) {
    retry.set_id(id);
    CHECK(Reason(server.Call<RetryDeadLetterResponse>(service + "RetryDeadLetter", retry, root)
                     .status()) == "work.not_found");
  }
  CHECK(Reason(server.Call<RetryDeadLetterResponse>(service + "RetryDeadLetter", retry, {})
                   .status()) == "auth.required");
}

TEST_CASE("a large request of a stranger is refused before it is decoded") {
  const DataDir data;
  Server server(*data.Load());
  // Field 1 of the request is a ListQuery, which these bytes are not.
  google::protobuf::BytesValue garbage;
  garbage.set_value(std::string(100 << 10, '\xff'));
  const std::string method = "zitadel.user.v2.UserService/ListUsers";
  const auto ask = [&](const std::string& token) {
    return server.Call<ListUsersResponse>(method, garbage, {Bearer(token)}).status();
  };
  CHECK(Reason(server.Call<ListUsersResponse>(method, garbage, {}).status()) == "auth.required");
  CHECK(Reason(ask("nobodys")) == "auth.token_invalid");
  CHECK(Reason(ask(data.token())) == "request.malformed");
  CHECK(server.Call<ListUsersResponse>("zitadel.user.v2.UserService/ListIDPLinks", garbage, {})
            .status()
            .code() == absl::StatusCode::kUnimplemented);
}

TEST_CASE("a request of too many values is refused before they are made, one of many is served") {
  const DataDir data;
  Server server(*data.Load());
  const std::string method = "zitadel.user.v2.UserService/ListUsers";
  ListUsersRequest empty;
  for (int i = 0; i < 200'000; ++i) empty.add_queries();
  const auto refused = server.Call<ListUsersResponse>(method, empty, {Bearer(data.token())});
  CHECK(Reason(refused.status()) == "request.too_many_values");
  CHECK(absl::IsResourceExhausted(refused.status()));
  ListUsersRequest many;
  auto* ids = many.add_queries()->mutable_in_user_ids_query();
  for (int i = 0; i < 90'000; ++i) ids->add_user_ids(absl::StrCat(i));
  CHECK(server.Call<ListUsersResponse>(method, many, {Bearer(data.token())}).ok());
}

TEST_CASE("every answer says where it stands, and a read may ask to see that") {
  const DataDir data;
  Server server(*data.Load());
  const auto token = Bearer(data.token());
  Server::Headers answered;
  REQUIRE(server.ListUsers({token}, &answered).ok());
  const auto place = std::find_if(answered.begin(), answered.end(), [](const auto& header) {
    return header.first == "x-muniment-sequence";
  });
  REQUIRE(place != answered.end());
  CHECK(server.ListUsers({token, *place}).ok());

  for (const char* forged : {"1", "99999999999", "AAAA"}) {
    const auto refused = server.ListUsers({token, {"x-muniment-sequence", forged}});
    CHECK(Reason(refused.status()) == "request.sequence");
  }
}

TEST_CASE("what is not served says what it waits for") {
  const DataDir data;
  Server server(*data.Load());
  zitadel::user::v2::ListIDPLinksRequest request;
  request.set_user_id("1");
  const auto refused = server.Call<zitadel::user::v2::ListIDPLinksResponse>(
      "zitadel.user.v2.UserService/ListIDPLinks", request, {Bearer(data.token())});
  CHECK(absl::IsUnimplemented(refused.status()));
  CHECK(Reason(refused.status()) == "method.unserved");
}

TEST_CASE("a request beyond its fields' limits is refused before a handler sees it") {
  const DataDir data;
  Server server(*data.Load());
  GetUserByIDRequest request;
  request.set_user_id(std::string(201, 'x'));
  const auto refused = server.Call<GetUserByIDResponse>(
      "zitadel.user.v2.UserService/GetUserByID", request, {Bearer(data.token())});
  CHECK(Reason(refused.status()) == "request.user_id.too_long");
}

TEST_CASE("a person is made by one commit, one hash and three gets, and read by five") {
  const DataDir data;
  Server server(*data.Load());
  const auto token = Bearer(data.token());
  zitadel::user::v2::AddHumanUserRequest request;
  request.set_username("ada");
  request.mutable_profile()->set_given_name("Ada");
  request.mutable_profile()->set_family_name("Lovelace");
  request.mutable_email()->set_email("ada@example.com");
  request.mutable_email()->set_is_verified(true);
  request.mutable_password()->set_password("Wood-Lamp-7-River");
  const Costs before = server.node().costs();
  const auto added = server.Call<zitadel::user::v2::AddHumanUserResponse>(
      "zitadel.user.v2.UserService/AddHumanUser", request, {token});
  REQUIRE(added.ok());
  const Costs after = server.node().costs();
  CHECK(after.commits - before.commits == 1);
  CHECK(after.hashes - before.hashes == 1);
  CHECK(after.gets - before.gets == 3);  // the token by its hash, in two, and its user

  GetUserByIDRequest read;
  read.set_user_id(added->user_id());
  REQUIRE(server.Call<GetUserByIDResponse>("zitadel.user.v2.UserService/GetUserByID", read, {token})
              .ok());
  CHECK(server.node().costs().gets - after.gets == 5);  // and the target, what it put off
  CHECK(server.node().costs().commits == after.commits);
}

// What a password session may cost (two calls), beside what it takes to know who calls.
TEST_CASE("a password session is two commits, one hash and ten gets at most") {
  const DataDir data;
  Server server(*data.Load());
  const auto token = Bearer(data.token());
  zitadel::user::v2::AddHumanUserRequest add;
  add.set_username("ada");
  add.mutable_profile()->set_given_name("Ada");
  add.mutable_profile()->set_family_name("Lovelace");
  add.mutable_email()->set_email("ada@example.com");
  add.mutable_email()->set_is_verified(true);
  add.mutable_password()->set_password("Wood-Lamp-7-River");
  REQUIRE(server.Call<zitadel::user::v2::AddHumanUserResponse>(
                    "zitadel.user.v2.UserService/AddHumanUser", add, {token}).ok());
  const Costs before = server.node().costs();
  zitadel::session::v2::CreateSessionRequest create;
  create.mutable_checks()->mutable_user()->set_login_name("ada");
  const auto made = server.Call<zitadel::session::v2::CreateSessionResponse>(
      "zitadel.session.v2.SessionService/CreateSession", create, {token});
  REQUIRE(made.ok());
  const Costs begun = server.node().costs();
  CHECK(begun.commits - before.commits == 1);
  CHECK(begun.hashes == before.hashes);
  CHECK(begun.gets - before.gets <= 5);  // who calls, in three, and whose name it is

  zitadel::session::v2::SetSessionRequest check;
  check.set_session_id(made->session_id());
  check.mutable_checks()->mutable_password()->set_password("Wood-Lamp-7-River");
  REQUIRE(server.Call<zitadel::session::v2::SetSessionResponse>(
                    "zitadel.session.v2.SessionService/SetSession", check, {token}).ok());
  const Costs after = server.node().costs();
  CHECK(after.commits - before.commits == 2);
  CHECK(after.hashes - before.hashes == 1);
  CHECK(after.gets - before.gets <= 10);
}

TEST_CASE("a drained node answers nothing more and can be started again at once") {
  const DataDir data;
  const auto config = data.Load();
  Server server(*config);
  const auto token = Bearer(data.token());
  REQUIRE(server.ListUsers({token}).ok());
  server.node().Drain();
  CHECK(absl::IsUnavailable(server.ListUsers({token}).status()));
  server.node().Drain();
  Server again(*config);
  CHECK(again.ListUsers({token}).ok());
}

TEST_CASE("a second node on the same data is refused and leaves the first alone") {
  const DataDir data;
  const auto config = data.Load();
  Server server(*config);
  const auto second = Node::Open(*config, {});
  CHECK(Reason(second.status()) == "store.in_use");
  CHECK(server.ListUsers({Bearer(data.token())}).ok());
}

TEST_CASE("made-up passwords keep the default rules and are never the same") {
  const Secret one = NewAdministratorPassword(), two = NewAdministratorPassword();
  CHECK_FALSE(one == two);
  for (const Secret& password : {one, two}) {
    std::map<std::string, int> kinds;
    for (const char c : password.reveal()) {
      ++kinds[isupper(c) ? "upper" : islower(c) ? "lower" : isdigit(c) ? "digit" : "symbol"];
    }
    CHECK(kinds.size() == 4);
  }
}

}  // namespace
}  // namespace muniment::gateway

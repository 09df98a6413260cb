// What stories of the v1 interface share: the names of methods, what an answer holds, and a served
// node with two organizations, Acme and Other, whose owners are ann and otto.
#ifndef MUNIMENT_TESTS_GATEWAY_V1_STORY_H_
#define MUNIMENT_TESTS_GATEWAY_V1_STORY_H_

#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "tests/gateway/json_client.h"
#include "tests/gateway/people.h"
#include "tests/gateway/served_node.h"

namespace muniment::gateway::v1 {

using google::protobuf::Struct;
using google::protobuf::Value;
using Names = std::set<std::string>;


inline std::string Admin(const char* method) {
  return absl::StrCat("zitadel.admin.v1.AdminService/", method);
}
inline std::string Management(const char* method) {
  return absl::StrCat("zitadel.management.v1.ManagementService/", method);
}
inline std::string Auth(const char* method) {
  return absl::StrCat("zitadel.auth.v1.AuthService/", method);
}
inline std::string Orgs(const char* method) {
  return absl::StrCat("zitadel.org.v2.OrganizationService/", method);
}
inline std::string Permissions(const char* method) {
  return absl::StrCat("zitadel.internal_permission.v2.InternalPermissionService/", method);
}
inline std::string Projects(const char* method) {
  return absl::StrCat("zitadel.project.v2.ProjectService/", method);
}

// "a.b" of what an answer holds; null where it is not there.
inline const Value* Find(const Struct& json, const std::string& path) {
  const size_t dot = path.find('.');
  const auto found = json.fields().find(path.substr(0, dot));
  if (found == json.fields().end()) return nullptr;
  return dot == std::string::npos ? &found->second
                                  : Find(found->second.struct_value(), path.substr(dot + 1));
}
inline std::string At(const Struct& json, const std::string& path) {
  const Value* found = Find(json, path);
  return found == nullptr ? "" : found->string_value();
}
inline bool Says(const Struct& json, const std::string& path) {
  const Value* found = Find(json, path);
  return found != nullptr && found->bool_value();
}
inline std::vector<Struct> List(const Struct& json, const std::string& path) {
  std::vector<Struct> entries;
  const Value* found = Find(json, path);
  if (found == nullptr) return entries;
  for (const Value& one : found->list_value().values()) entries.push_back(one.struct_value());
  return entries;
}
inline Names Texts(const Struct& json, const std::string& path) {
  Names texts;
  const Value* found = Find(json, path);
  if (found == nullptr) return texts;
  for (const Value& one : found->list_value().values()) texts.insert(one.string_value());
  return texts;
}
inline Names Each(const Struct& json, const std::string& list, const std::string& path) {
  Names texts;
  for (const Struct& one : List(json, list)) texts.insert(At(one, path));
  return texts;
}

class Story {
 public:
  Story() : server_(*data_.Load()), admin(port(), data_.token()) {
    const Struct instance = admin.Must(Admin("GetMyInstance"), "{}").Json();
    instance_id = At(instance, "instance.id");
    home = At(admin.Must(Admin("GetDefaultOrg"), "{}").Json(), "org.id");
    acme = AddOrganization("Acme");
    other = AddOrganization("Other");
    ann = AddPerson(acme, "ann");
    otto = AddPerson(other, "otto");
    Own(acme, ann);
    Own(other, otto);
  }

  uint16_t port() { return server_.node().port(); }
  JsonClient In(const JsonClient& client, const std::string& organization) const {
    return client.With({{"x-zitadel-orgid", organization}});
  }
  std::string AddOrganization(const std::string& name) {
    return admin.Must(Orgs("AddOrganization"), absl::StrCat(R"({"name":")", name, "\"}"))
        .Text("organizationId");
  }
  std::string AddPerson(const std::string& organization, const std::string& name) {
    return gateway::AddPerson(admin, organization, name);
  }
  void Own(const std::string& organization, const std::string& user) {
    In(admin, organization)
        .Must(Management("AddOrgMember"), Member(user, R"("ORG_OWNER")"));
  }
  JsonClient SignIn(const std::string& user) {
    return JsonClient(port(), SessionTokenOf(admin, user));
  }
  static std::string Member(const std::string& user, const std::string& roles,
                            const std::string& more = "") {
    return absl::StrCat(R"({"userId":")", user, R"(","roles":[)", roles, "]", more, "}");
  }
  static std::string OfUser(const std::string& user) {
    return absl::StrCat(R"({"userId":")", user, "\"}");
  }
  uint64_t Newest() const {
    const Struct json =
        admin.Must(Admin("ListEvents"), R"({"limit":1})").Json();
    uint64_t sequence = 0;
    REQUIRE(absl::SimpleAtoi(At(List(json, "events").at(0), "sequence"), &sequence));
    return sequence;
  }

 private:
  const DataDir data_;
  Server server_;

 public:
  const JsonClient admin;
  std::string instance_id, home, acme, other, ann, otto;
};

// Why a call was refused, as a program is told; empty where it was not.
inline google::rpc::ErrorInfo InfoOf(const JsonClient::Reply& reply) {
  google::rpc::ErrorInfo info;
  if (reply.code == 200) return info;
  for (const Struct& detail : List(reply.Json(), "details")) {
    if (At(detail, "type") != "google.rpc.ErrorInfo") continue;
    std::string bytes;
    REQUIRE(absl::Base64Unescape(At(detail, "value"), &bytes));
    REQUIRE(info.ParseFromString(bytes));
    break;
  }
  return info;
}
inline std::string ReasonOf(const JsonClient::Reply& reply) { return InfoOf(reply).reason(); }

inline void Refused(const JsonClient::Reply& reply, int code, const std::string& reason) {
  INFO(reply.body);
  CHECK(reply.code == code);
  CHECK(ReasonOf(reply) == reason);
}

}  // namespace muniment::gateway::v1

#endif  // MUNIMENT_TESTS_GATEWAY_V1_STORY_H_

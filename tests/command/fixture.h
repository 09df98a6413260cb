// A small platform in memory for tests of commands: instance 1, two organizations with people in
// different positions, and as many nodes (routers over one store) as a test wants.
#ifndef MUNIMENT_TESTS_COMMAND_FIXTURE_H_
#define MUNIMENT_TESTS_COMMAND_FIXTURE_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/notification.h"
#include "base/clock.h"
#include "base/error.h"
#include "command/instance/instance.h"
#include "command/member/members.h"
#include "command/org/org.h"
#include "command/policy/settings.h"
#include "command/router.h"
#include "command/user/tokens.h"
#include "command/user/user.h"
#include "eventstore/keys.h"
#include "eventstore/memory/memory_store.h"
#include "google/protobuf/empty.pb.h"
#include "zitadel/org/v2/org_service.pb.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

// Names are kept by hand: what a read model would know.
class FakeLookup final : public Lookup {
 public:
  absl::StatusOr<NameConflicts> NameConflictsOf(uint64_t, const NamesElsewhere&) override {
    return NameConflicts();
  }
  absl::StatusOr<SignInName> UsersBySignInName(uint64_t, absl::string_view name,
                                               absl::string_view) override {
    SignInName hint;
    if (const auto found = Find(users, name)) hint.by_login_name.push_back(*found);
    return hint;
  }
  absl::StatusOr<std::optional<std::string>> UserByUsername(uint64_t, absl::string_view,
                                                            absl::string_view name) override {
    return Find(users, name);
  }
  absl::StatusOr<std::optional<std::string>> OrganizationByDomain(
      uint64_t, absl::string_view domain) override {
    return Find(organizations, domain);
  }
  absl::StatusOr<std::vector<Scope>> MembershipsOf(uint64_t, absl::string_view) override {
    return std::vector<Scope>();
  }
  absl::StatusOr<std::optional<std::string>> ProjectGrantOf(uint64_t, absl::string_view,
                                                            absl::string_view) override {
    return std::nullopt;
  }
  absl::StatusOr<std::vector<std::string>> AuthorizationsOf(uint64_t, absl::string_view,
                                                            size_t) override {
    return std::vector<std::string>();
  }
  absl::StatusOr<std::vector<std::string>> GroupsOf(uint64_t, absl::string_view,
                                                    size_t) override {
    return std::vector<std::string>();
  }
  absl::StatusOr<std::vector<std::string>> TokenFamiliesOf(uint64_t, absl::string_view,
                                                           size_t) override {
    return std::vector<std::string>();
  }
  absl::StatusOr<std::optional<std::string>> ApplicationOfClient(uint64_t,
                                                                 absl::string_view) override {
    return std::nullopt;
  }
  absl::StatusOr<std::vector<std::string>> SessionsOf(uint64_t, absl::string_view,
                                                      size_t) override {
    return std::vector<std::string>();
  }

  absl::flat_hash_map<std::string, std::string> users;
  absl::flat_hash_map<std::string, std::string> organizations;

 private:
  static std::optional<std::string> Find(const absl::flat_hash_map<std::string, std::string>& names,
                                         absl::string_view name) {
    const auto found = names.find(name);
    if (found == names.end()) return std::nullopt;
    return found->second;
  }
};

template <class Request, class Response>
Handler TestHandler(const std::string& name, Rule rule,
                    std::function<absl::StatusOr<Response>(Unit&, const Request&)> function) {
  Handler handler;
  handler.method = name;
  handler.request = Request::descriptor();
  handler.response = Response::descriptor();
  handler.rule = std::move(rule);
  handler.run = [function](Unit& unit, const google::protobuf::Message& request)
      -> absl::StatusOr<std::unique_ptr<google::protobuf::Message>> {
    ASSIGN_OR_RETURN(auto response, function(unit, static_cast<const Request&>(request)));
    return std::make_unique<Response>(std::move(response));
  };
  return handler;
}

inline Rule UserRule(const std::string& permission, SelfRule self = SELF_DENY) {
  Rule rule;
  rule.set_permission(permission);
  rule.set_target(TARGET_USER);
  rule.set_field("user_id");
  rule.set_self(self);
  return rule;
}

inline Rule OrgRule(const std::string& permission) {
  Rule rule;
  rule.set_permission(permission);
  rule.set_target(TARGET_ORG);
  rule.set_field("organization_id");
  return rule;
}

inline Caller CallerOf(const std::string& user, const std::string& org = "100") {
  Caller caller;
  caller.user_id = user;
  caller.organization_id = org;
  return caller;
}

inline absl::StatusOr<CommandAnswer> Await(Router& router, CommandCall call) {
  absl::Notification done;
  absl::StatusOr<CommandAnswer> answer = absl::UnknownError("not called back");
  router.Run(std::move(call), [&](absl::StatusOr<CommandAnswer> result) {
    answer = std::move(result);
    done.Notify();
  });
  done.WaitForNotification();
  return answer;
}

class World {
 public:
  explicit World(std::vector<Handler> handlers = {}, RouterOptions options = {})
      : handlers_(std::move(handlers)),
        options_(options),
        store(SystemClock()),
        codec("claims key of tests: 32 bytes..."),
        master(MasterKey::Generate()),
        keys(store, master),
        ids(SystemClock(), 1),
        router(MakeRouter()) {
    Seed();
  }

  // Another node on the same store.
  std::unique_ptr<Router> Node() { return std::make_unique<Router>(Ports(), handlers_, options_); }

  absl::StatusOr<CommandAnswer> Run(const std::string& method,
                                    const google::protobuf::Message& request, Caller caller,
                                    absl::Time deadline = absl::InfiniteFuture()) {
    return Await(*router, Call(method, request, std::move(caller), deadline));
  }
  static CommandCall Call(const std::string& method, const google::protobuf::Message& request,
                          Caller caller, absl::Time deadline = absl::InfiniteFuture()) {
    CommandCall call;
    call.method = method;
    call.instance = 1;
    call.caller = std::move(caller);
    std::shared_ptr<google::protobuf::Message> copy(request.New());
    copy->CopyFrom(request);
    call.request = std::move(copy);
    call.deadline = deadline;
    return call;
  }
  // What the server itself does, on any node.
  static absl::Status AsSystem(Router& node, std::function<absl::Status(Unit&)> function) {
    const Handler handler = TestHandler<google::protobuf::Empty, google::protobuf::Empty>(
        "system", Rule(), [&](Unit& unit, const auto&) -> absl::StatusOr<google::protobuf::Empty> {
          RETURN_IF_ERROR(function(unit));
          return google::protobuf::Empty();
        });
    CommandCall call = Call("", google::protobuf::Empty(), Caller::System());
    call.handler = &handler;
    return Await(node, std::move(call)).status();
  }
  absl::Status AsSystem(std::function<absl::Status(Unit&)> function) {
    return AsSystem(*router, std::move(function));
  }

  static absl::Status Rename(Router& node, const std::string& org, const std::string& name) {
    return AsSystem(node, [&](Unit& unit) -> absl::Status {
      ASSIGN_OR_RETURN(const auto ref, unit.Load<Org>(org));
      event::v1::OrgChanged changed;
      changed.set_name(name);
      unit.Raise(ref, std::move(changed));
      return absl::OkStatus();
    });
  }
  // The roles from now on; none: no membership.
  static absl::Status SetRoles(Router& node, const Scope& scope, const std::string& user,
                               const std::vector<std::string>& roles) {
    return AsSystem(node, [&](Unit& unit) -> absl::Status {
      ASSIGN_OR_RETURN(const auto members, unit.LoadAny<Members>(scope));
      if (roles.empty()) {
        event::v1::MemberRemoved removed;
        removed.set_user_id(user);
        unit.Raise(members, std::move(removed));
        return absl::OkStatus();
      }
      event::v1::MemberAdded added;
      added.set_user_id(user);
      for (const auto& role : roles) added.add_role(role);
      unit.Raise(members, std::move(added));
      return absl::OkStatus();
    });
  }
  template <class Kind>
  static absl::Status OnUser(Router& node, const std::string& user, Kind kind) {
    return AsSystem(node, [&](Unit& unit) -> absl::Status {
      ASSIGN_OR_RETURN(const auto ref, unit.LoadAny<User>(user));
      unit.Raise(ref, kind);
      return absl::OkStatus();
    });
  }
  template <class Kind>
  static absl::Status OnOrg(Router& node, const std::string& org, Kind kind) {
    return AsSystem(node, [&](Unit& unit) -> absl::Status {
      ASSIGN_OR_RETURN(const auto ref, unit.LoadAny<Org>(org));
      unit.Raise(ref, kind);
      return absl::OkStatus();
    });
  }
  uint64_t Events() { return store.ReadSequence(1).value(); }

 private:
  RouterPorts Ports() {
    RouterPorts ports;
    ports.store = &store;
    ports.codec = &codec;
    ports.keys = &keys;
    ports.lookup = &lookup;
    ports.ids = &ids;
    ports.clock = &SystemClock();
    ports.passwords = passwords;
    return ports;
  }
  std::unique_ptr<Router> MakeRouter() {
    // A cheap hash that tells how often it was asked; what hashes cost is base's business.
    passwords.hash = [this](absl::string_view password) -> absl::StatusOr<std::string> {
      ++hashed;
      return absl::StrCat("hash of ", password);
    };
    passwords.verify = [this](absl::string_view hash,
                              absl::string_view password) -> absl::StatusOr<bool> {
      ++hashed;
      return hash == absl::StrCat("hash of ", password);
    };
    return Node();
  }
  void Seed();

  const std::vector<Handler> handlers_;
  const RouterOptions options_;

 public:
  eventstore::MemoryStore store;
  eventstore::Codec codec;
  MasterKey master;
  eventstore::DataKeys keys;
  IdGenerator ids;
  FakeLookup lookup;
  PasswordFunctions passwords;
  std::atomic<int> hashed{0};
  std::unique_ptr<Router> router;
};

}  // namespace muniment::command

#endif  // MUNIMENT_TESTS_COMMAND_FIXTURE_H_

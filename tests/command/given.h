// A platform in memory for tests of the published commands, behind the real router, codec and table
// of handlers. A test is a sentence:
//
//   Given given;
//   CHECK(given.When("root", "LockUser", "user_id: 'bob'").events == Strings{"user.locked bob"});
//   CHECK(given.When("root", "LockUser", "user_id: 'bob'").reason == "user.already_locked");
//
// What stands: instance 1 with the primary domain example.test; organization "home" (Home), its
// default, with root (IAM_OWNER) and maker (IAM_ORG_MANAGER); and
// organization "acme" (Acme) with ann (ORG_OWNER), bob, who is nobody, and the machines robot and
// clerk (ORG_USER_MANAGER). Their addresses are <id>@example.org, and so are the names of people.
#ifndef MUNIMENT_TESTS_COMMAND_GIVEN_H_
#define MUNIMENT_TESTS_COMMAND_GIVEN_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "command/router.h"
#include "command/user/user.h"
#include "eventstore/keys.h"
#include "eventstore/memory/memory_store.h"
#include "muniment/event/v1/user.pb.h"
#include "tests/command/fake_prover.h"
#include "zitadel/org/v2/org_service.pb.h"
#include "zitadel/session/v2/session_service.pb.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using Strings = std::vector<std::string>;

// Answers from the log itself, so it is never behind.
class LogLookup final : public Lookup {
 public:
  LogLookup(eventstore::EventStore& store, const eventstore::Codec& codec,
            eventstore::KeySource& keys)
      : store_(store), codec_(codec), keys_(keys) {}

  absl::StatusOr<SignInName> UsersBySignInName(uint64_t, absl::string_view,
                                               absl::string_view) override;
  // What a test says.
  absl::StatusOr<NameConflicts> NameConflictsOf(uint64_t instance,
                                                const NamesElsewhere& names) override;
  absl::StatusOr<std::optional<std::string>> UserByUsername(uint64_t, absl::string_view,
                                                            absl::string_view) override;
  absl::StatusOr<std::optional<std::string>> OrganizationByDomain(
      uint64_t instance, absl::string_view domain) override;
  absl::StatusOr<std::vector<Scope>> MembershipsOf(uint64_t instance,
                                                   absl::string_view user_id) override;
  absl::StatusOr<std::optional<std::string>> ProjectGrantOf(
      uint64_t instance, absl::string_view project_id, absl::string_view organization_id) override;
  absl::StatusOr<std::vector<std::string>> AuthorizationsOf(uint64_t instance,
                                                            absl::string_view user_id,
                                                            size_t most) override;
  absl::StatusOr<std::vector<std::string>> GroupsOf(uint64_t instance, absl::string_view user_id,
                                                    size_t most) override;
  absl::StatusOr<std::vector<std::string>> TokenFamiliesOf(uint64_t instance,
                                                           absl::string_view user_id,
                                                           size_t most) override;
  absl::StatusOr<std::optional<std::string>> ApplicationOfClient(
      uint64_t instance, absl::string_view client_id) override;
  absl::StatusOr<std::vector<std::string>> SessionsOf(uint64_t instance, absl::string_view user_id,
                                                      size_t most) override;

  std::vector<eventstore::Event> Events(uint64_t instance, uint64_t after);

  NameConflicts name_conflicts;

 private:
  eventstore::EventStore& store_;
  const eventstore::Codec& codec_;
  eventstore::KeySource& keys_;
};

// The message of the kind that an event is.
const google::protobuf::Message& KindOf(const eventstore::Event& event);

// The message as the type that it is; throws where it is another, which fails the test.
template <class Type>
const Type& As(const google::protobuf::Message& message) {
  const auto* found = google::protobuf::DynamicCastToGenerated<Type>(&message);
  if (found == nullptr) throw std::runtime_error("another type: " + message.GetTypeName());
  return *found;
}

struct Then {
  std::string reason;  // empty: OK
  absl::StatusCode code = absl::StatusCode::kOk;
  absl::Status status;  // with what it tells a client
  Strings events;  // "user.locked bob": the type and the id of its aggregate
  std::vector<eventstore::Event> facts;
  CommandAnswer answer;

  bool ok() const { return code == absl::StatusCode::kOk; }
  template <class Kind>
  const Kind& fact(size_t index) const {
    return As<Kind>(KindOf(facts.at(index)));
  }
  template <class Response>
  const Response& response() const {
    return As<Response>(*answer.response);
  }
};

class Given {
 public:
  Given();

  // `method`: of one of the services. `request`: text format, in which what comes later wins.
  // Held against the limits first, as the gateway does. An empty caller is the system, "anonymous"
  // nobody.
  Then When(const std::string& caller, const std::string& method, const std::string& request);
  // Several at the same time, each on a node of its own; `events` of each are those of all.
  std::vector<Then> Race(const std::string& caller, const std::string& method,
                         const Strings& requests);
  struct Asked {
    std::string caller, method, request;
    std::string session_token = {};  // that this one shows; empty: that of all
  };
  std::vector<Then> Race(const std::vector<Asked>& calls);

  // An event that simply stands.
  template <class State, class Kind>
  void Fact(const Scope& scope, Kind kind) {
    typename State::Event event;
    SetKind(event, std::move(kind));
    AsSystem([&](Unit& unit) -> absl::Status {
      // Of his other streams a user's own says whose they are.
      if (scope.aggregate == AGGREGATE_USER) RETURN_IF_ERROR(unit.LoadAny<User>(scope.id).status());
      ASSIGN_OR_RETURN(const auto ref, unit.LoadAny<State>(scope));
      unit.Raise(ref, event);
      return absl::OkStatus();
    });
  }
  // As a job of the process does.
  void AsSystem(std::function<absl::Status(Unit&)> function);
  // One that may be refused, and then stores nothing.
  absl::Status TryAsSystem(std::function<absl::Status(Unit&)> function);
  // Likewise as the caller, whose token counts or not.
  absl::Status TryAs(Caller caller, std::function<absl::Status(Unit&)> function);
  void Member(const Scope& scope, const std::string& user, const Strings& roles);
  // Names unique in each organization, which login names then carry.
  void LoginMustBeDomain();

  // From here on `user` shows a session in which he has just proved a passkey, where a call shows no
  // other.
  void SignIn(const std::string& user);
  // What new authenticators must show of their make, from here on.
  void Attest(webauthn::AttestationPolicy policy);

  // The access token that callers show, or the session token; empty: their proof is another.
  std::string token_id;
  std::string session_token;
  // By the x-zitadel-orgid header.
  std::string chosen_organization_id;

  ManualClock clock;
  eventstore::MemoryStore store;
  eventstore::Codec codec;
  MasterKey master;
  eventstore::DataKeys keys;
  IdGenerator ids;
  LogLookup lookup;
  FakeProver prover;

 private:
  void SeedInstance();
  void SeedPeople();
  RouterPorts Ports();
  CommandCall CallOf(const Asked& asked);
  Then Outcome(uint64_t before, absl::StatusOr<CommandAnswer> answer);

  std::map<std::string, std::string> sessions_;  // the tokens of those who signed in
  webauthn::AttestationPolicy attestation_;
  std::unique_ptr<Router> router_;
};

}  // namespace muniment::command

#endif  // MUNIMENT_TESTS_COMMAND_GIVEN_H_

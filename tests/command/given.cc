#include "tests/command/given.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "base/check.h"
#include "base/limits.h"
#include "base/session_token.h"
#include "base/timestamp.h"
#include "command/instance/instance.h"
#include "command/member/members.h"
#include "command/org/domains.h"
#include "command/org/org.h"
#include "command/policy/defaults.h"
#include "command/policy/settings.h"
#include "command/session/session.h"
#include "command/user/user.h"
#include "google/protobuf/empty.pb.h"
#include "google/protobuf/text_format.h"
#include "muniment/event/v1/application.pb.h"
#include "muniment/event/v1/group.pb.h"
#include "muniment/event/v1/oidc.pb.h"
#include "muniment/event/v1/project.pb.h"
#include "muniment/event/v1/session.pb.h"
#include "muniment/event/v1/user_grant.pb.h"
#include "zitadel/session/v2/session_service.pb.h"

namespace muniment::command {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::DynamicCastToGenerated;
using google::protobuf::Empty;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;

namespace {

const MethodDescriptor* FindMethod(const std::string& name) {
  for (const char* service :
       {"zitadel.user.v2.UserService", "zitadel.org.v2.OrganizationService",
        "zitadel.session.v2.SessionService", "zitadel.project.v2.ProjectService",
        "zitadel.authorization.v2.AuthorizationService", "zitadel.group.v2.GroupService",
        "zitadel.application.v2.ApplicationService",
        "zitadel.internal_permission.v2.InternalPermissionService", "zitadel.auth.v1.AuthService",
        "zitadel.admin.v1.AdminService", "zitadel.management.v1.ManagementService",
        "muniment.api.settings.v1.SettingsService", "muniment.api.consent.v1.ConsentService",
        "muniment.api.role.v1.RoleService", "zitadel.webkey.v2.WebKeyService",
        "zitadel.oidc.v2.OIDCService", "zitadel.feature.v2.FeatureService",
        "zitadel.settings.v2.SettingsService", "muniment.api.policy.v1.PolicyService",
        "muniment.api.text.v1.TextService"}) {
    const MethodDescriptor* found =
        DescriptorPool::generated_pool()->FindMethodByName(absl::StrCat(service, ".", name));
    if (found != nullptr) return found;
  }
  return nullptr;
}

// What the handler takes, which of another's twin is the other's request.
const Descriptor* RequestOf(const std::string& method) {
  for (const Handler& handler : Handlers()) {
    if (handler.method == method) return handler.request;
  }
  return nullptr;
}

PasswordFunctions CheapPasswords() {
  PasswordFunctions passwords;
  passwords.hash = [](absl::string_view password) -> absl::StatusOr<std::string> {
    return absl::StrCat("hash of ", password);
  };
  passwords.verify = [](absl::string_view hash,
                        absl::string_view password) -> absl::StatusOr<bool> {
    return hash == absl::StrCat("hash of ", password);
  };
  return passwords;
}

absl::StatusOr<CommandAnswer> Await(Router& router, CommandCall call) {
  absl::Notification done;
  absl::StatusOr<CommandAnswer> answer = absl::UnknownError("not called back");
  router.Run(std::move(call), [&](absl::StatusOr<CommandAnswer> result) {
    answer = std::move(result);
    done.Notify();
  });
  done.WaitForNotification();
  return answer;
}

}  // namespace

const Message& KindOf(const eventstore::Event& event) {
  const auto* reflection = event.event->GetReflection();
  const auto* kind = reflection->GetOneofFieldDescriptor(
      *event.event, event.event->GetDescriptor()->oneof_decl(0));
  return reflection->GetMessage(*event.event, kind);
}

// ---------------------------------------------------------------------- lookup

std::vector<eventstore::Event> LogLookup::Events(uint64_t instance, uint64_t after) {
  std::vector<eventstore::Event> events;
  const uint64_t last = store_.ReadSequence(instance).value();
  if (last <= after) return events;
  const absl::Status read =
      store_.ReadInstance(instance, after + 1, last, [&](const eventstore::StoredEvent& stored) {
        events.push_back(codec_.Decode(stored, keys_).value());
        return true;
      });
  MUNIMENT_CHECK(read.ok());  // on a worker, where no assertion of a test may stand
  return events;
}

// Everybody is a hint; the command confirms.
absl::StatusOr<SignInName> LogLookup::UsersBySignInName(uint64_t instance, absl::string_view,
                                                        absl::string_view) {
  SignInName everybody;
  for (const auto& event : Events(instance, 0)) {
    const Message& kind = KindOf(event);
    if (DynamicCastToGenerated<event::v1::HumanAdded>(&kind) != nullptr ||
        DynamicCastToGenerated<event::v1::MachineAdded>(&kind) != nullptr) {
      everybody.by_login_name.push_back(event.meta.stream.id);
    }
  }
  everybody.by_email = everybody.by_phone = everybody.by_login_name;
  return everybody;
}

absl::StatusOr<NameConflicts> LogLookup::NameConflictsOf(uint64_t, const NamesElsewhere&) {
  return name_conflicts;
}

absl::StatusOr<std::optional<std::string>> LogLookup::UserByUsername(uint64_t, absl::string_view,
                                                                     absl::string_view) {
  return std::nullopt;
}

absl::StatusOr<std::optional<std::string>> LogLookup::OrganizationByDomain(
    uint64_t instance, absl::string_view domain) {
  std::optional<std::string> holder;
  for (const auto& event : Events(instance, 0)) {
    const Message& kind = KindOf(event);
    const auto* verified = DynamicCastToGenerated<event::v1::OrgDomainVerified>(&kind);
    const auto* removed = DynamicCastToGenerated<event::v1::OrgDomainRemoved>(&kind);
    if (verified != nullptr && verified->domain() == domain) holder = event.meta.stream.id;
    if (removed != nullptr && removed->domain() == domain) holder.reset();
  }
  return holder;
}

absl::StatusOr<std::vector<Scope>> LogLookup::MembershipsOf(uint64_t instance,
                                                            absl::string_view user_id) {
  std::vector<Scope> scopes;
  for (const auto& event : Events(instance, 0)) {
    const auto* added = DynamicCastToGenerated<event::v1::MemberAdded>(&KindOf(event));
    if (added == nullptr || added->user_id() != user_id) continue;
    scopes.push_back({event.meta.stream.aggregate, event.meta.stream.id});
  }
  return scopes;
}

absl::StatusOr<std::optional<std::string>> LogLookup::ProjectGrantOf(
    uint64_t instance, absl::string_view project_id, absl::string_view organization_id) {
  std::optional<std::string> grant_id;
  for (const auto& event : Events(instance, 0)) {
    const Message& kind = KindOf(event);
    const auto* added = DynamicCastToGenerated<event::v1::ProjectGrantAdded>(&kind);
    if (added != nullptr && added->project_id() == project_id &&
        added->granted_organization_id() == organization_id) {
      grant_id = added->grant_id();
    }
    if (DynamicCastToGenerated<event::v1::ProjectGrantRemoved>(&kind) != nullptr &&
        event.meta.stream.id == absl::StrCat(project_id, "/", grant_id.value_or(""))) {
      grant_id.reset();
    }
  }
  return grant_id;
}

absl::StatusOr<std::vector<std::string>> LogLookup::AuthorizationsOf(uint64_t instance,
                                                                     absl::string_view user_id,
                                                                     size_t most) {
  std::vector<std::string> ids;
  for (const auto& event : Events(instance, 0)) {
    const Message& kind = KindOf(event);
    const std::string& id = event.meta.stream.id;
    const auto* added = DynamicCastToGenerated<event::v1::UserGrantAdded>(&kind);
    if (added != nullptr && added->user_id() == user_id) ids.push_back(id);
    if (DynamicCastToGenerated<event::v1::UserGrantRemoved>(&kind) != nullptr ||
        DynamicCastToGenerated<event::v1::UserGrantCascadeRemoved>(&kind) != nullptr) {
      ids.erase(std::remove(ids.begin(), ids.end(), id), ids.end());
    }
  }
  if (ids.size() > most) ids.resize(most);
  return ids;
}

absl::StatusOr<std::vector<std::string>> LogLookup::GroupsOf(uint64_t instance,
                                                             absl::string_view user_id,
                                                             size_t most) {
  std::set<std::string> ids;
  const auto names = [&](const auto* kind) {
    return kind != nullptr && std::count(kind->user_id().begin(), kind->user_id().end(), user_id);
  };
  for (const auto& event : Events(instance, 0)) {
    const Message& kind = KindOf(event);
    const std::string id = event.meta.stream.id.substr(0, event.meta.stream.id.find('/'));
    if (names(DynamicCastToGenerated<event::v1::GroupUsersAdded>(&kind))) ids.insert(id);
    if (names(DynamicCastToGenerated<event::v1::GroupUsersRemoved>(&kind)) ||
        names(DynamicCastToGenerated<event::v1::GroupUsersCascadeRemoved>(&kind)) ||
        DynamicCastToGenerated<event::v1::GroupRemoved>(&kind) != nullptr) {
      ids.erase(id);
    }
  }
  std::vector<std::string> found(ids.begin(), ids.end());
  if (found.size() > most) found.resize(most);
  return found;
}

absl::StatusOr<std::vector<std::string>> LogLookup::TokenFamiliesOf(uint64_t instance,
                                                                    absl::string_view user_id,
                                                                    size_t most) {
  std::vector<std::string> families;
  for (const auto& event : Events(instance, 0)) {
    const Message& kind = KindOf(event);
    const auto* added = DynamicCastToGenerated<event::v1::OidcSessionAdded>(&kind);
    if (added != nullptr && added->user_id() == user_id) families.push_back(event.meta.stream.id);
    if (DynamicCastToGenerated<event::v1::RefreshTokenRevoked>(&kind) != nullptr) {
      std::erase(families, event.meta.stream.id);
    }
  }
  if (families.size() > most) families.resize(most);
  return families;
}

absl::StatusOr<std::optional<std::string>> LogLookup::ApplicationOfClient(
    uint64_t instance, absl::string_view client_id) {
  std::optional<std::string> found;
  for (const auto& event : Events(instance, 0)) {
    const Message& kind = KindOf(event);
    const auto* oidc = DynamicCastToGenerated<event::v1::OidcConfigAdded>(&kind);
    const auto* api = DynamicCastToGenerated<event::v1::ApiConfigAdded>(&kind);
    if ((oidc != nullptr && oidc->client_id() == client_id) ||
        (api != nullptr && api->client_id() == client_id)) {
      found = event.meta.stream.id;
    }
  }
  return found;
}

absl::StatusOr<std::vector<std::string>> LogLookup::SessionsOf(uint64_t instance,
                                                               absl::string_view user_id,
                                                               size_t most) {
  std::vector<std::string> sessions;
  for (const auto& event : Events(instance, 0)) {
    const Message& kind = KindOf(event);
    const std::string& id = event.meta.stream.id;
    const auto* checked = DynamicCastToGenerated<event::v1::SessionUserChecked>(&kind);
    if (checked != nullptr && checked->user_id() == user_id) sessions.push_back(id);
    if (DynamicCastToGenerated<event::v1::SessionTerminated>(&kind) != nullptr) {
      sessions.erase(std::remove(sessions.begin(), sessions.end(), id), sessions.end());
    }
  }
  if (sessions.size() > most) sessions.resize(most);
  return sessions;
}

// ---------------------------------------------------------------------- given

Given::Given()
    : store(clock),
      codec("claims key of tests: 32 bytes..."),
      master(MasterKey::Generate()),
      keys(store, master),
      ids(clock, 1),
      lookup(store, codec, keys),
      router_(std::make_unique<Router>(Ports(), Handlers())) {
  SeedInstance();
  SeedPeople();
}

RouterPorts Given::Ports() {
  RouterPorts ports;
  ports.store = &store;
  ports.codec = &codec;
  ports.keys = &keys;
  ports.lookup = &lookup;
  ports.ids = &ids;
  ports.clock = &clock;
  ports.prover = &prover;
  ports.passwords = CheapPasswords();
  ports.attestation = attestation_;
  return ports;
}

void Given::Attest(webauthn::AttestationPolicy policy) {
  attestation_ = std::move(policy);
  router_ = std::make_unique<Router>(Ports(), Handlers());
}

void Given::AsSystem(std::function<absl::Status(Unit&)> function) {
  const absl::Status status = TryAsSystem(std::move(function));
  INFO(status);
  REQUIRE(status.ok());
}

absl::Status Given::TryAsSystem(std::function<absl::Status(Unit&)> function) {
  return TryAs(Caller::System(), std::move(function));
}

absl::Status Given::TryAs(Caller caller, std::function<absl::Status(Unit&)> function) {
  Handler handler;
  handler.rule.emplace().set_authenticated(true);
  handler.request = Empty::descriptor();
  handler.response = Empty::descriptor();
  handler.run = [&](Unit& unit, const Message&) -> absl::StatusOr<std::unique_ptr<Message>> {
    RETURN_IF_ERROR(function(unit));
    return std::make_unique<Empty>();
  };
  CommandCall call;
  call.handler = &handler;
  call.instance = 1;
  call.caller = std::move(caller);
  call.request = std::make_shared<Empty>();
  return Await(*router_, std::move(call)).status();
}

void Given::Member(const Scope& scope, const std::string& user, const Strings& roles) {
  event::v1::MemberAdded added;
  added.set_user_id(user);
  for (const std::string& role : roles) added.add_role(role);
  Fact<Members>(scope, added);
}

void Given::SignIn(const std::string& user) {
  const Then made =
      When("", "CreateSession", absl::StrCat("checks { user { user_id: '", user, "' } }"));
  REQUIRE(made.ok());
  const auto& response = made.response<zitadel::session::v2::CreateSessionResponse>();
  event::v1::SessionWebAuthnChecked checked;
  *checked.mutable_checked_at() = ToTimestamp(clock.Now());
  checked.set_user_verified(true);
  Fact<Session>({AGGREGATE_SESSION, response.session_id()}, checked);
  sessions_[user] = response.session_token();
}

void Given::LoginMustBeDomain() {
  event::v1::DomainPolicyChanged changed;
  changed.mutable_policy()->set_user_login_must_be_domain(true);
  Fact<DomainPolicy>(InstanceScope(), changed);
}

void Given::SeedInstance() {
  event::v1::InstanceAdded instance;
  instance.set_name("test");
  Fact<Instance>(InstanceScope(), instance);
  event::v1::InstanceDomainAdded domain;
  domain.set_domain("example.test");
  Fact<Instance>(InstanceScope(), domain);
  event::v1::InstanceDomainPrimarySet primary;
  primary.set_domain("example.test");
  Fact<Instance>(InstanceScope(), primary);
  event::v1::PasswordComplexityAdded complexity;
  complexity.mutable_policy()->set_min_length(8);
  complexity.mutable_policy()->set_has_number(true);
  Fact<PasswordComplexity>(InstanceScope(), complexity);
  AsSystem(AddMissingDefaults);
}

void Given::SeedPeople() {
  const auto must = [&](const std::string& method, const std::string& request) {
    const Then then = When("", method, request);
    INFO(method << " " << then.reason);
    REQUIRE(then.ok());
  };
  must("AddOrganization", "name: 'Home' organization_id: 'home'");
  must("AddOrganization", "name: 'Acme' organization_id: 'acme'");
  event::v1::InstanceDefaultOrgSet default_org;
  default_org.set_organization_id("home");
  Fact<Instance>(InstanceScope(), default_org);
  for (const auto& [id, org] : std::vector<std::pair<std::string, std::string>>{
           {"root", "home"}, {"maker", "home"}, {"ann", "acme"}, {"bob", "acme"}}) {
    must("CreateUser",
         absl::StrCat("organization_id: '", org, "' user_id: '", id,
                      "' human { profile { given_name: '", id,
                      "' family_name: 'Test' } email { email: '", id,
                      "@example.org' is_verified: false } }"));
  }
  for (const char* id : {"robot", "clerk"}) {
    must("CreateUser",
         absl::StrCat("organization_id: 'acme' user_id: '", id, "' machine { name: '", id, "' }"));
  }
  Member(InstanceScope(), "root", {"IAM_OWNER"});
  Member(InstanceScope(), "maker", {"IAM_ORG_MANAGER"});
  Member(OrgScope("acme"), "ann", {"ORG_OWNER"});
  Member(OrgScope("acme"), "clerk", {"ORG_USER_MANAGER"});
}

// ---------------------------------------------------------------------- when, then

CommandCall Given::CallOf(const Asked& asked) {
  const auto& [caller, method, request, own_token] = asked;
  const auto signed_in = sessions_.find(caller);
  const std::string& usual =
      session_token.empty() && signed_in != sessions_.end() ? signed_in->second : session_token;
  const std::string& shown = own_token.empty() ? usual : own_token;
  const MethodDescriptor* descriptor = FindMethod(method);
  REQUIRE(descriptor != nullptr);
  CommandCall call;
  call.method = absl::StrCat(descriptor->service()->full_name(), "/", method);
  const Descriptor* type = RequestOf(call.method);
  REQUIRE(type != nullptr);
  std::shared_ptr<Message> message(MessageFactory::generated_factory()->GetPrototype(type)->New());
  INFO(request);
  REQUIRE(google::protobuf::TextFormat::MergeFromString(request, message.get()));
  call.instance = 1;
  if (caller.empty()) {
    call.caller = Caller::System();
  } else if (caller == "anonymous") {
    call.caller = Caller();
  } else {
    call.caller.user_id = caller;
    call.caller.token_id = token_id;
    call.caller.chosen_organization_id = chosen_organization_id;
    if (!shown.empty()) {
      call.caller.session_id = std::string(SessionOfToken(shown).value());
      call.caller.session_token_hash = SessionTokenHash(shown);
    }
    call.caller.organization_id = caller == "root" || caller == "maker" ? "home" : "acme";
  }
  call.request = std::move(message);
  return call;
}

Then Given::Outcome(uint64_t before, absl::StatusOr<CommandAnswer> answer) {
  Then then;
  then.facts = lookup.Events(1, before);
  for (const auto& event : then.facts) {
    then.events.push_back(absl::StrCat(event.meta.type, " ", event.meta.stream.id));
  }
  then.status = answer.status();
  then.code = then.status.code();
  then.reason = Reason(answer.status());
  if (!answer.ok() && then.reason.empty()) then.reason = std::string(answer.status().message());
  if (answer.ok()) then.answer = *std::move(answer);
  return then;
}

Then Given::When(const std::string& caller, const std::string& method, const std::string& request) {
  const uint64_t before = store.ReadSequence(1).value();
  CommandCall call = CallOf({caller, method, request});
  const absl::Status fits = CheckRequest(*call.request);
  if (!fits.ok()) return Outcome(before, fits);
  return Outcome(before, Await(*router_, std::move(call)));
}

std::vector<Then> Given::Race(const std::string& caller, const std::string& method,
                              const Strings& requests) {
  std::vector<Asked> calls;
  for (const std::string& request : requests) calls.push_back({caller, method, request});
  return Race(calls);
}

std::vector<Then> Given::Race(const std::vector<Asked>& calls) {
  const uint64_t before = store.ReadSequence(1).value();
  std::vector<std::unique_ptr<Router>> nodes;
  std::vector<absl::StatusOr<CommandAnswer>> answers(calls.size());
  absl::BlockingCounter left(static_cast<int>(calls.size()));
  for (size_t i = 0; i < calls.size(); ++i) {
    nodes.push_back(std::make_unique<Router>(Ports(), Handlers()));
    nodes.back()->Run(CallOf(calls[i]), [&, i](auto answer) {
      answers[i] = std::move(answer);
      left.DecrementCount();
    });
  }
  left.Wait();
  std::vector<Then> thens;
  for (auto& answer : answers) thens.push_back(Outcome(before, std::move(answer)));
  return thens;
}

}  // namespace muniment::command

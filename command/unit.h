// What a command's handler works with: streams folded into states, events to be raised, and the
// few inputs that are no function of the log. One unit stands for one run of one handler.
//
//   absl::StatusOr<Response> RenameThing(Unit& unit, const Request& request) {
//     ASSIGN_OR_RETURN(const auto org, unit.LoadTarget<Org>());  // applies the method's rule
//     ASSIGN_OR_RETURN(auto renamed, Decide(*org, request));     // pure
//     unit.Raise(org, std::move(renamed));
//     return Response();  // the router commits, then fills details and dates
//   }
//
// Reruns: what is not at hand (a cold stream, a hash in the queue) comes back as Pending, an error
// that the handler returns like any other; the router parks the call and runs the handler again
// when it is there. A conflict runs it again too. Therefore handlers have no effect but through
// the unit, and all inputs (Hash, Verify, Proved, NewId, NewSecret, NewCode, NewKeyPair, Now) are
// remembered by the call: asked the same in a rerun, they answer the same. Pending never reaches a
// client, whatever a handler makes of it.
//
// Rules: loading the rule's target applies the method's rule on the target's own organization; who
// may not answers like an unknown id. LoadOrNew and LoadAny apply none. A command that succeeds
// without an applied rule is INTERNAL "command.rule_not_applied".
//
// A unit belongs to one thread. A Ref lives as long as its unit; a state's address stands until the
// first event is raised on its stream.
#ifndef MUNIMENT_COMMAND_UNIT_H_
#define MUNIMENT_COMMAND_UNIT_H_

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/caller.h"
#include "base/error.h"
#include "base/key_pair.h"
#include "command/lookup.h"
#include "command/snapshot.h"
#include "muniment/store/v1/body.pb.h"

namespace muniment {
struct CodeGenerator;
struct RolesAt;
}  // namespace muniment

namespace muniment::webauthn {
struct AttestationPolicy;
}  // namespace muniment::webauthn

namespace muniment::event::v1 {
enum DomainProof : int;
}  // namespace muniment::event::v1

namespace muniment::command {

// An error that says: not at hand yet, run again later.
absl::Status Pending();
bool IsPending(const absl::Status& status);

// A stream in a unit: the snapshot that was read and what the unit raised on it. For Ref and the
// router; handlers hold Refs.
struct Slot {
  SnapshotPtr base;
  std::shared_ptr<void> raised_state;  // null until something is raised
  const void* state = nullptr;         // of `base`, or raised_state
  uint64_t raised = 0;
};

template <class State>
class Ref {
 public:
  const State& operator*() const { return *static_cast<const State*>(slot_->state); }
  const State* operator->() const { return static_cast<const State*>(slot_->state); }

  // Of the aggregate that owns the stream.
  const std::string& id() const { return slot_->base->key.id; }
  // With what the unit raised.
  uint64_t version() const { return slot_->base->version + slot_->raised; }
  // The organization, or the instance, that owns the aggregate; empty for a stream without events.
  const std::string& owner() const { return slot_->base->owner; }
  bool exists() const { return (*this)->exists(); }

 private:
  friend class Unit;
  explicit Ref(Slot* slot) : slot_(slot) {}
  Slot* slot_;
};

struct CallMemory;   // command/memory.h
struct MethodRule;   // command/rule.h
struct Project;      // command/project/project.h
struct Session;      // command/session/session.h
struct UnitContext;  // command/memory.h
struct Wants;        // command/memory.h

// Where a permission may be held, beside the instance: what leads to a target.
struct Place {
  std::string organization_id = {};
  // A project of that organization.
  std::string project_id = {};
  // "project/grant", by which a project is granted to that organization.
  std::string project_grant_id = {};
};

class Unit {
 public:
  Unit(const UnitContext& context, CallMemory& memory);
  ~Unit();
  Unit(const Unit&) = delete;
  Unit& operator=(const Unit&) = delete;

  // ---- streams

  // NOT_FOUND "<noun>.not_found" for what was never added, is removed, or, being of the kind that
  // the method's rule names, is none of the caller's business.
  template <class State>
  absl::StatusOr<Ref<State>> Load(absl::string_view id) {
    return LoadChecked<State>(OwnScope<State>(id));
  }
  template <class State>
  absl::StatusOr<Ref<State>> Load(const Scope& scope) {
    return LoadChecked<State>(scope);
  }
  // The target of the method's rule: what its request field names, else for an organization the
  // one the call works in.
  template <class State>
  absl::StatusOr<Ref<State>> LoadTarget() {
    return Load<State>(target_id());
  }
  // Absent or removed is no error. For what is about to be made.
  template <class State>
  absl::StatusOr<Ref<State>> LoadOrNew(absl::string_view id) {
    return LoadAny<State>(OwnScope<State>(id));
  }
  // As LoadOrNew, for what always counts, empty or not: members, settings, metadata, tokens.
  template <class State>
  absl::StatusOr<Ref<State>> LoadAny(absl::string_view id) {
    return LoadAny<State>(OwnScope<State>(id));
  }
  template <class State>
  absl::StatusOr<Ref<State>> LoadAny(const Scope& scope) {
    ASSIGN_OR_RETURN(Slot * slot, Open(OpsOf<State>(), scope));
    return Ref<State>(slot);
  }
  // A setting of the organization, or where it has none of its own (or `organization_id` is empty)
  // the instance's.
  template <class State>
  absl::StatusOr<Ref<State>> Policy(absl::string_view organization_id) {
    if (!organization_id.empty()) {
      ASSIGN_OR_RETURN(const Ref<State> own, LoadAny<State>(OrgScope(organization_id)));
      if (own.exists()) return own;
    }
    ASSIGN_OR_RETURN(const Ref<State> common, LoadAny<State>(InstanceScope()));
    if (!common.exists()) return NoDefault(State::kNoun);
    return common;
  }

  // Adds an event; `ref` and all others on its stream see it at once.
  template <class State>
  void Raise(const Ref<State>& ref, typename State::Event event) {
    Add(ref.slot_, std::make_unique<typename State::Event>(std::move(event)));
  }
  template <class State>
  void Raise(const Ref<State>& ref, std::vector<typename State::Event> events) {
    for (auto& event : events) Raise(ref, std::move(event));
  }
  // One kind: Raise(user, event::v1::UserLocked()).
  template <class State, class Kind>
  requires requires(typename State::Event& event, Kind kind) { SetKind(event, std::move(kind)); }
  void Raise(const Ref<State>& ref, Kind kind) {
    typename State::Event event;
    SetKind(event, std::move(kind));
    Raise(ref, std::move(event));
  }

  // ---- where it comes from

  // What the unit raises came about in a person's browser, as a client says that acts for him; it
  // stands with the events beside where the call itself came from, sealed under his key (`of`), or
  // while nobody is known under each stream's. The last that was said counts.
  void Report(store::v1::Reported where, std::string of) {
    reported_ = std::move(where);
    reported_of_ = std::move(of);
  }

  // ---- refusals

  // A refusal that leaves its events: what was raised is committed, then the call answers `status`.
  // A wrong guess is counted so, before anybody hears that it was wrong.
  //
  //   unit.Raise(checks, PasswordCheckFailed());
  //   return unit.Refuse(Error(...));
  absl::Status Refuse(absl::Status status);
  // A try at `whom`'s secrets, before it is judged. Its answer, whatever it is, goes out `delay`
  // later, if that is any; nothing but memory waits for it. From here until `pause` after it was
  // decided, which a caller's deadline does not shorten, it takes one of the places that there are
  // for tries at one user (command/tries.h). RESOURCE_EXHAUSTED "user.too_many_tries" with the fact
  // kRetryAfter when all are taken.
  absl::Status HoldBack(absl::string_view whom, absl::Duration delay, absl::Duration pause);
  // One more message to `whom`, which stands for an address, counted on this node over all users who
  // have it (command/message_pace.h), if the call commits; for the system not. How long to wait where
  // it may not go out; zero: it may.
  absl::Duration CountMessage(absl::string_view whom);

  // ---- inputs, remembered by the call

  // A PHC string, by the hash pool. RESOURCE_EXHAUSTED "command.hash_queue_full" when the call's
  // deadline cannot be kept.
  absl::StatusOr<std::string> Hash(absl::string_view password);
  // The hashes of one user (`whom`, or who stands for him) are verified one at a time.
  absl::StatusOr<bool> Verify(absl::string_view whom, absl::string_view password,
                              absl::string_view hash);
  // Whether the domain shows the token (command/domain_proof.h), looked for once on behalf of
  // `whom`, an organization's id. The errors of DomainProver::Ask.
  absl::StatusOr<bool> Proved(absl::string_view whom, absl::string_view domain,
                              event::v1::DomainProof proof, absl::string_view token);
  // The n-th call of a run answers the same in every rerun.
  std::string NewId();
  std::string NewSecret(size_t bytes);
  // For people to type (base/code.h); of a generator that CheckGenerator passes.
  std::string NewCode(const CodeGenerator& generator);
  // By the hash pool and with its error.
  absl::StatusOr<KeyPair> NewKeyPair(const KeySpec& spec = {});
  // When the call began, never below the newest event that its node has seen.
  absl::Time Now() const;

  // ---- hints by value (command/lookup.h); "" where there is none. What the unit itself raised is
  // found by its domain, and a grant by its project and organization.

  // Within the organization that the call works in by choice, if it does.
  absl::StatusOr<SignInName> FindSignInName(absl::string_view name);
  absl::StatusOr<NameConflicts> FindNameConflicts(const NamesElsewhere& names);
  absl::StatusOr<std::string> FindUserByUsername(absl::string_view scope,
                                                 absl::string_view username);
  absl::StatusOr<std::string> FindOrganizationByDomain(absl::string_view domain);
  absl::StatusOr<std::vector<Scope>> FindMemberships(absl::string_view user_id);
  // The id of the grant of a project to an organization.
  absl::StatusOr<std::string> FindProjectGrant(absl::string_view project_id,
                                               absl::string_view organization_id);
  // "project/application", of a client id.
  absl::StatusOr<std::string> FindApplication(absl::string_view client_id);
  // Ids of up to `most` authorizations of the user.
  absl::StatusOr<std::vector<std::string>> FindAuthorizations(absl::string_view user_id,
                                                              size_t most);
  // Likewise of groups that he is in.
  absl::StatusOr<std::vector<std::string>> FindGroups(absl::string_view user_id, size_t most);
  absl::StatusOr<std::vector<std::string>> FindSessions(absl::string_view user_id, size_t most);
  absl::StatusOr<std::vector<std::string>> FindTokenFamilies(absl::string_view user_id,
                                                             size_t most);

  // Of a text as names are compared, under a key of the store that never changes; by purpose. Whoever
  // has not the key learns nothing of it.
  std::string KeyedHash(absl::string_view purpose, absl::string_view text) const;

  // ---- the call

  const Caller& caller() const;
  uint64_t instance() const;
  // As it stands in events: the decimal id.
  const std::string& instance_id() const { return instance_id_; }
  const store::v1::Context& context() const;
  const std::string& target_id() const { return target_id_; }
  // The caller is the rule's target and needed no permission for it.
  bool self_allowed() const { return self_allowed_; }
  // Of a rule with a proof of a USER target, once that is loaded: OK where the caller has what the
  // rule asks for, or `shows` what the handler takes for it and judges itself, right or wrong.
  absl::Status AllowedOrShows(bool shows);

  // What new authenticators must show of their make.
  const webauthn::AttestationPolicy& attestation() const;

  // ---- authority beyond the method's rule

  // Whether the caller holds the permission on the organization (or by the instance), now; the
  // streams that say so join the read set. True for the system.
  absl::StatusOr<bool> Holds(absl::string_view permission, absl::string_view organization_id);
  absl::StatusOr<bool> HoldsOnInstance(absl::string_view permission);
  // Likewise. A manager of a project counts while its organization is active; one of a grant while
  // the grant, the project and both organizations are.
  absl::StatusOr<bool> Holds(absl::string_view permission, const Place& place);
  // Whether the caller is an owner (base/access.h) of what leads to the place, and counts there.
  absl::StatusOr<bool> Owns(const Place& place);
  // Where the method's rule was found to hold, or would have had to.
  absl::StatusOr<bool> HoldsOnTarget(absl::string_view permission);
  // Applies the method's rule to what a RESOURCE target names: OK where the caller holds the rule's
  // permission, behind the level's name, on one of the places; else `denied`.
  absl::Status AllowAt(absl::string_view level, std::vector<Place> places,
                       const absl::Status& denied);

  // ---- a command of the system's that is made of published ones

  // What LoadTarget and the like mean from now on: this request's, by its method's rule. Both outlive
  // the unit.
  absl::Status TakeOn(const MethodRule& rule, const google::protobuf::Message& request);
  // Streams of this id are taken to have no event until a commit says otherwise, which spares reading
  // them.
  void ExpectNew(absl::string_view id);

  // Details and dates of the answer are of this stream. Without it they are of the first stream
  // that was raised on, and when nothing was raised, of the rule's target.
  template <class State>
  void AnswerWith(const Ref<State>& ref) {
    primary_ = ref.slot_;
  }

  // ---- for the router

  struct Raised {
    Slot* slot = nullptr;
    std::unique_ptr<google::protobuf::Message> event;
  };
  // Checks that the caller stands, and applies rules that name no target to be loaded.
  absl::Status Begin();
  Wants TakeWants();
  bool pending() const;
  // Whether the answer is what Refuse gave; takes its mark off.
  template <class T>
  static bool TakeRefusal(absl::StatusOr<T>& answer) {
    if (answer.ok()) return false;
    absl::Status plain = answer.status();
    const bool refused = TakeRefusalMark(plain);
    if (refused) answer = std::move(plain);
    return refused;
  }
  absl::Duration delay() const { return delay_; }
  absl::Duration pause() const { return pause_; }
  const store::v1::Reported& reported() const { return reported_; }
  const std::string& reported_of() const { return reported_of_; }
  bool rule_applied() const { return rule_applied_; }
  const std::vector<Raised>& raised() const { return raised_; }
  std::vector<Raised>& raised() { return raised_; }
  const std::deque<Slot>& slots() const { return slots_; }
  const Slot* primary() const;
  // Who owns the aggregate of a stream, as its events must say.
  absl::StatusOr<std::string> OwnerOfSlot(const Slot& slot) const;

 private:
  template <class State>
  static Scope OwnScope(absl::string_view id) {
    constexpr auto& owners = StreamTraits<typename State::Event>::kAggregates;
    static_assert(owners.size() == 1, "several aggregates own this stream: give a Scope");
    return Scope{owners[0], std::string(id)};
  }
  template <class State>
  absl::StatusOr<Ref<State>> LoadChecked(const Scope& scope) {
    ASSIGN_OR_RETURN(Slot * slot, Open(OpsOf<State>(), scope));
    RETURN_IF_ERROR(Check(OpsOf<State>(), slot));
    return Ref<State>(slot);
  }

  absl::StatusOr<Slot*> Open(const StateOps& ops, const Scope& scope);
  absl::Status Check(const StateOps& ops, Slot* slot);
  void Add(Slot* slot, std::unique_ptr<google::protobuf::Message> event);
  absl::Status CheckCaller();
  bool HoldsNothing() const;
  // Whether the roles of the caller that count at the place suffice; those of more than the
  // organization are read where those above them do not.
  absl::StatusOr<bool> RolesSuffice(const Place& place,
                                    absl::FunctionRef<bool(const RolesAt& held)> suffice);
  absl::Status OpenBooks(const std::string& organization_id, RolesAt& held);
  absl::StatusOr<bool> GrantCounts(const std::string& id);
  absl::StatusOr<bool> AllowedOn(const StateOps& ops, Slot* slot);
  absl::StatusOr<bool> AllowedOnSession(const Session& session);
  // Of the roles of the project within that organization.
  absl::StatusOr<bool> AllowedOnAccess(const Project& project, const std::string& project_id,
                                       const std::string& organization_id);
  absl::StatusOr<bool> AllowedOnGrant(const std::string& id);
  absl::StatusOr<bool> AllowedAt(Place place);
  bool MayShowInstead(const absl::Status& denied) const;
  static absl::Status NoDefault(absl::string_view noun);
  static bool TakeRefusalMark(absl::Status& status);
  void ResolveTarget();
  absl::Status ResolveDomain();
  const std::string& AddressOfTry() const;

  const UnitContext& context_;
  CallMemory& memory_;
  const MethodRule* rule_;  // null for none
  const google::protobuf::Message* request_;
  std::unique_ptr<Wants> wants_;
  std::string instance_id_;
  std::string target_id_;
  std::deque<Slot> slots_;
  absl::flat_hash_map<eventstore::StreamKey, Slot*> by_key_;
  std::vector<Raised> raised_;
  absl::flat_hash_map<std::string, std::string> found_here_;  // by what was raised (found_here.h)
  Slot* primary_ = nullptr;
  Slot* target_ = nullptr;
  size_t ids_ = 0;
  size_t secrets_ = 0;
  size_t codes_ = 0;
  size_t key_pairs_ = 0;
  size_t messages_ = 0;
  absl::Duration delay_ = absl::ZeroDuration();
  absl::Duration pause_ = absl::ZeroDuration();
  store::v1::Reported reported_;
  std::string reported_of_;
  std::vector<Place> target_places_;
  bool rule_applied_ = false;
  bool self_allowed_ = false;
  bool must_change_password_ = false;  // the caller, before he does anything but that
  absl::Status denied_;  // where a proof may stand for the right
};

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_UNIT_H_

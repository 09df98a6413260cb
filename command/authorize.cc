// How a unit applies its method's rule. Which streams say what the caller may is decided here; what
// they say together is decided in base/access.h.
#include "base/access.h"
#include "base/crypto.h"
#include "base/host_name.h"
#include "base/proof.h"
#include "base/session_token.h"
#include "command/application/application.h"
#include "command/authorization/user_grant.h"
#include "command/group/group.h"
#include "command/member/members.h"
#include "command/memory.h"
#include "command/oidc/acting.h"
#include "command/org/domain_holder.h"
#include "command/org/org.h"
#include "command/project/grant.h"
#include "command/project/project.h"
#include "command/role/defined_roles.h"
#include "command/session/session.h"
#include "command/session/standing.h"
#include "command/unit.h"
#include "command/user/may_act_as.h"
#include "command/user/tokens.h"
#include "command/user/user.h"

namespace muniment::command {

namespace {

absl::Status TokenInvalid() {
  return Error(absl::StatusCode::kUnauthenticated, "auth.token_invalid",
               "The token is not valid, or is no longer.");
}

// What a rule's target is loaded as.
TargetKind LoadedFor(TargetKind target) {
  return target == TARGET_PROJECT_ACCESS ? TARGET_PROJECT : target;
}

absl::Status NeedsPermission(const Rule& rule, absl::string_view end) {
  return Error(absl::StatusCode::kPermissionDenied, "auth.permission_denied",
               absl::StrCat("This takes the permission ", rule.permission(), end));
}

}  // namespace

void Unit::ResolveTarget() {
  if (rule_ == nullptr) return;
  const TargetKind kind = rule_->rule.target();
  if (request_ != nullptr) {
    target_id_ = TargetOf(*rule_, *request_, *context_.caller);
  }
  if (kind == TARGET_INSTANCE) target_id_ = instance_id_;
}

// A domain that is nobody's names no organization, and nothing else is meant instead.
absl::Status Unit::ResolveDomain() {
  if (rule_ == nullptr || request_ == nullptr) return absl::OkStatus();
  const std::string domain = DomainField(*rule_, *request_);
  if (domain.empty()) return absl::OkStatus();
  target_id_.clear();
  ASSIGN_OR_RETURN(target_id_, DomainHolder(*this, HostName(domain).value_or(domain)));
  return absl::OkStatus();
}

absl::Status Unit::Begin() {
  if (context_.caller->system) {
    rule_applied_ = true;
    return ResolveDomain();
  }
  if (rule_ == nullptr) {
    return Error(absl::StatusCode::kPermissionDenied, "auth.permission_denied",
                 "Only the server itself does this.");
  }
  const Rule& rule = rule_->rule;
  if (rule.open()) {
    rule_applied_ = true;
    return absl::OkStatus();
  }
  if (!context_.caller->known()) {
    return Error(absl::StatusCode::kUnauthenticated, "auth.required", "A token is required.");
  }
  RETURN_IF_ERROR(ResolveDomain());
  RETURN_IF_ERROR(CheckCaller());
  if (rule.authenticated()) {
    rule_applied_ = true;
  } else if (rule.target() == TARGET_INSTANCE) {
    ASSIGN_OR_RETURN(const bool holds, HoldsOnInstance(rule.permission()));
    if (!holds) return NeedsPermission(rule, ".");
    rule_applied_ = true;
  }
  return absl::OkStatus();
}

// All that may be cold is asked for before the first of it is waited for.
absl::Status Unit::CheckCaller() {
  const Caller& caller = *context_.caller;
  const Rule& rule = rule_->rule;
  const auto user = LoadAny<User>(caller.user_id);
  const auto named_org = LoadAny<Org>(caller.organization_id);
  if (!caller.session_id.empty()) PrefetchSession(*this, caller);
  if (!rule.authenticated()) {
    (void)LoadAny<Members>(InstanceScope());
    if (rule.target() == TARGET_ORG) {
      (void)LoadAny<Members>(OrgScope(target_id_));
      (void)LoadAny<Org>(target_id_);
    } else if (rule.target() == TARGET_USER) {
      (void)LoadAny<User>(target_id_);
    } else if (rule.target() == TARGET_SESSION) {
      (void)LoadAny<Session>(target_id_);
    } else if (LoadedFor(rule.target()) == TARGET_PROJECT) {
      (void)LoadAny<Project>(target_id_);
    } else if (rule.target() == TARGET_AUTHORIZATION) {
      (void)LoadAny<UserGrant>(target_id_);
    } else if (rule.target() == TARGET_APPLICATION) {
      (void)LoadAny<Application>(target_id_);
      (void)LoadAny<Project>(WithinField(*rule_, *request_));
    } else if (rule.target() == TARGET_GROUP) {
      (void)LoadAny<Group>(target_id_);
    }
  }
  if (!caller.oidc_session_id.empty()) {
    const auto family = LoadAny<TokenFamily>(caller.oidc_session_id);
    if (!family.ok()) return family.status();
    RETURN_IF_ERROR(MayActByToken(*this, caller, *family));
  }
  if (!caller.token_id.empty()) {
    ASSIGN_OR_RETURN(const auto tokens, LoadAny<UserTokens>(caller.user_id));
    if (!tokens->Stands(caller.token_id, Now())) return TokenInvalid();
  }
  if (!user.ok()) return user.status();
  if (!(*user)->active()) return TokenInvalid();
  ASSIGN_OR_RETURN(const auto org, LoadAny<Org>((*user)->organization_id));
  if (!org->active()) return TokenInvalid();
  if (caller.session_id.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(MayActBySession(*this, caller, *user));
  ASSIGN_OR_RETURN(must_change_password_, PasswordChangeDue(*this, caller, *user));
  const bool lets = !must_change_password_ || rule.before_password_change();
  return lets ? absl::OkStatus() : PasswordChangeRequired();
}

bool Unit::HoldsNothing() const {
  return context_.caller->user_id.empty() || must_change_password_;
}

absl::StatusOr<bool> Unit::HoldsOnInstance(absl::string_view permission) {
  return Holds(permission, Place());
}

absl::StatusOr<bool> Unit::Holds(absl::string_view permission, absl::string_view organization_id) {
  return Holds(permission, Place{.organization_id = std::string(organization_id)});
}

absl::StatusOr<bool> Unit::Holds(absl::string_view permission, const Place& place) {
  if (context_.caller->system) return true;
  if (permission.empty()) return false;
  return RolesSuffice(place, [permission](const RolesAt& held) {
    return Allows(held, permission);
  });
}

absl::StatusOr<bool> Unit::Owns(const Place& place) {
  if (context_.caller->system) return true;
  return RolesSuffice(place, [](const RolesAt& held) { return muniment::Owns(held); });
}

absl::StatusOr<bool> Unit::RolesSuffice(const Place& place,
                                        absl::FunctionRef<bool(const RolesAt& held)> suffice) {
  if (HoldsNothing()) return false;
  const std::string& user = context_.caller->user_id;
  const bool granted = !place.project_grant_id.empty();
  const bool below = granted || !place.project_id.empty();
  const Scope scope =
      granted ? ProjectGrantScope(place.project_grant_id) : ProjectScope(place.project_id);
  // All that may be cold is asked for before the first of it is waited for.
  const auto on_instance = LoadAny<Members>(InstanceScope());
  if (!place.organization_id.empty()) (void)LoadAny<Members>(OrgScope(place.organization_id));
  if (below) (void)LoadAny<Members>(scope);
  if (granted) (void)LoadAny<ProjectGrant>(place.project_grant_id);
  RolesAt held;
  bool active = false;
  if (!place.organization_id.empty()) {
    ASSIGN_OR_RETURN(const auto org, LoadAny<Org>(place.organization_id));
    active = org->active();
    ASSIGN_OR_RETURN(const auto on_org, LoadAny<Members>(OrgScope(place.organization_id)));
    // What stands in an organization counts as long as the organization does.
    if (active) held.org = on_org->RolesOf(user);
  }
  if (!on_instance.ok()) return on_instance.status();
  held.instance = (*on_instance)->RolesOf(user);
  RETURN_IF_ERROR(OpenBooks(place.organization_id, held));
  if (suffice(held)) return true;
  if (!below || !active) return false;

  ASSIGN_OR_RETURN(const auto members, LoadAny<Members>(scope));
  (granted ? held.project_grant : held.project) = members->RolesOf(user);
  RETURN_IF_ERROR(OpenBooks(place.organization_id, held));
  if (!suffice(held)) return false;
  return granted ? GrantCounts(place.project_grant_id) : true;
}

absl::Status Unit::OpenBooks(const std::string& organization_id, RolesAt& held) {
  for (const auto& roles : {held.instance, held.org, held.project, held.project_grant}) {
    if (held.books.instance != nullptr) break;
    ASSIGN_OR_RETURN(held.books, BooksFor(*this, organization_id, roles));
  }
  return absl::OkStatus();
}

// The grant, its project and whose that is.
absl::StatusOr<bool> Unit::GrantCounts(const std::string& id) {
  ASSIGN_OR_RETURN(const auto grant, LoadAny<ProjectGrant>(id));
  if (!grant->active()) return false;
  ASSIGN_OR_RETURN(const auto project, LoadAny<Project>(grant->project_id));
  if (!project->active()) return false;
  ASSIGN_OR_RETURN(const auto owner, LoadAny<Org>(project->organization_id));
  return owner->active();
}

absl::StatusOr<bool> Unit::HoldsOnTarget(absl::string_view permission) {
  if (context_.caller->system) return true;
  for (const Place& place : target_places_) {
    ASSIGN_OR_RETURN(const bool holds, Holds(permission, place));
    if (holds) return true;
  }
  return false;
}

absl::Status Unit::AllowAt(absl::string_view level, std::vector<Place> places,
                           const absl::Status& denied) {
  target_places_ = std::move(places);
  ASSIGN_OR_RETURN(const bool holds,
                   HoldsOnTarget(absl::StrCat(level, ".", rule_->rule.permission())));
  if (!holds) return denied;
  rule_applied_ = true;
  return absl::OkStatus();
}

absl::StatusOr<bool> Unit::AllowedAt(Place place) {
  target_places_ = {std::move(place)};
  return HoldsOnTarget(rule_->rule.permission());
}

absl::StatusOr<bool> Unit::AllowedOnAccess(const Project& project, const std::string& project_id,
                                           const std::string& organization_id) {
  ASSIGN_OR_RETURN(const auto owner, LoadAny<Org>(project.organization_id));
  if (!owner->exists()) return false;
  if (organization_id == project.organization_id) {
    return AllowedAt({.organization_id = organization_id, .project_id = project_id});
  }
  ASSIGN_OR_RETURN(const std::string grant_id, FindProjectGrant(project_id, organization_id));
  return grant_id.empty() ? absl::StatusOr<bool>(false)
                          : AllowedOnGrant(ProjectGrantId(project_id, grant_id));
}

absl::StatusOr<bool> Unit::AllowedOnGrant(const std::string& id) {
  ASSIGN_OR_RETURN(const auto grant, LoadAny<ProjectGrant>(id));
  if (!grant->exists()) return false;
  ASSIGN_OR_RETURN(const auto owner, LoadAny<Org>(grant->organization_id));
  ASSIGN_OR_RETURN(const auto org, LoadAny<Org>(grant->granted_organization_id));
  if (!owner->exists() || !org->exists()) return false;
  return AllowedAt(
      {.organization_id = grant->granted_organization_id, .project_grant_id = id});
}

absl::StatusOr<bool> Unit::AllowedOn(const StateOps& ops, Slot* slot) {
  const Rule& rule = rule_->rule;
  const std::string& id = slot->base->key.id;
  if (ops.target == TARGET_PROJECT) {
    const Project& project = *static_cast<const Project*>(slot->state);
    return AllowedOnAccess(project, id,
                           rule.target() == TARGET_PROJECT_ACCESS
                               ? WithinField(*rule_, *request_)
                               : project.organization_id);
  }
  if (ops.target == TARGET_AUTHORIZATION) {
    const UserGrant& grant = *static_cast<const UserGrant*>(slot->state);
    ASSIGN_OR_RETURN(const auto project, LoadAny<Project>(grant.project_id));
    if (!project->exists()) return false;
    return grant.project_grant_id.empty()
               ? AllowedOnAccess(*project, grant.project_id, grant.organization_id)
               : AllowedOnGrant(grant.within);
  }
  if (ops.target == TARGET_APPLICATION) {
    const Application& application = *static_cast<const Application*>(slot->state);
    ASSIGN_OR_RETURN(const auto project, LoadAny<Project>(application.project_id));
    if (!project->exists()) return false;
    return AllowedOnAccess(*project, application.project_id, project->organization_id);
  }
  if (ops.target == TARGET_ORG) return Holds(rule.permission(), id);
  if (ops.target == TARGET_SESSION) {
    return AllowedOnSession(*static_cast<const Session*>(slot->state));
  }
  if (ops.target != TARGET_USER && ops.target != TARGET_GROUP) return false;
  const std::string organization_id(ops.owner(slot->state));
  ASSIGN_OR_RETURN(const auto org, LoadAny<Org>(organization_id));
  if (!org->exists()) return false;
  if (ops.target == TARGET_GROUP) return Holds(rule.permission(), organization_id);
  const bool own = id == context_.caller->user_id;
  if (rule.self() == SELF_DENY || !own) {
    ASSIGN_OR_RETURN(const bool holds, Holds(rule.permission(), organization_id));
    if (holds && !own && rule.self() == SELF_ALLOW_FRESH) {
      RETURN_IF_ERROR(MayActAs(*this, Ref<User>(slot)));
    }
    // He may know that he exists.
    if (holds || !own) return holds;
    return NeedsPermission(rule, ", also over oneself.");
  }
  if (rule.self() == SELF_ALLOW || static_cast<const User*>(slot->state)->machine) {
    self_allowed_ = true;
    return true;
  }
  ASSIGN_OR_RETURN(self_allowed_, ProvedLately(*this, *context_.caller));
  return self_allowed_ ? absl::StatusOr<bool>(true) : ProofTooOld();
}

absl::StatusOr<bool> Unit::AllowedOnSession(const Session& session) {
  const Caller& caller = *context_.caller;
  const Rule& rule = rule_->rule;
  if (rule.self() == SELF_ALLOW && session.user_id == caller.user_id) {
    self_allowed_ = true;
    return true;
  }
  if (session.creator_id == caller.user_id) return true;
  const std::string proof = ProofField(*rule_, *request_);
  const bool shown =
      !proof.empty() && ConstantTimeEqual(SessionTokenHash(proof), session.token_hash);
  if (shown && session.user_id.empty()) return true;
  if (shown) {
    ASSIGN_OR_RETURN(const auto user, LoadAny<User>(session.user_id));
    ASSIGN_OR_RETURN(const bool stand, CredentialsStand(*this, session, *user));
    if (stand) return true;
  }
  ASSIGN_OR_RETURN(const auto org, LoadAny<Org>(session.organization_id));
  if (!org->exists()) return false;
  ASSIGN_OR_RETURN(const bool holds, Holds(rule.permission(), session.organization_id));
  if (holds || !shown) return holds;
  return CredentialsChanged(absl::StatusCode::kPermissionDenied);
}

absl::Status Unit::Check(const StateOps& ops, Slot* slot) {
  const auto not_found = [&ops] {
    return Error(absl::StatusCode::kNotFound, absl::StrCat(ops.noun, ".not_found"),
                 absl::StrCat("There is no such ", ops.noun, "."));
  };
  if (!ops.exists(slot->state)) return not_found();
  if (rule_ == nullptr || ops.target == TARGET_UNSPECIFIED ||
      ops.target != LoadedFor(rule_->rule.target())) {
    return absl::OkStatus();
  }
  if (!context_.caller->system && !rule_->rule.open() &&
      !rule_->rule.authenticated() && ops.target != TARGET_INSTANCE) {
    const absl::StatusOr<bool> allowed = AllowedOn(ops, slot);
    absl::Status denied = allowed.status();
    if (allowed.ok() && !*allowed) denied = not_found();
    if (!denied.ok() && !MayShowInstead(denied)) return denied;
    rule_applied_ = denied.ok();
    denied_ = std::move(denied);
  }
  if (target_ == nullptr) target_ = slot;
  return absl::OkStatus();
}

// A refusal for want of rights, and no stream that is not at hand.
bool Unit::MayShowInstead(const absl::Status& denied) const {
  const bool rights = denied.code() == absl::StatusCode::kNotFound ||
                      denied.code() == absl::StatusCode::kPermissionDenied;
  return rights && rule_->rule.target() == TARGET_USER &&
         !ProofField(*rule_, *request_).empty();
}

absl::Status Unit::AllowedOrShows(bool shows) {
  if (rule_applied_) return absl::OkStatus();
  if (!shows) return denied_;
  rule_applied_ = true;
  return absl::OkStatus();
}

}  // namespace muniment::command

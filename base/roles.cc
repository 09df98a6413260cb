// Roles and permissions of the published interface, as data.
#include "base/roles.h"

namespace muniment {
namespace {

// clang-format off
constexpr RoleText kRoles[] = {
    {"SYSTEM_OWNER",
     "system.debug:rwd system.domain:rwd system.feature:rwd system.iam.member:r "
     "system.instance:rwd system.limits:wd system.quota:wd"},
    {"SYSTEM_OWNER_VIEWER",
     "system.debug:r system.domain:r system.feature:r system.iam.member:r "
     "system.instance:r"},
    {"IAM_OWNER",
     "action.execution:rw action.target:rwd events:r group:crwd group.user:rwd iam:rw "
     "iam.action:rwd iam.debug:rw iam.feature:rwd iam.flow:rwd iam.idp:rwd iam.member:rwd "
     "iam.policy:rwd iam.restrictions:rw iam.web_key:rwd milestones:r org:crwd "
     "org.action:rwd org.feature:rwd org.flow:rwd org.global:r org.idp:rwd org.member:rwd "
     "policy:rwd project:crwd project.app:rwd project.grant:rwd project.grant.member:rwd "
     "project.member:rwd project.role:rwd session:rwd user:rwd user.credential:w "
     "user.feature:rwd user.global:r user.grant:rwd user.membership:r user.passkey:w "
     "userschema:rwd"},
    {"IAM_OWNER_VIEWER",
     "action.execution:r action.target:r events:r group:r group.user:r iam:r iam.action:r "
     "iam.debug:r iam.feature:r iam.flow:r iam.idp:r iam.member:r iam.policy:r "
     "iam.restrictions:r iam.web_key:r milestones:r org:r org.action:r org.feature:r "
     "org.flow:r org.idp:r org.member:r policy:r project:r project.app:r project.grant:r "
     "project.grant.member:r project.member:r project.role:r session:r user:r "
     "user.feature:r user.global:r user.grant:r user.membership:r userschema:r"},
    {"IAM_ORG_MANAGER",
     "group:crwd group.user:rwd org:crwd org.action:rwd org.feature:rwd org.flow:rwd "
     "org.global:r org.idp:rwd org.member:rwd policy:rwd project:crwd project.app:rwd "
     "project.grant:rwd project.grant.member:rwd project.member:rwd project.role:rwd "
     "session:rd user:rwd user.credential:w user.feature:rwd user.global:r user.grant:rwd "
     "user.membership:r user.passkey:w"},
    {"IAM_USER_MANAGER",
     "group:r group.user:r org:r org.global:r org.member:rd project:r project.app:r "
     "project.grant:rwd project.grant.member:r project.member:r project.role:r session:rd "
     "user:rwd user.feature:rwd user.global:r user.grant:rwd user.membership:r "
     "user.passkey:w"},
    {"IAM_LOGIN_CLIENT",
     "group:r group.user:r iam:r iam.feature:r iam.idp:r iam.member:rw iam.policy:r "
     "iam.restrictions:r org:r org.feature:r org.idp:r org.member:rw policy:r project:r "
     "project.app:r project.grant:r project.grant.member:rw project.member:rw "
     "project.role:r session:rwdl user:rw user.credential:w user.feature:r user.grant:rw "
     "user.membership:r user.passkey:w userschema:r"},
    {"IAM_ADMIN_IMPERSONATOR",
     "admin.impersonation impersonation"},
    {"IAM_END_USER_IMPERSONATOR",
     "impersonation"},
    {"ORG_OWNER",
     "group:crwd group.user:rwd org:rwd org.action:rwd org.feature:rwd org.flow:rwd "
     "org.global:r org.idp:rwd org.member:rwd policy:rwd project:crwd project.app:rw "
     "project.grant:rwd project.grant.member:rwd project.member:rwd project.role:rwd "
     "session:rd user:rwd user.credential:w user.feature:rwd user.global:r user.grant:rwd "
     "user.membership:r user.passkey:w"},
    {"ORG_OWNER_VIEWER",
     "group:r group.user:r org:r org.action:r org.feature:r org.flow:r org.idp:r "
     "org.member:r policy:r project:r project.app:r project.grant:r project.grant.member:r "
     "project.grant.user.grant:r project.member:r project.role:r user:r user.feature:r "
     "user.global:r user.grant:r user.membership:r"},
    {"ORG_USER_MANAGER",
     "group:r group.user:r org:r policy:r project:r project.role:r session:rd user:rwd "
     "user.feature:rwd user.global:r user.grant:rwd user.membership:r"},
    {"ORG_USER_PERMISSION_EDITOR",
     "group:r group.user:r org:r org.member:r policy:r project:r project.app:r "
     "project.grant:r project.grant.member:r project.member:r project.role:r user:r "
     "user.global:r user.grant:rwd"},
    {"ORG_PROJECT_PERMISSION_EDITOR",
     "org:r org.member:r policy:r project:r project.app:r project.grant:rwd "
     "project.grant.member:r project.member:r project.role:r user:r user.global:r "
     "user.grant:rwd"},
    {"ORG_PROJECT_CREATOR",
     "policy:r project:cs user.global:r"},
    {"ORG_SETTINGS_MANAGER",
     "org:rw org.feature:rwd org.idp:rwd org.member:r policy:rwd"},
    {"ORG_USER_SELF_MANAGER",
     "policy:r user.self:d"},
    {"ORG_ADMIN_IMPERSONATOR",
     "admin.impersonation impersonation"},
    {"ORG_END_USER_IMPERSONATOR",
     "impersonation"},
    {"SELF_MANAGEMENT_GLOBAL",
     "org:c policy:r user.self:d"},
    {"PROJECT_OWNER",
     "org.global:r policy:r project:rwd project.app:rwd project.grant:rwd "
     "project.grant.member:rwd project.member:rwd project.role:rwd user:r user.global:r "
     "user.grant:rwd user.membership:r"},
    {"PROJECT_OWNER_VIEWER",
     "policy:r project:r project.app:r project.grant:r project.grant.member:r "
     "project.member:r project.role:r user:r user.global:r user.grant:r user.membership:r"},
    {"PROJECT_OWNER_GLOBAL",
     "org.global:r policy:r project:rwd project.app:rwd project.member:rwd "
     "project.role:rwd user.global:r user.grant:rwd user.membership:r"},
    {"PROJECT_OWNER_VIEWER_GLOBAL",
     "policy:r project:r project.app:r project.grant:r project.grant.member:r "
     "project.member:r project.role:r user.global:r user.grant:r user.membership:r"},
    {"PROJECT_GRANT_OWNER",
     "org.global:r policy:r project:r project.grant:r project.grant.member:rwd user:r "
     "user.global:r user.grant:rwd user.membership:r"},
    {"PROJECT_GRANT_OWNER_VIEWER",
     "policy:r project:r project.grant:r project.grant.member:r user:r user.global:r "
     "user.grant:r user.membership:r"},
};
// clang-format on

}  // namespace

absl::Span<const RoleText> RoleTable() { return kRoles; }

}  // namespace muniment

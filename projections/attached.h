// What the tables of things that hang on a user (tokens, keys, factors, metadata) have in common:
// of the user's own stream they read that he was removed, and erased, and that is all. A new kind of
// it makes each of them decide anew: it does not stand in this list, and does not compile.
#ifndef MUNIMENT_PROJECTIONS_ATTACHED_H_
#define MUNIMENT_PROJECTIONS_ATTACHED_H_

#include <string>

#include "muniment/event/v1/user.visit.h"
#include "projections/projection.h"

namespace muniment::projections {

using AttachedIgnored =
    Kinds<event::v1::HumanAdded, event::v1::MachineAdded, event::v1::UsernameChanged,
          event::v1::UserDomainClaimed, event::v1::UserDomainClaimedSent,
          event::v1::UsernameClaimed, event::v1::UsernameReleased,
          event::v1::ProfileChanged, event::v1::EmailChanged, event::v1::EmailVerified,
          event::v1::PhoneChanged, event::v1::PhoneVerified, event::v1::PhoneRemoved,
          event::v1::PasswordChanged, event::v1::PasswordChangeSent,
          event::v1::PasswordHashUpdated,
          event::v1::CredentialsRevoked, event::v1::MachineChanged, event::v1::UserDeactivated,
          event::v1::UserReactivated, event::v1::UserLocked, event::v1::UserUnlocked,
          event::v1::UserPurged>;

// For a table whose key begins with `prefix` and the user's id.
template <class Row>
void DeleteAttached(Batch& batch, uint64_t instance, Values prefix) {
  for (const std::string& key : batch.Keys<Row>(instance, prefix)) {
    batch.DeleteByKey<Row>(instance, key);
  }
}

}  // namespace muniment::projections

#endif  // MUNIMENT_PROJECTIONS_ATTACHED_H_

// The links of a privacy policy as the published interface shows them: as a list, and in its older form
// as one address of each type. Pure.
#ifndef MUNIMENT_BASE_LINKS_H_
#define MUNIMENT_BASE_LINKS_H_

#include "muniment/api/policy/v1/policy_service.pb.h"
#include "muniment/event/v1/policy.pb.h"
#include "zitadel/settings/v2/link_settings.pb.h"

namespace muniment {

zitadel::settings::v2::LinkSettings LinksOf(const event::v1::PrivacyPolicy& policy);
event::v1::PrivacyPolicy PolicyOf(
    const google::protobuf::RepeatedPtrField<zitadel::settings::v2::Link>& links);

// Of custom links the first; of the link to support its address, where that is one of mail.
api::policy::v1::Privacy OneOfEach(const event::v1::PrivacyPolicy& policy);

// The policy with these addresses: a link keeps its place and what it says beside its address, one
// without an address is taken out, a new one comes last.
event::v1::PrivacyPolicy WithOneOfEach(event::v1::PrivacyPolicy policy,
                                       const api::policy::v1::Privacy& said);

}  // namespace muniment

#endif  // MUNIMENT_BASE_LINKS_H_

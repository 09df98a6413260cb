// What an id_token_hint says: an ID token of ours, which may be over (OpenID Connect Core section
// 3.1.2.1, RP-Initiated Logout section 4).
#ifndef MUNIMENT_GATEWAY_OIDC_HINT_H_
#define MUNIMENT_GATEWAY_OIDC_HINT_H_

#include "gateway/oidc/visit.h"

namespace muniment::gateway {

// Into the request's hint; nothing where the parameter is none that we signed.
void ReadHint(Visit& visit);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_OIDC_HINT_H_

// OpenID Connect's endpoints: what each does once a request is read and its instance known (visit.h).
// Each stands in a file of its own, named like its path.
#ifndef MUNIMENT_GATEWAY_OIDC_ENDPOINTS_H_
#define MUNIMENT_GATEWAY_OIDC_ENDPOINTS_H_

#include <string>
#include <vector>

#include "gateway/oidc/visit.h"

namespace muniment::gateway {

// OpenID Connect Discovery 1.0 section 4, RFC 8414 section 3.
void Discovery(const VisitPtr& visit);
// RFC 7517 section 5.
void Keys(const VisitPtr& visit);
// RFC 6749 section 3.1.
void AuthorizePage(const VisitPtr& visit);
// What takes more than a link: tokens, and a form that posts.
void AnswerPage(const VisitPtr& visit);
// RFC 6749 section 3.2.
void Token(const VisitPtr& visit);
// RFC 7662.
void Introspect(const VisitPtr& visit);
// RFC 7009.
void Revoke(const VisitPtr& visit);
// OpenID Connect Core section 5.3.
void Userinfo(const VisitPtr& visit);
// Their tables of checks, as they are read (command/oidc/flow.h).
std::vector<std::string> IntrospectChecks();
std::vector<std::string> UserinfoChecks();

// RFC 8628 section 3.1.
void DeviceAuthorization(const VisitPtr& visit);
// Where people type what a device shows: our own login's page.
void DevicePage(const VisitPtr& visit);
// OpenID Connect RP-Initiated Logout 1.0 section 2.
void EndSession(const VisitPtr& visit);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_OIDC_ENDPOINTS_H_

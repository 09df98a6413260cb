// The hosted login: pages for people at a browser, below /ui/v2/login, which work as plain forms. What
// each decides is decided by the published commands; a page follows from what they answer (step.h).
//
//   name -> password -> code -> the application, or /device/consent, or "you are signed in"
//
// GET shows, POST does, but for a browser whose sign-in stands already: that is answered as it comes by.
#ifndef MUNIMENT_GATEWAY_LOGIN_LOGIN_H_
#define MUNIMENT_GATEWAY_LOGIN_LOGIN_H_

#include "gateway/oidc/visit.h"

namespace muniment::gateway {

void LoginNamePage(const VisitPtr& visit);
void LoginPasswordPage(const VisitPtr& visit);
void LoginCodePage(const VisitPtr& visit);
// What a device shows is typed here (RFC 8628 section 3.3), and then allowed.
void LoginDevicePage(const VisitPtr& visit);
void LoginConsentPage(const VisitPtr& visit);
// OpenID Connect RP-Initiated Logout 1.0 section 2.
void LoginLogoutPage(const VisitPtr& visit);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_LOGIN_LOGIN_H_

// Users by their login names, which are no column: they follow the organization's domains and policy.
#ifndef MUNIMENT_QUERY_USER_LOGIN_NAME_H_
#define MUNIMENT_QUERY_USER_LOGIN_NAME_H_

#include "query/reader.h"

namespace muniment::query {

// "login_name", of a zitadel.user.v2.LoginNameQuery.
Named LoginName(const Reader& reader);

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_USER_LOGIN_NAME_H_

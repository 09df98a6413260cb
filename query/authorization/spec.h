// What the lists of authorizations have in common: who sees them, and which still stand.
#ifndef MUNIMENT_QUERY_AUTHORIZATION_SPEC_H_
#define MUNIMENT_QUERY_AUTHORIZATION_SPEC_H_

#include "query/reader.h"
#include "query/user/names.h"

namespace muniment::query {

// The reader and the book outlive it.
ListSpec<row::v1::UserGrant> UserGrantSpec(Reader& reader, UserBook& users);

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_AUTHORIZATION_SPEC_H_

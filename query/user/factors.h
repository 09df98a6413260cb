// A user's factors as the reads of them share it.
#ifndef MUNIMENT_QUERY_USER_FACTORS_H_
#define MUNIMENT_QUERY_USER_FACTORS_H_

#include "absl/status/statusor.h"
#include "query/reader.h"
#include "zitadel/user/v2/user.pb.h"

namespace muniment::query {

// An empty row for who never had one.
absl::StatusOr<row::v1::UserFactors> FactorsOf(Reader& reader, const row::v1::User& user);

inline zitadel::user::v2::AuthFactorState StateOf(bool verified) {
  return verified ? zitadel::user::v2::AUTH_FACTOR_STATE_READY
                  : zitadel::user::v2::AUTH_FACTOR_STATE_NOT_READY;
}

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_USER_FACTORS_H_

// A row of what an instance says of its random codes, as it is published.
#ifndef MUNIMENT_QUERY_ADMIN_SECRET_GENERATORS_H_
#define MUNIMENT_QUERY_ADMIN_SECRET_GENERATORS_H_

#include "muniment/row/v1/instance_settings.pb.h"
#include "query/reader.h"
#include "zitadel/settings.pb.h"

namespace muniment::query {

void PresentGenerator(const Reader& reader, const row::v1::SecretGenerator& row,
                      zitadel::settings::v1::SecretGenerator* generator);

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_ADMIN_SECRET_GENERATORS_H_

#include "query/oidc/find_device.h"

#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/oidc_code.h"
#include "base/timestamp.h"
#include "projections/rows_by.h"

namespace muniment::query {

absl::StatusOr<std::optional<row::v1::DeviceAuth>> FindDevice(projections::View& view,
                                                              const eventstore::Codec& codec,
                                                              uint64_t instance,
                                                              absl::string_view typed,
                                                              absl::Time now) {
  const std::string hash = codec.ClaimKey(instance, kUserCodePurpose, "", NormalUserCode(typed));
  ASSIGN_OR_RETURN(auto rows, projections::RowsBy<row::v1::DeviceAuth>(view, instance, "user_code",
                                                                       {hash}));
  std::erase_if(rows, [now](const row::v1::DeviceAuth& row) {
    return ToTime(row.added().expiration()) <= now;
  });
  if (rows.size() != 1) return std::nullopt;
  return std::move(rows.front());
}

}  // namespace muniment::query

// What an import tells of its items (data_import.h): a zitadel.admin.v1.ImportDataResponse that is made
// bit by bit. One thread at a time.
//
//   DataTold told(sequence);
//   told.Refuse("project", "lamps", status);
//   told.Done(kind, org, "acme", {"lamps"}, "lamps");
#ifndef MUNIMENT_GATEWAY_API_DATA_TOLD_H_
#define MUNIMENT_GATEWAY_API_DATA_TOLD_H_

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "gateway/api/data_kinds.h"
#include "projections/database.h"
#include "zitadel/admin.pb.h"
#include "zitadel/org.pb.h"

namespace muniment::gateway {

class DataTold {
 public:
  explicit DataTold(uint64_t sequence) : sequence_(sequence) {}

  // The status's message with its reason behind it. Beyond kMostErrors they are counted, and told in
  // one.
  static constexpr int kMostErrors = 10'000;
  void Refuse(absl::string_view type, const std::string& id, const absl::Status& status);
  // Of the organization that `data` is and that has this id: an item that is known by `known`, and by
  // the id `made` now where its kind has such.
  void Done(const DataKind& kind, const google::protobuf::Message* data,
            const std::string& organization, const std::vector<std::string>& known,
            const std::string& made);
  void Saw(uint64_t sequence) { sequence_ = std::max(sequence_, sequence); }

  // To be asked once, at the end.
  const zitadel::admin::v1::ImportDataResponse& Response();
  // The newest that was seen.
  uint64_t sequence() const { return sequence_; }

 private:
  uint64_t sequence_;
  uint64_t more_errors_ = 0;
  zitadel::admin::v1::ImportDataResponse response_;
  absl::flat_hash_map<const google::protobuf::Message*, int> orgs_;  // their places in the response
};

// FAILED_PRECONDITION "import.domain_unproved" for a domain that is said to be verified and does not
// count here yet.
absl::Status DomainCounts(const projections::Database& database, uint64_t instance,
                          const std::string& organization, const zitadel::org::v1::Domain& domain);
// FAILED_PRECONDITION "import.id_not_kept".
absl::Status IdNotKept(const std::string& id);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_API_DATA_TOLD_H_

// What an import (zitadel.admin.v1.AdminService/ImportData) holds, kind by kind, in the order in which
// it is made: an entry for each field of a DataOrg, of the newer and of the older form, and one more
// where something follows that is done to many of one kind before the next. The older form's fields are
// the newer's, where they have their names.
//
//   for (const DataKind& kind : DataKinds()) { ... }
#ifndef MUNIMENT_GATEWAY_API_DATA_KINDS_H_
#define MUNIMENT_GATEWAY_API_DATA_KINDS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace muniment::gateway {

struct DataKind {
  // Of the DataOrg; a message in it, and each element of a list, is an item. Where it is an enum, or
  // none is said, the DataOrg itself is.
  absl::string_view field = {};
  // In errors.
  absl::string_view type = {};
  // What an item is known by: paths of texts and enums in it, the id of its own first.
  std::vector<absl::string_view> known_by = {};
  // "AddProject", of the management service, or with its service's name before it. Empty: not served,
  // for want of `waits_for`.
  absl::string_view method = {};
  absl::string_view waits_for = {};
  // The method's request: what stands in this field of the item, or what `make` makes of it; with
  // neither the item is that.
  absl::string_view request = {};
  std::unique_ptr<google::protobuf::Message> (*make)(const google::protobuf::Message& item) = nullptr;
  // The field of the request that decides, the twin's, which takes the item's own id where it has one.
  absl::string_view chosen = {};
  // The field of its answer with the id that the item has now; empty: the one it is known by.
  absl::string_view made = {};
  // The field of an ImportDataSuccessOrg that tells of it: a list of texts, or of messages whose fields
  // are what it is known by.
  absl::string_view success = {};
  // Whether there is something to do; null: always.
  bool (*asked)(const google::protobuf::Message& item) = nullptr;
  // What is refused before anything is made of the item.
  absl::Status (*admit)(const google::protobuf::Message& item,
                        const std::string& organization) = nullptr;
  // It takes something away: begun whatever the time.
  bool closes = false;
};

const std::vector<DataKind>& DataKinds();

// A text, or an enum's value by its name, or the text that a message holds in it: by a path. Empty for
// what is not there.
std::string DataText(const google::protobuf::Message& message, absl::string_view path);

// Of any id.
inline constexpr size_t kMostIdBytes = 800;
// Of an organization as a whole, before anything is made of it. INVALID_ARGUMENT "import.org_missing"
// for one that is neither made nor named, "import.org_state" for one that is said to be removed,
// "import.org_id_too_long".
absl::Status AdmitDataOrg(const google::protobuf::Message& org);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_API_DATA_KINDS_H_

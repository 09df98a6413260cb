// What each node holds in memory for OpenID Connect: who the clients are, by which keys they prove
// themselves, and which key signs. So a client is known, and its proof judged, without a get.
//
//   const auto client = owners.clients().Find(instance, client_id);
//   if (client == nullptr || client->state() != row::v1::APPLICATION_STATE_ACTIVE) ...
//
// Part of Owners (owners.h), and filled and kept up with it: who decides by it asks View::Ready of the
// tables. Thread-safe. A client is some 600 bytes beside its URIs, a key some 700.
#ifndef MUNIMENT_PROJECTIONS_CLIENTS_H_
#define MUNIMENT_PROJECTIONS_CLIENTS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "google/protobuf/message.h"
#include "muniment/row/v1/row.pb.h"
#include "muniment/row/v1/web_key.pb.h"

namespace muniment::projections {

class View;

class Clients {
 public:
  // Of an application by its client id; null for none. Whether its project counts is asked of Projects.
  std::shared_ptr<const row::v1::Application> Find(uint64_t instance,
                                                   absl::string_view client_id) const;
  // A key of that application; null for none.
  std::shared_ptr<const row::v1::ApplicationKey> Key(uint64_t instance,
                                                     absl::string_view application_id,
                                                     absl::string_view key_id) const;
  // Of all of a project's applications, sorted.
  std::vector<std::string> ClientIds(uint64_t instance, absl::string_view project_id) const;
  // A key by which the instance's tokens are verified; null for none.
  std::shared_ptr<const row::v1::WebKey> WebKey(uint64_t instance, absl::string_view id) const;
  // The one that signs; null while there is none.
  std::shared_ptr<const row::v1::WebKey> SigningKey(uint64_t instance) const;

  // For Owners.
  static bool Holds(const google::protobuf::Descriptor* row);
  void Apply(uint64_t instance, const google::protobuf::Message& known, bool stands);
  absl::Status Load(View& view);

 private:
  using Id = std::pair<uint64_t, std::string>;

  struct Facts {
    absl::flat_hash_map<Id, std::shared_ptr<const row::v1::Application>> by_client_id;
    absl::flat_hash_map<Id, absl::btree_set<std::string>> by_project;
    absl::flat_hash_map<Id, std::shared_ptr<const row::v1::ApplicationKey>> keys;  // "app/key"
    absl::flat_hash_map<Id, std::shared_ptr<const row::v1::WebKey>> web_keys;
    absl::flat_hash_map<uint64_t, std::shared_ptr<const row::v1::WebKey>> signing;

    void Apply(uint64_t instance, const google::protobuf::Message& known, bool stands);
    void ApplyApplication(uint64_t instance, const row::v1::Application& row, bool stands);
    void ApplyWebKey(uint64_t instance, const row::v1::WebKey& row, bool stands);
  };

  mutable absl::Mutex mutex_;
  Facts facts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace muniment::projections

#endif  // MUNIMENT_PROJECTIONS_CLIENTS_H_

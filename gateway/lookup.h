// Finds by value, for commands: command::Lookup over the read models. Each answer is a hint of one
// moment (command/lookup.h).
//
// Thread-safe; the database outlives it. A call takes a view of its own and a bounded number of
// gets.
#ifndef MUNIMENT_GATEWAY_LOOKUP_H_
#define MUNIMENT_GATEWAY_LOOKUP_H_

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "command/lookup.h"
#include "muniment/row/v1/row.pb.h"
#include "projections/database.h"

namespace muniment::gateway {

class ModelLookup final : public command::Lookup {
 public:
  explicit ModelLookup(const projections::Database& database) : database_(database) {}

  absl::StatusOr<command::SignInName> UsersBySignInName(
      uint64_t instance, absl::string_view name, absl::string_view organization_id) override;
  absl::StatusOr<command::NameConflicts> NameConflictsOf(
      uint64_t instance, const command::NamesElsewhere& names) override;
  absl::StatusOr<std::optional<std::string>> UserByUsername(uint64_t instance,
                                                            absl::string_view scope,
                                                            absl::string_view username) override;
  absl::StatusOr<std::optional<std::string>> OrganizationByDomain(
      uint64_t instance, absl::string_view domain) override;
  absl::StatusOr<std::vector<command::Scope>> MembershipsOf(uint64_t instance,
                                                            absl::string_view user_id) override;
  absl::StatusOr<std::optional<std::string>> ProjectGrantOf(
      uint64_t instance, absl::string_view project_id, absl::string_view organization_id) override;
  absl::StatusOr<std::vector<std::string>> AuthorizationsOf(uint64_t instance,
                                                            absl::string_view user_id,
                                                            size_t most) override;
  absl::StatusOr<std::vector<std::string>> GroupsOf(uint64_t instance, absl::string_view user_id,
                                                    size_t most) override;
  absl::StatusOr<std::optional<std::string>> ApplicationOfClient(
      uint64_t instance, absl::string_view client_id) override;
  absl::StatusOr<std::vector<std::string>> SessionsOf(uint64_t instance, absl::string_view user_id,
                                                      size_t most) override;
  absl::StatusOr<std::vector<std::string>> TokenFamiliesOf(uint64_t instance,
                                                           absl::string_view user_id,
                                                           size_t most) override;

  // Keys looked up so far.
  uint64_t gets() const { return gets_.load(std::memory_order_relaxed); }

 private:
  // Users of that user name, of the organization or of any.
  absl::StatusOr<std::vector<row::v1::User>> Named(projections::View& view, uint64_t instance,
                                                   absl::string_view organization_id,
                                                   absl::string_view username);
  // Of the organization whose login names end in the domain, however many others have such a name.
  absl::Status AddNamedInDomain(projections::View& view, uint64_t instance,
                                absl::string_view username, absl::string_view domain,
                                std::vector<std::string>& ids);
  void Count(const projections::View& view) {
    gets_.fetch_add(view.gets(), std::memory_order_relaxed);
  }

  const projections::Database& database_;
  std::atomic<uint64_t> gets_{0};
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_LOOKUP_H_

// What a query's handler works with: rows of one moment, and the method's rule applied to them.
// One reader stands for one call.
//
//   absl::StatusOr<GetUserByIDResponse> GetUserByID(Reader& reader, const GetUserByIDRequest&) {
//     ASSIGN_OR_RETURN(const auto user, reader.Target<row::v1::User>());   // applies the rule
//     ...
//
//   return reader.List<ListUsersResponse>(request, spec, present);         // applies it to all
//
// Who may not read a target is answered as for an unknown id. A query that answers without an
// applied rule is INTERNAL "query.rule_not_applied" (Finish).
//
// Threads: one call, one thread.
#ifndef MUNIMENT_QUERY_READER_H_
#define MUNIMENT_QUERY_READER_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/caller.h"
#include "base/error.h"
#include "eventstore/codec.h"
#include "eventstore/store.h"
#include "muniment/options.pb.h"
#include "muniment/row/v1/row.pb.h"
#include "projections/database.h"
#include "projections/owners.h"
#include "query/list.h"

namespace zitadel::object::v2 {
class ListDetails;
}

namespace muniment::query {

// What readers read from; outlives them all.
struct Sources {
  const projections::Owners* owners = nullptr;
  eventstore::EventStore* store = nullptr;
  const eventstore::Codec* codec = nullptr;
  eventstore::KeySource* keys = nullptr;
};

struct ReadCall {
  const Rule* rule = nullptr;
  uint64_t instance = 0;
  Caller caller;
  // What the rule's field holds in the request; for a TARGET_ORG without one, where the call works.
  std::string target_id;
  // What the rule's proof field holds: a token of the target, or nothing.
  std::string proof;
  absl::Time now;
  // Scans stop here with "query.too_broad".
  absl::Time deadline = absl::InfiniteFuture();
};

// What a list is of, beside what its request says.
template <class Row>
struct ListSpec {
  // Columns that hold the owning organization, or empty, and users of whom each may see the row.
  std::string owner_column;
  std::vector<std::string> self_columns;
  // Row key prefix, below a target that was already loaded.
  std::string within;
  std::vector<Named> named;
};

class Reader {
 public:
  Reader(ReadCall call, projections::View view, const Sources& sources);

  uint64_t instance() const { return call_.instance; }
  std::string instance_id() const;
  const ReadCall& call() const { return call_; }
  const Sources& sources() const { return sources_; }
  const projections::Owners& owners() const { return *sources_.owners; }
  projections::View& view() { return view_; }
  int gets() const { return view_.gets(); }

  // Before the handler: rules on the instance, open and authenticated ones. PERMISSION_DENIED
  // "auth.permission_denied"; UNAUTHENTICATED "auth.required" without a caller.
  absl::Status Begin();
  // After it.
  absl::Status Finish() const;

  // The rule's target, when the caller may read it; else NOT_FOUND "<noun>.not_found".
  template <class Row>
  absl::StatusOr<Row> Target() {
    const auto& table = projections::TablePlan::Of<Row>();
    ASSIGN_OR_RETURN(auto row, view_.Get<Row>(call_.instance, {call_.target_id}));
    if (!row.has_value()) return NotFound(table);
    RETURN_IF_ERROR(CheckTarget(table, OwnerOf(*row)));
    return *std::move(row);
  }

  // As Target, for a rule on a session: whose it is, who made it, who shows its token, and by the
  // permission.
  absl::StatusOr<row::v1::Session> TargetSession();

  // Answers a published list. The response's one repeated message field takes a row's element as
  // `present` fills it.
  template <class Response, class Row, class Element>
  absl::StatusOr<Response> List(const google::protobuf::Message& request, ListSpec<Row> spec,
                                void (*present)(const Reader&, const Row&, Element*)) {
    ASSIGN_OR_RETURN(Page page, RunRequest(request, projections::TablePlan::Of<Row>(),
                                           spec.owner_column, spec.self_columns,
                                           std::move(spec.within), std::move(spec.named)));
    Response response;
    RETURN_IF_ERROR(FillPaging(request, page, &response));
    const auto* elements = ElementsField(response);
    for (const auto& row : page.rows) {
      auto* element = response.GetReflection()->AddMessage(&response, elements);
      present(*this, static_cast<const Row&>(*row), static_cast<Element*>(element));
    }
    return response;
  }

  // Of a list that is no table's.
  void FillDetails(uint64_t total, zitadel::object::v2::ListDetails* details) const;

  // Whether the caller holds the permission on the organization or by the instance.
  absl::StatusOr<bool> Holds(absl::string_view permission, absl::string_view organization);

 private:
  static std::string OwnerOf(const row::v1::User& user) { return user.organization_id(); }
  static std::string OwnerOf(const row::v1::Org& org) { return org.id(); }

  absl::Status CheckTarget(const projections::TablePlan& table, const std::string& organization);
  static absl::Status NotFound(const projections::TablePlan& table);
  absl::StatusOr<Visibility> Visible();
  absl::StatusOr<Page> RunRequest(const google::protobuf::Message& request,
                                  const projections::TablePlan& table,
                                  const std::string& owner_column,
                                  const std::vector<std::string>& self_columns, std::string within,
                                  std::vector<Named> named);
  absl::Status FillPaging(const google::protobuf::Message& request, const Page& page,
                          google::protobuf::Message* response) const;
  static const google::protobuf::FieldDescriptor* ElementsField(
      const google::protobuf::Message& response);
  // Of the caller.
  absl::StatusOr<std::vector<std::string>> RolesIn(absl::string_view organization);

  const ReadCall call_;
  projections::View view_;
  const Sources sources_;
  absl::flat_hash_map<std::string, std::vector<std::string>> roles_;  // by organization
  bool rule_applied_ = false;
};

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_READER_H_

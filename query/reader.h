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
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/access.h"
#include "base/caller.h"
#include "base/error.h"
#include "base/keyring.h"
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
namespace zitadel::v1 {
class ListDetails;
}

namespace muniment::query {

// What readers read from; outlives them all.
struct Sources {
  const projections::Owners* owners = nullptr;
  eventstore::EventStore* store = nullptr;
  const eventstore::Codec* codec = nullptr;
  eventstore::KeySource* keys = nullptr;
  // Opens what came back sealed.
  const Sealer* sealer = nullptr;
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

struct Slice {
  uint64_t offset = 0;
  uint32_t limit = 0;
};

// Columns beside the owner's by which managers see a row.
struct Managed {
  // They hold another organization that sees it; a project; a grant's own id; "project/grant" or a
  // project's id.
  std::vector<std::string> organizations = {};
  std::vector<std::string> projects = {};
  std::vector<std::string> grants = {};
  std::vector<std::string> within = {};
};

// Rows whose column is this.
struct Only {
  std::string column;
  std::string value;
};

// Work by which rows go: those whose column holds what it is about; without one, any.
struct Sweep {
  std::string work;
  std::string column = {};
};

// What a list is of, beside what its request says.
template <class Row>
struct ListSpec {
  // Columns that hold the owning organization, or empty, and users of whom each may see the row.
  std::string owner_column;
  std::vector<std::string> self_columns;
  Managed managed = {};
  // Whether a row stands that is not swept yet, where that takes more than its owner; and the work
  // while which there may be such as do not.
  std::function<absl::StatusOr<bool>(const Row& row)> stands = nullptr;
  std::vector<Sweep> sweeps = {};
  // Where else there are such as do not.
  std::vector<ColumnValue> gone = {};
  // What the caller sees, where the rule's permission does not say so alone: by columns, or a row for
  // itself.
  std::optional<Visibility> visibility = std::nullopt;
  std::function<absl::StatusOr<bool>(const Row& row)> sees = nullptr;
  // All of it holds of each row, as if the request asked for it.
  std::vector<Only> only = {};
  // Instead of the request's page.
  std::optional<Slice> slice = std::nullopt;
  // Row key prefix, below a target that was already loaded.
  std::string within;
  std::vector<Named> named;
  std::vector<NamedOrder> orders = {};
  // Rows that hold all there can be; absent: any of the table.
  std::optional<std::vector<Narrowing>> among = std::nullopt;
};

// Where a permission may be held, beside the instance: as command/unit.h has it.
struct Place {
  std::string organization_id = {};
  std::string project_id = {};
  std::string project_grant_id = {};  // "project/grant"
};

// One thing whose roles count at a place, and what somebody has on it.
struct Way {
  Level level = Level::kInstance;
  std::string id = {};  // of the organization or project, "project/grant"; empty of the instance
  std::string organization = {};  // within which; roles may be defined there
  bool counts = false;  // what it takes is active
  std::vector<std::string> roles = {};
  bool allows = false;  // they count, and permit it
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
  // The organization that owns all that was read: of the target, or of every row of the page. Empty
  // where there is no such.
  const std::string& owner() const { return owner_; }

  // Before the handler: rules on the instance, open and authenticated ones. PERMISSION_DENIED
  // "auth.permission_denied"; UNAUTHENTICATED "auth.required" without a caller.
  absl::Status Begin();
  // After it.
  absl::Status Finish() const;

  // The rule's target, when the caller may read it; else NOT_FOUND "<noun>.not_found".
  template <class Row>
  absl::StatusOr<Row> Target() {
    return Target<Row>(call_.target_id);
  }
  // The same of one that the request names otherwise than by its id.
  template <class Row>
  absl::StatusOr<Row> Target(const std::string& id) {
    const auto& table = projections::TablePlan::Of<Row>();
    ASSIGN_OR_RETURN(auto row, view_.Get<Row>(call_.instance, {id}));
    return Checked(table, std::move(row));
  }
  // As Target, where the rule's field holds what a unique index has.
  template <class Row>
  absl::StatusOr<Row> TargetBy(absl::string_view index) {
    const auto& table = projections::TablePlan::Of<Row>();
    ASSIGN_OR_RETURN(auto row,
                     view_.GetUnique<Row>(call_.instance, index, {call_.target_id}));
    return Checked(table, std::move(row));
  }

  // As Target, for a rule on a session: whose it is, who made it, who shows its token, and by the
  // permission.
  absl::StatusOr<row::v1::Session> TargetSession();

  // Answers a published list. The response's one repeated message field takes a row's element as
  // `present` fills it.
  template <class Response, class Row, class Element>
  absl::StatusOr<Response> List(const google::protobuf::Message& request, ListSpec<Row> spec,
                                void (*present)(const Reader&, const Row&, Element*)) {
    ASSIGN_OR_RETURN(Page page, Rows(request, std::move(spec)));
    Response response;
    RETURN_IF_ERROR(FillPaging(request, page, &response));
    const auto* elements = ElementsField(response);
    for (const auto& row : page.rows) {
      auto* element = response.GetReflection()->AddMessage(&response, elements);
      present(*this, static_cast<const Row&>(*row), static_cast<Element*>(element));
    }
    return response;
  }

  // The page itself, for a list that is presented otherwise.
  template <class Row>
  absl::StatusOr<Page> Rows(const google::protobuf::Message& request, ListSpec<Row> spec) {
    ListPlan plan;
    plan.table = &projections::TablePlan::Of<Row>();
    plan.owner_column = std::move(spec.owner_column);
    plan.self_columns = std::move(spec.self_columns);
    plan.within = std::move(spec.within);
    plan.named = std::move(spec.named);
    plan.orders = std::move(spec.orders);
    plan.among = std::move(spec.among);
    plan.gone = std::move(spec.gone);
    if (spec.stands != nullptr) {
      plan.row_stands = [stands = std::move(spec.stands)](const google::protobuf::Message& row) {
        return stands(static_cast<const Row&>(row));
      };
    }
    if (spec.sees != nullptr) {
      plan.sees = [sees = std::move(spec.sees)](const google::protobuf::Message& row) {
        return sees(static_cast<const Row&>(row));
      };
    }
    return RunRequest(request, std::move(plan), {spec.managed, spec.only, spec.sweeps, spec.slice,
                                                   spec.visibility});
  }
  // What a list's answer says of its page.
  absl::Status FillPaging(const google::protobuf::Message& request, const Page& page,
                          google::protobuf::Message* response) const;

  // Of a list that is no table's.
  void FillDetails(uint64_t total, zitadel::object::v2::ListDetails* details) const;
  void FillDetails(uint64_t total, zitadel::v1::ListDetails* details) const;

  // Whether the caller holds the permission on the organization or by the instance.
  absl::StatusOr<bool> Holds(absl::string_view permission, absl::string_view organization);
  absl::StatusOr<bool> Holds(absl::string_view permission, const Place& place);
  // What decides both: whether a user's memberships give it to him, whoever calls. The first that
  // does ends the search; with `ways` all that count at the place are told, from the instance down.
  absl::StatusOr<bool> HoldsBy(const std::string& user_id, absl::string_view permission,
                               const Place& place, std::vector<Way>* ways = nullptr);
  // As what the roles of a membership count, and within which organization: its own, that of the
  // project, or the one that it is granted to. None where what they are on is not active, and of the
  // instance.
  struct Counting {
    Level level;
    std::string organization;
  };
  std::optional<Counting> Counts(const row::v1::Member& member) const;
  // The roles that are defined for what is the organization's, or for empty on the instance.
  absl::StatusOr<projections::HeldBooks> Books(absl::string_view organization);
  // Whether roles that stand on a level permit it, by what they stand for in the organization, or for
  // empty on the instance.
  absl::StatusOr<bool> Permits(Level level, const std::vector<std::string>& roles,
                               absl::string_view permission, absl::string_view organization);
  const projections::Projects& projects() const { return owners().projects(); }

  // The rows of what a user has roles on, whether they count or not.
  absl::StatusOr<std::vector<row::v1::Member>> Memberships(const std::string& user_id);
  // Applies the rule where it is about nothing in particular: OK where the caller has roles, on
  // whatever it be, that permit it. PERMISSION_DENIED "auth.permission_denied".
  absl::Status AllowAnywhere();

 private:
  // Of a list, beside its plan.
  struct Asked {
    const Managed& managed;
    const std::vector<Only>& only;
    const std::vector<Sweep>& sweeps;
    const std::optional<Slice>& slice;
    const std::optional<Visibility>& visibility;
  };

  static std::string OwnerOf(const row::v1::User& user) { return user.organization_id(); }
  static std::string OwnerOf(const row::v1::Org& org) { return org.id(); }
  static std::string OwnerOf(const row::v1::Group& group) { return group.organization_id(); }
  static Place OwnerOf(const row::v1::Project& project) {
    return {.organization_id = project.organization_id(), .project_id = project.id()};
  }

  static Place OwnerOf(const row::v1::Application& application) {
    return {.organization_id = application.organization_id(),
            .project_id = application.project_id()};
  }
  static Place OwnerOf(const row::v1::ApplicationKey& key) {
    return {.organization_id = key.organization_id(), .project_id = key.project_id()};
  }

  // A row may stay for a while after what it is of was removed.
  bool Stands(const google::protobuf::Message&) const { return true; }
  bool Stands(const row::v1::Project& project) const {
    return project.state() != row::v1::PROJECT_STATE_REMOVED;
  }
  bool Stands(const row::v1::Application& application) const {
    return projects().Exists(owners(), call_.instance, application.project_id());
  }
  bool Stands(const row::v1::ApplicationKey& key) const {
    return projects().Exists(owners(), call_.instance, key.project_id());
  }

  template <class Row>
  absl::StatusOr<Row> Checked(const projections::TablePlan& table, std::optional<Row> row) {
    if (!row.has_value() || !Stands(*row)) return NotFound(table);
    RETURN_IF_ERROR(CheckTarget(table, OwnerOf(*row)));
    return *std::move(row);
  }

  absl::Status CheckTarget(const projections::TablePlan& table, const std::string& organization) {
    return CheckTarget(table, Place{.organization_id = organization});
  }
  absl::Status CheckTarget(const projections::TablePlan& table, const Place& place);
  static absl::Status NotFound(const projections::TablePlan& table);
  absl::StatusOr<Visibility> Visible(const Managed& managed);
  // Where rows of the list may be that are about to be swept.
  absl::Status FindSwept(const std::vector<Sweep>& sweeps, ListPlan* plan);
  absl::Status SeeManaged(const Managed& managed, Visibility& visibility);
  absl::StatusOr<Page> RunRequest(const google::protobuf::Message& request, ListPlan plan,
                                  const Asked& asked);
  void KeepOwner(const ListPlan& plan, const Page& page);
  static const google::protobuf::FieldDescriptor* ElementsField(
      const google::protobuf::Message& response);
  // Of a user, on one thing.
  absl::StatusOr<std::vector<std::string>> RolesOn(Level level, const std::string& id,
                                                   const std::string& user_id);

  const ReadCall call_;
  std::string owner_;
  projections::View view_;
  const Sources sources_;
  absl::flat_hash_map<std::tuple<Level, std::string, std::string>, std::vector<std::string>> roles_;
  bool rule_applied_ = false;
  bool on_target_ = false;  // the rule was applied to what a list stands below
};

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_READER_H_

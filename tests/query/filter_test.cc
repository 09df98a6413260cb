// Filters that compare times and phone numbers, held against rows that have none too, whether rows
// are found by an index or by looking at all.
#include "query/filter.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <optional>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "projections/batch.h"
#include "projections/session_key.h"
#include "query/candidates.h"
#include "query/list.h"
#include "tests/query/models.h"
#include "zitadel/session/v2/session_service.pb.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::query {
namespace {

using projections::Batch;
using projections::TablePlan;
using row::v1::MachineKey;
using row::v1::Session;
using row::v1::User;
using zitadel::session::v2::ListSessionsRequest;
using zitadel::user::v2::ListKeysRequest;
using zitadel::user::v2::ListUsersRequest;
using Ids = std::vector<std::string>;

constexpr uint64_t kInstance = 7;

template <class Row>
struct World : Models {
  explicit World(std::vector<Row> filled)
      : Models({&TablePlan::Of<Row>()}), rows(std::move(filled)) {
    Batch batch(*database);
    batch.Begin(kInstance, 1);
    for (const Row& row : rows) batch.Put(kInstance, row);
    REQUIRE(batch.Commit({1, 1, std::string(32, 'h')}).ok());
  }

  // Found by an index, or by looking at every row.
  template <class Request>
  Ids Find(const Request& request, bool by_index) {
    INFO(request.ShortDebugString());
    ListPlan plan;
    plan.table = &TablePlan::Of<Row>();
    plan.instance = kInstance;
    plan.visibility.all = true;
    const auto list = ParseListRequest(request, *plan.table);
    REQUIRE(list.ok());
    auto view = database->Read();
    const auto candidates = FindCandidates(view, plan, list->filter);
    REQUIRE(candidates.ok());
    CHECK(candidates->has_value() == by_index);
    const auto page = RunList(view, plan, *list);
    REQUIRE(page.ok());
    CHECK(page->total == page->rows.size());
    Ids ids;
    for (const auto& row : page->rows) ids.push_back(static_cast<const Row&>(*row).id());
    std::sort(ids.begin(), ids.end());
    return ids;
  }

  std::vector<Row> rows;
};

Session Of(const std::string& user, const std::string& id, std::optional<int64_t> expiration) {
  Session session;
  session.set_day(projections::SessionDay(id));
  session.set_id(id);
  session.set_user_id(user);
  if (expiration.has_value()) session.mutable_expiration()->set_seconds(*expiration);
  return session;
}

bool Fits(int method, int64_t have, int64_t wanted) {
  switch (method) {
    case 0: return have == wanted;
    case 1: return have > wanted;
    case 2: return have >= wanted;
    case 3: return have < wanted;
    default: return have <= wanted;
  }
}

TEST_CASE("what never expires compares with no time") {
  World<Session> world({Of("ann", "1", 1000), Of("ann", "2", std::nullopt), Of("ann", "3", 2000),
                        Of("ann", "4", 0), Of("ann", "5", -1000), Of("bob", "6", std::nullopt),
                        Of("bob", "7", 1000)});
  for (const int64_t wanted : {int64_t{-62135596800}, int64_t{-1000}, int64_t{0}, int64_t{999},
                               int64_t{1000}, int64_t{2000}, int64_t{253402300799}}) {
    for (int method = 0; method < 5; ++method) {
      for (const std::string& user : {std::string(), std::string("ann"), std::string("bob")}) {
        ListSessionsRequest request;
        auto* query = request.add_queries()->mutable_expiration_date_query();
        query->mutable_expiration_date()->set_seconds(wanted);
        query->set_method(static_cast<zitadel::v1::TimestampQueryMethod>(method));
        if (!user.empty()) request.add_queries()->mutable_user_id_query()->set_id(user);
        Ids expected;
        for (const Session& row : world.rows) {
          if (!user.empty() && row.user_id() != user) continue;
          if (!row.has_expiration() || !Fits(method, row.expiration().seconds(), wanted)) continue;
          expected.push_back(row.id());
        }
        CHECK(world.Find(request, !user.empty()) == expected);
      }
    }
  }
}

TEST_CASE("nor does a key without an end, whose filter is of another interface") {
  MachineKey ends, stands;
  ends.set_id("ends");
  ends.set_user_id("robot");
  ends.mutable_expiration()->set_seconds(1000);
  stands.set_id("stands");
  stands.set_user_id("robot");
  World<MachineKey> world({ends, stands});
  for (int method = 0; method < 5; ++method) {
    ListKeysRequest request;
    auto* filter = request.add_filters()->mutable_expiration_date_filter();
    filter->set_method(static_cast<zitadel::filter::v2::TimestampFilterMethod>(method));
    filter->mutable_timestamp()->set_seconds(2000);
    CHECK(world.Find(request, false) == (method < 3 ? Ids{} : Ids{"ends"}));
  }
}

TEST_CASE("a method without a time says nothing, and is refused") {
  ListSessionsRequest sessions;
  sessions.add_queries()->mutable_expiration_date_query()->set_method(
      zitadel::v1::TIMESTAMP_QUERY_METHOD_GREATER);
  const absl::Status refused = ParseListRequest(sessions, TablePlan::Of<Session>()).status();
  CHECK(refused.code() == absl::StatusCode::kInvalidArgument);
  CHECK(Reason(refused) == "query.empty_filter");
  ListKeysRequest keys;
  keys.add_filters()->mutable_created_date_filter();
  CHECK(Reason(ParseListRequest(keys, TablePlan::Of<MachineKey>()).status()) ==
        "query.empty_filter");
}

TEST_CASE("a number is found as it may be typed") {
  std::vector<User> people(3);
  const char* const numbers[] = {"+41791234567", "+41791234568", ""};
  for (size_t i = 0; i < people.size(); ++i) {
    people[i].set_id(absl::StrCat(i));
    people[i].set_phone(numbers[i]);
    people[i].mutable_stamp()->mutable_created()->set_seconds(1000 + static_cast<int64_t>(i));
  }
  World<User> world(people);
  struct Row {
    std::string typed;
    zitadel::object::v2::TextQueryMethod method;
    Ids found;
  };
  namespace wire = zitadel::object::v2;
  for (const Row& row : std::vector<Row>{
           {"+41791234567", wire::TEXT_QUERY_METHOD_EQUALS, {"0"}},
           {"+41 79 123 45 67", wire::TEXT_QUERY_METHOD_EQUALS, {"0"}},
           {"+41 (0)79-123-45-68", wire::TEXT_QUERY_METHOD_EQUALS_IGNORE_CASE, {"1"}},
           {"+41 79", wire::TEXT_QUERY_METHOD_STARTS_WITH, {"0", "1"}},
           {"+41-79", wire::TEXT_QUERY_METHOD_STARTS_WITH_IGNORE_CASE, {"0", "1"}},
           {"(123) 45", wire::TEXT_QUERY_METHOD_CONTAINS, {"0", "1"}},
           {"123 45 68", wire::TEXT_QUERY_METHOD_CONTAINS_IGNORE_CASE, {"1"}},
           {"45-67", wire::TEXT_QUERY_METHOD_ENDS_WITH, {"0"}},
           // No country, no number, nothing.
           {"079 123 45 67", wire::TEXT_QUERY_METHOD_EQUALS, {}},
           {"+41 79", wire::TEXT_QUERY_METHOD_EQUALS, {}},
           {"+41FLOWERS", wire::TEXT_QUERY_METHOD_EQUALS, {}},
           {" - ", wire::TEXT_QUERY_METHOD_CONTAINS, {}},
           {"()", wire::TEXT_QUERY_METHOD_STARTS_WITH, {}}}) {
    INFO(row.typed << " " << row.method);
    ListUsersRequest request;
    auto* query = request.add_queries()->mutable_phone_query();
    query->set_number(row.typed);
    query->set_method(row.method);
    const bool begins = row.method < wire::TEXT_QUERY_METHOD_CONTAINS;
    CHECK(world.Find(request, begins) == row.found);
  }
}

}  // namespace
}  // namespace muniment::query

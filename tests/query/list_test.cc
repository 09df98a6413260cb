// Lists are held against the plainest way to answer them: look at every row.
#include "query/list.h"

#include <algorithm>
#include <memory>
#include <random>
#include <set>

#include <catch2/catch.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "muniment/row/v1/row.pb.h"
#include "projections/batch.h"
#include "projections/database.h"
#include "projections/segments.h"
#include "tests/query/models.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::query {
namespace {

using projections::Batch;
using projections::TablePlan;
using row::v1::User;
using zitadel::user::v2::ListUsersRequest;
using zitadel::user::v2::SearchQuery;

constexpr uint64_t kInstance = 7;
constexpr uint64_t kOther = 8;

const std::vector<std::string> kNames = {"anna", "Anna",  "ANNA-LENA", "bert", "Zoé", "ﬁona",
                                         "fiona", "straße", "STRASSE", "小林", "a",   ""};

void MakeBoundary(User* user) {
  const TablePlan& table = TablePlan::Of<User>();
  google::protobuf::Timestamp* created = user->mutable_stamp()->mutable_created();
  while (!projections::IsBoundary(projections::OrderKey(table, *user, table.KeyOf(*user)))) {
    created->set_nanos(created->nanos() + 1000);
  }
}

struct World : Models {
  World() : Models({&TablePlan::Of<User>()}) {}

  void Fill(int count, std::mt19937& random) {
    Batch batch(*database);
    const auto name = [&] { return kNames[random() % kNames.size()]; };
    for (int i = 0; i < count; ++i) {
      User user;
      user.set_id(absl::StrCat(100000 + i));
      user.set_organization_id(absl::StrCat("org", random() % 5));
      user.set_type(random() % 4 == 0 ? row::v1::USER_TYPE_MACHINE : row::v1::USER_TYPE_HUMAN);
      user.set_state(random() % 5 == 0 ? row::v1::USER_STATE_LOCKED : row::v1::USER_STATE_ACTIVE);
      user.set_username(absl::StrCat(name(), random() % 50));
      user.mutable_profile()->set_given_name(name());
      user.mutable_profile()->set_family_name(name());
      user.mutable_profile()->set_display_name(absl::StrCat(name(), " ", name()));
      user.set_email(absl::StrCat(name(), "@example.com"));
      user.mutable_stamp()->mutable_created()->set_seconds(1'000'000 + random() % 1000);
      const uint64_t instance = i % 10 == 0 ? kOther : kInstance;
      // Several segments of the text indexes, so that little is in the open one.
      if (i % 40 == 1) MakeBoundary(&user);
      batch.Begin(instance, i + 1);
      if (instance == kInstance) users.push_back(user);
      batch.Put(instance, user);
    }
    REQUIRE(batch.Commit({1, static_cast<uint64_t>(count), std::string(32, 'h')}).ok());
  }

  std::vector<User> users;
};

ListPlan Plan(Visibility visibility) {
  ListPlan plan;
  plan.table = &TablePlan::Of<User>();
  plan.instance = kInstance;
  plan.owner_column = "organization_id";
  plan.self_columns = {"id"};
  plan.visibility = std::move(visibility);
  plan.stands = [](absl::string_view org) { return org != "org4"; };
  plan.removed = {"org4"};
  return plan;
}

void RandomText(SearchQuery& query, int which, std::mt19937& random) {
  const auto text = kNames[random() % (kNames.size() - 1)];
  const auto method = static_cast<zitadel::object::v2::TextQueryMethod>(random() % 8);
  switch (which) {
    case 0:
      query.mutable_user_name_query()->set_user_name(text);
      query.mutable_user_name_query()->set_method(method);
      return;
    case 1:
      query.mutable_display_name_query()->set_display_name(text);
      query.mutable_display_name_query()->set_method(method);
      return;
    case 2:
      query.mutable_email_query()->set_email_address(text);
      query.mutable_email_query()->set_method(method);
      return;
    default:
      query.mutable_last_name_query()->set_last_name(text);
      query.mutable_last_name_query()->set_method(method);
  }
}

void RandomQuery(SearchQuery& query, int depth, std::mt19937& random) {
  const int which = random() % (depth > 2 ? 8 : 11);
  switch (which) {
    case 4:
      query.mutable_state_query()->set_state(zitadel::user::v2::USER_STATE_LOCKED);
      return;
    case 5:
      query.mutable_type_query()->set_type(zitadel::user::v2::TYPE_MACHINE);
      return;
    case 6:
      for (int i = 0; i < 3; ++i) {
        query.mutable_in_user_ids_query()->add_user_ids(absl::StrCat(100000 + random() % 400));
      }
      return;
    case 7:
      query.mutable_organization_id_query()->set_organization_id(
          absl::StrCat("org", random() % 6));
      return;
    case 8:
      RandomQuery(*query.mutable_and_query()->add_queries(), depth + 1, random);
      RandomQuery(*query.mutable_and_query()->add_queries(), depth + 1, random);
      return;
    case 9:
      RandomQuery(*query.mutable_or_query()->add_queries(), depth + 1, random);
      RandomQuery(*query.mutable_or_query()->add_queries(), depth + 1, random);
      return;
    case 10:
      RandomQuery(*query.mutable_not_query()->mutable_query(), depth + 1, random);
      return;
    default:
      RandomText(query, which, random);
  }
}

// What the plan must find, in order.
std::vector<std::string> Naive(const World& world, const ListPlan& plan,
                               const ListRequest& request) {
  std::vector<std::pair<std::string, std::string>> found;
  const auto none = [](const Predicate&, const google::protobuf::Message&) -> absl::StatusOr<bool> {
    return false;
  };
  for (const auto& user : world.users) {
    if (!plan.stands(user.organization_id())) continue;
    const auto& orgs = plan.visibility.organizations;
    bool visible = plan.visibility.all || user.id() == plan.visibility.self ||
                   std::find(orgs.begin(), orgs.end(), user.organization_id()) != orgs.end();
    for (const Sight& sight : plan.visibility.sights) {
      REQUIRE(sight.column == "email");
      visible = visible || std::binary_search(sight.values.begin(), sight.values.end(), user.email());
    }
    if (plan.row_stands != nullptr && !*plan.row_stands(user)) continue;
    if (!visible || !*Matches(request.filter, user, none)) continue;
    std::string sort;
    if (!request.sort.empty()) {
      const projections::Column column(User::descriptor(), request.sort);
      column.AppendFrom(user, column.type() == projections::Column::Type::kText, &sort);
    }
    found.emplace_back(sort, user.id());
  }
  std::sort(found.begin(), found.end());
  if (!request.ascending) std::reverse(found.begin(), found.end());
  std::vector<std::string> ids;
  for (auto& [sort, id] : found) ids.push_back(id);
  return ids;
}

void CheckPage(World& world, const ListPlan& plan, const ListUsersRequest& request) {
  const auto list = ParseListRequest(request, TablePlan::Of<User>());
  REQUIRE(list.ok());
  auto view = world.database->Read();
  const auto page = RunList(view, plan, *list);
  INFO(request.ShortDebugString());
  REQUIRE(page.ok());
  const auto expected = Naive(world, plan, *list);
  CHECK(page->total == expected.size());
  std::vector<std::string> got;
  for (const auto& row : page->rows) got.push_back(static_cast<const User&>(*row).id());
  const size_t first = std::min<size_t>(list->offset, expected.size());
  const size_t last = std::min<size_t>(first + list->limit, expected.size());
  CHECK(got == std::vector<std::string>(expected.begin() + first, expected.begin() + last));
}

TEST_CASE("every list answers as if each row had been looked at") {
  std::mt19937 random(20261123);
  World world;
  world.Fill(400, random);
  const std::vector<Visibility> visibilities = {
      {.all = true},
      {.organizations = {"org0", "org2"}},
      {.organizations = {"org1", "org4"}, .self = world.users[3].id()},
      {.self = world.users[5].id()},
      {.organizations = {"org0", "org3", "org4"},
       .self = world.users[7].id(),
       .sights = {{"email", {"Anna@example.com", "bert@example.com", "nobody@example.com"}}}},
      {.organizations = {}, .self = "", .sights = {{"email", {"a@example.com"}}}},
      {}};
  for (int i = 0; i < 1500; ++i) {
    ListUsersRequest request;
    for (unsigned q = random() % 3; q > 0; --q) RandomQuery(*request.add_queries(), 0, random);
    request.set_sorting_column(static_cast<zitadel::user::v2::UserFieldName>(random() % 10));
    request.mutable_query()->set_asc(random() % 2 == 0);
    request.mutable_query()->set_offset(random() % 4 == 0 ? random() % 100 : 0);
    request.mutable_query()->set_limit(1 + random() % 60);
    auto plan = Plan(visibilities[random() % visibilities.size()]);
    if (random() % 2 == 0) {  // nothing was ever removed: totals may come from counters
      plan.stands = [](absl::string_view) { return true; };
      plan.removed.clear();
    }
    if (random() % 3 == 0) {  // some do not stand, and it is known where they are
      plan.gone = {{"email", "anna@example.com"}, {"email", "fiona@example.com"}};
      plan.row_stands = [](const google::protobuf::Message& row) -> absl::StatusOr<bool> {
        const auto& user = static_cast<const User&>(row);
        return user.state() != row::v1::USER_STATE_LOCKED ||
               (user.email() != "anna@example.com" && user.email() != "fiona@example.com");
      };
    }
    CheckPage(world, plan, request);
  }
}

TEST_CASE("what a caller sees beside his organizations, and what does not stand, costs no scan") {
  std::mt19937 random(5);
  World world;
  world.Fill(400, random);
  ListUsersRequest request;
  request.set_sorting_column(zitadel::user::v2::USER_FIELD_NAME_CREATION_DATE);
  request.mutable_query()->set_limit(10);
  const auto list = ParseListRequest(request, TablePlan::Of<User>());
  for (const Visibility& visibility :
       {Visibility{.all = true}, Visibility{.organizations = {"org0"}, .self = world.users[3].id()}}) {
    auto plan = Plan(visibility);
    const std::string& gone = world.users[9].email();
    plan.gone = {{"email", gone}};
    plan.row_stands = [&gone](const google::protobuf::Message& row) -> absl::StatusOr<bool> {
      return static_cast<const User&>(row).email() != gone;
    };
    CheckPage(world, plan, request);
    auto view = world.database->Read();
    REQUIRE(RunList(view, plan, *list).ok());
    // Of the page, himself, and each that has this address.
    CHECK(view.rows() < 10 + 1 + 60);
  }
}

TEST_CASE("a list without filters looks at no row that it does not show") {
  std::mt19937 random(1);
  World world;
  world.Fill(400, random);
  ListUsersRequest request;
  request.set_sorting_column(zitadel::user::v2::USER_FIELD_NAME_CREATION_DATE);
  request.mutable_query()->set_limit(10);
  const auto list = ParseListRequest(request, TablePlan::Of<User>());
  auto plan = Plan({.organizations = {"org0", "org1"}});
  auto view = world.database->Read();
  REQUIRE(RunList(view, plan, *list).ok());
  CHECK(view.gets() <= 14);  // 10 rows, a cursor and a counter an organization
}

TEST_CASE("the list of one organization looks at nobody else, and at nobody whom it does not show") {
  std::mt19937 random(4);
  World world;
  world.Fill(400, random);
  ListUsersRequest request;
  request.add_queries()->mutable_organization_id_query()->set_organization_id("org1");
  request.mutable_query()->set_limit(10);
  const auto list = ParseListRequest(request, TablePlan::Of<User>());
  for (const Visibility& visibility :
       {Visibility{.all = true}, Visibility{.organizations = {"org0", "org1"}}}) {
    const auto plan = Plan(visibility);
    CheckPage(world, plan, request);
    auto view = world.database->Read();
    const auto page = RunList(view, plan, *list);
    REQUIRE(page.ok());
    CHECK(page->rows.size() == 10);
    CHECK(page->total > 10);
    CHECK(view.gets() <= 12);  // 10 rows, a cursor, a counter
  }
  for (const Visibility& visibility :
       {Visibility{.organizations = {"org0"}}, Visibility{.self = "nobody"}}) {
    auto view = world.database->Read();
    const auto page = RunList(view, Plan(visibility), *list);
    REQUIRE(page.ok());
    CHECK(page->rows.empty());
    CHECK(page->total == 0);
  }
}

TEST_CASE("the plainest list of all takes its total from a counter, newest first") {
  std::mt19937 random(3);
  World world;
  world.Fill(400, random);
  const auto list = ParseListRequest(ListUsersRequest(), TablePlan::Of<User>());
  CHECK(list->sort == "stamp.created");
  CHECK(list->limit == kDefaultLimit);
  auto plan = Plan({.all = true});
  plan.stands = [](absl::string_view) { return true; };
  plan.removed.clear();
  auto view = world.database->Read();
  const auto page = RunList(view, plan, *list);
  REQUIRE(page.ok());
  CHECK(page->total == world.users.size());
  CHECK(page->rows.size() == kDefaultLimit);
  CHECK(view.gets() <= static_cast<int>(kDefaultLimit) + 2);
}

TEST_CASE("a scan out of time answers nothing rather than a part") {
  std::mt19937 random(2);
  World world;
  world.Fill(400, random);
  ListUsersRequest request;
  request.add_queries()->mutable_nick_name_query()->set_nick_name("x");
  const auto list = ParseListRequest(request, TablePlan::Of<User>());
  auto plan = Plan({.all = true});
  plan.deadline = absl::Now() - absl::Seconds(1);
  auto view = world.database->Read();
  const auto page = RunList(view, plan, *list);
  CHECK(page.status().code() == absl::StatusCode::kResourceExhausted);
  CHECK(Reason(page.status()) == "query.too_broad");
}

TEST_CASE("a request beyond the limits is refused by name") {
  ListUsersRequest deep;
  auto* query = deep.add_queries();
  for (int i = 0; i < 40; ++i) query = query->mutable_not_query()->mutable_query();
  query->mutable_user_name_query()->set_user_name("a");
  const auto& table = TablePlan::Of<User>();
  CHECK(Reason(ParseListRequest(deep, table).status()) == "query.too_deep");

  ListUsersRequest many;
  for (int i = 0; i < kMaxFilters + 1; ++i) {
    many.add_queries()->mutable_user_name_query()->set_user_name("a");
  }
  CHECK(Reason(ParseListRequest(many, table).status()) == "query.too_many");

  // Two bytes each on the wire, and a hundred in memory.
  ListUsersRequest listed;
  auto* half = listed.add_queries()->mutable_in_user_ids_query()->mutable_user_ids();
  for (int i = 0; i < kMaxListed / 2; ++i) half->Add();
  *listed.add_queries() = listed.queries(0);
  CHECK(ParseListRequest(listed, table).ok());
  listed.mutable_queries(0)->mutable_in_user_ids_query()->add_user_ids();
  CHECK(Reason(ParseListRequest(listed, table).status()) == "query.too_many");

  ListUsersRequest empty;
  empty.add_queries();
  CHECK(Reason(ParseListRequest(empty, table).status()) == "query.empty_filter");
  ListUsersRequest hollow;
  hollow.add_queries()->mutable_not_query();
  CHECK(Reason(ParseListRequest(hollow, table).status()) == "query.empty_filter");
  ListUsersRequest nobody;
  nobody.add_queries()->mutable_or_query();
  CHECK(Reason(ParseListRequest(nobody, table).status()) == "query.empty_filter");

  ListUsersRequest large;
  large.mutable_query()->set_limit(1001);
  CHECK(Reason(ParseListRequest(large, table).status()) == "query.limit_too_large");
}

TEST_CASE("a sorting column that no list has is refused by name, whichever list it is") {
  const auto& table = TablePlan::Of<User>();
  for (const absl::string_view name :
       {"zitadel.user.v2.ListUsersRequest", "zitadel.user.v2.ListKeysRequest",
        "zitadel.user.v2.ListPersonalAccessTokensRequest", "zitadel.org.v2.ListOrganizationsRequest",
        "zitadel.org.v2.ListOrganizationDomainsRequest",
        "zitadel.session.v2.ListSessionsRequest"}) {
    INFO(name);
    const auto* type = google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(
        std::string(name));
    REQUIRE(type != nullptr);
    const auto* field = type->FindFieldByName("sorting_column");
    REQUIRE(field != nullptr);
    const std::unique_ptr<google::protobuf::Message> request(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
    for (const int number : {99, -1}) {
      request->GetReflection()->SetEnumValue(request.get(), field, number);
      const absl::Status refused = ParseListRequest(*request, table).status();
      CHECK(Reason(refused) == "request.sorting_column.undefined");
      CHECK(absl::StrContains(refused.message(), absl::StrCat("sorting_column: ", number)));
    }
    request->GetReflection()->SetEnumValue(request.get(), field, 1);
    CHECK(ParseListRequest(*request, table).ok());
  }
}

}  // namespace
}  // namespace muniment::query

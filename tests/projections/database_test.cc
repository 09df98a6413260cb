#include "projections/database.h"

#include "projections/batch.h"
#include "tests/projections/fixture.h"

namespace muniment::projections {
namespace {

row::v1::User Person(const std::string& id, const std::string& org, const std::string& username) {
  row::v1::User user;
  user.set_id(id);
  user.set_organization_id(org);
  user.set_state(row::v1::USER_STATE_ACTIVE);
  user.set_username(username);
  return user;
}

// A database that a test writes rows into, event by event.
struct Rows {
  TempDir dir;
  std::unique_ptr<Database> database = OpenAll(dir / "models");
  Batch batch{*database};
  uint64_t sequence = 0;

  void Next() { batch.Begin(1, ++sequence); }
  void Commit() { REQUIRE(batch.Commit({1, sequence, std::string(32, 'h')}).ok()); }
  View Read() { return database->Read(); }
};

std::vector<std::string> Keys(IndexCursor cursor) {
  std::vector<std::string> keys;
  for (; cursor.Valid(); cursor.Next()) keys.emplace_back(cursor.row_key());
  REQUIRE(cursor.status().ok());
  return keys;
}

const TablePlan& Users() { return TablePlan::Of<row::v1::User>(); }
std::string KeyOf(const std::string& id) { return Users().Key({id}); }

TEST_CASE("a view keeps standing where it was taken") {
  Rows rows;
  rows.Next();
  rows.batch.Put(1, Person("1", "org", "ada"));
  const View before = rows.Read();
  rows.Commit();
  View at_one = rows.Read();
  rows.Next();
  rows.batch.Edit<row::v1::User>(1, {"1"})->set_username("grace");
  rows.batch.Put(1, Person("2", "org", "anna"));
  CHECK(rows.Read().position() == 1);
  rows.Commit();
  CHECK(before.position() == 0);
  CHECK(at_one.position() == 1);
  CHECK(at_one.sequence(1) == 1);
  CHECK(at_one.sequence(2) == 0);
  CHECK((*at_one.Get<row::v1::User>(1, {"1"}))->username() == "ada");
  CHECK_FALSE(at_one.Get<row::v1::User>(1, {"2"})->has_value());
  CHECK(*at_one.Count<row::v1::User>(1, "org", {"org"}) == 1);
  View now = rows.Read();
  CHECK(now.sequence(1) == 2);
  CHECK((*now.Get<row::v1::User>(1, {"1"}))->username() == "grace");
  CHECK(*now.Count<row::v1::User>(1, "org", {"org"}) == 2);
  CHECK(now.gets() == 2);
}

TEST_CASE("one instance's rows are not another's") {
  Rows rows;
  rows.batch.Begin(1, 1);
  rows.batch.Put(1, Person("1", "org", "ada"));
  rows.batch.Begin(2, 1);
  rows.batch.Put(2, Person("1", "org", "grace"));
  rows.Commit();
  View view = rows.Read();
  CHECK((*view.Get<row::v1::User>(1, {"1"}))->username() == "ada");
  CHECK((*view.Get<row::v1::User>(2, {"1"}))->username() == "grace");
  CHECK_FALSE(view.Get<row::v1::User>(3, {"1"})->has_value());
  CHECK(Keys(view.Scan(1, Users(), Users().index("username"), {})).size() == 1);
  CHECK(view.instances().size() == 2);
}

TEST_CASE("an index is walked both ways, from a bound, in a prefix, and leapt in") {
  Rows rows;
  rows.Next();
  for (int i = 10; i < 30; ++i) {
    rows.batch.Put(1,
                   Person(std::to_string(i), i % 2 == 0 ? "even" : "odd", absl::StrCat("Name", i)));
  }
  rows.Commit();
  View view = rows.Read();
  const IndexPlan& index = Users().index("org_username");
  const std::string odd = index.Prefix({"odd"});
  const auto forward = Keys(view.Scan(1, Users(), index, {.prefix = odd}));
  REQUIRE(forward.size() == 10);
  CHECK(forward.front() == KeyOf("11"));
  auto backward = Keys(view.Scan(1, Users(), index, {.prefix = odd, .backward = true}));
  std::reverse(backward.begin(), backward.end());
  CHECK(backward == forward);

  const IndexRange middle = {.prefix = odd,
                             .lower = index.Prefix({"odd", "NAME15"}),
                             .upper = index.Prefix({"odd", "name21"})};
  CHECK(Keys(view.Scan(1, Users(), index, middle)) ==
        std::vector<std::string>{KeyOf("15"), KeyOf("17"), KeyOf("19")});
  // A page goes on behind the last entry of the one before.
  IndexCursor page = view.Scan(1, Users(), index, {.prefix = odd});
  page.Next();
  std::string behind(page.entry());
  behind.push_back('\0');
  CHECK(Keys(view.Scan(1, Users(), index, {.prefix = odd, .lower = behind})).front() ==
        KeyOf("15"));
  // Bounds that cross hold nothing.
  CHECK(Keys(view.Scan(1, Users(), index,
                       {.prefix = odd,
                        .lower = index.Prefix({"odd", "z"}),
                        .upper = index.Prefix({"odd", "a"})}))
            .empty());

  IndexCursor leap = view.Scan(1, Users(), index, {.prefix = odd});
  leap.Seek(index.Prefix({"odd", "name24"}));
  CHECK(leap.row_key() == KeyOf("25"));
  leap.Seek(index.Prefix({"zzz"}));
  CHECK_FALSE(leap.Valid());
  IndexCursor back = view.Scan(1, Users(), index, {.prefix = odd, .backward = true});
  back.Seek(index.Prefix({"odd", "name24"}));
  CHECK(back.row_key() == KeyOf("23"));
  CHECK(Keys(view.Scan(1, Users(), Users().index("username"),
                       {.prefix = Users().index("username").StartsWith({}, "nAME1")}))
            .size() == 10);
}

TEST_CASE("a changed or deleted row leaves no entry of what it was") {
  Rows rows;
  rows.Next();
  rows.batch.Put(1, Person("1", "org", "ada"));
  rows.Commit();
  rows.Next();
  rows.batch.Edit<row::v1::User>(1, {"1"})->set_username("grace");
  rows.Next();
  rows.batch.Edit<row::v1::User>(1, {"1"})->set_organization_id("other");
  rows.Commit();
  View view = rows.Read();
  const IndexPlan& index = Users().index("org_username");
  IndexCursor cursor = view.Scan(1, Users(), index, {});
  REQUIRE(cursor.Valid());
  CHECK(cursor.fields() == index.Prefix({"other", "grace"}));
  cursor.Next();
  CHECK_FALSE(cursor.Valid());
  CHECK(*view.Count<row::v1::User>(1, "org", {"org"}) == 0);
  CHECK(*view.Count<row::v1::User>(1, "org_state", {"other", row::v1::USER_STATE_ACTIVE}) == 1);
  rows.Next();
  rows.batch.Delete<row::v1::User>(1, {"1"});
  rows.Commit();
  View after = rows.Read();
  for (const IndexPlan& plan : Users().indexes()) {
    CHECK(Keys(after.Scan(1, Users(), plan, {})).empty());
  }
  CHECK(*after.Count<row::v1::User>(1, "org", {"other"}) == 0);
}

TEST_CASE("the past is kept as intervals, and ends with the row") {
  Rows rows;
  rows.Next();  // 1
  rows.batch.Put(1, Person("1", "org", "one"));
  rows.Next();  // 2
  rows.batch.Edit<row::v1::User>(1, {"1"})->set_username("two");
  rows.Commit();
  rows.Next();  // 3 touches it not
  rows.Next();  // 4
  rows.batch.Edit<row::v1::User>(1, {"1"})->set_username("four");
  rows.batch.Edit<row::v1::User>(1, {"1"})->set_email("four@example.com");
  rows.Commit();
  View before = rows.Read();
  rows.Next();  // 5
  rows.batch.Delete<row::v1::User>(1, {"1"});
  rows.Next();  // 6
  rows.Next();  // 7
  rows.batch.Put(1, Person("1", "org", "seven"));
  rows.Commit();
  View standing = std::move(before), view = rows.Read();
  const std::vector<std::string> expected = {"", "one", "two",   "two",  "four",
                                             "", "",    "seven", "seven"};
  for (uint64_t sequence = 0; sequence < expected.size(); ++sequence) {
    const auto row = view.GetAt<row::v1::User>(1, {"1"}, sequence);
    REQUIRE(row.ok());
    INFO(sequence);
    CHECK(row->has_value() == !expected[sequence].empty());
    // Once he is removed, what he was is known, and no more who.
    if (row->has_value()) {
      CHECK((*row)->username() == (sequence < 5 ? "" : expected[sequence]));
      CHECK((*row)->organization_id() == "org");
    }
    if (sequence > 0 && sequence < 5) {
      const auto then = standing.GetAt<row::v1::User>(1, {"1"}, sequence);
      CHECK((*then)->username() == expected[sequence]);
    }
    const auto all = view.ScanAt(Users(), 1, "", sequence);
    REQUIRE(all.ok());
    CHECK(all->size() == (expected[sequence].empty() ? 0 : 1));
  }
  const auto versions = view.History(Users(), 1, KeyOf("1"));
  REQUIRE(versions.ok());
  REQUIRE(versions->size() == 4);
  CHECK((*versions)[2].from == 4);
  CHECK((*versions)[2].to == 5);
  CHECK((*versions)[3].from == 7);
  CHECK((*versions)[3].to == 0);
  CHECK_FALSE(view.GetAt<row::v1::User>(1, {"11"}, 3)->has_value());
}

TEST_CASE("a unique index names its row until the row lets go") {
  Rows rows;
  row::v1::PersonalAccessToken token;
  token.set_id("t");
  token.set_user_id("7");
  token.set_token_hash("hash");
  rows.Next();
  rows.batch.Put(1, token);
  rows.Commit();
  View view = rows.Read();
  const auto found = view.GetUnique<row::v1::PersonalAccessToken>(1, "hash", {"hash"});
  REQUIRE(found.ok());
  REQUIRE(found->has_value());
  CHECK((*found)->user_id() == "7");
  CHECK(view.gets() == 2);
  CHECK_FALSE(view.GetUnique<row::v1::PersonalAccessToken>(1, "hash", {""})->has_value());
  rows.Next();
  rows.batch.Delete<row::v1::PersonalAccessToken>(1, {"7", "t"});
  rows.Commit();
  View after = rows.Read();
  CHECK_FALSE(after.GetUnique<row::v1::PersonalAccessToken>(1, "hash", {"hash"})->has_value());
}

TEST_CASE("a unique value passes from one row to another within a commit, whichever comes first") {
  for (const bool upwards : {true, false}) {
    INFO(upwards);
    Rows rows;
    row::v1::PersonalAccessToken token;
    token.set_id("t");
    token.set_token_hash("hash");
    token.set_user_id(upwards ? "1" : "2");
    rows.Next();
    rows.batch.Put(1, token);
    rows.Commit();
    rows.Next();
    rows.batch.Delete<row::v1::PersonalAccessToken>(1, {token.user_id(), "t"});
    token.set_user_id(upwards ? "2" : "1");
    rows.batch.Put(1, token);
    rows.Commit();
    View view = rows.Read();
    const auto found = view.GetUnique<row::v1::PersonalAccessToken>(1, "hash", {"hash"});
    REQUIRE(found.ok());
    REQUIRE(found->has_value());
    CHECK((*found)->user_id() == token.user_id());
  }
}

TEST_CASE("many rows are got at once, those that are not there as nothing") {
  Rows rows;
  rows.Next();
  rows.batch.Put(1, Person("1", "org", "ada"));
  rows.batch.Put(1, Person("3", "org", "grace"));
  rows.Commit();
  View view = rows.Read();
  const auto got = view.GetMany(Users(), 1, {KeyOf("3"), KeyOf("2"), KeyOf("1")});
  REQUIRE(got.ok());
  REQUIRE(got->size() == 3);
  CHECK(static_cast<const row::v1::User&>(*(*got)[0]).username() == "grace");
  CHECK((*got)[1] == nullptr);
  CHECK(static_cast<const row::v1::User&>(*(*got)[2]).username() == "ada");
  CHECK(view.gets() == 3);
}

TEST_CASE("pending rows are met by the folds behind them") {
  Rows rows;
  row::v1::OrgDomain domain;
  domain.set_organization_id("org");
  rows.Next();
  for (const char* name : {"a", "b", "c"}) {
    domain.set_domain(name);
    rows.batch.Put(1, domain);
  }
  rows.Commit();
  rows.batch.Delete<row::v1::OrgDomain>(1, {"org", "b"});
  domain.set_domain("d");
  rows.batch.Put(1, domain);
  const TablePlan& table = TablePlan::Of<row::v1::OrgDomain>();
  CHECK(rows.batch.Keys<row::v1::OrgDomain>(1, {"org"}) ==
        std::vector<std::string>{table.Key({"org", "a"}), table.Key({"org", "c"}),
                                 table.Key({"org", "d"})});
  CHECK(rows.batch.Get<row::v1::OrgDomain>(1, {"org", "b"}) == nullptr);
  CHECK(rows.batch.Edit<row::v1::OrgDomain>(1, {"org", "b"}) == nullptr);
}

TEST_CASE("a small cache changes nothing of what is written") {
  TempDir dir;
  std::vector<std::string> seen;
  for (const size_t cache : {size_t{1}, size_t{100'000}}) {
    auto database = OpenAll(dir / std::to_string(cache));
    Batch batch(*database, {cache, {}});
    for (uint64_t sequence = 1; sequence <= 300; ++sequence) {
      batch.Begin(1, sequence);
      const std::string id = std::to_string(sequence * 7 % 20);
      auto* user = batch.Edit<row::v1::User>(1, {id});
      if (user == nullptr) {
        batch.Put(1, Person(id, "org", absl::StrCat("n", sequence)));
      } else {
        user->set_username(absl::StrCat("m", sequence));
      }
      if (sequence % 3 == 0) REQUIRE(batch.Commit({1, sequence, "h"}).ok());
    }
    View view = database->Read();
    std::string all;
    for (RowCursor cursor = view.ScanRows(1, Users(), ""); cursor.Valid(); cursor.Next()) {
      row::v1::User user;
      REQUIRE(cursor.Row(&user).ok());
      all += user.SerializeAsString();
    }
    seen.push_back(all);
  }
  CHECK(seen[0] == seen[1]);
}

TEST_CASE("owners know hosts and managers of instances, also after reopening") {
  TempDir dir;
  Log log;
  event::v1::InstanceDomainAdded host;
  host.set_domain("one.example");
  log.Raise<event::v1::InstanceEvent>(1, "1", host);
  host.set_domain("two.example");
  log.Raise<event::v1::InstanceEvent>(2, "2", host);
  event::v1::MemberAdded member;
  member.set_user_id("ann");
  member.add_role("IAM_OWNER");
  log.Raise<event::v1::MemberEvent>(1, "1", member, AGGREGATE_INSTANCE);
  member.set_user_id("bob");
  log.Raise<event::v1::MemberEvent>(1, "o", member, AGGREGATE_ORG);
  {
    auto database = OpenAll(dir / "models");
    REQUIRE(CatchUp(log, *database).ok());
    CHECK(database->owners().InstanceOf("one.example") == 1);
  }
  auto database = OpenAll(dir / "models");
  const Owners& owners = database->owners();
  CHECK(owners.InstanceOf("one.example") == 1);
  CHECK(owners.InstanceOf("two.example") == 2);
  CHECK_FALSE(owners.InstanceOf("three.example").has_value());
  CHECK(owners.InstanceRoles(1, "ann") == std::vector<std::string>{"IAM_OWNER"});
  CHECK(owners.InstanceRoles(2, "ann").empty());
  CHECK(owners.InstanceRoles(1, "bob").empty());

  event::v1::MemberChanged changed;
  changed.set_user_id("ann");
  changed.add_role("IAM_OWNER_VIEWER");
  log.Raise<event::v1::MemberEvent>(1, "1", changed, AGGREGATE_INSTANCE);
  REQUIRE(CatchUp(log, *database).ok());
  CHECK(owners.InstanceRoles(1, "ann") == std::vector<std::string>{"IAM_OWNER_VIEWER"});
  event::v1::MemberRemoved removed;
  removed.set_user_id("ann");
  log.Raise<event::v1::MemberEvent>(1, "1", removed, AGGREGATE_INSTANCE);
  REQUIRE(CatchUp(log, *database).ok());
  CHECK(owners.InstanceRoles(1, "ann").empty());
}

TEST_CASE("owners answer for states, policies and login names, also after reopening") {
  TempDir dir;
  Log log;
  event::v1::OrgAdded added;
  added.set_name("Acme");
  log.Raise<event::v1::OrgEvent>(1, "o", added);
  event::v1::OrgDomainAdded domain;
  event::v1::OrgDomainVerified verified;
  for (const char* name : {"b.example", "a.example", "unproved.example"}) {
    domain.set_domain(name);
    log.Raise<event::v1::OrgDomainEvent>(1, "o", domain);
    verified.set_domain(name);
    if (name[0] != 'u') log.Raise<event::v1::OrgDomainEvent>(1, "o", verified);
  }
  event::v1::OrgDomainPrimarySet primary;
  primary.set_domain("b.example");
  log.Raise<event::v1::OrgDomainEvent>(1, "o", primary);
  event::v1::DomainPolicyAdded policy;
  policy.mutable_policy()->set_user_login_must_be_domain(true);
  log.Raise<event::v1::DomainPolicyEvent>(1, "1", policy, AGGREGATE_INSTANCE);
  event::v1::PasswordAgeAdded age;
  age.mutable_policy()->set_max_age_days(90);
  log.Raise<event::v1::PasswordAgeEvent>(1, "1", age, AGGREGATE_INSTANCE);
  {
    auto database = OpenAll(dir / "models");
    REQUIRE(CatchUp(log, *database).ok());
    CHECK(database->owners().Active(1, "o"));
    CHECK(database->owners().PasswordMaxAge(1, "o") == 90);
  }
  auto database = OpenAll(dir / "models");
  const Owners& owners = database->owners();
  CHECK(owners.Active(1, "o"));
  CHECK_FALSE(owners.Exists(2, "o"));
  CHECK(owners.PreferredLoginName(1, "o", "ada") == "ada@b.example");
  CHECK(owners.LoginNames(1, "o", "ada") ==
        std::vector<std::string>{"ada@b.example", "ada@a.example"});
  policy.mutable_policy()->set_user_login_must_be_domain(false);
  log.Raise<event::v1::DomainPolicyEvent>(1, "o", policy, AGGREGATE_ORG);
  log.Raise<event::v1::OrgEvent>(1, "o", event::v1::OrgDeactivated());
  CHECK(owners.PasswordMaxAge(1, "o") == 90);
  CHECK(owners.PasswordMaxAge(2, "o") == 0);
  age.mutable_policy()->set_max_age_days(0);
  log.Raise<event::v1::PasswordAgeEvent>(1, "o", age, AGGREGATE_ORG);
  REQUIRE(CatchUp(log, *database).ok());
  CHECK(owners.PasswordMaxAge(1, "o") == 0);
  log.Raise<event::v1::PasswordAgeEvent>(1, "o", event::v1::PasswordAgeRemoved(), AGGREGATE_ORG);
  REQUIRE(CatchUp(log, *database).ok());
  CHECK(owners.PasswordMaxAge(1, "o") == 90);
  CHECK_FALSE(owners.Active(1, "o"));
  CHECK(owners.Exists(1, "o"));
  CHECK(owners.LoginNames(1, "o", "ada") == std::vector<std::string>{"ada"});
  log.Raise<event::v1::OrgEvent>(1, "o", event::v1::OrgRemoved());
  REQUIRE(CatchUp(log, *database).ok());
  CHECK_FALSE(owners.Exists(1, "o"));
  CHECK((*database->Read().Get<row::v1::Org>(1, {"o"}))->state() == row::v1::ORG_STATE_REMOVED);
}

}  // namespace
}  // namespace muniment::projections

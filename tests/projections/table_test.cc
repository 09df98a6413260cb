#include "projections/table.h"

#include <algorithm>

#include "muniment/row/v1/row.pb.h"

namespace muniment::projections {
namespace {

row::v1::User Ada() {
  row::v1::User user;
  user.set_id("1");
  user.set_organization_id("Org");
  user.set_state(row::v1::USER_STATE_ACTIVE);
  user.set_username("ÀDA@Example.com");
  user.mutable_profile()->set_display_name("Ada L");
  user.mutable_stamp()->mutable_created()->set_seconds(1'700'000'000);
  user.mutable_stamp()->mutable_created()->set_nanos(5000);
  return user;
}

std::string EntryOf(const IndexPlan& index, const google::protobuf::Message& row,
                    absl::string_view row_key) {
  std::string entry = "before";
  if (!index.AppendEntry(row, row_key, &entry)) CHECK(entry == "before");
  return entry.substr(6);
}

TEST_CASE("every declared table compiles into a plan") {
  const auto* file = row::v1::User::descriptor()->file();
  std::vector<int> numbers;
  for (int i = 0; i < file->message_type_count(); ++i) {
    if (!file->message_type(i)->options().HasExtension(table)) continue;
    numbers.push_back(TablePlan(file->message_type(i)).number());
  }
  REQUIRE(numbers.size() >= 10);
  std::sort(numbers.begin(), numbers.end());
  CHECK(std::adjacent_find(numbers.begin(), numbers.end()) == numbers.end());
}

TEST_CASE("keys of texts sort as the texts do and none is the beginning of another") {
  const TablePlan& plan = TablePlan::Of<row::v1::Metadata>();
  const std::vector<std::string> texts = {"",
                                          std::string("\0", 1),
                                          std::string("\0a", 2),
                                          "\x01",
                                          "a",
                                          std::string("a\0", 2),
                                          "a\x01",
                                          "aa",
                                          "b",
                                          "\xff"};
  std::vector<std::string> keys;
  for (const std::string& text : texts) keys.push_back(plan.Key({AGGREGATE_USER, "u", text}));
  CHECK(std::is_sorted(keys.begin(), keys.end()));
  for (const std::string& a : keys) {
    for (const std::string& b : keys) {
      if (&a != &b) CHECK(b.compare(0, a.size(), a) != 0);
    }
  }
  // The boundary between two fields counts.
  CHECK(plan.Key({AGGREGATE_USER, "ab", "c"}) != plan.Key({AGGREGATE_USER, "a", "bc"}));
  CHECK(absl::string_view(plan.Key({AGGREGATE_USER, "a", "b"}))
            .substr(0, plan.Key({AGGREGATE_USER, "a"}).size()) == plan.Key({AGGREGATE_USER, "a"}));
}

TEST_CASE("a row's key is the key of its fields' values") {
  row::v1::Member member;
  member.set_aggregate(AGGREGATE_ORG);
  member.set_resource_id("42");
  member.set_user_id("7");
  const TablePlan& plan = TablePlan::Of<row::v1::Member>();
  CHECK(plan.KeyOf(member) == plan.Key({AGGREGATE_ORG, "42", "7"}));
}

TEST_CASE("times sort by time and an absent one comes first") {
  const IndexPlan& created = TablePlan::Of<row::v1::User>().index("created");
  std::vector<std::string> entries = {EntryOf(created, row::v1::User(), "")};
  for (const absl::Time time : {absl::FromUnixSeconds(-5), absl::FromUnixSeconds(0),
                                absl::FromUnixMicros(1), absl::FromUnixSeconds(1'700'000'000)}) {
    entries.push_back(created.Prefix({time}));
  }
  CHECK(std::is_sorted(entries.begin(), entries.end()));
  CHECK(created.Prefix({absl::FromUnixMicros(1'700'000'000'000'005)}) ==
        EntryOf(created, Ada(), ""));
}

TEST_CASE("an entry splits into its fields and the row key") {
  const TablePlan& plan = TablePlan::Of<row::v1::User>();
  const row::v1::User ada = Ada();
  const std::string key = plan.KeyOf(ada);
  for (const IndexPlan& index : plan.indexes()) {
    const std::string entry = EntryOf(index, ada, key);
    const auto [fields, row_key] = index.Split(entry);
    CHECK(row_key == key);
    CHECK(std::string(fields) + key == entry);
    for (size_t cut = 0; cut < fields.size(); ++cut) {
      CHECK(index.Split(entry.substr(0, cut)).second.empty());
    }
  }
}

TEST_CASE("a folded index folds its last field and leaves the ids before it alone") {
  const TablePlan& plan = TablePlan::Of<row::v1::User>();
  const row::v1::User ada = Ada();
  const std::string entry = EntryOf(plan.index("org_username"), ada, "k");
  CHECK(entry == plan.index("org_username").Prefix({"Org", "àda@example.COM"}) + "k");
  CHECK(entry != plan.index("org_username").Prefix({"org", "àda@example.com"}) + "k");
  const std::string begins = plan.index("username").StartsWith({}, "ÀDA@ex");
  CHECK(EntryOf(plan.index("username"), ada, "k").compare(0, begins.size(), begins) == 0);
}

TEST_CASE("a unique index passes over what is absent") {
  const IndexPlan& hash = TablePlan::Of<row::v1::PersonalAccessToken>().index("hash");
  row::v1::PersonalAccessToken token;
  CHECK(EntryOf(hash, token, "k").empty());
  token.set_token_hash(std::string("\0x", 2));
  CHECK(EntryOf(hash, token, "k") == hash.Prefix({std::string("\0x", 2)}));
}

TEST_CASE("clearing what is personal leaves the rest") {
  row::v1::User ada = Ada();
  TablePlan::Of<row::v1::User>().ClearPersonal(&ada);
  CHECK(ada.username().empty());
  CHECK_FALSE(ada.has_profile());
  CHECK(ada.organization_id() == "Org");
  CHECK(ada.has_stamp());
}

TEST_CASE("the first bytes behind a prefix") {
  CHECK(PrefixEnd("a") == "b");
  CHECK(PrefixEnd("a\xff\xff") == "b");
  CHECK(PrefixEnd("\xff").empty());
}

}  // namespace
}  // namespace muniment::projections

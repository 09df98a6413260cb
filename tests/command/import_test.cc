// Lines of an import: rehearsed, and stored in batches (command/import).
#include <catch2/catch.hpp>
#include <list>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "base/crypto.h"
#include "command/import/batch.h"
#include "command/import/names.h"
#include "command/import/rehearsal.h"
#include "command/org/org.h"
#include "google/protobuf/text_format.h"
#include "muniment/api/imports/v1/line.pb.h"
#include "tests/command/given.h"

namespace muniment::command {
namespace {

using api::imports::v1::Line;

// Lines as a file has them, in text format, from one number on.
class Lines {
 public:
  explicit Lines(const Strings& texts, uint64_t first = 1) {
    batch.file = Sha256("a file").str();
    batch.first_line = first;
    batch.line_count = texts.size();
    batch.by = "a test";
    for (const std::string& text : texts) {
      Line& line = lines_.emplace_back();
      INFO(text);
      REQUIRE(google::protobuf::TextFormat::ParseFromString(text, &line));
      const ImportRule* rule = ImportRules::Get().Find(line);
      REQUIRE(rule != nullptr);
      batch.lines.push_back(
          {first + batch.lines.size(), rule, &line.GetReflection()->GetMessage(line, rule->field)});
    }
  }
  ImportBatch batch;

 private:
  std::list<Line> lines_;
};

class Pages final : public ImportPages {
 public:
  absl::StatusOr<uint64_t> Keep(absl::string_view text) override {
    pages_.emplace_back(text);
    return pages_.size() - 1;
  }
  absl::StatusOr<std::string> Read(uint64_t at) override { return pages_.at(at); }

 private:
  Strings pages_;
};

struct World : Given {
  // "line reason" of every fault.
  Strings Rehearse(const Strings& texts) {
    Pages pages;
    Rehearsal rehearsal({.source = {store, codec, keys},
                         .lookup = &lookup,
                         .ids = &ids,
                         .clock = &clock,
                         .pages = &pages},
                        1);
    const Lines lines(texts);
    Strings faults;
    for (const ImportLine& line : lines.batch.lines) {
      const absl::Status tried = rehearsal.Try(line);
      if (!tried.ok()) faults.push_back(absl::StrCat(line.number, " ", Reason(tried)));
    }
    REQUIRE(rehearsal
                .CheckStore([&](uint64_t line, const absl::Status& fault) {
                  faults.push_back(absl::StrCat(line, " ", Reason(fault)));
                })
                .ok());
    messages = rehearsal.messages();
    return faults;
  }
  // The types of what it left.
  Strings Store(const Lines& lines) {
    const uint64_t before = lookup.Events(1, 0).size();
    AsSystem([&](Unit& unit) { return StoreBatch(unit, lines.batch); });
    Strings types;
    const auto events = lookup.Events(1, 0);
    for (size_t i = before; i < events.size(); ++i) types.push_back(events[i].meta.type);
    return types;
  }
  absl::Status Refused(const Lines& lines) {
    return TryAsSystem([&](Unit& unit) { return StoreBatch(unit, lines.batch); });
  }
  uint64_t messages = 0;
};

std::string Human(const std::string& org, const std::string& name, const std::string& more = "") {
  return absl::StrCat("user { organization_id: '", org, "' username: '", name,
                      "' human { profile { given_name: 'A' family_name: 'B' } email { email: '", name,
                      "@mail.test' is_verified: true } } ", more, "}");
}

const Strings kStory = {
    "organization { name: 'New' organization_id: 'new' }",
    "organization_domain { organization_id: 'new' domain: 'new.test' }",
    Human("new", "nora", "user_id: 'nora' metadata { key: 'k' value: 'v' } "),
    "project { organization_id: 'new' project_id: 'shop' name: 'Shop' }",
    "project_role { project_id: 'shop' role_key: 'buyer' display_name: 'Buyer' }",
    "project_grant { project_id: 'shop' granted_organization_id: 'acme' role_keys: 'buyer' }",
    "authorization { user_id: 'nora' project_id: 'shop' organization_id: 'new' role_keys: 'buyer' }",
    "authorization { user_id: 'bob' project_id: 'shop' organization_id: 'acme' role_keys: 'buyer' }",
    "administrator { user_id: 'nora' resource { organization_id: 'new' } roles: 'ORG_OWNER' }",
    "group { organization_id: 'new' id: 'all' name: 'All' }",
    "group_users { id: 'all' user_ids: 'nora' }"};

TEST_CASE("lines name what lines before them make, and stand in one commit with their mark") {
  World given;
  CHECK(given.Rehearse(kStory) == Strings());
  const Lines lines(kStory);
  const Strings types = given.Store(lines);
  CHECK(types == Strings{"org.added", "org.domain.added", "org.domain.verified",
                         "org.domain.primary.set", "org.domain.added", "org.domain.verified",
                         "user.human.added", "user.metadata.set", "project.added",
                         "project.role.added", "project.grant.added", "user.grant.added",
                         "user.grant.added", "org.member.added", "group.added",
                         "group.users.added", "import.batch.stored"});
  CHECK(given.When("nora", "UpdateOrganization", "organization_id: 'new' name: 'Newer'").reason == "");
  // The same batch of the same file is stored once; lines of another place are other lines.
  CHECK(given.Store(lines) == Strings());
  CHECK(given.Store(Lines({Human("acme", "abe")}, 100)).size() == 2);
}

TEST_CASE("a rehearsal writes nothing, and lines out of their order find nothing") {
  World given;
  const size_t before = given.lookup.Events(1, 0).size();
  Strings backwards(kStory.rbegin(), kStory.rend());
  const Strings faults = given.Rehearse(backwards);
  CHECK(faults.size() == kStory.size() - 1);
  for (const std::string& fault : faults) CHECK(absl::StrContains(fault, "not_found"));
  CHECK(given.lookup.Events(1, 0).size() == before);
}

TEST_CASE("what is taken by another line or in the store is told by line") {
  World given;
  given.Fact<Org>(OrgScope("idle"), [] {
    event::v1::OrgAdded added;
    added.set_name("Idle");
    return added;
  }());
  const Strings faults = given.Rehearse({
      Human("acme", "Zoe", "user_id: 'z1' "),
      Human("home", "ZOE"),                        // 2: one name, folded
      Human("acme", "zoe2", "user_id: 'z1' "),     // 3: one id
      Human("acme", "zoe3", "user_id: 'acme' "),   // 4: an organization's
      Human("acme", "zoe4", "user_id: 'bob' "),    // 5: somebody's
      Human("acme", "BOB@example.org"),            // 6: bob's name
      "organization { name: 'ACME' }",             // 7: a name of the store's
      "organization { name: 'Once' }",
      "organization { name: 'once' }",             // 9
      "organization_domain { organization_id: 'acme' domain: 'x.test' }",
      "organization_domain { organization_id: 'home' domain: 'X.test' }",    // 11
      "organization_domain { organization_id: 'acme' domain: 'x.test' }",    // 12: has it
  });
  CHECK(faults == Strings{"2 import.repeats_line", "3 user.already_exists",
                          "4 user.already_exists", "5 user.already_exists",
                          "9 import.repeats_line", "11 import.taken", "12 org.domain_exists",
                          "7 import.taken", "6 import.taken"});
}

TEST_CASE("a line is refused as its method refuses it") {
  World given;
  // Of another instance nobody knows anything here.
  eventstore::Commit foreign;
  foreign.instance = 2;
  eventstore::EventDraft draft;
  draft.stream = {2, StreamTraits<event::v1::OrgEvent>::kNumber, AGGREGATE_ORG, "nowhere"};
  draft.version = 1;
  draft.owner = "nowhere";
  event::v1::OrgEvent added;
  added.mutable_added()->set_name("Nowhere");
  draft.event = &added;
  eventstore::CommitKeys sealing(given.keys);
  foreign.reads = {{draft.stream, 0}};
  foreign.events.push_back(*given.codec.Encode(draft, sealing));
  foreign.keys = sealing.Carried();
  absl::Notification stored;
  given.store.Append(std::move(foreign), [&](auto committed) {
    CHECK(committed.ok());
    stored.Notify();
  });
  stored.WaitForNotification();
  const Strings faults = given.Rehearse({
      Human("nowhere", "a"),
      "user { organization_id: 'acme' username: 'b' }",
      Human("acme", "c/d"),
      "user { organization_id: 'acme' username: 'e' human { profile { given_name: 'A' family_name: "
      "'B' } email { email: 'e@mail.test' is_verified: true } hashed_password { hash: '$x$' } } }",
      "user { organization_id: 'acme' username: 'f' human { profile { given_name: 'A' family_name: "
      "'B' } email { email: 'f@mail.test' is_verified: true } password { password: 'short' } } }",
      "user { organization_id: 'acme' username: 'g' human { profile { given_name: 'A' family_name: "
      "'B' } email { email: 'g@mail.test' return_code {} } } }",
      "authorization { user_id: 'bob' project_id: 'none' organization_id: 'acme' role_keys: 'x' }",
      "administrator { user_id: 'bob' resource { instance: true } roles: 'ORG_OWNER' }",
  });
  CHECK(faults == Strings{"1 org.not_found", "2 user.type_missing", "3 user.username_invalid",
                          "4 password.hash_unsupported", "5 password.too_short",
                          "6 import.answers_nothing", "7 project.not_found",
                          "8 member.role_misplaced"});
  CHECK(given.messages == 0);
  CHECK(given.Rehearse({"user { organization_id: 'acme' username: 'h' human { profile { given_name: "
                        "'A' family_name: 'B' } email { email: 'h@mail.test' } } }"}) == Strings());
  CHECK(given.messages == 1);
}

TEST_CASE("a batch of which one line fails leaves nothing, and says which line it was") {
  World given;
  const size_t before = given.lookup.Events(1, 0).size();
  const absl::Status refused =
      given.Refused(Lines({Human("acme", "ok"), Human("nowhere", "not")}, 41));
  CHECK(Reason(refused) == "org.not_found");
  CHECK(ErrorFacts(refused) ==
        std::vector<std::pair<std::string, std::string>>{{"line", "42"}});
  CHECK(given.lookup.Events(1, 0).size() == before);
}

TEST_CASE("an id that was taken to be new and is not is found out by the commit") {
  World given;
  const size_t before = given.lookup.Events(1, 0).size();
  const absl::Status refused =
      given.Refused(Lines({Human("acme", "second", "user_id: 'bob' ")}));
  CHECK(Reason(refused) == "user.already_exists");
  CHECK(given.lookup.Events(1, 0).size() == before);
}

TEST_CASE("a batch waits for the one that makes what it names, and for no other") {
  const Lines org({"organization { name: 'One' organization_id: 'one' }"});
  const Lines other({"organization { name: 'Two' organization_id: 'two' }"});
  const Lines user({Human("one", "u", "user_id: 'u' ")}), more({Human("one", "v")});
  const Lines named({Human("two", "w@one.localhost")});
  const Lines role({"authorization { user_id: 'u' project_id: 'p' organization_id: 'one' }"});
  const auto needs = [](const Lines& one, const Lines& another) {
    return Needs(NamesOf(one.batch), NamesOf(another.batch));
  };
  CHECK(needs(user, org));
  CHECK_FALSE(needs(user, other));
  CHECK_FALSE(needs(more, user));
  CHECK(needs(role, user));
  CHECK_FALSE(needs(role, more));
  CHECK(needs(named, org));  // whose domain it may be
  CHECK(needs(Lines({"organization { name: 'ONE' }"}), org));
}

}  // namespace
}  // namespace muniment::command

// That what was removed leaves the files: looked for byte by byte in every one of them.
#include "projections/removals.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/crypto.h"
#include "projections/database_rep.h"
#include "rocksdb/convenience.h"
#include "tests/projections/fixture.h"

namespace muniment::projections {
namespace {

using event::v1::UserEvent;

// Files of the directory in which the text stands, as it is or folded.
std::vector<std::string> FilesWith(const std::string& directory, const std::string& text) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (absl::StrContains(bytes, text) || absl::StrContains(bytes, absl::AsciiStrToLower(text))) {
      found.push_back(entry.path().filename());
    }
  }
  return found;
}

// A word that no two ids have a beginning in common of.
std::string TagOf(const std::string& id) {
  return absl::AsciiStrToLower(HexEncode(Sha256(id).view()).substr(0, 20));
}

class People {
 public:
  People() {
    Open();
    AddOrg(log_, 1, "org");
  }

  std::string path() const { return dir_ / "models"; }
  Log& log() { return log_; }
  Database& database() { return *database_; }

  void Add(const std::string& id) {
    event::v1::HumanAdded added;
    added.set_organization_id("org");
    added.set_username(absl::StrCat(TagOf(id), "Login"));
    added.mutable_profile()->set_given_name(absl::StrCat(TagOf(id), "Given"));
    added.mutable_profile()->set_family_name(absl::StrCat(TagOf(id), "Family"));
    added.mutable_profile()->set_display_name(absl::StrCat(TagOf(id), "Shown"));
    added.set_email(absl::StrCat(TagOf(id), "@example.com"));
    log_.Raise<UserEvent>(1, id, added);
  }
  void Rename(const std::string& id, const std::string& username) {
    event::v1::UsernameChanged changed;
    changed.set_username(username);
    log_.Raise<UserEvent>(1, id, changed);
  }
  void Remove(const std::string& id) { log_.Raise<UserEvent>(1, id, event::v1::UserRemoved()); }
  void Fold() { REQUIRE(CatchUp(log_, *database_).ok()); }
  // Down to the lowest level, as after a long time.
  void Settle() {
    rocksdb::DB& db = *database_->rep().disk->db;
    for (int i = 0; i < kFamilies; ++i) {
      auto* const family = database_->rep().disk->families[static_cast<size_t>(i)];
      REQUIRE(db.Flush(rocksdb::FlushOptions(), family).ok());
      REQUIRE(db.CompactRange(rocksdb::CompactRangeOptions(), family, nullptr, nullptr).ok());
    }
  }
  void Reopen() {
    database_.reset();
    Open();
  }
  std::string Left(const std::vector<std::string>& texts) const {
    std::vector<std::string> left;
    for (const std::string& text : texts) {
      const auto files = FilesWith(path(), text);
      if (!files.empty()) left.push_back(absl::StrCat(text, ": ", absl::StrJoin(files, " ")));
    }
    return absl::StrJoin(left, "\n");
  }

 private:
  // Without compression, that bytes may be looked for.
  void Open() {
    database_ = OpenAll(path());
    for (auto* const family : database_->rep().disk->families) {
      REQUIRE(database_->rep().disk->db->SetOptions(family, {{"compression", "kNoCompression"}}).ok());
    }
  }

  TempDir dir_;
  Log log_;
  std::unique_ptr<Database> database_;
};

std::vector<std::string> TextsOf(const std::string& id) {
  // What a key has in common with the one before it is left out in a file.
  const std::string tag = TagOf(id).substr(6);
  return {tag + "Login", tag + "Given", tag + "Family", tag + "Shown", tag + "@example"};
}

std::string IdOf(int i) { return absl::StrCat(1234000 + i * 7919); }

TEST_CASE("of a removed person nothing is left in any file, wherever it stood") {
  const bool settled = GENERATE(false, true);
  INFO("settled: " << settled);
  People people;
  for (int i = 0; i < 200; ++i) people.Add(IdOf(i));
  people.Fold();
  if (settled) people.Settle();
  for (const std::string& text : TextsOf(IdOf(100))) CHECK(people.Left({text}) != "");

  people.Rename(IdOf(100), "qqOtherLogin");
  people.Fold();
  if (settled) people.Settle();
  people.Remove(IdOf(100));
  people.Remove(IdOf(0));    // the first and the last, whose keys bound the files
  people.Remove(IdOf(199));
  people.Fold();
  if (settled) people.Settle();
  const View view = people.database().Read();  // one of now holds nothing up
  REQUIRE(Purge(people.database()).ok());
  CHECK(people.Left(TextsOf(IdOf(100))) == "");
  CHECK(people.Left({"OtherLogin"}) == "");
  CHECK(people.Left(TextsOf(IdOf(0))) == "");
  CHECK(people.Left(TextsOf(IdOf(199))) == "");
  for (const std::string& text : TextsOf(IdOf(1))) CHECK(people.Left({text}) != "");
  TempDir again;
  RequireRebuilt(people.log(), people.database(), again / "rebuilt");
}

TEST_CASE("an erased person's values leave the files, and what stood there before") {
  People people;
  for (int i = 0; i < 50; ++i) people.Add(IdOf(i));
  people.Fold();
  people.Settle();
  people.log().EraseSubject(1, IdOf(20));
  people.Fold();
  REQUIRE(Purge(people.database()).ok());
  CHECK(people.Left(TextsOf(IdOf(20))) == "");
  CHECK(people.Left({TextsOf(IdOf(21))[0]}) != "");
}

TEST_CASE("the runner purges by itself: removals after a while, an erasure at once") {
  People people;
  for (int i = 0; i < 50; ++i) people.Add(IdOf(i));
  RunnerOptions options;
  options.purge.share = 1;
  const auto gone = [&](const std::string& id) {
    return Eventually([&] { return people.Left(TextsOf(id)).empty(); });
  };
  SECTION("after a while") {
    options.purge.after = absl::Seconds(3);
    auto runner = Runner::Start(people.log().source(), AllProjections(), people.database(), options);
    REQUIRE(runner.ok());
    REQUIRE(WaitFor(**runner, people.log().store().ReadLogHead()->position).ok());
    people.Remove(IdOf(3));
    const uint64_t head = people.log().store().ReadLogHead()->position;
    REQUIRE(WaitFor(**runner, head).ok());
    CHECK_FALSE(people.Left(TextsOf(IdOf(3))).empty());
    CHECK(gone(IdOf(3)));
  }
  SECTION("at once") {
    options.purge.after = absl::Hours(1);
    auto runner = Runner::Start(people.log().source(), AllProjections(), people.database(), options);
    REQUIRE(runner.ok());
    REQUIRE(WaitFor(**runner, people.log().store().ReadLogHead()->position).ok());
    people.log().EraseSubject(1, IdOf(3));
    const uint64_t head = people.log().store().ReadLogHead()->position;
    REQUIRE(WaitFor(**runner, head).ok());
    CHECK(gone(IdOf(3)));
  }
}

TEST_CASE("what was removed before a crash is purged after it") {
  People people;
  for (int i = 0; i < 50; ++i) people.Add(IdOf(i));
  people.Fold();
  people.Settle();
  people.Remove(IdOf(3));
  people.Fold();
  people.Reopen();  // nobody purged
  CHECK(people.Left(TextsOf(IdOf(3))) != "");
  REQUIRE(Purge(people.database()).ok());
  CHECK(people.Left(TextsOf(IdOf(3))) == "");
  people.Reopen();
  std::string mark;
  const DatabaseRep& rep = people.database().rep();
  CHECK(rep.disk->db->Get(rocksdb::ReadOptions(), rep.family(kMeta), kRemovedKey, &mark).IsNotFound());
}

TEST_CASE("a purge waits for those who still read what was removed, and then gives up for now") {
  People people;
  people.Add(IdOf(1));
  people.Fold();
  std::optional<View> before(people.database().Read());
  people.Remove(IdOf(1));
  people.Fold();
  std::thread reader([&before] {
    absl::SleepFor(absl::Seconds(1));
    before.reset();
  });
  REQUIRE(Purge(people.database()).ok());
  CHECK_FALSE(before.has_value());
  CHECK(people.Left(TextsOf(IdOf(1))) == "");
  reader.join();
}

}  // namespace
}  // namespace muniment::projections

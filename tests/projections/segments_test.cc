// The text indexes are held against a model: rows come, change and go in every place of a segment,
// and what stands on disk is what a rebuild makes, and what is found is what a look at every row
// finds.
#include "projections/segments.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "absl/strings/match.h"
#include "projections/database_rep.h"
#include "projections/generations.h"
#include "tests/projections/fixture.h"

namespace muniment::projections {
namespace {

using event::v1::HumanAdded;
using event::v1::ProfileChanged;
using event::v1::UserEvent;
using event::v1::UsernameChanged;
using event::v1::UserRemoved;
using row::v1::User;

constexpr uint64_t kInstance = 1;

const TablePlan& Users() { return TablePlan::Of<User>(); }

User Person(const std::string& id, absl::Time created, const std::string& username) {
  User user;
  user.set_id(id);
  user.set_username(username);
  const int64_t micros = absl::ToUnixMicros(created);
  user.mutable_stamp()->mutable_created()->set_seconds(micros / 1'000'000);
  user.mutable_stamp()->mutable_created()->set_nanos(
      static_cast<int32_t>(micros % 1'000'000 * 1000));
  return user;
}

bool BoundaryAt(const std::string& id, absl::Time created) {
  return IsBoundary(OrderKey(Users(), Person(id, created, ""), Users().Key({id})));
}

// The first id that begins so and is a boundary, or is none.
std::string IdAt(absl::Time created, bool boundary, const std::string& begin) {
  for (int i = 0;; ++i) {
    const std::string id = absl::StrCat(begin, "-", i);
    if (BoundaryAt(id, created) == boundary) return id;
  }
}

bool Holds(absl::string_view text, absl::string_view part) {
  return FoldForSearch(text).find(FoldForSearch(part)) != std::string::npos;
}

// Row keys of what a search comes to, measured.
std::set<std::string> Found(View& view, const std::string& part) {
  const TextPlan& text = Users().text("username_part");
  const auto keys = view.MayHold(kInstance, Users(), text, Trigrams(FoldForSearch(part)),
                                 [] { return absl::OkStatus(); });
  INFO(keys.status());
  REQUIRE(keys.ok());
  std::set<std::string> found;
  if (!keys->has_value()) {
    for (RowCursor rows = view.ScanRows(kInstance, Users(), ""); rows.Valid(); rows.Next()) {
      User user;
      REQUIRE(rows.Row(&user).ok());
      if (Holds(user.username(), part)) found.insert(user.id());
    }
    return found;
  }
  CHECK(std::set<std::string>((*keys)->begin(), (*keys)->end()).size() == (*keys)->size());
  const auto rows = view.GetMany(Users(), kInstance, **keys);
  REQUIRE(rows.ok());
  for (const auto& row : *rows) {
    REQUIRE(row != nullptr);
    const auto& user = static_cast<const User&>(*row);
    if (Holds(user.username(), part)) found.insert(user.id());
  }
  return found;
}

// Entries of the index family under an ordinal of the users' table.
std::vector<std::pair<std::string, std::string>> Raw(const View& view, uint8_t ordinal) {
  const auto [rep, at] = view.behind();
  std::string prefix =
      KeyHead(Users(), at->tables[rep->Slot(Users())].generation, kInstance);
  prefix.push_back(static_cast<char>(ordinal));
  std::vector<std::pair<std::string, std::string>> entries;
  std::unique_ptr<rocksdb::Iterator> it(
      rep->disk->db->NewIterator(rocksdb::ReadOptions(), rep->family(kIndex)));
  for (it->Seek(prefix); it->Valid() && it->key().starts_with(prefix); it->Next()) {
    entries.emplace_back(it->key().ToString().substr(prefix.size()), it->value().ToString());
  }
  return entries;
}

size_t Postings(const View& view) {
  size_t count = 0;
  for (const TextPlan& text : Users().texts()) count += Raw(view, text.ordinal()).size();
  return count;
}

// People who are raised into a log and folded in batches of every size.
class Model {
 public:
  explicit Model(uint32_t seed) : random_(seed) {
    REQUIRE(PlanBuild(*database_, projections_).ok());
    batch_ = std::make_unique<Batch>(*database_, Batch::Options{50, {}});
  }

  Log& log() { return log_; }
  Database& database() { return *database_; }
  const std::map<std::string, std::string>& names() const { return names_; }

  void Step() {
    const uint32_t what = Pick(20);
    if (what < 11 || names_.empty()) {
      Add(what < 2 ? 1 + Pick(4) : 1);
    } else if (what < 15) {
      Rename();
    } else if (what < 18) {
      const std::string id = Any();
      log_.Raise<UserEvent>(kInstance, id, UserRemoved());
      names_.erase(id);
      gone_.push_back(id);
    } else if (what < 19) {
      const std::string id = Any();
      log_.EraseSubject(kInstance, id);
      names_[id].clear();
      erased_.insert(id);
    } else {
      AddAgain();
    }
  }

  void Fold() {
    const uint64_t head = log_.store().ReadLogHead()->position;
    while (folded_ < head) {
      const uint64_t until = std::min<uint64_t>(head, folded_ + 1 + Pick(60));
      LogFold fold(log_.source(), Pointers(), {.live = true, .batch_events = 1 + Pick(20)});
      const absl::Status status = fold.Run(*batch_, folded_, until, [&](Checkpoint at) {
        at.epoch = log_.store().ReadLogHead()->epoch;
        return batch_->Commit(at);
      });
      INFO(status);
      REQUIRE(status.ok());
      folded_ = until;
      // As after a restart.
      if (Pick(10) == 0) batch_ = std::make_unique<Batch>(*database_, Batch::Options{50, {}});
    }
  }

  uint32_t Pick(uint32_t below) { return random_() % below; }
  std::string Word() {
    static const char* const kWords[] = {"Ada", "anna", "ANNA", "Straße", "ｗｉｄｅ", "Zoë", "小林さん"};
    return absl::StrCat(kWords[Pick(7)], Pick(30), kWords[Pick(7)]);
  }
  TempDir& dir() { return dir_; }

 private:
  std::vector<const Projection*> Pointers() const {
    std::vector<const Projection*> pointers;
    for (const auto& projection : projections_) pointers.push_back(projection.get());
    return pointers;
  }

  std::string Any() {
    // Boundaries, which are few, as often as others.
    std::vector<std::string> ids;
    const bool boundary = Pick(3) == 0;
    for (const auto& [id, name] : names_) {
      if (!boundary || absl::StartsWith(id, "b")) ids.push_back(id);
    }
    if (ids.empty()) return names_.begin()->first;
    return ids[Pick(static_cast<uint32_t>(ids.size()))];
  }

  std::string Name() { return absl::StrCat(Word(), ".", ++next_); }

  HumanAdded Person(const std::string& id) {
    HumanAdded added;
    added.set_organization_id("org");
    added.set_username(Name());
    added.mutable_profile()->set_display_name(Word());
    added.set_email(absl::StrCat("m", Pick(9), "@example.com"));
    names_[id] = erased_.count(id) != 0 ? "" : added.username();
    return added;
  }

  // Of one commit, and so of one time.
  void Add(uint32_t people) {
    const absl::Time created = log_.clock().Now() + absl::Milliseconds(1);
    eventstore::Commit commit;
    commit.instance = kInstance;
    for (uint32_t i = 0; i < people; ++i) {
      ++next_;
      std::string id;
      switch (Pick(4)) {
        case 0:
          id = absl::StrCat(1'000'000 + next_);  // as generated ones grow
          break;
        case 1:
          id = absl::StrCat("x", random_(), "-", next_);
          break;
        default:
          id = IdAt(created, Pick(2) == 0, absl::StrCat("y", random_() % 100, "-", next_));
          if (BoundaryAt(id, created)) id = IdAt(created, true, absl::StrCat("b", random_(), next_));
      }
      UserEvent event;
      *event.mutable_human_added() = Person(id);
      const eventstore::StreamKey stream{kInstance, StreamTraits<UserEvent>::kNumber,
                                         AGGREGATE_USER, id};
      commit.reads.push_back({stream, 0});
      eventstore::EventDraft draft{stream, 1, "owner", "actor", &event, nullptr};
      commit.events.push_back(*log_.codec().Encode(draft, log_.keys()));
    }
    log_.Append(std::move(commit));
  }

  void Rename() {
    const std::string id = Any();
    if (Pick(3) == 0) {
      ProfileChanged profile;
      profile.mutable_profile()->set_display_name(Word());
      log_.Raise<UserEvent>(kInstance, id, profile);
      return;
    }
    UsernameChanged changed;
    changed.set_username(Name());
    log_.Raise<UserEvent>(kInstance, id, changed);
    names_[id] = erased_.count(id) != 0 ? "" : changed.username();
  }

  // One who was removed comes again, or one who stands is made anew: another time, the same id.
  void AddAgain() {
    const bool removed = !gone_.empty() && Pick(2) == 0;
    const std::string id =
        removed ? gone_[Pick(static_cast<uint32_t>(gone_.size()))] : Any();
    log_.Raise<UserEvent>(kInstance, id, Person(id));
  }

  Log log_;
  TempDir dir_;
  std::mt19937 random_;
  const Projections projections_ = AllProjections();
  std::unique_ptr<Database> database_ = OpenAll(dir_ / "live");
  std::unique_ptr<Batch> batch_;
  uint64_t folded_ = 0;
  uint64_t next_ = 0;
  std::map<std::string, std::string> names_;  // by id, of all who stand
  std::vector<std::string> gone_;
  std::set<std::string> erased_;
};

TEST_CASE("however rows come, change and go, their text indexes are those of a rebuild") {
  const uint32_t seed = GENERATE(range(1u, 7u));
  CAPTURE(seed);
  Model model(seed);
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 250; ++i) model.Step();
    model.Fold();
    RequireRebuilt(model.log(), model.database(), model.dir() / absl::StrCat("rebuilt", round));
  }
  View view = model.database().Read();
  // What a model is for.
  REQUIRE(Raw(view, kSegmentsOrdinal).size() > 10);
  for (int i = 0; i < 120; ++i) {
    std::string part = model.Word();
    if (i % 2 == 0) part = part.substr(0, 3 + i % 5);
    if (!ValidUtf8(part)) continue;
    std::set<std::string> expected;
    for (const auto& [id, name] : model.names()) {
      if (Holds(name, part)) expected.insert(id);
    }
    INFO(part);
    CHECK(Found(view, part) == expected);
  }
}

TEST_CASE("a table with texts that is built beside the old one has their indexes") {
  Model model(77);
  for (int i = 0; i < 400; ++i) model.Step();
  model.Fold();
  auto runner = Runner::Start(model.log().source(), Changed("new"), model.database(),
                              {.batch_events = 11});
  REQUIRE(runner.ok());
  REQUIRE(Eventually([&] { return (*runner)->Ready().ok(); }));
  View view = model.database().Read();
  CHECK(Raw(view, kSegmentsOrdinal).size() > 5);
  RequireRebuilt(model.log(), model.database(), model.dir() / "rebuilt");
}

// A database that a test writes people into.
struct People {
  TempDir dir;
  std::unique_ptr<Database> database = OpenAll(dir / "models");
  Batch batch{*database};
  uint64_t sequence = 0;
  absl::Time time = absl::FromUnixSeconds(1'700'000'000);

  // Behind all others.
  std::string Add(bool boundary, const std::string& username) {
    time += absl::Milliseconds(1);
    const std::string id = IdAt(time, boundary, absl::StrCat(++sequence));
    batch.Begin(kInstance, sequence);
    batch.Put(kInstance, Person(id, time, username));
    return id;
  }
  void Commit() { REQUIRE(batch.Commit({1, ++sequence, std::string(32, 'h')}).ok()); }
  // Keys that a commit writes.
  uint64_t CommitCounted() {
    const auto& db = *database->rep().disk->db;
    const uint64_t before = db.GetLatestSequenceNumber();
    Commit();
    return db.GetLatestSequenceNumber() - before;
  }
};

TEST_CASE("a person who is added writes no entry of a text index until a segment is full") {
  People people;
  people.Add(true, "first");
  people.Commit();
  const uint64_t indexes = Users().indexes().size();
  for (int i = 0; i < 20; ++i) {
    people.Add(false, absl::StrCat("Ada Lovelace ", i));
    // The row, its entries, three counters, the checkpoint and the sequence.
    CHECK(people.CommitCounted() == 1 + indexes + 3 + 2);
  }
  CHECK(Postings(people.database->Read()) == 0);
  people.Add(true, "Ada Lovelace 20");
  people.Commit();
  CHECK(Postings(people.database->Read()) > 10);
}

TEST_CASE("text indexes of many people are a few entries a person") {
  People people;
  constexpr int kPeople = 6000;
  for (int i = 0; i < kPeople; ++i) {
    people.time += absl::Milliseconds(1);
    people.batch.Begin(kInstance, ++people.sequence);
    User user = Person(absl::StrCat(1'000'000 + i), people.time, absl::StrCat("person", i));
    user.mutable_profile()->set_display_name(absl::StrCat("Given Family", i));
    user.set_email(absl::StrCat("person", i, "@example.com"));
    people.batch.Put(kInstance, user);
    if (i % 250 == 0) people.Commit();
  }
  people.Commit();
  const View view = people.database->Read();
  const size_t segments = Raw(view, kSegmentsOrdinal).size();
  CHECK(segments > kPeople / kSegmentRows / 3);
  CHECK(segments < kPeople / kSegmentRows * 3);
  CHECK(Postings(view) < 6 * kPeople);
}

TEST_CASE("a search reads its trigrams, the segments they are in and the open one") {
  People people;
  constexpr int kSegments = 20;
  for (int segment = 0; segment < kSegments; ++segment) {
    people.Add(true, "boundary");
    for (int i = 0; i < 30; ++i) people.Add(false, absl::StrCat("needle", segment, "in", i));
  }
  people.Commit();
  View view = people.database->Read();
  CHECK(Found(view, "needle7in1").size() == 11);
  // needle7in1: 8 trigrams at most, two cursors, and the rows that are measured, which Found does.
  View counted = people.database->Read();
  const auto keys = counted.MayHold(kInstance, Users(), Users().text("username_part"),
                                    Trigrams("needle7in1"), [] { return absl::OkStatus(); });
  REQUIRE(keys.ok());
  REQUIRE(keys->has_value());
  CHECK(counted.gets() <= 8 + 2 + 4);
  CHECK((*keys)->size() <= 11 + 64 + 31);
  // Nobody's.
  View none = people.database->Read();
  CHECK(Found(none, "qqqq").empty());
  CHECK(none.gets() <= 3 + 31);
}

TEST_CASE("a search that is out of time ends with the reason it is given") {
  People people;
  for (int i = 0; i < 200; ++i) people.Add(true, "needle");
  people.Commit();
  View view = people.database->Read();
  const auto keys =
      view.MayHold(kInstance, Users(), Users().text("username_part"), Trigrams("needle"),
                   [] { return absl::ResourceExhaustedError("late"); });
  CHECK(absl::IsResourceExhausted(keys.status()));
}

TEST_CASE("an erased person leaves no trigram, wherever he stands in a segment") {
  const std::string secret = "жщю";
  People people;
  people.Add(false, "before all boundaries");
  people.Add(true, "closed");
  people.Add(false, "Ada");
  std::string target;
  SECTION("among others of a closed segment") {
    target = people.Add(false, secret);
    people.Add(false, "Grace");
    people.Add(true, "open");
    people.Add(false, "Anna");
  }
  SECTION("as the boundary of a closed segment") {
    target = people.Add(true, secret);
    people.Add(false, "Grace");
    people.Add(true, "open");
    people.Add(false, "Anna");
  }
  SECTION("as the boundary of the open segment") {
    target = people.Add(true, secret);
    people.Add(false, "Anna");
  }
  SECTION("in the open segment, which is packed later") {
    people.Add(true, "open");
    target = people.Add(false, secret);
  }
  people.Commit();
  View before = people.database->Read();
  CHECK(Found(before, secret) == std::set<std::string>{target});
  people.batch.Begin(kInstance, ++people.sequence);
  people.batch.Erase<User>(kInstance, {target});
  people.Commit();
  people.Add(true, "and one more");
  people.Commit();
  View view = people.database->Read();
  CHECK(Found(view, secret).empty());
  const std::vector<uint64_t> trigrams = Trigrams(secret);
  REQUIRE(trigrams.size() == 1);
  for (const TextPlan& text : Users().texts()) {
    for (const auto& [key, value] : Raw(view, text.ordinal())) {
      CHECK(ReadU64(key) != trigrams[0]);
    }
  }
  // The row stands on, without what was personal.
  CHECK((*view.Get<User>(kInstance, {target}))->username().empty());
}

}  // namespace
}  // namespace muniment::projections

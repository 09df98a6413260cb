// That one instance knows nothing of another: whatever its owner names of the other's, in a request or
// by a header, is unknown to him, what names nothing is answered of his own, and no key in any file
// belongs to both.
#include <catch2/catch.hpp>
#include <rocksdb/db.h>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "base/error.h"
#include "projections/key_bytes.h"
#include "projections/projection.h"
#include "tests/matrix/table.h"

namespace muniment::matrix {
namespace {

// "$me" and what the caller holds himself is no other's.
bool IsForeign(const std::string& name) {
  return name != "me" && !absl::StartsWith(name, "my_") && name != "public_key";
}

// The text with the name that begins at `at` as `value`, all others as the first instance has them.
std::string With(World& world, const std::string& text, size_t at, size_t end,
                 const std::string& value) {
  return absl::StrCat(world.Fill(kOne, text.substr(0, at), "ivan"), value,
                      world.Fill(kOne, text.substr(end), "ivan"));
}

// What an answer says, but for the id that was named.
std::string Said(const Answer& answer, const std::string& id) {
  if (!answer.status.ok()) {
    const std::string said =
        absl::StrCat(absl::StatusCodeToString(answer.status.code()), " ", Reason(answer.status),
                     ": ", answer.status.message());
    return absl::StrReplaceAll(said, {{id, "ID"}});
  }
  return LetterOf(Case(), answer) == 'e' ? "an empty list" : "OK";
}

TEST_CASE("what belongs to another instance is as unknown as what there never was") {
  World world;
  const uint64_t before = world.store().ReadSequence(world.id(kTwo)).value();
  const std::string owner = world.token(kOne, "ivan");
  std::vector<std::string> others;
  int asked_of = 0, refused = 0;
  for (const Case& asked : Cases()) {
    const std::string& text = asked.request;
    for (size_t at = text.find('$'); at != std::string::npos; at = text.find('$', at + 1)) {
      const size_t end = text.find_first_not_of(
          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", at + 1);
      const std::string name = text.substr(at + 1, end - at - 1);
      if (!IsForeign(name)) continue;
      const std::string theirs = world.Named(kTwo, name);
      // As long, so that nothing is refused for its shape.
      std::string unknown(theirs.size(), 'q');
      unknown.replace(0, theirs.find_last_of(".@_") + 1, theirs, 0, theirs.find_last_of(".@_") + 1);
      const auto ask = [&](const std::string& id) {
        const auto request = RequestOf(*asked.method, With(world, text, at, end, id));
        return Said(world.Call(kOne, owner, *asked.method, *request), id);
      };
      const std::string foreign = ask(theirs);
      const std::string none = ask(unknown);
      ++asked_of;
      refused += absl::StartsWith(foreign, "NOT_FOUND");
      if (foreign != none) {
        others.push_back(absl::StrCat(asked.name, " $", name, ": ", foreign, "\n  but ", none));
      }
    }
  }
  INFO(absl::StrJoin(others, "\n"));
  CHECK(others.empty());
  CHECK(asked_of > 150);
  CHECK(refused > 100);
  // Nothing was so much as decided over the other instance.
  CHECK(world.store().TakeInstances() == std::set<uint64_t>{world.id(kOne)});
  CHECK(world.store().ReadSequence(world.id(kTwo)).value() == before);
}

constexpr char kHeaderTells[] =
    "NOT_FOUND org.not_found: The x-zitadel-orgid header names no organization of this instance.";

TEST_CASE("an organization of another instance is none by the header either, whatever is called") {
  World world;
  const uint64_t before = world.store().ReadSequence(world.id(kTwo)).value();
  std::vector<std::string> others;
  int told = 0;
  for (const char* who : {"nobody", "pia", "ann", "ivan", "lena"}) {
    const std::string token = world.token(kOne, who);
    for (const Case& asked : Cases()) {
      const auto request = RequestOf(*asked.method, world.Fill(kOne, asked.request, who));
      const auto ask = [&](const std::string& organization) {
        return Said(world.Call(kOne, token, *asked.method, *request, organization), organization);
      };
      const std::string foreign = ask(world.Named(kTwo, "acme")), none = ask("qqqq2");
      if (foreign != none) {
        others.push_back(absl::StrCat(who, " ", asked.name, ": ", foreign, "\n  but ", none));
      }
      // Whoever has a token is told so, of whatever it be.
      told += foreign == kHeaderTells;
      if (!token.empty() && foreign != kHeaderTells) {
        others.push_back(absl::StrCat(who, " ", asked.name, ": ", foreign));
      }
    }
  }
  INFO(absl::StrJoin(others, "\n"));
  CHECK(others.empty());
  CHECK(told == 4 * static_cast<int>(Cases().size()));
  const auto decided = world.store().TakeInstances();
  CHECK_FALSE(decided.contains(world.id(kTwo)));
  CHECK(world.store().ReadSequence(world.id(kTwo)).value() == before);
}

// All texts anywhere in the message.
void AddTexts(const Message& message, std::set<std::string>& texts) {
  const auto& reflection = *message.GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const auto* field : fields) {
    const int size = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < size; ++i) {
      if (field->cpp_type() == field->CPPTYPE_STRING) {
        texts.insert(field->is_repeated() ? reflection.GetRepeatedString(message, field, i)
                                          : reflection.GetString(message, field));
      } else if (field->cpp_type() == field->CPPTYPE_MESSAGE) {
        AddTexts(field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i)
                                      : reflection.GetMessage(message, field),
                 texts);
      }
    }
  }
}

// Of all rows that the instance has.
std::set<std::string> TextsOf(World& world, int instance) {
  std::set<std::string> texts;
  projections::View view = world.database().Read();
  for (const auto& projection : projections::AllProjections()) {
    const auto& table = projection->table();
    auto cursor = view.ScanRows(world.id(instance), table, "");
    for (; cursor.Valid(); cursor.Next()) {
      const std::unique_ptr<Message> row(google::protobuf::MessageFactory::generated_factory()
                                             ->GetPrototype(table.row())
                                             ->New());
      REQUIRE(cursor.Row(row.get()).ok());
      AddTexts(*row, texts);
    }
    REQUIRE(cursor.status().ok());
  }
  return texts;
}

// What only the instance has: ids, names, addresses, hashes.
std::set<std::string> OwnOf(World& world, int instance) {
  std::set<std::string> own = TextsOf(world, instance);
  for (const std::string& text : TextsOf(world, instance == kOne ? kTwo : kOne)) own.erase(text);
  own.insert(absl::StrCat(world.id(instance)));
  own.insert(instance == kOne ? "one.test" : "two.test");
  return own;
}

// Which of these the answer tells, as a whole text or within one.
std::vector<std::string> ToldOf(const std::set<std::string>& own, const Answer& answer) {
  std::set<std::string> texts = {std::string(answer.status.message())};
  if (answer.message != nullptr) AddTexts(*answer.message, texts);
  std::vector<std::string> told;
  for (const std::string& text : texts) {
    if (own.contains(text)) told.push_back(text);
    for (const char* part : {"acme2", "home2", "customer2", "lamps2", "two.test"}) {
      if (own.contains(part) && absl::StrContains(text, part)) told.push_back(text);
    }
  }
  return told;
}

TEST_CASE("what is called without a name is answered of the caller's own instance alone") {
  World world;
  const uint64_t before = world.store().ReadSequence(world.id(kTwo)).value();
  const std::set<std::string> theirs = OwnOf(world, kTwo);
  CHECK(theirs.size() > 150);
  std::vector<std::string> others;
  std::set<std::string> telling;  // methods that tell of the instance that they are asked in
  for (const Case& asked : Cases()) {
    bool names = false;
    for (size_t at = asked.request.find('$'); at != std::string::npos;
         at = asked.request.find('$', at + 1)) {
      const size_t end = asked.request.find_first_not_of(
          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", at + 1);
      names = names || IsForeign(asked.request.substr(at + 1, end - at - 1));
    }
    if (names) continue;
    for (const char* who : {"nobody", "pia", "ann", "cora", "vera", "ivan", "lena"}) {
      const auto ask = [&](int instance) {
        const std::string json = world.Fill(instance, asked.request, who);
        return world.Call(instance, world.token(instance, who), *asked.method,
                          *RequestOf(*asked.method, json));
      };
      const auto told = ToldOf(theirs, ask(kOne));
      if (!told.empty()) {
        others.push_back(absl::StrCat(asked.name, " ", who, ": ", absl::StrJoin(told, ", ")));
      }
      CHECK_FALSE(world.store().TakeInstances().contains(world.id(kTwo)));
      if (!ToldOf(theirs, ask(kTwo)).empty()) telling.insert(asked.name);
      (void)world.store().TakeInstances();
    }
  }
  INFO(absl::StrJoin(others, "\n"));
  CHECK(others.empty());
  // Asked there, they tell: it would have been noticed.
  INFO(absl::StrJoin(telling, "\n"));
  CHECK(telling.size() > 30);
  CHECK(world.store().ReadSequence(world.id(kTwo)).value() == before);
}

TEST_CASE("a token of one instance opens no other") {
  World world;
  for (const char* who : {"ivan", "lena", "mac"}) {
    for (const char* method : {"zitadel.user.v2.UserService/ListUsers",
                               "zitadel.session.v2.SessionService/ListSessions",
                               "zitadel.auth.v1.AuthService/GetMyUser"}) {
      const auto& found = *FindMethod(method);
      const Answer answer =
          world.Call(kTwo, world.token(kOne, who), found, *RequestOf(found, "{}"));
      CHECK(Reason(answer.status) == "auth.token_invalid");
    }
  }
}

// ---------------------------------------------------------------------- keys

// Where in a key of the column family the instance stands; -1: such keys are no instance's.
using Place = int (*)(absl::string_view key);

int Nowhere(absl::string_view) { return -1; }
int First(absl::string_view) { return 0; }
int BehindKind(absl::string_view) { return 1; }
int OfStore(absl::string_view key) { return key[0] == 'i' && key.size() == 9 ? 1 : -1; }
int BehindTable(absl::string_view) { return 6; }
int OfModels(absl::string_view key) { return key[0] == 's' && key.size() == 9 ? 1 : -1; }

// By instance, how many keys each column family has.
std::map<std::string, std::map<uint64_t, int>> KeysIn(const std::string& path,
                                                      const std::map<std::string, Place>& places) {
  std::vector<std::string> names;
  REQUIRE(rocksdb::DB::ListColumnFamilies({}, path, &names).ok());
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const auto& name : names) families.emplace_back(name, rocksdb::ColumnFamilyOptions());
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  REQUIRE(rocksdb::DB::OpenForReadOnly({}, path, families, &handles, &opened).ToString() == "OK");
  const std::unique_ptr<rocksdb::DB> db(opened);
  std::map<std::string, std::map<uint64_t, int>> keys;
  for (auto* handle : handles) {
    INFO(handle->GetName());
    REQUIRE(places.contains(handle->GetName()));
    const std::unique_ptr<rocksdb::Iterator> it(db->NewIterator({}, handle));
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
      const absl::string_view key(it->key().data(), it->key().size());
      const int at = places.at(handle->GetName())(key);
      if (at < 0) continue;
      REQUIRE(key.size() >= static_cast<size_t>(at) + 8);
      ++keys[handle->GetName()][projections::ReadU64(key.substr(at))];
    }
    db->DestroyColumnFamilyHandle(handle);
  }
  return keys;
}

TEST_CASE("every key of streams, claims, keys and rows has its instance before all else") {
  World world(true);
  const auto log = KeysIn(world.log_path(), {{"default", &OfStore},
                                             {"log", &Nowhere},
                                             {"segment.2", &Nowhere},
                                             {"sequences", &First},
                                             {"streams", &First},
                                             {"heads", &First},
                                             {"claims", &First},
                                             {"slots", &First},
                                             {"keys", &BehindKind}});
  const auto models = KeysIn(world.models_path(), {{"default", &OfModels},
                                                   {"rows", &BehindTable},
                                                   {"index", &BehindTable},
                                                   {"counters", &BehindTable},
                                                   {"history", &BehindTable},
                                                   {"tree", &BehindKind}});
  for (const auto& [families, most] : {std::pair(log, 7), std::pair(models, 6)}) {
    CHECK(families.size() == static_cast<size_t>(most));
    for (const auto& [family, counts] : families) {
      INFO(family);
      CHECK(counts.contains(world.id(kOne)));
      CHECK(counts.contains(world.id(kTwo)));
      // What is nobody's is the system's.
      for (const auto& [instance, count] : counts) {
        CHECK(std::set<uint64_t>{0, world.id(kOne), world.id(kTwo)}.contains(instance));
      }
    }
  }
}

}  // namespace
}  // namespace muniment::matrix

#include "eventstore/rocksdb/schema.h"

#include "absl/strings/str_cat.h"
#include "eventstore/commit.h"

namespace muniment::eventstore::schema {
namespace {

void AppendSized(std::string& out, absl::string_view text) {
  AppendU32(out, static_cast<uint32_t>(text.size()));
  absl::StrAppend(&out, text);
}

}  // namespace

std::string TableName(Table table) {
  static constexpr const char* kNames[kTables] = {"default", "log",    "streams", "heads",
                                                  "sequences", "claims", "slots",   "keys"};
  return kNames[table];
}

std::string SegmentName(Keep keep) { return absl::StrCat("segment.", static_cast<int>(keep)); }

const std::vector<Keep>& ExpiringKeeps() {
  static const auto* const keeps = [] {
    auto* found = new std::vector<Keep>;
    const google::protobuf::EnumDescriptor* keep = Keep_descriptor();
    for (int i = 0; i < keep->value_count(); ++i) {
      if (keep->value(i)->options().GetExtension(max_age_days) == 0) continue;
      found->push_back(static_cast<Keep>(keep->value(i)->number()));
    }
    return found;
  }();
  return *keeps;
}

std::string U64(uint64_t value) {
  std::string key;
  AppendU64(key, value);
  return key;
}

std::string StreamVersionKey(absl::string_view stream, uint64_t version) {
  std::string key(stream);
  AppendU64(key, version);
  return key;
}

std::string SequenceKey(uint64_t instance, uint64_t sequence) {
  std::string key;
  AppendU64(key, instance);
  AppendU64(key, sequence);
  return key;
}

std::string InstanceKey(uint64_t instance) {
  std::string key = "i";
  AppendU64(key, instance);
  return key;
}

std::string DayKey(Keep keep, uint32_t day) {
  std::string key = "d";
  key += static_cast<char>(keep);
  AppendU32(key, day);
  return key;
}

std::string LeaseKey(absl::string_view name) { return absl::StrCat("l", name); }

std::string DataKeyKey(uint64_t instance, absl::string_view key_id) {
  std::string key = "k";
  AppendU64(key, instance);
  absl::StrAppend(&key, key_id);
  return key;
}

std::string SubjectPrefix(uint64_t instance, absl::string_view subject) {
  std::string key = "s";
  AppendU64(key, instance);
  AppendSized(key, subject);
  return key;
}

std::string ErasedKey(uint64_t instance, absl::string_view subject) {
  std::string key = "e";
  AppendU64(key, instance);
  AppendSized(key, subject);
  return key;
}

std::string PrefixEnd(absl::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && end.back() == '\xff') end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

std::string EncodePlace(const Place& place) {
  std::string value = U64(place.position);
  value += static_cast<char>(place.keep);
  return value;
}

std::optional<Place> DecodePlace(absl::string_view value) {
  if (value.size() != 9) return std::nullopt;
  return Place{.position = ReadU64(value), .keep = static_cast<Keep>(value[8])};
}

std::string EncodeHead(const Head& head) {
  std::string value = U64(head.position);
  AppendU64(value, static_cast<uint64_t>(absl::ToUnixMicros(head.stamp)));
  return value;
}

std::optional<Head> DecodeHead(absl::string_view value) {
  if (value.size() != 16) return std::nullopt;
  return Head{.position = ReadU64(value),
              .stamp = absl::FromUnixMicros(static_cast<int64_t>(ReadU64(value.substr(8))))};
}

std::optional<uint64_t> DecodeU64(absl::string_view value) {
  if (value.size() != 8) return std::nullopt;
  return ReadU64(value);
}

std::string EncodeDataKey(const DataKey& key) {
  std::string value;
  AppendSized(value, key.subject);
  return value + key.wrapped;
}

std::optional<DataKey> DecodeDataKey(uint64_t instance, absl::string_view key_id,
                                     absl::string_view value) {
  if (value.size() < 4 || value.size() - 4 < ReadU32(value)) return std::nullopt;
  const size_t subject = ReadU32(value);
  return DataKey{.id = std::string(key_id),
                 .instance = instance,
                 .subject = std::string(value.substr(4, subject)),
                 .wrapped = std::string(value.substr(4 + subject))};
}

}  // namespace muniment::eventstore::schema

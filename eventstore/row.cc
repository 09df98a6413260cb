#include "eventstore/row.h"

#include "absl/strings/str_cat.h"
#include "eventstore/commit.h"
#include "eventstore/envelope.h"

namespace muniment::eventstore {
namespace {

constexpr size_t kClaimKeyBytes = 32;
constexpr size_t kKeyIdBytes = 16;

void AppendSized(std::string& out, absl::string_view text) {
  AppendU32(out, static_cast<uint32_t>(text.size()));
  absl::StrAppend(&out, text);
}

// Takes fields off the front of a row; after one that is not there nothing more is.
class Fields {
 public:
  explicit Fields(absl::string_view in) : in_(in) {}

  uint64_t U64() {
    const absl::string_view bytes = Take(8);
    return ok_ ? ReadU64(bytes) : 0;
  }
  std::string Bytes(size_t size) { return std::string(Take(size)); }
  std::string Sized() {
    const absl::string_view bytes = Take(4);
    return ok_ ? std::string(Take(ReadU32(bytes))) : "";
  }
  std::string Stream() {
    absl::string_view rest = in_;
    ok_ = ok_ && ConsumeStream(rest).has_value();
    return ok_ ? std::string(Take(in_.size() - rest.size())) : "";
  }
  std::string Rest() { return std::string(Take(in_.size())); }
  // All was there and nothing is left.
  bool done() const { return ok_ && in_.empty(); }

 private:
  absl::string_view Take(size_t size) {
    ok_ = ok_ && in_.size() >= size;
    if (!ok_) return {};
    const absl::string_view taken = in_.substr(0, size);
    in_.remove_prefix(size);
    return taken;
  }

  absl::string_view in_;
  bool ok_ = true;
};

struct Encoder {
  std::string operator()(const StreamHead& row) const {
    std::string out = absl::StrCat("H", row.stream);
    AppendU64(out, row.version);
    return out;
  }
  std::string operator()(const InstanceSequence& row) const {
    std::string out = "S";
    AppendU64(out, row.instance);
    AppendU64(out, row.sequence);
    return out;
  }
  std::string operator()(const StandingClaim& row) const {
    std::string out = "C";
    AppendU64(out, row.instance);
    absl::StrAppend(&out, row.key, row.stream, row.slot);
    return out;
  }
  std::string operator()(const DataKey& row) const {
    std::string out = "K";
    AppendU64(out, row.instance);
    out += row.id;
    AppendSized(out, row.subject);
    out += row.wrapped;
    return out;
  }
  std::string operator()(const ErasedSubject& row) const {
    std::string out = "X";
    AppendU64(out, row.instance);
    out += row.subject;
    return out;
  }
};

}  // namespace

const char* RowKindName(RowKind kind) {
  static constexpr const char* kNames[kRowKinds] = {"stream heads", "sequences", "claims",
                                                    "data keys", "erased subjects"};
  return kNames[kind];
}

std::string EncodeRow(const Row& row) { return std::visit(Encoder(), row); }

std::optional<Row> DecodeRow(absl::string_view bytes) {
  if (bytes.empty()) return std::nullopt;
  Fields in(bytes.substr(1));
  std::optional<Row> row;
  // Members of a braced list are evaluated in order.
  switch (bytes[0]) {
    case 'H':
      row = StreamHead{in.Stream(), in.U64()};
      break;
    case 'S':
      row = InstanceSequence{in.U64(), in.U64()};
      break;
    case 'C': {
      StandingClaim claim;
      claim.instance = in.U64();
      claim.key = in.Bytes(kClaimKeyBytes);
      claim.stream = in.Stream();
      claim.slot = in.Rest();
      row = std::move(claim);
      break;
    }
    case 'K': {
      DataKey key;
      key.instance = in.U64();
      key.id = in.Bytes(kKeyIdBytes);
      key.subject = in.Sized();
      key.wrapped = in.Rest();
      row = std::move(key);
      break;
    }
    case 'X':
      row = ErasedSubject{in.U64(), in.Rest()};
      break;
    default:
      return std::nullopt;
  }
  if (!in.done()) return std::nullopt;
  return row;
}

std::string EncodeEventRow(const StoredEvent& event) {
  std::string out = "E";
  AppendU64(out, event.position);
  out += static_cast<char>(event.keep);
  absl::StrAppend(&out, EncodeEnvelope(event.instance, event.sequence, event.created_at),
                  event.body);
  return out;
}

std::optional<StoredEvent> DecodeEventRow(absl::string_view bytes) {
  constexpr size_t kBefore = 1 + 8 + 1;
  if (bytes.size() < kBefore + kEnvelopeBytes || bytes[0] != 'E') return std::nullopt;
  const int keep = static_cast<unsigned char>(bytes[kBefore - 1]);
  if (!Keep_IsValid(keep) || keep == KEEP_UNSPECIFIED) return std::nullopt;
  auto event = ParseStored(ReadU64(bytes.substr(1)), static_cast<Keep>(keep),
                           bytes.substr(kBefore));
  if (!event.ok()) return std::nullopt;
  return *std::move(event);
}

}  // namespace muniment::eventstore

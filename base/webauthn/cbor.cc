#include "base/webauthn/cbor.h"

#include <cbor.h>

#include <limits>
#include <utility>

namespace muniment::webauthn {
namespace {

constexpr size_t kMaxDepth = 8;
constexpr size_t kMaxMap = 64;

// Takes the decoder's events. Pointers in `open_` stand: only the last item of each is open.
class Builder {
 public:
  explicit Builder(size_t bytes_left) : bytes_left_(bytes_left) {}

  void Add(CborItem item, size_t children = 0) {
    if (failed_ || done_) return Fail();
    CborItem* place = &root_;
    if (open_.empty()) {
      root_ = std::move(item);
    } else {
      open_.back().item->items.push_back(std::move(item));
      --open_.back().left;
      place = &open_.back().item->items.back();
    }
    // Each child is at least a byte.
    if (children > bytes_left_) return Fail();
    if (children > 0) {
      if (open_.size() == kMaxDepth) return Fail();
      open_.push_back({place, children});
    }
    while (!open_.empty() && open_.back().left == 0) open_.pop_back();
    done_ = open_.empty();
  }
  void AddMap(size_t pairs) {
    if (pairs > kMaxMap) return Fail();
    Add({CborItem::Kind::kMap}, 2 * pairs);
  }
  void Fail() { failed_ = true; }

  bool failed() const { return failed_; }
  bool done() const { return done_; }
  CborItem Take() { return std::move(root_); }
  void BytesLeft(size_t count) { bytes_left_ = count; }

 private:
  struct Open {
    CborItem* item;
    size_t left;
  };

  size_t bytes_left_;
  bool failed_ = false;
  bool done_ = false;
  CborItem root_;
  std::vector<Open> open_;
};

Builder& To(void* context) { return *static_cast<Builder*>(context); }

template <typename T>
void OnUnsigned(void* context, T value) {
  if (uint64_t{value} > std::numeric_limits<int64_t>::max()) return To(context).Fail();
  To(context).Add({CborItem::Kind::kInteger, static_cast<int64_t>(value)});
}

template <typename T>
void OnNegative(void* context, T value) {
  if (uint64_t{value} > std::numeric_limits<int64_t>::max()) return To(context).Fail();
  To(context).Add({CborItem::Kind::kInteger, -1 - static_cast<int64_t>(value)});
}

template <CborItem::Kind kKind>
void OnString(void* context, cbor_data data, size_t size) {
  To(context).Add({kKind, 0, std::string(reinterpret_cast<const char*>(data), size)});
}

template <typename... Ignored>
void OnRefused(void* context, Ignored...) {
  To(context).Fail();
}

const cbor_callbacks& Callbacks() {
  static const cbor_callbacks callbacks = [] {
    cbor_callbacks on{};
    on.uint8 = OnUnsigned<uint8_t>;
    on.uint16 = OnUnsigned<uint16_t>;
    on.uint32 = OnUnsigned<uint32_t>;
    on.uint64 = OnUnsigned<uint64_t>;
    on.negint8 = OnNegative<uint8_t>;
    on.negint16 = OnNegative<uint16_t>;
    on.negint32 = OnNegative<uint32_t>;
    on.negint64 = OnNegative<uint64_t>;
    on.byte_string = OnString<CborItem::Kind::kBytes>;
    on.string = OnString<CborItem::Kind::kText>;
    on.array_start = [](void* context, size_t size) {
      To(context).Add({CborItem::Kind::kArray}, size);
    };
    on.map_start = [](void* context, size_t pairs) { To(context).AddMap(pairs); };
    on.boolean = [](void* context, bool value) {
      To(context).Add({CborItem::Kind::kBool, value ? 1 : 0});
    };
    on.null = [](void* context) { To(context).Add({CborItem::Kind::kNull}); };
    on.byte_string_start = OnRefused<>;
    on.string_start = OnRefused<>;
    on.indef_array_start = OnRefused<>;
    on.indef_map_start = OnRefused<>;
    on.indef_break = OnRefused<>;
    on.undefined = OnRefused<>;
    on.tag = OnRefused<uint64_t>;
    on.float2 = OnRefused<float>;
    on.float4 = OnRefused<float>;
    on.float8 = OnRefused<double>;
    return on;
  }();
  return callbacks;
}

bool SameKey(const CborItem& a, const CborItem& b) {
  return a.kind == b.kind && a.integer == b.integer && a.bytes == b.bytes;
}

bool KeysAreSimpleAndOnce(const CborItem& item) {
  const bool map = item.kind == CborItem::Kind::kMap;
  for (size_t i = 0; i < item.items.size(); ++i) {
    if (!KeysAreSimpleAndOnce(item.items[i])) return false;
    if (!map || i % 2 == 1) continue;
    if (!item.items[i].items.empty()) return false;
    for (size_t j = 0; j < i; j += 2) {
      if (SameKey(item.items[i], item.items[j])) return false;
    }
  }
  return true;
}

const CborItem* FindKey(const CborItem& map, const CborItem& key) {
  if (map.kind != CborItem::Kind::kMap) return nullptr;
  for (size_t i = 0; i + 1 < map.items.size(); i += 2) {
    if (SameKey(map.items[i], key)) return &map.items[i + 1];
  }
  return nullptr;
}

const std::string* BytesOf(const CborItem* item) {
  return item != nullptr && item->kind == CborItem::Kind::kBytes ? &item->bytes : nullptr;
}

std::optional<int64_t> IntegerOf(const CborItem* item) {
  if (item == nullptr || item->kind != CborItem::Kind::kInteger) return std::nullopt;
  return item->integer;
}

}  // namespace

const CborItem* CborItem::Find(int64_t key) const { return FindKey(*this, {Kind::kInteger, key}); }

const CborItem* CborItem::Find(absl::string_view key) const {
  return FindKey(*this, {Kind::kText, 0, std::string(key)});
}

const std::string* CborItem::FindBytes(int64_t key) const { return BytesOf(Find(key)); }

const std::string* CborItem::FindBytes(absl::string_view key) const { return BytesOf(Find(key)); }

std::optional<int64_t> CborItem::FindInteger(int64_t key) const { return IntegerOf(Find(key)); }

std::optional<int64_t> CborItem::FindInteger(absl::string_view key) const {
  return IntegerOf(Find(key));
}

std::optional<CborItem> ReadCbor(absl::string_view& input) {
  absl::string_view rest = input;
  Builder builder(rest.size());
  while (!builder.done() && !builder.failed()) {
    builder.BytesLeft(rest.size());
    const cbor_decoder_result result =
        cbor_stream_decode(reinterpret_cast<cbor_data>(rest.data()), rest.size(), &Callbacks(),
                           &builder);
    if (result.status != CBOR_DECODER_FINISHED) return std::nullopt;
    rest.remove_prefix(result.read);
  }
  if (builder.failed()) return std::nullopt;
  CborItem item = builder.Take();
  if (!KeysAreSimpleAndOnce(item)) return std::nullopt;
  input = rest;
  return item;
}

}  // namespace muniment::webauthn

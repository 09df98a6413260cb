#include "gateway/rpc/wire_scan.h"

#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <cstdint>

namespace muniment::rpc {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;

constexpr int kMaxVarint = 10;
constexpr int kMaxTag = 5;

class Scan {
 public:
  Scan(absl::string_view bytes, size_t values)
      : at_(bytes.data()), end_(bytes.data() + bytes.size()), left_(values) {}

  // False at the first fault; too_many() says which.
  bool Message(const Descriptor* type, int depth) {
    if (depth < 0) return false;
    int groups = 0;  // no message of ours has any: what they hold is unknown
    while (at_ < end_) {
      uint64_t bits;
      if (!Varint(&bits, kMaxTag) || !Spend(1)) return false;
      const auto tag = static_cast<uint32_t>(bits);  // as parsers do
      const int number = WireFormatLite::GetTagFieldNumber(tag);
      if (number == 0) return false;
      switch (WireFormatLite::GetTagWireType(tag)) {
        case WireFormatLite::WIRETYPE_VARINT: {
          uint64_t ignored;
          if (!Varint(&ignored)) return false;
          break;
        }
        case WireFormatLite::WIRETYPE_FIXED64:
          if (!Skip(8)) return false;
          break;
        case WireFormatLite::WIRETYPE_FIXED32:
          if (!Skip(4)) return false;
          break;
        case WireFormatLite::WIRETYPE_LENGTH_DELIMITED:
          if (!Delimited(groups > 0 ? nullptr : type->FindFieldByNumber(number), depth)) {
            return false;
          }
          break;
        case WireFormatLite::WIRETYPE_START_GROUP:
          if (++groups > depth) return false;
          break;
        case WireFormatLite::WIRETYPE_END_GROUP:
          if (--groups < 0) return false;
          break;
        default: return false;
      }
    }
    return groups == 0;
  }
  bool too_many() const { return too_many_; }

 private:
  bool Spend(size_t values) {
    too_many_ = values > left_;
    if (!too_many_) left_ -= values;
    return !too_many_;
  }
  bool Skip(uint64_t bytes) {
    if (bytes > static_cast<uint64_t>(end_ - at_)) return false;
    at_ += bytes;
    return true;
  }
  bool Varint(uint64_t* out, int most = kMaxVarint) {
    *out = 0;
    for (int i = 0; i < most && at_ < end_; ++i) {
      const auto byte = static_cast<uint8_t>(*at_++);
      *out |= static_cast<uint64_t>(byte & 0x7f) << (7 * i);
      if (byte < 0x80) return true;
    }
    return false;
  }
  bool Delimited(const FieldDescriptor* field, int depth) {
    uint64_t size;
    if (!Varint(&size) || size > static_cast<uint64_t>(end_ - at_)) return false;
    if (field == nullptr) return Skip(size);
    if (field->type() == FieldDescriptor::TYPE_MESSAGE) {
      const char* const outer = end_;
      end_ = at_ + size;
      const bool good = Message(field->message_type(), depth - 1);
      end_ = outer;
      return good;
    }
    return (!field->is_packable() || Spend(Packed(field, size))) && Skip(size);
  }
  // Elements behind the first, which the field itself was counted for.
  size_t Packed(const FieldDescriptor* field, size_t size) const {
    size_t count = 0;
    switch (WireFormatLite::WireTypeForFieldType(
        static_cast<WireFormatLite::FieldType>(field->type()))) {
      case WireFormatLite::WIRETYPE_FIXED32: count = size / 4; break;
      case WireFormatLite::WIRETYPE_FIXED64: count = size / 8; break;
      default:
        count = static_cast<size_t>(
            std::count_if(at_, at_ + size, [](char c) { return static_cast<uint8_t>(c) < 0x80; }));
    }
    return count == 0 ? 0 : count - 1;
  }

  const char* at_;
  const char* end_;
  size_t left_;
  bool too_many_ = false;
};

}  // namespace

absl::Status ScanWire(const Descriptor* type, absl::string_view bytes,
                      const DecodeLimits& limits) {
  Scan scan(bytes, limits.values);
  if (scan.Message(type, limits.depth)) return absl::OkStatus();
  if (scan.too_many()) return TooManyValues(limits);
  return Error(absl::StatusCode::kInvalidArgument, "request.malformed",
               "The request is not a valid protobuf message.");
}

}  // namespace muniment::rpc

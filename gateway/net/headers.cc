#include "gateway/net/headers.h"

namespace muniment::net {

void Headers::Add(absl::string_view name, absl::string_view value) {
  if (entries_.empty()) {
    text_.reserve(512);
    entries_.reserve(16);
  }
  const auto start = static_cast<uint32_t>(text_.size());
  text_.append(name.data(), name.size());
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    text_.push_back((byte < 0x20 && byte != '\t') || byte == 0x7f ? ' ' : c);
  }
  entries_.push_back(
      {start, static_cast<uint32_t>(name.size()), static_cast<uint32_t>(value.size())});
}

absl::string_view Headers::Get(absl::string_view wanted) const {
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (name(i) == wanted) return value(i);
  }
  return {};
}

bool Headers::Has(absl::string_view wanted) const {
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (name(i) == wanted) return true;
  }
  return false;
}

bool Headers::Repeated(absl::string_view wanted) const {
  size_t count = 0;
  for (size_t i = 0; i < entries_.size(); ++i) count += name(i) == wanted ? 1 : 0;
  return count > 1;
}

void Headers::Clear() {
  text_.clear();
  entries_.clear();
}

}  // namespace muniment::net

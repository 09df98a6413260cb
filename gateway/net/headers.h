// Header fields of one HTTP message: a flat list in one buffer, for most messages have a dozen and
// are asked for four. Names are lower case (the caller's care); control bytes in values become
// spaces, so that no value can end a line.
//
// Not thread-safe. Views are good until the next Add.
#ifndef MUNIMENT_GATEWAY_NET_HEADERS_H_
#define MUNIMENT_GATEWAY_NET_HEADERS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace muniment::net {

class Headers {
 public:
  void Add(absl::string_view name, absl::string_view value);

  // The first value of that name, or "".
  absl::string_view Get(absl::string_view name) const;
  bool Has(absl::string_view name) const;
  bool Repeated(absl::string_view name) const;

  size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  absl::string_view name(size_t i) const {
    return absl::string_view(text_).substr(entries_[i].start, entries_[i].name);
  }
  absl::string_view value(size_t i) const {
    return absl::string_view(text_).substr(entries_[i].start + entries_[i].name, entries_[i].value);
  }
  // All names and values, in bytes.
  size_t bytes() const { return text_.size(); }
  void Clear();

 private:
  struct Entry {
    uint32_t start, name, value;
  };
  std::string text_;
  std::vector<Entry> entries_;
};

}  // namespace muniment::net

#endif  // MUNIMENT_GATEWAY_NET_HEADERS_H_

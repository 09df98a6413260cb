// Looks for values in whatever a server leaves behind, however they may be written there: as UTF-8,
// UTF-16, hex and base64 in both alphabets and at each alignment, as they are, in lower and in upper
// case. Tables of RocksDB, in which blocks are compressed and keys share their beginnings, are also
// read entry by entry.
//
//   const Traces traces({"Ada Lovelace", "ada@example.org"});
//   CHECK(traces.In(text).empty());
//   CHECK(traces.InFiles(folder) == "");   // one line for each value that a file has
//
// Threads: immutable. Fails the test where a folder or a file cannot be read, or there is none; one
// that goes meanwhile, as a server's files do, is passed over.
#ifndef MUNIMENT_TESTS_GATEWAY_TRACES_H_
#define MUNIMENT_TESTS_GATEWAY_TRACES_H_

#include <cstdint>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace muniment::gateway {

class Traces {
 public:
  // Each of at least 8 bytes.
  explicit Traces(const std::vector<std::string>& values);

  // "ada@example.org as UTF-16LE", each once.
  std::set<std::string> In(absl::string_view bytes) const;
  // Of every file below the folder, of which there is one: "models/000012.sst: ada@example.org as
  // UTF-8".
  std::string InFiles(const std::string& folder) const;

  struct Form {
    std::string name;  // "UTF-16LE"
    std::string bytes;
  };
  static std::vector<Form> FormsOf(const std::string& value);

 private:
  struct Wanted {
    std::string label;
    std::string bytes;
  };
  std::vector<Wanted> wanted_;
  // By their first four bytes.
  std::unordered_map<uint32_t, std::vector<size_t>> begins_;
};

// Every key and value that stands in a table of RocksDB, whole; nothing where it has gone.
std::string EntriesOfTable(const std::string& file);

}  // namespace muniment::gateway

#endif  // MUNIMENT_TESTS_GATEWAY_TRACES_H_

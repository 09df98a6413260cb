// A folder of a test's own, which goes with it, and what stands in files.
//
//   const DataDir data;
//   const auto config = data.Load({{"ExternalDomain", "id.example.com"}});
//   CHECK(Content(data / "admin.pat") != "");
//
// Threads: one. Fails the test where a folder cannot be made or a file cannot be read.
#ifndef MUNIMENT_TESTS_GATEWAY_DATA_DIR_H_
#define MUNIMENT_TESTS_GATEWAY_DATA_DIR_H_

#include <catch2/catch.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gateway/config.h"
#include "gateway/private_file.h"
#include "tests/base/temp_dir.h"

namespace muniment::gateway {

class DataDir : public TempDir {
 public:
  std::string token() const {
    std::string token = *ReadPrivateFile(*this / "admin.pat");
    token.pop_back();
    return token;
  }
  absl::StatusOr<Config> Load(std::vector<std::pair<std::string, std::string>> flags = {}) const {
    ConfigSources sources;
    // To make a key that everybody verifies takes longer than most tests.
    sources.flags = {{"DataDir", path()},
                     {"Port", "0"},
                     {"Address", "127.0.0.1"},
                     {"FirstInstance.WebKeys.Type", "ed25519"}};
    sources.flags.insert(sources.flags.end(), flags.begin(), flags.end());
    return Config::Load(sources);
  }
};

// Nothing where there is no such file.
inline std::optional<std::string> ContentIfThere(const std::string& path) {
  FILE* const file = std::fopen(path.c_str(), "rb");
  const int why = file == nullptr ? errno : 0;
  if (why == ENOENT) return std::nullopt;
  INFO(path << ": " << std::strerror(why));
  REQUIRE(file != nullptr);
  std::string content;
  char buffer[1 << 16];
  size_t count = 0;
  while ((count = std::fread(buffer, 1, sizeof(buffer), file)) > 0) content.append(buffer, count);
  const bool failed = std::ferror(file) != 0;
  std::fclose(file);
  REQUIRE_FALSE(failed);
  return content;
}

inline std::string Content(const std::string& path) {
  std::optional<std::string> content = ContentIfThere(path);
  INFO(path);
  REQUIRE(content.has_value());
  return *std::move(content);
}

}  // namespace muniment::gateway

#endif  // MUNIMENT_TESTS_GATEWAY_DATA_DIR_H_

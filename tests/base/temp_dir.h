// A folder of everything that a test writes, gone with it.
//
//   const TempDir dir;
//   auto store = RocksStore::Open({.path = dir / "log"});
//
// Threads: one. Throws std::runtime_error where none can be made: programs without Catch2 use it too.
#ifndef MUNIMENT_TESTS_BASE_TEMP_DIR_H_
#define MUNIMENT_TESTS_BASE_TEMP_DIR_H_

#include <stdlib.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>

namespace muniment {

class TempDir {
 public:
  TempDir() : path_((std::filesystem::temp_directory_path() / "muniment-XXXXXX").string()) {
    if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("There is no place for " + path_);
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  // An empty one within it, another each time.
  std::string Scratch() {
    std::string path = *this / ("scratch" + std::to_string(++scratches_));
    std::filesystem::create_directory(path);
    return path;
  }

 private:
  std::string path_;
  int scratches_ = 0;
};

}  // namespace muniment

#endif  // MUNIMENT_TESTS_BASE_TEMP_DIR_H_

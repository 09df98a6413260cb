// A folder of everything that a test writes, gone with it. One thread.
#ifndef MUNIMENT_TESTS_EVENTSTORE_DESK_H_
#define MUNIMENT_TESTS_EVENTSTORE_DESK_H_

#include <stdlib.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <system_error>

namespace muniment::eventstore {

class Desk {
 public:
  Desk() {
    std::string name = (std::filesystem::temp_directory_path() / "muniment-desk-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Desk() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;

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

}  // namespace muniment::eventstore

#endif  // MUNIMENT_TESTS_EVENTSTORE_DESK_H_

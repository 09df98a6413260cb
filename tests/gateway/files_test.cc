#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "gateway/master_key.h"
#include "gateway/private_file.h"
#include "tests/gateway/data_dir.h"

namespace muniment::gateway {
namespace {

int ModeOf(const std::string& path) {
  struct stat found = {};
  REQUIRE(stat(path.c_str(), &found) == 0);
  return found.st_mode & 0777;
}

Config ConfigFor(const DataDir& directory, const std::string& key = "") {
  ConfigSources sources;
  sources.flags = {{"DataDir", directory.path()}};
  if (!key.empty()) sources.environment = {{"MUNIMENT_MASTERKEY", key}};
  auto config = Config::Load(sources);
  REQUIRE(config.ok());
  return *std::move(config);
}

TEST_CASE("a private file is its owner's alone and never overwritten by accident") {
  const DataDir directory;
  REQUIRE(WriteNewPrivateFile(directory / "a", "one\n").ok());
  CHECK(ModeOf(directory / "a") == 0600);
  const absl::Status again = WriteNewPrivateFile(directory / "a", "two\n");
  CHECK(absl::IsAlreadyExists(again));
  CHECK(*ReadPrivateFile(directory / "a") == "one\n");
  REQUIRE(ReplacePrivateFile(directory / "a", "three\n").ok());
  CHECK(ModeOf(directory / "a") == 0600);
  CHECK(*ReadPrivateFile(directory / "a") == "three\n");
  CHECK(absl::IsUnavailable(WriteNewPrivateFile(directory / "none/a", "x")));
}

TEST_CASE("what is no key or token by its size is not read") {
  const DataDir directory;
  std::ofstream(directory / "large") << std::string(70000, 'x');
  CHECK(Reason(ReadPrivateFile(directory / "large").status()) == "file.unreadable");
  CHECK(absl::IsNotFound(ReadPrivateFile(directory / "none").status()));
  CHECK_FALSE(ReadPrivateFile(directory.path()).ok());
}

TEST_CASE("a data directory is made with all above it, for its owner") {
  const DataDir directory;
  REQUIRE(MakePrivateDirectory(directory / "a/b/c").ok());
  CHECK(ModeOf(directory / "a/b/c") == 0700);
  REQUIRE(MakePrivateDirectory(directory / "a/b/c").ok());
}

TEST_CASE("the first start makes a master key that later starts find again") {
  const DataDir directory;
  const auto made = LoadMasterKey(ConfigFor(directory), false);
  REQUIRE(made.ok());
  CHECK(ModeOf(directory / "master.key") == 0600);
  const auto found = LoadMasterKey(ConfigFor(directory), true);
  REQUIRE(found.ok());
  CHECK(found->Id() == made->Id());
}

TEST_CASE("a store whose master key is gone is not given a new one") {
  const DataDir directory;
  const auto key = LoadMasterKey(ConfigFor(directory), true);
  CHECK(Reason(key.status()) == "master_key.missing");
  CHECK(access((directory / "master.key").c_str(), F_OK) != 0);
}

TEST_CASE("a master key in the configuration makes no file, and a bad one is refused") {
  const DataDir directory;
  CHECK(LoadMasterKey(ConfigFor(directory, std::string(64, 'a')), false).ok());
  CHECK_FALSE(LoadMasterKey(ConfigFor(directory, "short"), false).ok());
  CHECK(std::filesystem::is_empty(directory.path()));
}

}  // namespace
}  // namespace muniment::gateway

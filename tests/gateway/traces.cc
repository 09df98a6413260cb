#include "tests/gateway/traces.h"

#include <fcntl.h>
#include <rocksdb/sst_dump_tool.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/secret.h"
#include "tests/gateway/data_dir.h"

namespace muniment::gateway {
namespace {

namespace fs = std::filesystem;

constexpr size_t kBegin = 4;

std::string Utf16(const std::string& text, bool big) {
  std::string wide;
  for (const char c : text) {
    if (big) wide.push_back('\0');
    wide.push_back(c);
    if (!big) wide.push_back('\0');
  }
  return wide;
}

// What stands of the value in the base64 of a text in which it begins at that alignment: the
// characters that depend on nothing around it.
std::string Base64Core(const std::string& value, size_t alignment, bool web) {
  const std::string padded = std::string(alignment, '\0') + value;
  const std::string whole = web ? absl::WebSafeBase64Escape(padded) : absl::Base64Escape(padded);
  const size_t first = (alignment * 8 + 5) / 6;
  return whole.substr(first, padded.size() * 8 / 6 - first);
}

// Every file below the folder. What goes while it is looked at was never there; whatever else keeps
// one from looking fails the test.
void AddFiles(const std::string& folder, std::vector<std::string>& files) {
  std::error_code failed;
  fs::directory_iterator at(folder, failed);
  for (; !failed && at != fs::directory_iterator(); at.increment(failed)) {
    std::error_code gone;
    const fs::file_status itself = at->symlink_status(gone);
    if (fs::is_directory(itself)) {
      AddFiles(at->path(), files);
    } else if (fs::is_regular_file(at->status(gone))) {
      files.push_back(at->path());
    }
    INFO(at->path() << ": " << gone.message());
    REQUIRE((!gone || gone == std::errc::no_such_file_or_directory));
  }
  INFO(folder << ": " << failed.message());
  REQUIRE((!failed || failed == std::errc::no_such_file_or_directory));
}

// Runs the tool on a table, with what it prints in a file. Nothing where the table has gone.
std::string Scanned(const std::string& table) {
  const std::vector<std::string> arguments = {"sst_dump", "--file=" + table, "--command=scan",
                                              "--output_hex"};
  const std::string out =
      fs::temp_directory_path() / ("muniment-dump-" + absl::BytesToHexString(RandomBytes(6)));
  std::vector<const char*> argv;
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  argv.push_back(nullptr);
  fflush(stdout);
  const int kept = dup(STDOUT_FILENO);
  const int file = open(out.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  REQUIRE(dup2(file, STDOUT_FILENO) >= 0);
  const int ended =
      rocksdb::SSTDumpTool().Run(static_cast<int>(arguments.size()), argv.data());
  fflush(stdout);
  dup2(kept, STDOUT_FILENO);
  close(kept);
  close(file);
  std::string printed = Content(out);
  fs::remove(out);
  INFO(table);
  REQUIRE((ended == 0 || !fs::exists(table)));
  return printed;
}

}  // namespace

std::vector<Traces::Form> Traces::FormsOf(const std::string& value) {
  std::set<std::string> cases = {value, absl::AsciiStrToLower(value), absl::AsciiStrToUpper(value)};
  std::vector<Form> forms;
  for (const std::string& text : cases) {
    forms.push_back({"UTF-8", text});
    forms.push_back({"UTF-16LE", Utf16(text, false)});
    forms.push_back({"UTF-16BE", Utf16(text, true)});
    const std::string hex = absl::BytesToHexString(text);
    forms.push_back({"hex", hex});
    forms.push_back({"hex", absl::AsciiStrToUpper(hex)});
    for (size_t alignment = 0; alignment < 3; ++alignment) {
      forms.push_back({"base64", Base64Core(text, alignment, false)});
      forms.push_back({"base64url", Base64Core(text, alignment, true)});
    }
  }
  return forms;
}

Traces::Traces(const std::vector<std::string>& values) {
  for (const std::string& value : values) {
    REQUIRE(value.size() >= 8);
    const bool text = absl::c_all_of(value, [](char c) { return absl::ascii_isprint(c); });
    for (Form& form : FormsOf(value)) {
      wanted_.push_back({absl::StrCat(text ? value : absl::BytesToHexString(value), " as ",
                                      form.name),
                         std::move(form.bytes)});
    }
  }
  for (size_t i = 0; i < wanted_.size(); ++i) {
    uint32_t begin = 0;
    std::memcpy(&begin, wanted_[i].bytes.data(), kBegin);
    begins_[begin].push_back(i);
  }
}

std::set<std::string> Traces::In(absl::string_view bytes) const {
  // Most places are passed over by their first two bytes.
  std::vector<bool> two(1 << 16);
  for (const Wanted& wanted : wanted_) {
    uint16_t begin = 0;
    std::memcpy(&begin, wanted.bytes.data(), sizeof(begin));
    two[begin] = true;
  }
  std::set<std::string> found;
  for (size_t i = 0; i + kBegin <= bytes.size(); ++i) {
    uint32_t begin = 0;
    std::memcpy(&begin, bytes.data() + i, kBegin);
    if (!two[begin & 0xffff]) continue;
    const auto candidates = begins_.find(begin);
    if (candidates == begins_.end()) continue;
    for (const size_t candidate : candidates->second) {
      if (absl::StartsWith(bytes.substr(i), wanted_[candidate].bytes)) {
        found.insert(wanted_[candidate].label);
      }
    }
  }
  return found;
}

std::string Traces::InFiles(const std::string& folder) const {
  INFO(folder);
  REQUIRE(fs::is_directory(folder));
  std::vector<std::string> files;
  AddFiles(folder, files);
  std::string lines;
  size_t read = 0;
  for (const std::string& path : files) {
    const std::optional<std::string> content = ContentIfThere(path);
    if (!content.has_value()) continue;
    ++read;
    std::set<std::string> found = In(*content);
    if (fs::path(path).extension() == ".sst") found.merge(In(EntriesOfTable(path)));
    for (const std::string& each : found) {
      absl::StrAppend(&lines, fs::path(path).lexically_relative(folder).string(), ": ", each, "\n");
    }
  }
  REQUIRE(read > 0);
  return lines;
}

std::string EntriesOfTable(const std::string& file) {
  const std::string printed = Scanned(file);
  // 'KEY' seq:7, type:1 => VALUE
  std::string entries;
  for (const absl::string_view line : absl::StrSplit(printed, '\n')) {
    if (!absl::StartsWith(line, "'")) continue;
    const std::vector<absl::string_view> sides = absl::StrSplit(line.substr(1), "' seq:");
    REQUIRE(sides.size() == 2);
    absl::StrAppend(&entries, absl::HexStringToBytes(sides[0]), "\n");
    const size_t value = sides[1].find("=> ");
    if (value != absl::string_view::npos) {
      absl::StrAppend(&entries, absl::HexStringToBytes(sides[1].substr(value + 3)), "\n");
    }
  }
  return entries;
}

}  // namespace muniment::gateway

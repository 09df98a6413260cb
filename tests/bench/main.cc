// bench PART --folder F [--program P] [--users N] [--seconds S] [--rounds R]
#include <cstring>
#include <filesystem>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/bench/bench.h"
#include "tests/bench/parts.h"

namespace muniment::bench {
namespace {

int Main(int argc, char** argv) {
  Options options;
  for (int i = 2; i + 1 < argc; i += 2) {
    const std::string flag = argv[i], value = argv[i + 1];
    uint64_t number = 0;
    const bool is_number = absl::SimpleAtoi(value, &number);
    if (flag == "--folder") {
      options.folder = value;
    } else if (flag == "--program") {
      options.program = value;
    } else if (flag == "--users" && is_number) {
      options.users = number;
    } else if (flag == "--seconds" && is_number) {
      options.time = absl::Seconds(number);
    } else if (flag == "--rounds" && is_number) {
      options.rounds = static_cast<int>(number);
    } else {
      Fail(absl::StrCat(flag, " ", value, " is no option"));
    }
  }
  const struct {
    const char* name;
    void (*run)(const Options&);
  } parts[] = {{"hash", HashPart},     {"append", AppendPart}, {"create", CreatePart},
               {"replay", ReplayPart}, {"read", ReadPart},     {"server", ServerPart},
               {"postgres", PostgresPart}, {"nodes", NodesPart},
               {"migrate", MigratePart}, {"guesses", GuessesPart},
               {"scale", ScalePart},       {"oidc", OidcPart},
               {"names", NamesPart}};
  for (const auto& part : parts) {
    if (argc < 2 || std::strcmp(argv[1], part.name) != 0) continue;
    std::filesystem::create_directories(options.folder);
    part.run(options);
    return 0;
  }
  Fail("usage: bench hash|append|create|replay|read|server|postgres|nodes|migrate|guesses|scale|oidc|names"
       " --folder F ...");
}

}  // namespace
}  // namespace muniment::bench

int main(int argc, char** argv) { return muniment::bench::Main(argc, argv); }

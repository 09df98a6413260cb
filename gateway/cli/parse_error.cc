#include "gateway/cli/parse_error.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "gateway/config.h"
#include "gateway/config_value.h"

namespace muniment::gateway {
namespace {

// `dashes` stand before every candidate, and say nothing of how near it is.
std::string DidYouMean(absl::string_view word, const std::vector<std::string>& candidates,
                       absl::string_view dashes = "") {
  absl::ConsumePrefix(&word, dashes);
  const auto nearest = Nearest(word, candidates);
  return nearest.has_value() ? absl::StrCat(" Did you mean ", dashes, *nearest, "?") : "";
}

// The word, or the beginning of what may hold a password.
std::string Shown(const std::string& word) {
  for (const absl::string_view mark : {"://", "="}) {
    const size_t at = word.find(mark.data());
    if (at != std::string::npos) return absl::StrCat(word.substr(0, at + mark.size()), "...");
  }
  return absl::StrContains(word, "@") ? "..." : word;
}

std::string NotASubcommand(const CLI::App& app, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::App* sub : app.get_subcommands(std::function<bool(const CLI::App*)>())) {
    names.push_back(sub->get_name());
  }
  if (!absl::StartsWith(word, "-")) {
    return absl::StrCat("there is no subcommand ", Shown(word), ".", DidYouMean(word, names));
  }
  const std::string hint = DidYouMean(word, {"help", "version"}, "--");
  return absl::StrCat(hint.empty() ? "a subcommand stands before its options, and not behind "
                                   : "there is no option ",
                      Shown(word), ".", hint);
}

std::string NotAnOption(const CLI::App& sub, const std::string& word) {
  const std::string name(absl::string_view(word).substr(0, word.find('=')));
  for (const KeyInfo& info : AllKeys()) {
    if (info.key_class == KeyClass::kSecret && FlagName(info) == name) {
      return absl::StrCat("there is no ", name,
                          ", as arguments can be read by every user of the machine: set ",
                          EnvironmentName(info), ", or ", info.name, " in a file.");
    }
  }
  std::vector<std::string> names;
  for (const CLI::Option* option : sub.get_options()) {
    for (const std::string& known : option->get_lnames()) names.push_back(known);
  }
  return absl::StrCat("there is no option ", Shown(name), ".", DidYouMean(name, names, "--"));
}

// The first word, as it was typed, of those that nothing could be made of.
std::string Unexpected(const CLI::App& sub, const std::vector<std::string>& words) {
  const std::vector<std::string> left = sub.remaining();
  const auto first = [&](bool option) -> std::string {
    for (const std::string& word : words) {
      const bool unknown = std::find(left.begin(), left.end(), word) != left.end();
      if (unknown && (!option || absl::StartsWith(word, "-"))) return word;
    }
    return "";
  };
  const std::string option = first(true);
  if (!option.empty()) return NotAnOption(sub, option);
  return absl::StrCat("\"", Shown(first(false)), "\" is one word too many.");
}

// CLI11 says "--port: 1 required NUMBER missing", and "file is required" of a word without a name.
std::string Sentence(std::string text) {
  const size_t missing = text.find(": 1 required ");
  if (missing != std::string::npos && absl::EndsWith(text, " missing")) {
    const size_t type = missing + sizeof(": 1 required ") - 1;
    return absl::StrCat(text.substr(0, missing), " takes a value: ",
                        text.substr(type, text.size() - type - sizeof(" missing") + 1), ".");
  }
  // What a check of ours says is a sentence with the option's name before it.
  const size_t colon = text.find(": is ");
  if (colon != std::string::npos) return text.erase(colon, 1);
  if (absl::EndsWith(text, " is required") && !absl::StartsWith(text, "-")) {
    text = absl::StrCat(absl::AsciiStrToUpper(text.substr(0, text.find(' '))), " is required");
  }
  return absl::EndsWith(text, ".") ? text : text + ".";
}

CLI::Validator Check(const std::string& expected,
                     std::function<bool(const std::string&)> fits) {
  return CLI::Validator(
      [expected, fits = std::move(fits)](std::string& text) {
        return fits(text) ? std::string() : absl::StrCat("is ", expected, ", not \"", text, "\".");
      },
      "");
}

}  // namespace

std::string Explain(const CLI::App& app, const CLI::ParseError& error,
                    const std::vector<std::string>& words) {
  const std::vector<CLI::App*> chosen = app.get_subcommands();
  // What the subcommand did not take is left to it; what stands before it, to the program.
  if (chosen.empty() || app.remaining_size() > 0) {
    return absl::StrCat("muniment: ", NotASubcommand(app, words.front()),
                        "\n`muniment --help` lists the subcommands.\n");
  }
  const CLI::App& sub = *chosen.front();
  const bool extra = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
  return absl::StrCat("muniment ", sub.get_name(), ": ",
                      extra ? Unexpected(sub, words) : Sentence(error.what()), "\n`muniment ",
                      sub.get_name(), " --help` tells how it is used.\n");
}

CLI::Validator WholeNumber() {
  return Check("a whole number, 0 or more", [](const std::string& text) {
    uint64_t number = 0;
    return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit) &&
           absl::SimpleAtoi(text, &number);
  });
}

CLI::Validator SecondsUpToADay() {
  constexpr double kDay = 24 * 60 * 60;
  return Check("a number of seconds above 0 and up to 86400", [](const std::string& text) {
    double seconds = 0;
    return absl::SimpleAtod(text, &seconds) && seconds > 0 && seconds <= kDay;
  });
}

}  // namespace muniment::gateway

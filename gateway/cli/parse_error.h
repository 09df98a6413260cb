// What is told to somebody whose command line was not understood: what is wrong with which word,
// the nearest word that there is, and where to read on.
//
//   try { app.parse(argc, argv); } catch (const CLI::ParseError& error) { ... Explain(app, error) }
#ifndef MUNIMENT_GATEWAY_CLI_PARSE_ERROR_H_
#define MUNIMENT_GATEWAY_CLI_PARSE_ERROR_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace muniment::gateway {

// `words`: the command line's, without the program. Ends with a line break.
std::string Explain(const CLI::App& app, const CLI::ParseError& error,
                    const std::vector<std::string>& words);

// A check whose refusal is a sentence: "--limit is a whole number, 0 or more, not \"-1\".".
CLI::Validator WholeNumber();
// The same for a number of seconds above zero, up to a day.
CLI::Validator SecondsUpToADay();

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_CLI_PARSE_ERROR_H_

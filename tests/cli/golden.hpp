#pragma once

// Transcripts: what the program `jwks` prints, compared with a file that people read in a review.
//
//   check_transcript("inspect_expired",
//                    {{.arguments = {"inspect", "--now", "1300819380"}, .input = kToken}},
//                    {{keys.path(), "KEYS"}});
//
// compares with tests/cli/golden/inspect_expired.txt: a line `$ jwks …` for the command, `< `
// before what it reads, `> ` before what it prints, `! ` before what it says on standard error, and
// its exit status. With JWKS_UPDATE_GOLDEN=1 in the environment the file is written instead; look
// at the difference before you commit it. A file that no test names fails golden_test.cpp.
//
// Prefer input that is the same in every run (published keys and tokens, --now); what can't be,
// such as a port or a temporary file, is replaced by a name.

#include <string>
#include <string_view>
#include <vector>

#include "e2e/program.hpp"

namespace test {

/// One run of the program.
struct Step {
  std::vector<std::string> arguments{};
  std::string input{};
};

/// Text that differs from run to run, and the name that stands for it in the transcript.
struct Replacement {
  std::string varying;  ///< an empty one replaces nothing
  std::string name;
  bool pattern = false;  ///< `varying` is an ECMAScript regular expression
};

/// Runs `jwks` with these arguments.
ProgramResult run_jwks(std::vector<std::string> arguments, std::string_view input = {});

/// Runs the steps one after the other and checks that the transcript is golden/NAME.txt.
void check_transcript(std::string_view name, const std::vector<Step>& steps,
                      const std::vector<Replacement>& replacements = {});

/// The transcript of one run, before anything is replaced.
std::string transcript_of(const Step& step, const ProgramResult& result);

std::string with_replacements(std::string text, const std::vector<Replacement>& replacements);

/// Where two texts differ, in lines, `-` for what was expected and `+` for what is there; empty if
/// they are the same.
std::string difference(std::string_view expected, std::string_view actual);

}  // namespace test

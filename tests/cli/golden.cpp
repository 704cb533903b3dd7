#include "cli/golden.hpp"

#include <stdlib.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <stdexcept>

#include "support/catch.hpp"

namespace test {
namespace {

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

void append_lines(std::string& out, std::string_view prefix, std::string_view text) {
  for (const std::string_view line : lines_of(text)) {
    // No white space at the end of a line: editors remove it.
    out.append(line.empty() ? prefix.substr(0, 1) : prefix).append(line).append("\n");
  }
  if (!text.empty() && text.back() != '\n') out += "(no end of line)\n";
}

/// A word as a shell would take it.
std::string quoted(const std::string& word) {
  constexpr std::string_view kHarmless =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:,=@%+";
  if (!word.empty() && word.find_first_not_of(kHarmless) == std::string::npos) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string(R"('\'')") : std::string(1, c);
  return out + "'";
}

std::string replaced(std::string text, const Replacement& replacement) {
  if (replacement.varying.empty()) return text;
  if (replacement.pattern) {
    return std::regex_replace(text, std::regex(replacement.varying), replacement.name);
  }
  for (std::size_t at = 0; (at = text.find(replacement.varying, at)) != std::string::npos;
       at += replacement.name.size()) {
    text.replace(at, replacement.varying.size(), replacement.name);
  }
  return text;
}

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool updating() {
  const char* const update = getenv("JWKS_UPDATE_GOLDEN");
  return update != nullptr && std::string_view(update) == "1";
}

}  // namespace

ProgramResult run_jwks(std::vector<std::string> arguments, std::string_view input) {
  arguments.insert(arguments.begin(), JWKS_PROGRAM);
  return run_program(arguments, input);
}

std::string transcript_of(const Step& step, const ProgramResult& result) {
  std::string out = "$ jwks";
  for (const std::string& argument : step.arguments) out += ' ' + quoted(argument);
  out += '\n';
  append_lines(out, "< ", step.input);
  append_lines(out, "> ", result.out);
  append_lines(out, "! ", result.err);
  return out + "status " + std::to_string(result.status) + '\n';
}

std::string with_replacements(std::string text, const std::vector<Replacement>& replacements) {
  for (const Replacement& replacement : replacements) {
    text = replaced(std::move(text), replacement);
  }
  return text;
}

std::string difference(std::string_view expected, std::string_view actual) {
  const auto old_lines = lines_of(expected);
  const auto new_lines = lines_of(actual);
  std::size_t same = 0;  // at the beginning
  while (same < old_lines.size() && same < new_lines.size() && old_lines[same] == new_lines[same]) {
    ++same;
  }
  std::size_t tail = 0;  // the same at the end
  while (same + tail < old_lines.size() && same + tail < new_lines.size() &&
         old_lines[old_lines.size() - 1 - tail] == new_lines[new_lines.size() - 1 - tail]) {
    ++tail;
  }
  std::string out;
  if (expected == actual) return out;
  out = "from line " + std::to_string(same + 1) + ":\n";
  for (std::size_t i = same; i + tail < old_lines.size(); ++i) {
    out.append("-").append(old_lines[i]).append("\n");
  }
  for (std::size_t i = same; i + tail < new_lines.size(); ++i) {
    out.append("+").append(new_lines[i]).append("\n");
  }
  return out;
}

void check_transcript(std::string_view name, const std::vector<Step>& steps,
                      const std::vector<Replacement>& replacements) {
  std::string transcript;
  for (const Step& step : steps) {
    if (!transcript.empty()) transcript += '\n';
    transcript += transcript_of(step, run_jwks(step.arguments, step.input));
  }
  transcript = with_replacements(std::move(transcript), replacements);

  const std::string path = std::string(JWKS_GOLDEN_DIR) + '/' + std::string(name) + ".txt";
  if (updating()) {
    std::ofstream file(path, std::ios::binary);
    file << transcript;
    if (!file.flush()) throw std::runtime_error("can't write " + path);
  }
  const std::string differs = difference(content_of(path), transcript);
  INFO(path << " is not what the program says (JWKS_UPDATE_GOLDEN=1 writes it anew), " << differs);
  CHECK(differs.empty());
}

}  // namespace test

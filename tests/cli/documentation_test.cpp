// The man page and the completions tell of exactly the commands and options that --help tells of.
//
// Whoever adds an option adds it to src/cli/jwks.1 and to the three files in src/cli/completion.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "cli/golden.hpp"
#include "support/catch.hpp"

namespace {

using namespace test;

using Names = std::set<std::string>;
/// For each command ("" is the program, "key convert" one below another) its options, without
/// --help, which all of them have.
using Options = std::map<std::string, Names>;

const std::filesystem::path kFolder = JWKS_CLI_DIR;

std::string text_of(const std::string& name) {
  std::ifstream file(kFolder / name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// What the first group of the pattern is at each of its matches.
Names all_matches(const std::string& text, const std::string& pattern) {
  const std::regex regex(pattern);
  Names found;
  for (std::sregex_iterator match(text.begin(), text.end(), regex), end; match != end; ++match) {
    found.insert((*match)[1]);
  }
  return found;
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  return {std::istream_iterator<std::string>(in), {}};
}

std::string shown(const Options& options) {
  std::string text;
  for (const auto& [command, names] : options) {
    text += "jwks " + command + ':';
    for (const std::string& name : names) text += ' ' + name;
    text += '\n';
  }
  return text;
}

// --- What there is ---

struct Help {
  Names commands{};
  Names options{};
};

Help help_of(const std::string& command) {
  std::vector<std::string> arguments = words_of(command);
  arguments.emplace_back("--help");
  const auto result = run_jwks(arguments);
  CHECK(result.status == 0);
  Help help;
  bool in_commands = false;
  for (const std::string& line : lines_of(result.out)) {
    if (!line.empty() && line.front() != ' ') in_commands = line == "Subcommands:";
    const Names option = all_matches(line, "^ {2,4}(?:-[a-z],)?(--[a-z0-9-]+)");
    const Names name = all_matches(line, "^  ([a-z][a-z-]*)");
    if (in_commands) {
      help.commands.insert(name.begin(), name.end());
    } else {
      help.options.insert(option.begin(), option.end());
    }
  }
  CHECK(help.options.erase("--help") == 1);
  return help;
}

/// The program, and every command that does something.
Options program_options() {
  Options options;
  const Help program = help_of("");
  options[""] = program.options;
  for (const std::string& command : program.commands) {
    const Help help = help_of(command);
    if (help.commands.empty()) options[command] = help.options;
    for (const std::string& below : help.commands) {
      options[command + ' ' + below] = help_of(command + ' ' + below).options;
    }
  }
  return options;
}

// --- What is told ---

/// The tags below the headings of the commands, and those of the description.
Options man_page_options() {
  Options options;
  std::string command;
  bool is_tag = false;
  for (const std::string& line : lines_of(text_of("jwks.1"))) {
    if (line.starts_with(".SH EXIT")) break;
    for (const std::string& name : all_matches(line, R"re(^\.SS "jwks (.*)")re")) {
      command = std::regex_replace(name, std::regex(R"(\\-)"), "-");
      options[command];
    }
    if (is_tag) {
      for (const std::string& name : all_matches(line, R"((\\-\\-[a-z0-9\\-]+))")) {
        options[command].insert(std::regex_replace(name, std::regex(R"(\\-)"), "-"));
      }
    }
    is_tag = line == ".TP";
  }
  options[""].erase("--help");
  return options;
}

/// What bash offers for "jwks COMMAND --".
Names offered_by_bash(const std::string& command, const std::string& begun) {
  const std::string script = "source '" + (kFolder / "completion/jwks.bash").string() +
                             "'\nCOMP_WORDS=(jwks " + command + " '" + begun +
                             "')\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
                             "_jwks jwks '" +
                             begun +
                             "' \"${COMP_WORDS[COMP_CWORD - 1]}\"\n"
                             "printf '%s\\n' \"${COMPREPLY[@]}\"\n";
  const auto result = run_program({"/bin/bash", "-c", script});
  CHECK(result.status == 0);
  CHECK(result.err.empty());
  Names offered;
  for (const std::string& line : lines_of(result.out)) offered.insert(line);
  return offered;
}

/// Of a zsh function its options, and those of the arrays that it uses.
Options zsh_options() {
  std::map<std::string, Names> arrays;
  Options options;
  Names* current = nullptr;
  for (const std::string& line : lines_of(text_of("completion/_jwks"))) {
    for (const std::string& name : all_matches(line, R"(^local -a ([a-z_]+)=\($)")) {
      current = &arrays[name];
    }
    for (const std::string& name : all_matches(line, R"(^_jwks_([a-z_]+)\(\) \{)")) {
      std::string command = std::regex_replace(name, std::regex("key_"), "key ");
      command = std::regex_replace(command, std::regex("_"), "-");
      current = &options[command];
    }
    if (line.starts_with("(( CURRENT == 2 ))")) current = &options[""];  // the first word
    if (current == nullptr) continue;
    const Names own = all_matches(line, R"(['")*](--[a-z0-9-]+)\[)");
    current->insert(own.begin(), own.end());
    for (const std::string& array : all_matches(line, R"( \$([a-z_]+))")) {
      current->insert(arrays[array].begin(), arrays[array].end());
    }
    if (!line.starts_with(' ') && !line.ends_with('(') && !line.ends_with('{')) current = nullptr;
  }
  options.erase("command");  // the function that chooses among the commands
  options.erase("key");
  return options;
}

Options fish_options() {
  Options options;
  for (const std::string& line : lines_of(text_of("completion/jwks.fish"))) {
    std::smatch match;
    const std::regex option(R"(^complete -c jwks -n '?__jwks_at ?([a-z -]*)'? -l ([a-z0-9-]+) .*)");
    if (!std::regex_match(line, match, option)) continue;
    const std::string command = match[1];
    options[command.ends_with(' ') ? command.substr(0, command.size() - 1) : command].insert(
        "--" + match[2].str());
  }
  return options;
}

TEST_CASE("the man page tells of every command and option, and of no other") {
  CHECK(shown(man_page_options()) == shown(program_options()));
}

TEST_CASE("bash completes every command and option, and no other") {
  const Options expected = program_options();
  Options offered;
  for (const auto& [command, options] : expected) {
    offered[command] = offered_by_bash(command, "--");
    CHECK(offered[command].erase("--help") == 1);
  }
  CHECK(shown(offered) == shown(expected));
  Names commands = help_of("").commands;
  commands.insert({"--help", "--version"});
  CHECK(offered_by_bash("", "") == commands);
  Names below = help_of("key").commands;
  below.insert("--help");
  CHECK(offered_by_bash("key", "") == below);
}

TEST_CASE("bash completes the values that are known") {
  CHECK(offered_by_bash("key convert --to", "") == Names{"jwk", "pem"});
  CHECK(offered_by_bash("key generate --algorithm", "ES2") == Names{"ES256", "ES256K"});
  CHECK(offered_by_bash("verify --profile", "i") == Names{"id_token"});
  CHECK(offered_by_bash("verify --algorithms =", "EdD") == Names{"EdDSA"});
  CHECK(offered_by_bash("keys --file", kFolder / "jwks.") == Names{kFolder / "jwks.1"});
}

TEST_CASE("zsh completes every command and option, and no other") {
  CHECK(shown(zsh_options()) == shown(program_options()));
}

TEST_CASE("fish completes every command and option, and no other") {
  CHECK(shown(fish_options()) == shown(program_options()));
}

}  // namespace

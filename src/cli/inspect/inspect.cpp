// `jwks inspect`: what a token says, which nobody has checked.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>

#include "base/base64url.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/inspect/human_time.hpp"
#include "cli/inspect/inspect_hints.hpp"
#include "cli/inspect/pretty_json.hpp"
#include "cli/options.hpp"
#include "cli/terminal.hpp"
#include "cli/token_input.hpp"
#include "cli/verify/verdict.hpp"
#include "jose/numeric_date.hpp"

namespace jwks::cli {
namespace {

constexpr std::string_view kUnverified =
    "UNVERIFIED: anybody can have written this; nothing in it is proved";

struct InspectArguments {
  TokenInput input{};
  std::string now{};
  bool json = false;
};

std::chrono::sys_seconds now_of(const InspectArguments& arguments) {
  if (const auto asked = parse_time(arguments.now)) return *asked;
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

/// People copy tokens together with what stands before them in a request.
std::string_view without_scheme(std::string_view text) {
  constexpr std::string_view kScheme = "Bearer ";
  if (!text::equals_ignoring_case(text.substr(0, kScheme.size()), kScheme)) return text;
  return text::trim(text.substr(kScheme.size()));
}

/// Decoded sizes of the segments of a token that was parsed.
std::array<std::size_t, 3> segment_sizes(std::string_view token) {
  const std::size_t first = token.find('.');
  const std::size_t second = token.find('.', first + 1);
  return {base64url::decoded_size(first), base64url::decoded_size(second - first - 1),
          base64url::decoded_size(token.size() - second - 1)};
}

/// The time that a claim of the RFCs means, if it is one.
std::optional<std::chrono::sys_seconds> time_in(std::string_view name, const JsonValue& value) {
  constexpr std::string_view kDates[] = {"iat", "nbf", "exp", "auth_time", "updated_at"};
  const auto number = value.number_text();
  if (!number || std::ranges::find(kDates, name) == std::end(kDates)) return std::nullopt;
  const auto date = jose::parse_numeric_date(*number);
  if (!date) return std::nullopt;
  return date->floor();
}

std::string string_member(const JsonValue& header, std::string_view name) {
  const auto value = header.find(name);
  if (!value) return "(none)";
  return text::escape(value->as_string().value_or(value->text()));
}

void print_text(std::string_view text, const UnverifiedToken& token, const Hints& hints,
                std::chrono::sys_seconds now) {
  const auto describe_time = [now](std::string_view name, const JsonValue& value) {
    const auto time = time_in(name, value);
    return time ? utc_text(*time) + ", " + relative_time(*time, now) : std::string();
  };
  const Colours colours = Colours::of_standard_output();
  const JsonValue header = token.unverified_header();
  const auto sizes = segment_sizes(text);
  std::cout << colours.bad(kUnverified) << "\n\n"
            << "algorithm   " << string_member(header, "alg") << '\n'
            << "kid         " << string_member(header, "kid") << '\n'
            << "size        " << text.size() << " bytes; decoded: header " << sizes[0]
            << ", claims " << sizes[1] << ", signature " << sizes[2] << "\n\n"
            << colours.heading("header") << '\n'
            << pretty_json(header) << "\n\n"
            << colours.heading("claims") << '\n'
            << pretty_json(token.unverified_claims(), describe_time) << '\n';
  if (!hints.refusals.empty()) {
    std::cout << '\n' << colours.heading("what jwks verify refuses unless told otherwise") << '\n';
    for (const Refusal& refusal : hints.refusals) std::cout << "- " << refusal.message << '\n';
  }
  if (!hints.notes.empty()) {
    std::cout << '\n' << colours.heading("notes") << '\n';
    for (const std::string& note : hints.notes) std::cout << "- " << note << '\n';
  }
}

void print_json(std::string_view text, const UnverifiedToken& token, const Hints& hints) {
  const auto sizes = segment_sizes(text);
  std::cout << R"({"verified":false,"header":)" << ascii_json(token.unverified_header().text())
            << R"(,"claims":)" << ascii_json(token.unverified_claims().text()) << R"(,"times":{)";
  const char* separator = "";
  const JsonValue claims = token.unverified_claims();
  for (auto claim = claims.begin(); claim != claims.end(); ++claim) {
    const auto time = time_in(claim.name(), *claim);
    if (!time) continue;
    std::cout << separator << json_string(claim.name()) << ':' << json_string(utc_text(*time));
    separator = ",";
  }
  std::cout << R"(},"size":{"token":)" << text.size() << R"(,"header":)" << sizes[0]
            << R"(,"claims":)" << sizes[1] << R"(,"signature":)" << sizes[2] << R"(},"refusals":[)";
  separator = "";
  for (const Refusal& refusal : hints.refusals) {
    std::cout << separator << R"({"code":)" << json_string(refusal.code) << R"(,"message":)"
              << json_string(refusal.message) << '}';
    separator = ",";
  }
  std::cout << R"(],"notes":[)";
  separator = "";
  for (const std::string& note : hints.notes) {
    std::cout << separator << json_string(note);
    separator = ",";
  }
  std::cout << "]}\n";
}

using ShowPart = std::function<void(std::string_view name, const JsonValue& part)>;

/// Shows the parts of a text that is no JWT which are the JSON objects that they should be.
void show_parts(std::string_view text, const ShowPart& show) {
  const bool is_jws = std::ranges::count(text, '.') <= 2;  // of others, the second is no payload
  for (const std::string_view name : {"header", "claims"}) {
    const std::size_t dot = std::min(text.find('.'), text.size());
    if (const auto decoded = base64url::decode(text.substr(0, dot))) {
      const auto document = json::parse_object(*decoded, {.depth = 16});
      if (document) show(name, document->root());
    }
    if (!is_jws) return;
    text.remove_prefix(std::min(dot + 1, text.size()));
  }
}

void print_refusal(std::string_view text, const Error& error) {
  const Colours colours = Colours::of_standard_output();
  std::string parts;
  show_parts(text, [&](std::string_view name, const JsonValue& part) {
    parts += '\n' + colours.heading(name) + '\n' + pretty_json(part) + '\n';
  });
  if (!parts.empty()) std::cout << colours.bad(kUnverified) << "\n\n";
  std::cout << "not a JWT that can be read: " << error.message() << '\n';
  if (const std::string advice = advice_about(text); !advice.empty()) std::cout << advice << '\n';
  std::cout << parts;
}

void print_refusal_json(std::string_view text, const Error& error) {
  std::string line = R"({"verified":false,)";
  append_members(line, Verdict::of(error));
  show_parts(text, [&line](std::string_view name, const JsonValue& part) {
    line += ',' + json_string(name) + ':' + ascii_json(part.text());
  });
  std::cout << line << "}\n";
}

Status run_inspect(const InspectArguments& arguments) {
  const auto input = read_token(arguments.input);
  if (!input) return Status::usage;
  const std::string_view text = without_scheme(*input);
  const auto token = UnverifiedToken::parse(text);
  if (!token) {
    const auto print = arguments.json ? print_refusal_json : print_refusal;
    print(text, token.error());
    return Status::rejected;
  }
  const auto now = now_of(arguments);
  const Hints hints = hints_about(text, *token, now);
  if (arguments.json) {
    print_json(text, *token, hints);
  } else {
    print_text(text, *token, hints, now);
  }
  return Status::accepted;
}

}  // namespace

Command add_inspect(CLI::App& app) {
  const auto arguments = std::make_shared<InspectArguments>();
  CLI::App* const command =
      app.add_subcommand("inspect", "Show what a token says, without verifying it");
  add_token_input(*command, arguments->input);
  command->add_option("--now", arguments->now, "Count from this time instead of the clock's")
      ->check(is_time());
  command->add_flag("--json", arguments->json, "Print one JSON object");
  return {command, [arguments] { return run_inspect(*arguments); }};
}

}  // namespace jwks::cli

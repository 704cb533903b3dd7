// Texts of any kind as a configuration: what YAML and JSON are taken for, and what is sent by those
// who mean no good. Nothing crashes, nothing takes long, and each is one problem.

#include <string>

#include "emulator/config/config_value.hpp"
#include "unit/emulator/config/configured.hpp"

namespace {

using jwks::emulator::ConfigValue;
using jwks::emulator::load_config;
using jwks::emulator::parse_config;
using test::configured;
using test::problem_of;
using Kind = ConfigValue::Kind;

std::string repeated(const std::string& part, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += part;
  return text;
}

ConfigValue parsed(const std::string& text) {
  const auto value = parse_config(text);
  if (const auto* const problem = std::get_if<jwks::emulator::SeedProblem>(&value)) {
    FAIL(to_string(*problem));
  }
  return std::get<ConfigValue>(value);
}

std::string described(const ConfigValue& value) {
  std::string text = value.text;
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    text += (value.is_map() ? value.names[i] + ":" : "") + described(value.items[i]) + ",";
  }
  return value.is_map() ? "{" + text + "}" : value.is_list() ? "[" + text + "]" : text;
}

}  // namespace

TEST_CASE("nothing is a configuration, too", "[emulator]") {
  for (const char* text : {"", "\n", "# only a comment\n", "---\n", "~", "null", "{}",
                           "organizations:\n", "\xEF\xBB\xBF", "--- {}\n...\n"}) {
    CAPTURE(std::string(text));
    CHECK(load_config(text).problems.empty());
  }
}

TEST_CASE("JSON is read as well, what YAML parsers don't take included", "[emulator]") {
  const auto options = configured(
      "{\n\t\"organizations\": [{\"name\": \"Acme \\ud83d\\ude00 \\u00e9\\/\"}],\r\n"
      "\t\"claims\": {\"" +
      std::string(900, 'n') + "\": 1e3}}");
  CHECK(options.organizations.at(0).name == "Acme \xF0\x9F\x98\x80 \xC3\xA9/");
  CHECK(options.claims.at(0).second == "1e3");
  CHECK(configured("\xEF\xBB\xBF{\"port\": 1}").port == 1);
}

TEST_CASE("YAML is read with any line ends, a byte order mark, anchors and block texts") {
  CHECK(configured("host: a\r\nport: 2\r\n").port == 2);
  CHECK(configured("\xEF\xBB\xBFport: 3").port == 3);
  CHECK(configured("port: 4\n...\n").port == 4);
  const auto options = configured(R"(
users:
  - &first {email: a@example.com, name: &name "A B"}
  - {email: b@example.com, name: *name, claims: {friend: *first}}
  - {email: c@example.com, name: !!str 12}
)");
  CHECK(options.users.at(1).name == "A B");
  CHECK(options.users.at(1).claims.at(0).second == R"({"email":"a@example.com","name":"A B"})");
  CHECK(options.users.at(2).name == "12");
  CHECK(described(parsed("a: |\n  x\n  y\nb: >\n  x\n  y\n")) == "{a:x\ny\n,b:x y\n,}");
}

TEST_CASE("scalars have the types of YAML 1.2, not those of 1.1") {
  const std::pair<const char*, Kind> rows[] = {
      {"yes", Kind::string},        {"no", Kind::string},
      {"on", Kind::string},         {"NO", Kind::string},
      {"2030-01-01", Kind::string}, {"12:30", Kind::string},
      {"1_000", Kind::string},      {"0b1", Kind::string},
      {".", Kind::string},          {"1.2.3", Kind::string},
      {"1e", Kind::string},         {"+", Kind::string},
      {"0x", Kind::string},         {"tRue", Kind::string},
      {"\"true\"", Kind::string},   {"'1'", Kind::string},
      {"!!str 1", Kind::string},    {"true", Kind::boolean},
      {"False", Kind::boolean},     {"TRUE", Kind::boolean},
      {"12", Kind::number},         {"-1", Kind::number},
      {"+1", Kind::number},         {"007", Kind::number},
      {"0o17", Kind::number},       {"0xF", Kind::number},
      {".5", Kind::number},         {"1.", Kind::number},
      {"1e3", Kind::number},        {"-.inf", Kind::number},
      {".nan", Kind::number},       {"~", Kind::null},
      {"Null", Kind::null},         {"", Kind::null}};
  for (const auto& [text, kind] : rows) {
    CAPTURE(std::string(text));
    CHECK(parsed("a: " + std::string(text)).items.at(0).kind == kind);
  }
}

TEST_CASE("what is no configuration at all is one problem, with its line") {
  const std::pair<std::string, std::string> rows[] = {
      {"[1, 2]", "must be a map at the top, is a list"},
      {"just text", "must be a map at the top, is \"just text\""},
      {"port: 1\nhost: [", "line 2: not YAML"},
      {"a:\n\t- x", "line 2: not YAML"},
      {"a: 'x", "line 1: not YAML"},
      {"a: *nothing", "line 1: not YAML"},
      {"a: 1\n}", "line 2: not YAML"},
      {"{\"a\": 1} {\"b\": 2}", "line 1: a second document begins"},
      {"a: 1\n---\nb: 2", "line 2: a second document begins"},
      {"a: &a\n  - *a", "line 2: an alias refers to what it is a part of"},
      {"x: &x {a: 1}\ny:\n  <<: *x", "line 3: \"<<\" is a merge key"},
      {"? [a]\n: 1", "the name of a member must be a string, is a list"},
      {"a: !secret x", "line 1: has the tag \"!secret\""},
      {"a: !!set {x}", "line 1: has the tag"},
      {"a: !!binary aGk=", "line 1: has the tag"},
      {"a: 1\nb: \x01", "line 2: has a control character"},
      {std::string("a: 1\0", 5), "line 1: has a control character"},
      {std::string("a\0:\0 \0001\0", 9), "line 1: has a control character"},
      {"a: \xFF", "must be UTF-8"},
      {"a: \xC3", "must be UTF-8"},
      {"\x7F"
       "ELF\x02\x01\x01",
       "line 1: has a control character"}};
  for (const auto& [text, part] : rows) {
    CAPTURE(text);
    const std::string problem = problem_of(text);
    CAPTURE(problem);
    CHECK(problem.find(part) != std::string::npos);
    CHECK(load_config(text).options.users.empty());
  }
}

TEST_CASE("a text that is too large, too deep or grows by its aliases is refused") {
  constexpr std::size_t kMany = 300'000;
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string previous = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + previous +
            repeated(", " + previous, 9) + "]\n";
  }
  const std::string deep = "claims: {a: " + repeated("[", 31) + repeated("]", 31) + "}";
  const std::string texts =
      "a: &a " + std::string(200'000, 'x') + "\nb: [*a" + repeated(", *a", 1000) + "]";
  const std::string nested =
      "a: &a [[[[[[[[[[1]]]]]]]]]]\nb: &b [[[[[[[[[*a]]]]]]]]]\n"
      "c: [[[[[[[[[[[[[*b]]]]]]]]]]]]]";
  const std::pair<std::string, std::string> rows[] = {
      {bomb, "more than 100000 values"},
      {texts, "more than 100000 values"},
      {repeated("- \n", kMany), "more than 100000 values"},
      {repeated("[", kMany), "nested more than 32 levels"},
      {repeated("{", kMany), "nested more than 32 levels"},
      {repeated("{a: ", kMany / 2), "nested more than 32 levels"},
      {repeated("- ", kMany), "nested more than 32 levels"},
      {repeated("? ", kMany), "nested more than 32 levels"},
      {deep, "nested more than 32 levels"},
      {nested, "nested more than 32 levels"},
      {repeated("{\"a\":", kMany / 2), "nested more than 32 levels"},
      {repeated("a", (1 << 20) + 1), "must have at most 1 MiB"}};
  for (const auto& [text, part] : rows) {
    CAPTURE(text.substr(0, 40));
    const std::string problem = problem_of(text);
    CAPTURE(problem);
    CHECK(problem.find(part) != std::string::npos);
  }
  CHECK(problem_of(repeated("\n", 1 << 20) + "a").size() < 200);
}

TEST_CASE("depth and size are refused at their limits, not before") {
  // The root and claims are two levels.
  CHECK(configured("claims: {a: " + repeated("[", 30) + repeated("]", 30) + "}").claims.size() ==
        1);
  std::string many = "claims: {a: [1";
  for (int i = 0; i < 90'000; ++i) many += ", 1";
  CHECK(configured(many + "]}").claims.size() == 1);
}

TEST_CASE("names and values are shown in printable ASCII, and cut short") {
  const std::string problem = problem_of("tls: \"\\e[31m\\u200b" + std::string(500, 'x') + "\"");
  CHECK(problem.find('\x1B') == std::string::npos);
  CHECK(problem.find("\\x1b[31m") != std::string::npos);
  CHECK(problem.size() < 200);
  const auto loaded = load_config("\"\\e]0;title\\a\": 1");
  REQUIRE(loaded.warnings.size() == 1);
  CHECK(to_string(loaded.warnings[0]).find('\x1B') == std::string::npos);
}

#include "base/json.hpp"

#include <array>
#include <cstddef>
#include <memory_resource>
#include <random>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/reference_json.hpp"

using jwks::ErrorCode;
using jwks::JsonKind;
using jwks::JsonValue;
using jwks::json::Document;

namespace {

/// Every text of these tests goes through the simple reader as well: what is strict here does not
/// depend on which of the two it was.
jwks::Result<Document> parse(std::string_view text, jwks::json::Limits limits = {}) {
  CHECK(test::json_outcome(text, limits) == test::ReferenceJson::outcome(text, limits));
  return Document::parse(text, limits);
}

ErrorCode refusal(std::string_view text, jwks::json::Limits limits = {}) {
  const auto document = parse(text, limits);
  REQUIRE_FALSE(document.has_value());
  return document.error().code();
}

std::string string_in(std::string_view text) {
  const auto document = parse(text);
  REQUIRE(document);
  return std::string(document->root().as_string().value());
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

std::string object_of(std::size_t members) {
  std::string text = "{";
  for (std::size_t i = 0; i < members; ++i) {
    text += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":0";
  }
  return text + "}";
}

}  // namespace

TEST_CASE("a JSON document can be walked and searched") {
  const std::string text =
      R"( {"s":"a\u00e9\n","n":-12.5e3,"t":true,"f":false,"z":null,"a":[1,[2],{"b":3}],"o":{}} )";
  const auto document = parse(text);
  REQUIRE(document);
  const JsonValue root = document->root();
  REQUIRE(root.is_object());
  CHECK(root.size() == 7);
  CHECK(root.find("s")->as_string() == std::string_view("a\xc3\xa9\n"));
  CHECK(root.find("s")->text() == R"("a\u00e9\n")");
  CHECK(root.find("n")->number_text() == std::string_view("-12.5e3"));
  CHECK(root.find("n")->as_double() == -12500.0);
  CHECK_FALSE(root.find("n")->as_integer());
  CHECK(root.find("t")->as_boolean() == true);
  CHECK(root.find("f")->as_boolean() == false);
  CHECK(root.find("z")->kind() == JsonKind::null);
  CHECK_FALSE(root.find("absent"));

  const JsonValue array = *root.find("a");
  REQUIRE(array.size() == 3);
  std::vector<std::string> items;
  for (const JsonValue item : array) items.emplace_back(item.text());
  CHECK(items == std::vector<std::string>{"1", "[2]", R"({"b":3})"});
  CHECK(root.find("o")->begin() == root.find("o")->end());

  std::vector<std::string> names;
  for (auto it = root.begin(); it != root.end(); ++it) names.emplace_back(it.name());
  CHECK(names == std::vector<std::string>{"s", "n", "t", "f", "z", "a", "o"});
}

TEST_CASE("a JSON integer is read exactly, and nothing else is taken for one") {
  const auto integer = [](std::string_view text) {
    const auto document = parse(text);
    return document ? document->root().as_integer() : std::nullopt;
  };
  CHECK(integer("9223372036854775807") == 9223372036854775807);
  CHECK(integer("-9223372036854775808") == std::numeric_limits<std::int64_t>::min());
  CHECK(integer("0") == 0);
  CHECK(integer("-0") == 0);
  for (const char* text : {"9223372036854775808", "1.0", "1e3", "\"1\"", "true"}) {
    CAPTURE(text);
    CHECK_FALSE(integer(text));
  }
  const auto huge = parse("1e400");
  REQUIRE(huge);
  CHECK_FALSE(huge->root().as_double());
}

TEST_CASE("lax JSON is refused", "[attack-091][attack-098]") {
  for (const char* text : {"",        " ",         "NaN",         "Infinity",   "-Infinity",
                           "0x10",    "01",        "-01",         "+1",         ".5",
                           "1.",      "1.e3",      "1e",          "1e+",        "-",
                           "- 1",     "tru",       "True",        "nul",        "'a'",
                           "{a:1}",   "{'a':1}",   "[1,]",        "{\"a\":1,}", "[,1]",
                           "[1 2]",   "{\"a\"}",   "{\"a\":}",    "{\"a\" 1}",  "{,}",
                           "{1:2}",   "[",         "]",           "{",          "}",
                           "[1}",     "{\"a\":1]", "\"",          "\"a",        "\"\\",
                           "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"a\nb\"",   "\"\t\"",
                           "/* */1",  "1//",       "\v1"}) {
    CAPTURE(text);
    CHECK(refusal(text) == ErrorCode::bad_json);
  }
}

TEST_CASE("text after the JSON value is refused", "[attack-097]") {
  using namespace std::string_view_literals;
  for (const auto text : {"{}{}"sv, "{} x"sv, "1 1"sv, "{}\0"sv, "[]]"sv, "\"\"\"\""sv}) {
    CAPTURE(text);
    CHECK(refusal(text) == ErrorCode::bad_json);
  }
}

TEST_CASE("JSON that is not well-formed UTF-8 is refused", "[attack-092][attack-094][attack-095]") {
  using namespace std::string_literals;
  for (const std::string& bytes :
       {"\xff"s, "\xc0\x80"s, "\xc1\xbf"s, "\xe0\x80\xaf"s, "\xe0\x9f\xbf"s, "\xed\xa0\x80"s,
        "\xed\xbf\xbf"s, "\xf0\x8f\xbf\xbf"s, "\xf4\x90\x80\x80"s, "\xf5\x80\x80\x80"s, "\x80"s,
        "\xc3"s, "\xe2\x82"s, "\xf0\x9f\x98"s, "\xc3("s}) {
    CAPTURE(bytes);
    CHECK(refusal("\"" + bytes + "\"") == ErrorCode::bad_json);
    CHECK(refusal("\"\\n" + bytes + "\"") == ErrorCode::bad_json);
    CHECK(refusal("{\"" + bytes + "\":1}") == ErrorCode::bad_json);
  }
  CHECK(refusal("\xef\xbb\xbf{}") == ErrorCode::bad_json);
  CHECK(refusal("{\0}\0"s) == ErrorCode::bad_json);
  const std::string good =
      "\"\xc2\x80 \xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80 \xf0\x90\x80\x80 \xf4\x8f\xbf\xbf\"";
  CHECK(parse(good).has_value());
}

TEST_CASE("surrogates in escapes must come in pairs", "[attack-093]") {
  CHECK(string_in(R"("\ud83d\ude00")") == "\xf0\x9f\x98\x80");
  CHECK(string_in(R"("\uFFFF\u0000x")") == std::string("\xef\xbf\xbf\0x", 5));
  for (const char* text : {R"("\ud800")", R"("\udc00")", R"("\udc00\ud800")", R"("\ud800\ud800")",
                           R"("\ud800x")", R"("\ud800\n")", R"("\ud800\u0041")"}) {
    CAPTURE(text);
    CHECK(refusal(text) == ErrorCode::bad_json);
  }
}

TEST_CASE("a member name that occurs twice is refused at any level",
          "[attack-082][attack-084][attack-085]") {
  for (const char* text :
       {R"({"a":1,"a":1})", R"({"a":1,"b":2,"\u0061":3})", R"({"i\u0073s":1,"iss":2})",
        R"({"":1,"":2})", R"({"x":{"a":1,"a":2}})", R"([{"a":1,"a":2}])"}) {
    CAPTURE(text);
    CHECK(refusal(text) == ErrorCode::duplicate_member);
  }
  std::string many = object_of(200);
  many.insert(many.size() - 1, ",\"77\":1");
  CHECK(refusal(many) == ErrorCode::duplicate_member);
  CHECK(parse(R"({"a":{"a":1},"A":[{"a":2}]})").has_value());
}

TEST_CASE("nesting and members are limited exactly", "[attack-087][attack-088]") {
  CHECK(parse(nested(31)).has_value());
  CHECK(parse(nested(32)).has_value());
  CHECK(refusal(nested(33)) == ErrorCode::bad_json);
  CHECK(refusal(std::string(1'000'000, '[')) == ErrorCode::bad_json);
  CHECK(parse(nested(16), {.depth = 16}).has_value());
  CHECK(refusal(nested(17), {.depth = 16}) == ErrorCode::bad_json);
  CHECK(parse(object_of(255)).has_value());
  CHECK(parse(object_of(256)).has_value());
  CHECK(refusal(object_of(257)) == ErrorCode::too_large);
}

TEST_CASE("a document stays readable after it was moved") {
  const std::string text = R"({"a":"x\ty","b":[1,2]})";
  auto first = parse(text);
  REQUIRE(first);
  const Document second = std::move(*first);
  CHECK(second.root().find("a")->as_string() == std::string_view("x\ty"));
  CHECK(second.root().find("b")->size() == 2);
}

TEST_CASE("the error of a JSON text tells what is wrong and where") {
  const auto document = parse("{\"a\":tru}");
  REQUIRE_FALSE(document);
  CHECK(document.error().message() == "bad_json: a value is expected at byte 5");
}

// Strings are read in blocks: what ends or spoils one must be seen at each place of a block, and at
// each distance from the end of the text.
TEST_CASE("each byte of a JSON string is looked at, wherever it stands", "[attack-092]") {
  for (std::size_t size = 1; size < 40; ++size) {
    for (std::size_t place = 0; place < size; ++place) {
      for (int c = 0; c < 256; ++c) {
        std::string text = "\"" + std::string(size, 'a') + "\"";
        text[1 + place] = static_cast<char>(c);
        if (test::json_outcome(text) != test::ReferenceJson::outcome(text)) {
          CAPTURE(size, place, c);
          CHECK(test::json_outcome(text) == test::ReferenceJson::outcome(text));
        }
      }
    }
  }
}

TEST_CASE("the JSON reader reads nothing beyond the end of the text") {
  const std::string whole =
      R"({"iss":"https://issuer.example","a":[1,-2.5e3,true,null],"\u00e9":"\ud83d\ude00 é"})";
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    // On the heap and no longer than it must be: the tools that watch reads see one too many.
    const std::vector<char> exact(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK(parse({exact.data(), exact.size()}).has_value() == (size == whole.size()));
  }
  CHECK_FALSE(parse(std::string_view()).has_value());
}

TEST_CASE("member names that share their ends are told apart, and found when they are there twice",
          "[attack-082]") {
  std::string text = "{";
  for (int i = 0; i < 200; ++i) {
    text += (i == 0 ? "\"" : ",\"") + std::string("https://") + std::to_string(i % 20) +
            std::string(static_cast<std::size_t>(i / 20) + 8, 'x') + "/a-claim\":0";
  }
  CHECK(parse(text + "}").has_value());
  CHECK(refusal(text + ",\"https://7xxxxxxxxxx/a-claim\":0}") == ErrorCode::duplicate_member);
  for (std::size_t size = 0; size < 20; ++size) {
    const std::string name(size, 'n');
    CHECK(parse("{\"" + name + "\":1,\"" + name + "n\":2}").has_value());
    CHECK(refusal("{\"" + name + "\":1,\"x\":3,\"" + name + "\":2}") ==
          ErrorCode::duplicate_member);
  }
}

TEST_CASE("texts that were changed at random have one outcome with both JSON readers") {
  const std::vector<std::string> seeds = {
      R"({"iss":"https://i.example","aud":["a","b"],"exp":1750000300,"x":{"y":[{},[],-0.5E+7]}})",
      R"({"\u0061\n":"\ud83d\ude00","a":"é\\\"","b":true,"c":false,"d":null})",
      R"( [ 0 , 1e400 , "" , { "a" : { "a" : 1 } } ] )"};
  const std::string signs = "{}[]\",:\\u0eE+-.tfn \n\x01\x7f\x80\xc3\xa9\xed\xf4";
  std::mt19937 random(7519);
  std::size_t accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text = seeds[random() % seeds.size()];
    for (std::size_t changes = random() % 3 + 1; changes > 0; --changes) {
      const std::size_t at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text[at] = signs[random() % signs.size()];
          break;
        case 1:
          text.insert(at, 1, signs[random() % signs.size()]);
          break;
        default:
          text.insert(at, text.substr(random() % text.size(), random() % 20));
      }
    }
    const std::string outcome = test::json_outcome(text);
    if (outcome != test::ReferenceJson::outcome(text)) CHECK(text == "");
    accepted += Document::parse(text).has_value() ? 1U : 0U;
  }
  CHECK(accepted > 1000);
  CHECK(accepted < 15'000);
}

TEST_CASE("the index of a JSON text takes one block of the size that was foretold") {
  class Counting : public std::pmr::memory_resource {
   public:
    std::vector<std::size_t> blocks;

   private:
    void* do_allocate(std::size_t bytes, std::size_t alignment) override {
      blocks.push_back(bytes);
      return std::pmr::new_delete_resource()->allocate(bytes, alignment);
    }
    void do_deallocate(void* block, std::size_t bytes, std::size_t alignment) override {
      std::pmr::new_delete_resource()->deallocate(block, bytes, alignment);
    }
    [[nodiscard]] bool do_is_equal(const memory_resource& other) const noexcept override {
      return this == &other;
    }
  };
  for (const std::string text :
       {R"({"a":[1,2,{"b":"c,d:e[f{"}],"a long name of a member":"and its value","x":{},"y":[]})",
        "[[[[[[[[[[]]]]]]]]]]", "0", R"(["]","[","{","}",",",":"])"}) {
    CAPTURE(text);
    Counting memory;
    const std::size_t bytes = jwks::json::index_bytes(text);
    CHECK(bytes % sizeof(jwks::json::Node) == 0);
    const auto document = Document::parse(text, {}, &memory);
    REQUIRE(document);
    CHECK(memory.blocks == std::vector<std::size_t>{bytes});
    const std::size_t needed = document->node(0).next * sizeof(jwks::json::Node);
    CHECK(bytes >= needed);
    // Who promises less room than is needed is refused, and nothing is written behind the block.
    CHECK(Document::parse(text, {}, &memory, needed).has_value());
    const auto refused = Document::parse(text, {}, &memory, needed - sizeof(jwks::json::Node));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == ErrorCode::too_large);
  }
}

#include "base/base64url.hpp"

#include <algorithm>
#include <vector>

#include "support/catch.hpp"
#include "support/reference_base64url.hpp"

namespace {

/// Both go through the simple ones as well: what is strict here does not depend on which it was.
std::optional<std::string> decode(std::string_view text) {
  auto bytes = jwks::base64url::decode(text);
  CHECK(bytes == test::reference_base64url_decode(text));
  return bytes;
}

std::string encode(std::string_view bytes) {
  std::string text = jwks::base64url::encode(bytes);
  CHECK(text == test::reference_base64url_encode(bytes));
  return text;
}

}  // namespace

TEST_CASE("base64url decodes the vectors of RFC 4648 without their padding") {
  const std::pair<const char*, const char*> vectors[] = {
      {"", ""},           {"Zg", "f"},          {"Zm8", "fo"},         {"Zm9v", "foo"},
      {"Zm9vYg", "foob"}, {"Zm9vYmE", "fooba"}, {"Zm9vYmFy", "foobar"}};
  for (const auto& [text, bytes] : vectors) {
    CAPTURE(text);
    CHECK(decode(text) == std::string(bytes));
    CHECK(encode(std::string_view(bytes)) == text);
  }
}

TEST_CASE("base64url uses - and _ and refuses every other character", "[attack-052][attack-054]") {
  CHECK(decode("-_-_") == std::string("\xfb\xff\xbf"));
  for (int c = 0; c < 256; ++c) {
    const bool in_alphabet = std::isalnum(c) != 0 || c == '-' || c == '_';
    for (std::size_t place = 0; place < 4; ++place) {
      std::string text = "AAAA";
      text[place] = static_cast<char>(c);
      CAPTURE(c, place);
      CHECK(decode(text).has_value() == (in_alphabet && c < 128));
    }
  }
}

TEST_CASE("base64url refuses padding, white space and impossible lengths",
          "[attack-051][attack-053][attack-056]") {
  for (const char* text : {"Zg==", "Zg=", "Zm8=", "Zm9v=", "=", " Zg", "Zg ", "Z g", "Zg\n",
                           "Zg\r\n", "A", "AAAAA", "AAAAAAAAA"}) {
    CAPTURE(text);
    CHECK_FALSE(decode(text).has_value());
  }
}

TEST_CASE("base64url accepts exactly one text for each byte string", "[attack-055]") {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  int accepted_two = 0;
  int accepted_three = 0;
  for (const char last : kAlphabet) {
    accepted_two += decode(std::string("A") + last).has_value() ? 1 : 0;
    accepted_three += decode(std::string("AA") + last).has_value() ? 1 : 0;
  }
  CHECK(accepted_two == 4);     // 2 bits of the last character count
  CHECK(accepted_three == 16);  // 4 bits
}

TEST_CASE("what base64url encodes it decodes again, for every length and byte") {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    CHECK(decode(encode(bytes)) == bytes);
    CHECK(encode(bytes).size() == jwks::base64url::encoded_size(bytes.size()));
    bytes.push_back(static_cast<char>(i * 7));
  }
}

// Long texts are read in blocks: a character that does not belong must be seen at each place of a
// block and of what is left behind the last one.
TEST_CASE("base64url looks at each character of a long text", "[attack-052]") {
  for (std::size_t size = 4; size < 140; ++size) {
    if (size % 4 == 1) continue;
    std::string text(size, 'A');
    for (std::size_t i = 0; i + 1 < size; ++i) {
      text[i] = test::kBase64urlAlphabet[(i * 37 + size) % 64];
    }
    REQUIRE(decode(text).has_value());
    for (std::size_t place = 0; place < size; ++place) {
      std::string spoilt = text;
      spoilt[place] = "+/=.\n\x80 "[(place + size) % 7];
      CAPTURE(size, place);
      CHECK_FALSE(decode(spoilt).has_value());
    }
  }
  for (int c = 0; c < 256; ++c) {
    for (const std::size_t place : {0U, 15U, 16U, 31U, 32U, 95U}) {
      std::string text(96, '_');
      text[place] = static_cast<char>(c);
      CAPTURE(c, place);
      CHECK(decode(text).has_value() ==
            (test::kBase64urlAlphabet.find(static_cast<char>(c)) != std::string_view::npos));
    }
  }
}

TEST_CASE("base64url writes the decoded bytes and not one more") {
  for (std::size_t size = 0; size < 140; ++size) {
    // No longer than it must be, on the heap: the tools that watch reads see one too many.
    const std::vector<char> text(size, 'A');
    std::vector<char> out(jwks::base64url::decoded_size(size) + 32, '#');
    CAPTURE(size);
    CHECK(jwks::base64url::decode_into({text.data(), size}, out.data()) == (size % 4 != 1));
    CHECK(std::count(out.begin(), out.end(), '#') == 32);
    CHECK(std::count(out.end() - 32, out.end(), '#') == 32);
  }
}

#include "base/json_bytes.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "base/json_names.hpp"
#include "support/catch.hpp"

using jwks::json::find_special;
using jwks::json::PortableBlock;

namespace {

// Both ways, whatever this processor has.
void check_both(const std::string& text) {
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const auto special = std::find_if(begin, end, jwks::json::is_special) - begin;
  CHECK(find_special(begin, end) - begin == special);
  CHECK(find_special<PortableBlock>(begin, end) - begin == special);
  const auto separators =
      static_cast<std::size_t>(std::count_if(begin, end, jwks::json::is_separator));
  CHECK(jwks::json::count_values(text) >= 1 + separators);
  CHECK(jwks::json::count_values<PortableBlock>(text) >= 1 + separators);
}

}  // namespace

TEST_CASE("blocks of JSON text are searched as its bytes are one by one") {
  for (std::size_t size = 0; size < 40; ++size) {
    for (std::size_t place = 0; place < size; ++place) {
      for (int c = 0; c < 256; ++c) {
        std::string text(size, '!');  // next to the quote, where a borrow would show
        text[place] = static_cast<char>(c);
        check_both(text);
      }
    }
  }
  std::mt19937 random(8259);
  const std::string signs = " !\"#[\\]{}:;,-.\x1f\x20\x7f\x80\xff";
  for (int i = 0; i < 5000; ++i) {
    std::string text(random() % 50, 'a');
    for (char& c : text) c = signs[random() % signs.size()];
    check_both(text);
  }
}

TEST_CASE("no two equal names pass the filter of member names") {
  std::vector<std::string> names;
  for (std::size_t size = 0; size < 30; ++size) names.emplace_back(size, 'a');
  for (const char* name : {"iss", "sub", "aud", "exp", "iat", "nbf", "jti", "scope", "client_id"}) {
    names.emplace_back(name);
  }
  jwks::json::NameFilter filter;
  for (const std::string& name : names) static_cast<void>(filter.add(name));
  for (const std::string& name : names) CHECK_FALSE(filter.add(name));
  CHECK(jwks::json::NameFilter().add("iss"));
}

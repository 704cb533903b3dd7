#include "jwks/nlohmann.hpp"

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "support/catch.hpp"

namespace {

nlohmann::json converted(std::string_view text) {
  const auto document = jwks::json::Document::parse(text);
  REQUIRE(document.has_value());
  return jwks::to_nlohmann((*document).root());
}

TEST_CASE("every kind of JSON value survives the conversion to nlohmann::json") {
  constexpr std::string_view kText =
      R"({"s":"aä\n\u00e4","i":-5,"d":1.5,"t":true,"f":false,"n":null,"a":[1,[],{}],"o":{"x":"y"}})";
  CHECK(converted(kText) == nlohmann::json::parse(kText));
}

TEST_CASE("64-bit integers stay exact in nlohmann::json") {
  CHECK(converted("9223372036854775807").get<std::int64_t>() == INT64_MAX);
  CHECK(converted("-9223372036854775808").get<std::int64_t>() == INT64_MIN);
  CHECK(converted("18446744073709551615").get<std::uint64_t>() == UINT64_MAX);
}

TEST_CASE("a number beyond all doubles becomes infinity instead of an exception") {
  CHECK(std::isinf(converted("1e400").get<double>()));
  CHECK(converted("-1e400").get<double>() < 0);
  CHECK(converted("18446744073709551616").get<double>() == 18446744073709551616.0);
}

TEST_CASE("claims convert as a whole and outlive their document") {
  nlohmann::json value;
  {
    const std::string text = R"({"sub":"alice","roles":["a","b"]})";
    const auto document = jwks::json::parse_object(text);
    REQUIRE(document.has_value());
    value = jwks::to_nlohmann(jwks::Claims(*document));
  }
  CHECK(value == nlohmann::json{{"sub", "alice"}, {"roles", {"a", "b"}}});
}

}  // namespace

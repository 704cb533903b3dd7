// Typed access to the claims of a verified token.

#include "jwks/claims.hpp"

#include "support/catch.hpp"
#include "support/tokens.hpp"

using jwks::ErrorCode;
using test::es256;
using test::kNow;

namespace {

jwks::VerifiedToken verified(test::TokenBuilder builder) {
  auto options = test::options();
  options.audiences.clear();
  options.allow_any_audience = true;
  return jwks::verify(builder.build().value(), test::es256_set(), test::policy(options), kNow)
      .value();
}

template <class T>
std::string_view code_of(const jwks::Result<T>& result) {
  return result ? "accepted" : to_string(result.error().code());
}

}  // namespace

TEST_CASE("a claim is read as the type that is asked for") {
  const auto token = verified(test::token(es256())
                                  .claim("text", R"("a\u0062")")
                                  .claim("whole", "-42")
                                  .claim("real", "2.5")
                                  .claim("flag", "true")
                                  .claim("date", "1750000000.5")
                                  .claim("list", R"(["x","y"])"));
  const auto claims = token.claims();
  CHECK(claims.string("text").value() == "ab");
  CHECK(claims.integer("whole").value() == -42);
  CHECK(claims.number("real").value() == 2.5);
  CHECK(claims.boolean("flag").value());
  CHECK(claims.numeric_date("date").value() == jwks::NumericDate{1750000000, 500'000'000});
  CHECK(claims.strings("list").value() == std::vector<std::string_view>{"x", "y"});
  CHECK(claims.strings("text").value() == std::vector<std::string_view>{"ab"});
}

TEST_CASE("a claim that is absent or of another type says so, whatever is asked for") {
  const auto token = verified(
      test::token(es256()).claim("null", "null").claim("mixed", R"(["x",1])").claim("aud", ""));
  const auto claims = token.claims();
  for (const auto& [name, code] : {std::pair{"absent", "missing_claim"},
                                   {"null", "invalid_claim"},
                                   {"mixed", "invalid_claim"}}) {
    CAPTURE(name);
    CHECK(code_of(claims.string(name)) == code);
    CHECK(code_of(claims.integer(name)) == code);
    CHECK(code_of(claims.number(name)) == code);
    CHECK(code_of(claims.boolean(name)) == code);
    CHECK(code_of(claims.numeric_date(name)) == code);
    CHECK(code_of(claims.strings(name)) == code);
  }
  CHECK(claims.audiences().empty());
  CHECK_FALSE(claims.has_audience("orders-api"));
  CHECK_FALSE(claims.not_before());
}

#include "jwks/result.hpp"

#include <memory>
#include <string>

#include "support/catch.hpp"

using jwks::Error;
using jwks::ErrorCode;
using jwks::Result;

namespace {

Result<int> half(int value) {
  if (value % 2 != 0) return Error(ErrorCode::invalid_claim);
  return value / 2;
}

}  // namespace

TEST_CASE("a result holds a value or an error") {
  const Result<int> good = half(8);
  REQUIRE(good.has_value());
  CHECK(static_cast<bool>(good));
  CHECK(*good == 4);
  CHECK(good.value() == 4);
  CHECK(good.value_or(9) == 4);

  const Result<int> bad = half(7);
  CHECK_FALSE(bad.has_value());
  CHECK(bad.error().code() == ErrorCode::invalid_claim);
  CHECK(bad.value_or(9) == 9);
}

TEST_CASE("value() of an error throws it") {
  const Result<int> bad = half(7);
  try {
    (void)bad.value();
    FAIL("nothing was thrown");
  } catch (const jwks::VerificationError& thrown) {
    CHECK(thrown.error().code() == ErrorCode::invalid_claim);
    CHECK(std::string(thrown.what()) == "invalid_claim");
  }
}

TEST_CASE("results chain") {
  CHECK(half(8).and_then(half).and_then(half).value() == 1);
  CHECK(half(6).and_then(half).error().code() == ErrorCode::invalid_claim);
  CHECK(half(8).transform([](int v) { return std::to_string(v); }).value() == "4");
  CHECK(half(7).or_else([](const Error&) { return half(2); }).value() == 1);
  CHECK(half(7)
            .transform_error([](const Error&) { return Error(ErrorCode::expired); })
            .error()
            .code() == ErrorCode::expired);
  CHECK(half(8).transform_error([](const Error&) { return Error(ErrorCode::expired); }).value() ==
        4);
}

TEST_CASE("a result may hold what can only be moved") {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(5);
  REQUIRE(result);
  CHECK(**result == 5);
  const std::unique_ptr<int> taken = std::move(result).value();
  CHECK(*taken == 5);
}

TEST_CASE("a result without a value is success or an error") {
  const Result<void> good;
  CHECK(good.has_value());
  CHECK_NOTHROW(good.value());
  const Result<void> bad = Error(ErrorCode::expired);
  CHECK_FALSE(bad.has_value());
  CHECK_THROWS_AS(bad.value(), jwks::VerificationError);
  CHECK(good.and_then([] { return half(4); }).value() == 2);
  CHECK(bad.and_then([] { return half(4); }).error().code() == ErrorCode::expired);
}

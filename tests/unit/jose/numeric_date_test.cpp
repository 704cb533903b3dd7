#include "jose/numeric_date.hpp"

#include <string>

#include "support/catch.hpp"

using jwks::NumericDate;
using jwks::jose::parse_numeric_date;

TEST_CASE("a NumericDate is read exactly from integers, fractions and exponents", "[attack-106]") {
  const struct {
    const char* text;
    NumericDate date;
  } cases[] = {
      {"0", {0, 0}},
      {"-0", {0, 0}},
      {"0.0e99999", {0, 0}},
      {"1750000300", {1750000300, 0}},
      {"1750000300.5", {1750000300, 500000000}},
      {"1.7500003e9", {1750000300, 0}},
      {"1.7500003E+9", {1750000300, 0}},
      {"175000030000e-2", {1750000300, 0}},
      {"0.00000175e15", {1750000000, 0}},
      {"1750000300.999999999", {1750000300, 999999999}},
      {"1750000300.9999999991", {1750000301, 0}},
      {"1750000300.99999999999", {1750000301, 0}},
      {"1750000300.0000000000000000001", {1750000300, 1}},
      {"1750000300.000000000000", {1750000300, 0}},
      {"1e-9", {0, 1}},
      {"1e-400", {0, 1}},
      {"253402300799", {253402300799, 0}},
  };
  for (const auto& [text, date] : cases) {
    CAPTURE(text);
    CHECK(parse_numeric_date(text) == date);
  }
  const std::string long_one = "1" + std::string(5000, '0') + "e-4991";
  CHECK(parse_numeric_date(long_one) == NumericDate{1000000000, 0});
  CHECK(parse_numeric_date("0." + std::string(4000, '0') + "1e4010") == NumericDate{1000000000, 0});
}

TEST_CASE("dates before 1970 and after 9999 are none", "[attack-090][attack-107][attack-108]") {
  for (const char* text :
       {"-1", "-0.5", "-1e-400", "-9223372036854775808", "253402300799.5", "253402300800",
        "9007199254740993", "9223372036854775807", "99999999999999999999999999", "1e400",
        "1E+9999999", "1e99999999999999999999", "1750000000000"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_numeric_date(text).has_value());
  }
}

TEST_CASE("the range of dates is exact at both ends", "[attack-108]") {
  CHECK_FALSE(parse_numeric_date("-1"));
  CHECK_FALSE(parse_numeric_date("-0.0000000001"));
  CHECK(parse_numeric_date("0") == NumericDate{0, 0});
  CHECK(parse_numeric_date("1") == NumericDate{1, 0});
  CHECK(parse_numeric_date("253402300798") == NumericDate{253402300798, 0});
  CHECK(parse_numeric_date("253402300798.999999999") == NumericDate{253402300798, 999999999});
  CHECK(parse_numeric_date("253402300799") == NumericDate{253402300799, 0});
  CHECK(parse_numeric_date("253402300799.000") == NumericDate{253402300799, 0});
  CHECK(parse_numeric_date("253402300798.9999999999") == NumericDate{253402300799, 0});
  CHECK_FALSE(parse_numeric_date("253402300799.0000000001"));
  CHECK_FALSE(parse_numeric_date("253402300799.000000001"));
  CHECK_FALSE(parse_numeric_date("253402300800"));
}

TEST_CASE("every way to write a date gives the same date", "[attack-106]") {
  // 1750000300.5 with its point moved, and the exponent to make up for it.
  const std::string digits = "17500003005";
  for (int shift = -400; shift <= 400; ++shift) {
    std::string text = digits;
    if (shift <= 0) {
      text = "0." + std::string(static_cast<std::size_t>(-shift), '0') + text;
    } else if (shift < static_cast<int>(digits.size())) {
      text.insert(static_cast<std::size_t>(shift), ".");
    } else {
      text += std::string(static_cast<std::size_t>(shift) - digits.size(), '0');
    }
    text += "e" + std::to_string(10 - shift);
    CAPTURE(text);
    CHECK(parse_numeric_date(text) == NumericDate{1750000300, 500000000});
  }
}

TEST_CASE("exponents of any size neither overflow nor wrap around", "[attack-090]") {
  const char* const sizes[] = {"999999999",
                               "1000000000",
                               "2147483648",
                               "4294967296",
                               "9223372036854775807",
                               "9223372036854775808",
                               "18446744073709551616",
                               "99999999999999999999999999999999"};
  for (const char* size : sizes) {
    CAPTURE(size);
    CHECK_FALSE(parse_numeric_date(std::string("1e") + size));
    CHECK_FALSE(parse_numeric_date(std::string("1.5E+") + size));
    CHECK(parse_numeric_date(std::string("1e-") + size) == NumericDate{0, 1});
    CHECK(parse_numeric_date(std::string("0e") + size) == NumericDate{});
    CHECK_FALSE(parse_numeric_date(std::string("-1e-") + size));
  }
  CHECK(parse_numeric_date("1e00000000000000000000009") == NumericDate{1000000000, 0});
  CHECK(parse_numeric_date("1e-0") == NumericDate{1, 0});
}

TEST_CASE("a time point becomes the NumericDate of the same instant") {
  using std::chrono::milliseconds;
  using std::chrono::system_clock;
  CHECK(jwks::jose::to_numeric_date(system_clock::time_point(milliseconds(1500))) ==
        NumericDate{1, 500000000});
  CHECK(jwks::jose::to_numeric_date(system_clock::time_point(milliseconds(-1500))) ==
        NumericDate{});
  CHECK(jwks::jose::to_numeric_date(system_clock::time_point::min()) == NumericDate{});
  CHECK(jwks::jose::to_numeric_date(system_clock::time_point(std::chrono::seconds(1))) ==
        NumericDate{1, 0});
}

TEST_CASE("dates add and compare with their fraction") {
  using jwks::jose::operator+;
  CHECK(NumericDate{1, 999999999} < NumericDate{2, 0});
  CHECK(NumericDate{2, 0} < NumericDate{2, 1});
  CHECK(NumericDate{1, 5} + std::chrono::seconds(600) == NumericDate{601, 5});
  CHECK(NumericDate{600, 999999999}.floor().time_since_epoch() == std::chrono::seconds(600));
}

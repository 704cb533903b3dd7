// Times as text, both ways.

#include "emulator/time_text.hpp"

#include "support/catch.hpp"

namespace {

using jwks::emulator::parse_date_time;
using jwks::emulator::utc_text;
using std::chrono::system_clock;

system_clock::time_point at(std::int64_t milliseconds) {
  return system_clock::time_point(std::chrono::milliseconds(milliseconds));
}

}  // namespace

TEST_CASE("a time is written in UTC with milliseconds") {
  CHECK(utc_text(at(0)) == "1970-01-01T00:00:00.000Z");
  CHECK(utc_text(at(1'750'000'000'007)) == "2025-06-15T15:06:40.007Z");
  CHECK(utc_text(at(-1)) == "1969-12-31T23:59:59.999Z");
  CHECK(utc_text(at(951'782'400'000)) == "2000-02-29T00:00:00.000Z");
  CHECK(utc_text(system_clock::time_point::max()) == "2262-04-11T23:47:16.854Z");
  CHECK(utc_text(system_clock::time_point::min()) == "1677-09-21T00:12:43.145Z");
}

TEST_CASE("a date-time is read with its offset and fraction") {
  for (const char* text :
       {"2025-06-15T15:06:40Z", "2025-06-15t15:06:40z", "2025-06-15 15:06:40Z",
        "2025-06-15T15:06:40.000Z", "2025-06-15T17:06:40+02:00", "2025-06-15T09:36:40-05:30",
        "2025-06-15T15:06:40-00:00", "2025-06-15T15:06:40.0000000000009Z"}) {
    CAPTURE(std::string(text));
    REQUIRE(parse_date_time(text));
    CHECK(*parse_date_time(text) == at(1'750'000'000'000));
  }
  CHECK(parse_date_time("2025-06-15T15:06:40.5Z").value() == at(1'750'000'000'500));
  CHECK(parse_date_time("1969-12-31T23:59:59.999Z").value() == at(-1));
  CHECK(utc_text(parse_date_time("2261-12-31T23:59:59Z").value()) == "2261-12-31T23:59:59.000Z");
  CHECK(utc_text(parse_date_time("1678-01-01T00:00:00Z").value()) == "1678-01-01T00:00:00.000Z");
}

TEST_CASE("what is no date-time is refused") {
  for (const char* text : {"",
                           "2025-06-15",
                           "2025-06-15T15:06Z",
                           "2025-06-15T15:06:40",
                           "2025-06-15T15:06:40.Z",
                           "2025-06-15T15:06:40+2:00",
                           "2025-06-15T15:06:40+0200",
                           "2025-06-15T15:06:40Zx",
                           "2025-02-29T00:00:00Z",
                           "2025-13-01T00:00:00Z",
                           "2025-00-01T00:00:00Z",
                           "2025-06-31T00:00:00Z",
                           "2025-06-15T24:00:00Z",
                           "2025-06-15T15:60:00Z",
                           "2016-12-31T23:59:60Z",
                           "2025-06-15T15:06:40+24:00",
                           "1677-12-31T23:59:59Z",
                           "2262-01-01T00:00:00Z",
                           "-2025-06-15T15:06:40Z",
                           "+2025-06-15T15:06:40Z",
                           "1750000000",
                           "tomorrow",
                           " 2025-06-15T15:06:40Z",
                           "2025-06-15T15:06:40Z "}) {
    CAPTURE(std::string(text));
    CHECK_FALSE(parse_date_time(text));
  }
}

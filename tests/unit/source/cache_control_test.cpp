#include "source/cache_control.hpp"

#include "support/catch.hpp"

namespace {

using jwks::FetchResponse;
using jwks::source::freshness_of;
using jwks::source::parse_http_date;
using jwks::source::parse_retry_after;
using std::chrono::seconds;

seconds ttl_of(const FetchResponse& response) { return freshness_of(response, {}).ttl; }

const std::chrono::sys_seconds kDate{seconds(784111777)};  // Sun, 06 Nov 1994 08:49:37 GMT

}  // namespace

TEST_CASE("a header can't push the TTL out of its bounds", "[claim-7]") {
  CHECK(ttl_of({}) == seconds(300));
  CHECK(ttl_of({.cache_control = "max-age=31536000"}) == seconds(3600));
  CHECK(ttl_of({.cache_control = "public, max-age=0"}) == seconds(60));
  CHECK(ttl_of({.cache_control = "no-store"}) == seconds(60));
  CHECK(ttl_of({.cache_control = "No-Cache, max-age=900"}) == seconds(60));
  CHECK(ttl_of({.cache_control = "private=\"a, b\", max-age=900"}) == seconds(60));
  CHECK(ttl_of({.cache_control = "max-age=600", .age = "100"}) == seconds(500));
  CHECK(ttl_of({.cache_control = "max-age=600", .age = "99999999999999999999"}) == seconds(60));
  CHECK(ttl_of({.cache_control = "max-age=900, max-age=120"}) == seconds(120));
}

TEST_CASE("the age of a response is kept, within bounds", "[claim-7]") {
  CHECK(freshness_of({.age = "100"}, {}).age == seconds(100));
  CHECK(freshness_of({.age = "-5"}, {}).age == seconds(0));
  CHECK(freshness_of({.age = std::string(40, '9')}, {}).age == seconds(3600));
}

TEST_CASE("Expires counts from Date, and only without max-age", "[claim-8]") {
  const FetchResponse dated{.expires = "Sun, 06 Nov 1994 08:59:37 GMT",
                            .date = "Sun, 06 Nov 1994 08:49:37 GMT"};
  CHECK(ttl_of(dated) == seconds(600));
  FetchResponse both = dated;
  both.cache_control = "max-age=90";
  CHECK(ttl_of(both) == seconds(90));
  FetchResponse undated = dated;
  undated.date.clear();
  CHECK(ttl_of(undated) == seconds(300));
  CHECK(ttl_of({.expires = "0", .date = dated.date}) == seconds(60));
  CHECK(ttl_of({.expires = dated.date, .date = dated.expires}) == seconds(60));
}

TEST_CASE("hostile cache headers give the default or a bound", "[claim-8][attack-201]") {
  for (const std::string value :
       {"max-age=-1", "max-age=1e9", "max-age=", "max-age", "max-age=\"", "=", ",,,,", "\"",
        "max-age= 3 0", "max-age=0x10", "s-maxage=7200"})
    CHECK(ttl_of({.cache_control = value}) == seconds(300));
  CHECK(ttl_of({.cache_control = "max-age=\"300\""}) == seconds(300));
  CHECK(ttl_of({.cache_control = "max-age=" + std::string(40, '9')}) == seconds(3600));
  CHECK(ttl_of({.cache_control = std::string(100'000, ',')}) == seconds(300));
  CHECK(ttl_of({.cache_control = std::string("max\0-age=900", 12)}) == seconds(300));
}

TEST_CASE("where cache headers are not honoured the default is the TTL") {
  const jwks::CacheOptions options{.default_ttl = seconds(120), .honour_cache_control = false};
  for (const std::string value : {"max-age=900", "no-store", ""}) {
    const auto fresh = freshness_of({.cache_control = value, .age = "20"}, options);
    CHECK(fresh.ttl == seconds(120));
    CHECK(fresh.age == seconds(20));
  }
}

TEST_CASE("an HTTP-date is read in its three forms") {
  CHECK(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT") == kDate);
  CHECK(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT") == kDate);
  CHECK(parse_http_date("Sun Nov  6 08:49:37 1994") == kDate);
  for (const std::string_view bad :
       {"", "0", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 CET",
        "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 8:49:37 GMT",
        "Sun, 06 Nov 99999 08:49:37 GMT", "a b c d e f g h i j"})
    CHECK_FALSE(parse_http_date(bad));
}

TEST_CASE("Retry-After is read in both forms and never keeps us away for more than 300 s",
          "[claim-38]") {
  CHECK(parse_retry_after("120", kDate) == seconds(120));
  CHECK(parse_retry_after(" 86400 ", kDate) == seconds(300));
  CHECK(parse_retry_after(std::string(40, '9'), kDate) == seconds(300));
  CHECK(parse_retry_after("Sun, 06 Nov 1994 08:50:37 GMT", kDate) == seconds(60));
  CHECK(parse_retry_after("Sun, 06 Nov 1994 08:40:37 GMT", kDate) == seconds(0));
  CHECK(parse_retry_after("Fri, 31 Dec 9999 23:59:59 GMT", kDate) == seconds(300));
  for (const std::string_view bad : {"", "soon", "-1", "1.5", "1e3"})
    CHECK_FALSE(parse_retry_after(bad, kDate));
}

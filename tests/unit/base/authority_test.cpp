#include "base/authority.hpp"

#include <string>

#include "support/catch.hpp"

using jwks::parse_authority;

TEST_CASE("an authority is a host and perhaps a port") {
  const auto name = parse_authority("API_1.example-2.com");
  REQUIRE(name);
  CHECK(name->host == "API_1.example-2.com");
  CHECK_FALSE(name->bracketed);
  CHECK(name->port == 0);

  const auto with_port = parse_authority("127.0.0.1:8443");
  REQUIRE(with_port);
  CHECK(with_port->host == "127.0.0.1");
  CHECK(with_port->port == 8443);

  const auto address = parse_authority("[2001:db8::1]:1");
  REQUIRE(address);
  CHECK(address->host == "2001:db8::1");
  CHECK(address->bracketed);
  CHECK(address->port == 1);
  CHECK(parse_authority("[::ffff:10.0.0.1]"));
}

TEST_CASE("the limits of hosts and ports are exact") {
  CHECK(parse_authority(std::string(253, 'a')));
  CHECK_FALSE(parse_authority(std::string(254, 'a')));
  CHECK(parse_authority("a:65535"));
  CHECK_FALSE(parse_authority("a:65536"));
  CHECK(parse_authority("a:00443")->port == 443);
  CHECK_FALSE(parse_authority("a:000443"));
  CHECK_FALSE(parse_authority("a:0"));
}

TEST_CASE("what resolvers could read differently is no authority") {
  using namespace std::string_view_literals;
  for (const std::string_view text : {""sv,         ":443"sv,
                                      "a:"sv,       "a:b"sv,
                                      "a:-1"sv,     "a:+1"sv,
                                      "a:1:2"sv,    "a b"sv,
                                      "a\0b"sv,     "a/b"sv,
                                      "a\\b"sv,     "user@a"sv,
                                      "a%41"sv,     "\xC3\xA4"sv,
                                      "[]"sv,       "["sv,
                                      "[::1"sv,     "[::1]x"sv,
                                      "[::1]443"sv, "[v1.a]"sv,
                                      "::1"sv,      "[fe80::1%25eth0]"sv,
                                      "[a]b:1"sv,   "a]"sv}) {
    CAPTURE(text);
    CHECK_FALSE(parse_authority(text).has_value());
  }
}

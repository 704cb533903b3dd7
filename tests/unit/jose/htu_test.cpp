#include "jose/htu.hpp"

#include <string>
#include <utility>

#include "support/catch.hpp"

namespace {

using jwks::jose::normalize_htu;

std::string normal(std::string_view url) { return normalize_htu(url).value_or("refused"); }

}  // namespace

TEST_CASE("URLs that RFC 3986 calls equivalent have one form", "[attack-142]") {
  for (const auto& [url, expected] : {
           // §6.2.2.1: case
           std::pair{"HTTPS://API.Example/Orders", "https://api.example/Orders"},
           {"https://[2001:DB8::A]/", "https://[2001:db8::a]/"},
           {"https://a/%c3%A4", "https://a/%C3%A4"},
           // §6.2.2.2: percent-encoding
           {"https://a/%7Euser/%61%2D%2e%5f0", "https://a/~user/a-._0"},
           {"https://a/%2f%25%3F%23%40%3a", "https://a/%2F%25%3F%23%40%3A"},
           {"https://a/%2561", "https://a/%2561"},
           {"https://a/%00%80%ff", "https://a/%00%80%FF"},
           // §6.2.2.3: dot segments
           {"https://a/b/c/./../../g", "https://a/g"},
           {"https://a/mid/content=5/../6", "https://a/mid/6"},
           {"https://a/../../b", "https://a/b"},
           {"https://a/b/..", "https://a/"},
           {"https://a/b/.", "https://a/b/"},
           {"https://a/.", "https://a/"},
           {"https://a/..", "https://a/"},
           {"https://a/b//../c", "https://a/b/c"},
           {"https://a/b/%2E%2e/c", "https://a/c"},
           {"https://a/...", "https://a/..."},
           {"https://a/.b/..c/d.", "https://a/.b/..c/d."},
           // §6.2.3: scheme
           {"https://a", "https://a/"},
           {"https://a:443/b", "https://a/b"},
           {"https://a:0443/b", "https://a/b"},
           {"https://a:/b", "https://a/b"},
           {"https://[::1]:/b", "https://[::1]/b"},
           {"http://a:80", "http://a/"},
           {"http://a:443/", "http://a:443/"},
           {"https://a:80/", "https://a:80/"},
           // RFC 9449 §4.3 (9): without query and fragment
           {"https://a/b?c=d", "https://a/b"},
           {"https://a/b#c", "https://a/b"},
           {"https://a?b#c", "https://a/"},
           {"https://a/b?/../c", "https://a/b"},
           {"https://a/b#?c", "https://a/b"},
           {"https://a/b?\xFF \n", "https://a/b"},
       }) {
    CAPTURE(url);
    CHECK(normal(url) == expected);
  }
}

TEST_CASE("a normal form is its own normal form") {
  for (const std::string_view url : {"https://a/", "https://a:8443/b/c%2Fd/~e",
                                     "http://[::1]:8080/!$&'()*+,;=:@", "https://a//b//"}) {
    CAPTURE(url);
    CHECK(normal(url) == url);
  }
}

TEST_CASE("nothing else is made equal") {
  CHECK(normal("https://a/b") != normal("https://a/b/"));
  CHECK(normal("https://a/b") != normal("https://a/B"));
  CHECK(normal("https://a/b") != normal("https://a//b"));
  CHECK(normal("https://a/b") != normal("http://a/b"));
  CHECK(normal("https://a/b") != normal("https://a./b"));
  CHECK(normal("https://a/b") != normal("https://a:444/b"));
  CHECK(normal("https://a/b%2Fc") != normal("https://a/b/c"));
  CHECK(normal("https://a/b+c") != normal("https://a/b%20c"));
  CHECK(normal("https://a/%41%2B") != normal("https://a/A+"));
  CHECK(normal("https://[::1]/") != normal("https://[0:0:0:0:0:0:0:1]/"));
}

TEST_CASE("what is no http or https URL has no normal form", "[attack-142]") {
  using namespace std::string_view_literals;
  for (const std::string_view url : {""sv,
                                     "/orders"sv,
                                     "api.example/orders"sv,
                                     "//api.example/orders"sv,
                                     "https:"sv,
                                     "https:/a"sv,
                                     "https:///a"sv,
                                     "https://"sv,
                                     "https://?a"sv,
                                     "https:a"sv,
                                     "ftp://a/"sv,
                                     "wss://a/"sv,
                                     "javascript:1"sv,
                                     " https://a/"sv,
                                     "https://a/ "sv,
                                     "https ://a"sv,
                                     "https://user@a/"sv,
                                     "https://user:secret@a/"sv,
                                     "https://@a/"sv,
                                     "https://a@b@c/"sv,
                                     "https://a:b/"sv,
                                     "https://a:0/"sv,
                                     "https://a:65536/"sv,
                                     "https://a::/"sv,
                                     "https://:443/"sv,
                                     "https://[::1/"sv,
                                     "https://[::1:"sv,
                                     "https://::1/"sv,
                                     "https://a%2Eb/"sv,
                                     "https://\xC3\xA4/"sv,
                                     "https://a\\b/"sv,
                                     "https://a:443:/b"sv,
                                     "https://a\0b/"sv,
                                     "https://a/\0"sv,
                                     "https://a/b c"sv,
                                     "https://a/\t"sv,
                                     "https://a/\xC3\xA4"sv,
                                     "https://a/b\\c"sv,
                                     "https://a/\"b\""sv,
                                     "https://a/<b>"sv,
                                     "https://a/{b}"sv,
                                     "https://a/^`"sv,
                                     "https://a/%"sv,
                                     "https://a/%4"sv,
                                     "https://a/%4g"sv,
                                     "https://a/%%41"sv,
                                     "https://a/% 1"sv}) {
    CAPTURE(url);
    CHECK(normal(url) == "refused");
  }
}

TEST_CASE("what browsers send raw in a path is encoded before it is compared", "[attack-142]") {
  CHECK(normal("https://a/items[0]") == "https://a/items%5B0%5D");
  CHECK(normal("https://a/b|c") == normal("https://a/b%7cc"));
}

#include "source/url.hpp"

#include <string>

#include "source/address.hpp"
#include "support/catch.hpp"

namespace {

using jwks::source::address_fault;
using jwks::source::parse_address;
using jwks::source::proxy_fault;
using jwks::source::same_origin;
using jwks::source::url_address;
using jwks::source::url_fault;
using jwks::source::url_host;
using jwks::source::UrlKind;

bool is_good(std::string_view url) { return url_fault(url, UrlKind::resource, false).empty(); }

std::string_view fault_of(std::string_view address, bool allow_link_local = false) {
  return address_fault(parse_address(address).value(), allow_link_local);
}

}  // namespace

TEST_CASE("an https URL says plainly where it leads") {
  for (const std::string_view url :
       {"https://issuer.example", "https://issuer.example:8443/a/b?c=d&e=%20",
        "https://ISSUER.example.", "https://192.0.2.1/x", "https://[2001:db8::1]:443/",
        "https://1.issuer.example", "https://issuer.0x.example", "https://a_b.example"})
    CHECK(is_good(url));
  for (const std::string_view url :
       {"", "issuer.example", "//issuer.example", "https:/issuer.example", "https://",
        "https://user@issuer.example", "https://issuer.example#f", "https://issuer.example/\x7f",
        "https://issuer.example/\n", "https://[::1", "https://[1.2.3.4]", "https://[::g]",
        "https://[fe80::1%25eth0]", "https://issuer.example:", "https://issuer.example:65536"})
    CHECK_FALSE(is_good(url));
  CHECK(is_good("https://x/" + std::string(2048 - 10, 'a')));
  CHECK_FALSE(is_good("https://x/" + std::string(2048 - 9, 'a')));
}

TEST_CASE("an IPv4 address has one spelling", "[attack-198]") {
  CHECK(url_address("https://127.0.0.1:8443/x") == parse_address("::ffff:127.0.0.1"));
  CHECK(url_address("https://[::1]/") == parse_address("::1"));
  CHECK_FALSE(url_address("https://issuer.example"));
  for (const std::string_view host :
       {"2130706433", "0x7f000001", "017700000001", "127.1", "127.0.1", "0x7f.0.0.1", "127.0.0.01",
        "0177.0.0.1", "127.0.0.1.", "127.0.0.256", "127.0.0.1.1", "1.2.3", "issuer.1", "issuer.0xa",
        "0X7F", "0x", "issuer.08"})
    CHECK_FALSE(is_good("https://" + std::string(host)));
}

TEST_CASE("addresses at which credentials are handed out are refused", "[claim-54]") {
  for (const std::string_view address : {"169.254.0.0",
                                         "169.254.169.254",
                                         "169.254.255.255",
                                         "100.100.100.200",
                                         "168.63.129.16",
                                         "fe80::",
                                         "febf:ffff::1",
                                         "fd00:ec2::254",
                                         "::ffff:169.254.169.254",
                                         "::169.254.169.254",
                                         "64:ff9b::169.254.169.254",
                                         "64:ff9b::100.100.100.200",
                                         "64:ff9b:1::169.254.169.254",
                                         "2002:a9fe:a9fe::1",
                                         "::ffff:168.63.129.16",
                                         "192.0.0.192",
                                         "::ffff:192.0.0.192",
                                         "fd00:ec2::23",
                                         "fd20:ce::254",
                                         "fd00:42::42",
                                         "::ffff:0:169.254.169.254",
                                         "::ffff:0:100.100.100.200",
                                         "::ffff:0:192.0.0.192"}) {
    CAPTURE(address);
    CHECK_FALSE(fault_of(address).empty());
    CHECK(fault_of(address, /*allow_link_local=*/true).empty());
  }
}

TEST_CASE("addresses of no single machine are refused in any case") {
  for (const std::string_view address :
       {"0.0.0.0", "0.255.255.255", "224.0.0.1", "239.255.255.255", "255.255.255.255",
        "::", "ff00::", "ff02::1", "::ffff:0.0.0.0", "64:ff9b::0.0.0.0",
        "2002:e000:1::", "::ffff:0:0.0.0.0", "::ffff:0:224.0.0.1"}) {
    CAPTURE(address);
    CHECK_FALSE(fault_of(address).empty());
    CHECK_FALSE(fault_of(address, /*allow_link_local=*/true).empty());
  }
}

TEST_CASE("other addresses are not refused, private ones included") {
  for (const std::string_view address : {"127.0.0.1",        "::1",
                                         "10.0.0.1",         "192.168.1.1",
                                         "172.16.0.1",       "100.64.0.1",
                                         "8.8.8.8",          "1.0.0.0",
                                         "169.253.255.255",  "169.255.0.0",
                                         "100.100.100.199",  "168.63.129.17",
                                         "223.255.255.255",  "240.0.0.1",
                                         "2001:db8::1",      "fc00::1",
                                         "fd00:ec2::253",    "fe7f::1",
                                         "fec0::1",          "::ffff:10.0.0.1",
                                         "64:ff9b::8.8.8.8", "2002:808:808::",
                                         "::ffff:0:8.8.8.8", "192.0.0.191",
                                         "192.0.0.193",      "fd00:ec2::24",
                                         "fd20:ce::253",     "fd00:42::43",
                                         "fd00:42:0:1::42"}) {
    CAPTURE(address);
    CHECK(fault_of(address).empty());
  }
}

TEST_CASE("an origin is a scheme, a host and a port") {
  CHECK(same_origin("https://a.example/x", "https://a.example:443/y?z"));
  CHECK(same_origin("http://127.0.0.1/x", "http://127.0.0.1:80"));
  CHECK(same_origin("https://A.example", "https://a.EXAMPLE"));
  CHECK_FALSE(same_origin("https://a.example", "http://a.example:443"));
  CHECK_FALSE(same_origin("https://a.example", "https://a.example:8443"));
  CHECK_FALSE(same_origin("https://a.example", "https://b.example"));
  CHECK_FALSE(same_origin("https://a.example", "https://a.example."));
}

TEST_CASE("a proxy is a host and a port, and perhaps a password") {
  for (const std::string_view url :
       {"http://proxy.example:3128", "https://proxy.example", "http://user:word@proxy.example:80/",
        "http://us%40er:w%3ard@10.0.0.1:3128", "http://[::1]:3128", "http://user@proxy.example",
        "http://user:@proxy.example", "http://:word@proxy.example", "http://@proxy.example",
        "http://u:%20%7e%c3%A4%7E@proxy.example", "http://u:-._~!$&'()*+,;=:9@proxy.example"})
    CHECK(proxy_fault(url).empty());
  for (const std::string_view url :
       {"proxy.example:3128", "socks5://proxy.example", "ftp://proxy.example", "http://",
        "http://proxy.example/path", "http://proxy.example?x", "http://proxy.example#x",
        "http://proxy.example:0", "http://user:word@", "http://proxy .example",
        "http://proxy.example\r\n", "http://0x7f000001", "file:///etc/hostname"})
    CHECK_FALSE(proxy_fault(url).empty());
}

TEST_CASE("the password of a proxy is one that libcurl can decode") {
  // A proxy whose user information it can't decode it leaves out, and connects directly.
  for (const std::string userinfo :
       {"us:p%0aw", "us:p%0Dw", "us:%00", "us%00:w", "us:%1f",        "us:%1F",  "us:%7f",
        "us:%7F",   "%0a",      "us:p%",  "us:p%4",  "us:p%4g",       "us:p%g4", "us:p%%41",
        "us:p[w",   "us:p]w",   "a:b@c",  "@",       "a@b.example:c", "us:p|w",  "us:p\"w"}) {
    CAPTURE(userinfo);
    CHECK_FALSE(proxy_fault("http://" + userinfo + "@proxy.example:3128").empty());
    CHECK_FALSE(proxy_fault("https://" + userinfo + "@proxy.example").empty());
  }
}

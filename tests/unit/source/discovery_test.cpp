#include "source/discovery.hpp"

#include "source/limits.hpp"
#include "source/siphash.hpp"
#include "source/url.hpp"
#include "support/catch.hpp"

namespace {

using jwks::Algorithm;
using jwks::ErrorReason;
using jwks::SteadyTime;
using jwks::source::discovery_urls;
using jwks::source::read_discovery;
using jwks::source::url_fault;
using jwks::source::UrlKind;
using std::chrono::seconds;

constexpr std::string_view kIssuer = "https://issuer.example/tenant";

auto read(const std::string& document) {
  return read_discovery(document, kIssuer, jwks::kDefaultAlgorithms, false);
}

std::string with_uri(const std::string& uri) {
  return R"({"issuer":"https://issuer.example/tenant","jwks_uri":")" + uri + "\"}";
}

bool refused(const std::string& document, std::string_view member) {
  const auto uri = read(document);
  return !uri && uri.error().reason() == ErrorReason::discovery_rejected &&
         uri.error().subject() == member;
}

}  // namespace

TEST_CASE("the discovery document is looked for at both well-known places") {
  const auto plain = discovery_urls("https://issuer.example");
  CHECK(plain[0] == "https://issuer.example/.well-known/openid-configuration");
  CHECK(plain[1] == "https://issuer.example/.well-known/oauth-authorization-server");
  const auto slash = discovery_urls("https://issuer.example/");
  CHECK(slash == plain);
  const auto path = discovery_urls("https://issuer.example:8443/a/b");
  CHECK(path[0] == "https://issuer.example:8443/a/b/.well-known/openid-configuration");
  CHECK(path[1] == "https://issuer.example:8443/.well-known/oauth-authorization-server/a/b");
}

TEST_CASE("a good discovery document gives the jwks_uri") {
  const auto uri = read(with_uri("https://keys.example:8443/set?tenant=1"));
  REQUIRE(uri);
  CHECK(*uri == "https://keys.example:8443/set?tenant=1");
}

TEST_CASE("a document of another issuer is refused, to the last byte", "[attack-199]") {
  for (const std::string issuer : {"https://issuer.example/tenant/", "https://issuer.example",
                                   "https://ISSUER.example/tenant", "http://issuer.example/tenant"})
    CHECK(refused(R"({"issuer":")" + issuer + R"(","jwks_uri":"https://issuer.example/j"})",
                  "issuer"));
  CHECK(refused(R"({"jwks_uri":"https://issuer.example/j"})", "issuer"));
  CHECK(refused(R"({"issuer":["https://issuer.example/tenant"],"jwks_uri":"https://x/j"})",
                "issuer"));
}

TEST_CASE("a bad jwks_uri is refused", "[attack-200]") {
  CHECK(refused(R"({"issuer":"https://issuer.example/tenant"})", "jwks_uri"));
  CHECK(refused(R"({"issuer":"https://issuer.example/tenant","jwks_uri":7})", "jwks_uri"));
  for (const std::string uri :
       {"", "http://issuer.example/j", "http://127.0.0.1/j", "file:///etc/passwd", "//x/j",
        "https://user@issuer.example/j", "https://issuer.example/j#f",
        "https://issuer.example/\\r\\n", "https://issuer.example/a b", "HTTPS://issuer.example/j",
        "https:///j", "https://issuer.example:0/j", "https://issuer.example:99999/j",
        "https://[::1/j", "https://good.example\\\\@evil.example/j"})
    CHECK(refused(with_uri(uri), "jwks_uri"));
  CHECK(refused(with_uri("https://x/" + std::string(10'000, 'a')), "jwks_uri"));
}

TEST_CASE("what is no strict JSON object is refused as a discovery document") {
  for (const std::string text : {"", "[]", "null", "<html>", "{\"issuer\":\"a\",\"issuer\":\"b\"}"})
    CHECK(refused(text, "discovery document"));
}

TEST_CASE("an issuer that signs with nothing the policy allows is refused") {
  const auto listing = [](const std::string& algorithms) {
    return R"({"issuer":"https://issuer.example/tenant","jwks_uri":"https://x/j",)"
           R"("id_token_signing_alg_values_supported":)" +
           algorithms + "}";
  };
  constexpr std::string_view kMember = "id_token_signing_alg_values_supported";
  CHECK(read(listing(R"(["none","HS256","RS256"])")));
  CHECK(refused(listing(R"(["none","HS256"])"), kMember));
  CHECK(refused(listing("[]"), kMember));
  CHECK(refused(listing("\"RS256\""), kMember));
  CHECK(refused(listing("[1]"), kMember));
  CHECK_FALSE(read_discovery(listing(R"(["RS256"])"), kIssuer, {Algorithm::es256}, false));
}

TEST_CASE("http is for loopback hosts, and only when allowed", "[attack-196]") {
  const auto fault = [](std::string_view url, bool allowed) {
    return url_fault(url, UrlKind::issuer, allowed);
  };
  for (const std::string_view url :
       {"http://127.0.0.1:8080", "http://localhost/x", "http://[::1]:9", "http://127.1.2.3"}) {
    CHECK(fault(url, true).empty());
    CHECK_FALSE(fault(url, false).empty());
  }
  for (const std::string_view url :
       {"http://issuer.example", "http://127.0.0.1.evil.example", "http://127.0.0", "http://127.1",
        "http://localhost.evil.example", "http://0x7f000001", "http://127.0.0.256",
        "http://127.0.0.01", "http://[::ffff:127.0.0.1]"})
    CHECK_FALSE(fault(url, true).empty());
  CHECK(fault("https://issuer.example", false).empty());
  CHECK_FALSE(fault("https://issuer.example?x=1", false).empty());
}

TEST_CASE("SipHash-2-4 gives the values of its paper") {
  constexpr jwks::source::SipHashKey kKey{0x0706050403020100U, 0x0f0e0d0c0b0a0908U};
  std::string input;
  for (char c = 0; c < 15; ++c) input.push_back(c);
  CHECK(jwks::source::siphash(kKey, input) == 0xa129ca6149be45e5U);
  CHECK(jwks::source::siphash(kKey, "") == 0x726fdb47dd0e0e31U);
  CHECK(jwks::source::siphash(kKey, input.substr(0, 8)) == 0x93f5f5799a932462U);
  for (char c = 15; c < 63; ++c) input.push_back(c);
  CHECK(jwks::source::siphash(kKey, input) == 0x958a324ceb064572U);
}

TEST_CASE("the bucket admits its burst and then one per interval", "[claim-17]") {
  jwks::source::TokenBucket bucket(2, seconds(30));
  SteadyTime now{seconds(1000)};
  CHECK(bucket.take(now));
  CHECK(bucket.take(now + seconds(10)));
  CHECK_FALSE(bucket.take(now + seconds(10)));
  CHECK(bucket.until_next(now + seconds(10)) == seconds(20));
  CHECK_FALSE(bucket.take(now + seconds(29)));
  CHECK(bucket.take(now + seconds(30)));
  CHECK_FALSE(bucket.take(now + seconds(31)));
  // Idle time fills it to its capacity and no further.
  now += seconds(3600);
  CHECK(bucket.take(now));
  CHECK(bucket.take(now));
  CHECK_FALSE(bucket.take(now));
}

TEST_CASE("the negative cache is bounded and forgets", "[claim-20]") {
  jwks::source::NegativeCache cache;
  const SteadyTime now{seconds(1000)};
  for (std::uint64_t i = 0; i < 5000; ++i)
    cache.insert(i * 0x9e3779b97f4a7c15U, 1, now + seconds(30));
  CHECK(cache.size(now) <= jwks::source::NegativeCache::kEntries);
  CHECK(cache.size(now) > jwks::source::NegativeCache::kEntries / 2);
  CHECK(cache.size(now + seconds(30)) == 0);

  cache.insert(7, 1, now + seconds(30));
  CHECK(cache.contains(7, 1, now + seconds(29)));
  CHECK_FALSE(cache.contains(7, 2, now));  // another generation
  CHECK_FALSE(cache.contains(7, 1, now + seconds(30)));
  cache.clear();
  CHECK_FALSE(cache.contains(7, 1, now));
}

TEST_CASE("the back-off doubles up to 60 s and starts anew after a success", "[claim-37]") {
  jwks::source::Backoff backoff;
  const SteadyTime now{seconds(1000)};
  for (const int expected : {1, 2, 4, 8, 16, 32, 60, 60, 60}) {
    backoff.fail(now, 1.0, seconds(0));
    CHECK(*backoff.until() - now == seconds(expected));
  }
  CHECK(backoff.active(now + seconds(59)));
  CHECK_FALSE(backoff.active(now + seconds(60)));
  backoff.succeed();
  CHECK_FALSE(backoff.active(now));
  backoff.fail(now, 0.0, seconds(120));
  CHECK(*backoff.until() - now == seconds(120));
}

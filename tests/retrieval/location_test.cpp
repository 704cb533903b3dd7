// Where a fetch may lead: ATTACKS rows 195, 196 and 198, and claims 54 and 55.

#include "resolver.hpp"
#include "support/catch.hpp"
#include "support/recording_observer.hpp"
#include "world.hpp"

namespace {

using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::JwksVerifier;
using test::RawServer;
using test::reply;

std::string redirect_to(const std::string& location) {
  return test::response("", "Location: " + location + "\r\n", "302 Found");
}

/// What a verifier that may follow `redirects` answers, and that nobody but `server` was asked.
jwks::Error follow(const RawServer& server, unsigned redirects) {
  auto options = test::options_for(server.url());
  options.http.max_redirects = redirects;
  return test::first_answer(options);
}

/// The first answer of a verifier that would go to `url`, and that it counts as a failed fetch.
jwks::Error lead_to(const std::string& url, bool allow_link_local = false) {
  auto options = test::options_for(url);
  options.http.allow_link_local = allow_link_local;
  const auto verifier = JwksVerifier::create(options).value();
  const auto result = verifier.verify(test::good_token());
  CHECK(verifier.stats().fetch_failures == 1);
  return result ? jwks::Error(ErrorCode{}) : result.error();
}

bool refused_as(const jwks::Error& error, std::string_view why) {
  UNSCOPED_INFO(error.message());
  return error.code() == ErrorCode::keys_unavailable &&
         error.reason() == ErrorReason::fetch_failed &&
         error.detail().find(why) != std::string_view::npos;
}

}  // namespace

TEST_CASE("redirects are not followed unless that is asked for", "[attack-195][claim-54]") {
  RawServer target(reply(test::good_keys()));
  const RawServer server(test::bytes(redirect_to("/other")));
  CHECK(test::refuses(test::bytes(redirect_to(target.url())), ErrorReason::fetch_failed));
  CHECK(refused_as(follow(server, 0), "302"));
  CHECK(target.requests().empty());
  CHECK(server.requests().size() == 1);
}

TEST_CASE("a redirect that is followed stays with its origin", "[attack-195][claim-54]") {
  const RawServer elsewhere(reply(test::good_keys()));
  RawServer server(reply(""));
  const std::string port = server.origin().substr(server.origin().rfind(':'));
  for (const std::string& location :
       {std::string("http://issuer.example/jwks"), std::string("file:///etc/hostname"),
        std::string("https://127.0.0.1") + port + "/jwks", elsewhere.url(),
        "//localhost" + port + "/jwks", "http://127.0.0.2" + port + "/jwks",
        "http://user:word@127.0.0.1" + port + "/jwks", server.url() + "#fragment",
        std::string("http://169.254.169.254/latest"), std::string("https://10.0.0.1/jwks"),
        std::string("ftp://127.0.0.1/jwks"), std::string("gopher://127.0.0.1/"),
        std::string("http://2852039166/latest"), std::string("http://"),
        "/" + std::string(3000, 'a'), std::string("\\\\127.0.0.1\\jwks")}) {
    CAPTURE(location);
    server.set(test::bytes(redirect_to(location)));
    const std::size_t before = server.requests().size();
    CHECK(refused_as(follow(server, 3), "redirect"));
    CHECK(server.requests().size() == before + 1);
  }
  CHECK(elsewhere.requests().empty());
}

TEST_CASE("redirects are followed as far as is allowed", "[attack-195]") {
  // /jwks → /1 → ../2 → ?3 → the keys, each in another spelling.
  const auto chain = [](test::Connection& connection, const std::string& request) {
    const std::string path = test::path_of(request);
    std::string reply = test::response(test::good_keys());
    if (path == "/jwks") reply = redirect_to("1");
    if (path == "/1") reply = redirect_to("../2");
    if (path == "/2") reply = redirect_to("?3");
    connection.send(reply);
  };
  const RawServer server(chain);
  CHECK(follow(server, 3).code() == ErrorCode{});
  CHECK(server.connections() == 1);
  CHECK(server.requests().size() == 4);
  CHECK(refused_as(follow(server, 2), "too many redirects"));

  const RawServer loop(reply("", "Location: /jwks\r\n", "301 Moved Permanently"));
  CHECK(refused_as(follow(loop, 3), "too many redirects"));
  CHECK(loop.requests().size() == 4);
}

TEST_CASE("plain http is a configuration error", "[attack-196]") {
  for (const std::string url : {"http://issuer.example/jwks", "http://127.0.0.1/jwks",
                                "file:///etc/hostname", "ftp://issuer.example/jwks"}) {
    auto options = test::options_for(url);
    options.http.allow_loopback_http = false;
    const auto made = JwksVerifier::create(options);
    REQUIRE_FALSE(made);
    CHECK(made.error().code() == ErrorCode::bad_config);
    CHECK(made.error().subject() == "jwks_uri");
  }
  // The explicit word is for loopback alone.
  CHECK_FALSE(JwksVerifier::create(test::options_for("http://issuer.example/jwks")));
}

TEST_CASE("a name that resolves to a metadata service is refused", "[attack-198][claim-54]") {
  for (const std::string address :
       {"169.254.169.254", "169.254.0.1", "fe80::1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1", "::ffff:0:169.254.169.254", "fd00:ec2::254", "fd00:ec2::23",
        "fd20:ce::254", "fd00:42::42", "100.100.100.200", "168.63.129.16", "192.0.0.192"}) {
    CAPTURE(address);
    test::resolve_to("cloud.test", address);
    CHECK(refused_as(lead_to("https://cloud.test/jwks"), "metadata"));
  }
  for (const std::string address :
       {"0.0.0.0", "0.1.2.3", "::", "224.0.0.1", "ff02::1", "255.255.255.255", "::ffff:0.0.0.0"}) {
    CAPTURE(address);
    test::resolve_to("nobody.test", address);
    CHECK(refused_as(lead_to("https://nobody.test/jwks"), "no single machine"));
    CHECK(refused_as(lead_to("https://nobody.test/jwks", true), "no single machine"));
  }
}

TEST_CASE("a proxy that has no address is not quoted from what libcurl says") {
  auto options = test::options_for("https://issuer.test/jwks");
  options.http.proxy = "http://us:hunter2@proxy.test:3128";
  const jwks::Error error = test::first_answer(options);
  CHECK(refused_as(error, "issuer.test"));
  CHECK(refused_as(error, "proxy"));
  CHECK(error.message().find("proxy.test") == std::string::npos);
  CHECK(error.message().find("hunter2") == std::string::npos);
}

TEST_CASE("http to a name that only claims to be loopback is refused", "[attack-198]") {
  // By policy a private address is fine for https, where the certificate tells who is there.
  test::resolve_to("rebound.test", "127.0.0.1");
  const RawServer server(reply(test::good_keys()));
  const auto made = JwksVerifier::create(test::options_for(server.url("rebound.test")));
  REQUIRE_FALSE(made);
  CHECK(made.error().code() == ErrorCode::bad_config);
  CHECK(test::first_answer(test::options_for(server.url("localhost"))).code() == ErrorCode{});
}

TEST_CASE("an address in a URL is judged in every spelling", "[attack-198][claim-54]") {
  for (const std::string host :
       {"169.254.169.254", "[fe80::1]", "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]",
        "[::a9fe:a9fe]", "[64:ff9b::169.254.169.254]", "[fd00:0ec2:0::0:254]", "[fd20:ce::254]",
        "[::ffff:0:a9fe:a9fe]", "100.100.100.200", "168.63.129.16", "192.0.0.192"})
    CHECK(refused_as(lead_to("https://" + host + "/jwks"), "metadata"));
  // What some resolvers take for an address and others for a name is neither.
  for (const std::string host :
       {"2852039166", "0xa9fea9fe", "0xa9.0xfe.0xa9.0xfe", "169.254.43518", "169.16689662",
        "0251.0376.0251.0376", "169.254.169.254.", "169.254.169.0xfe", "0", "0x", "[::1"}) {
    const auto made = JwksVerifier::create(test::options_for("https://" + host + "/jwks"));
    REQUIRE_FALSE(made);
    CHECK(made.error().subject() == "jwks_uri");
  }
}

TEST_CASE("what a token says never reaches the issuer or a log raw", "[claim-55]") {
  const RawServer server(reply(test::good_keys()));
  const auto observer = std::make_shared<test::RecordingObserver>();
  auto options = test::options_for(server.url());
  options.observer = observer;
  options.cache.forced_refresh_burst = 10;
  const auto clock = std::make_shared<test::FakeClock>(test::kNow);
  options.clock = clock;
  const auto verifier = JwksVerifier::create(options).value();
  REQUIRE(verifier.verify(test::token_of(test::key_a())));

  // As JSON; the long one is beyond the limit of a kid, the last one is not UTF-8.
  const std::vector<std::string> kids{
      R"(evil\u0000kid)",        R"(evil\r\nX-Evil: 1)",          R"(evil\u001b[31m)",
      R"(evil&kid=../../x?y#z)", "evil" + std::string(4096, 'k'), "evil\xff\xfe"};
  for (const std::string& kid : kids) {
    CAPTURE(kid);
    clock->advance(std::chrono::seconds(2));  // one forced refresh a second at most
    const auto result = verifier.verify(
        test::token(test::key_a()).header("kid", test::json_quoted(kid)).build().value());
    REQUIRE_FALSE(result);
    const std::string message = result.error().message();
    CHECK(std::ranges::all_of(message, [](char c) { return c >= ' ' && c <= '~'; }));
    CHECK(result.error().key_id().size() <= 64);
  }
  // The four that can be a kid caused refreshes, and no request tells of them.
  REQUIRE(server.requests().size() == 1 + 4);
  for (const std::string& request : server.requests()) {
    CHECK(request.find("evil") == std::string::npos);
    CHECK(request.starts_with("GET /jwks HTTP/1.1\r\n"));
  }
  const auto is_plain = [](const std::string& text) {
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
  };
  REQUIRE(test::eventually([&] {
    return observer->count(jwks::EventKind::fetch_succeeded) == server.requests().size();
  }));
  for (int kind = 0; kind <= static_cast<int>(jwks::EventKind::snapshot_not_saved); ++kind) {
    for (const jwks::Event& event : observer->events(static_cast<jwks::EventKind>(kind))) {
      CHECK(is_plain(event.key_id));
      for (const std::string& kid : event.added) CHECK(is_plain(kid));
      if (event.error) CHECK(is_plain(event.error->message()));
    }
  }
}

// A sound response whose content, type or status is not what it should be: ATTACKS rows 186, 187,
// 192 to 194, 199 to 201 and 204.

#include "support/catch.hpp"
#include "world.hpp"

namespace {

using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::KeySetState;
using std::chrono::seconds;
using test::accepts;
using test::RawServer;
using test::refuses;
using test::reply;

std::string typed(const std::string& type) { return "Content-Type: " + type + "\r\n"; }

/// An issuer at the server's own address: `discovery` makes its document from its URL.
struct DiscoveringIssuer {
  std::string document;
  RawServer server{[this](test::Connection& connection, const std::string& request) {
    if (test::path_of(request) == "/.well-known/openid-configuration")
      connection.send(test::response(document));
    else if (test::path_of(request) == "/jwks")
      connection.send(test::response(test::good_keys()));
    else
      connection.send(test::response("", "", "404 Not Found"));
  }};

  void names(const std::string& issuer, const std::string& jwks_uri_member) {
    document = "{\"issuer\":\"" + issuer + "\"" + jwks_uri_member + "}";
  }
  [[nodiscard]] jwks::Error first_answer(
      std::shared_ptr<jwks::Observer> observer = {},
      jwks::AlgorithmSet algorithms = jwks::kDefaultAlgorithms) const {
    auto options = test::options_for("");
    options.issuer = server.origin();
    options.observer = std::move(observer);
    options.validation.algorithms = algorithms;
    const auto verifier = jwks::JwksVerifier::create(options).value();
    const auto now = std::chrono::system_clock::now();
    const auto result = verifier.verify(test::token(test::key_a())
                                            .claim("iss", test::json_quoted(server.origin()))
                                            .claim("iat", now)
                                            .claim("exp", now + seconds(60))
                                            .build()
                                            .value());
    return result ? jwks::Error(ErrorCode{}) : result.error();
  }
};

}  // namespace

TEST_CASE("an answer without keys keeps the old ones", "[attack-186]") {
  for (const std::string body :
       {R"({"keys":[]})", "{}", "[]", "null", "", "\"keys\"", R"({"keys":null})", R"({"keys":{}})",
        R"({"keys":[],"keys":[]})", "{\"keys\":[]}{}"}) {
    CAPTURE(body);
    CHECK(refuses(reply(body), ErrorReason::document_rejected));
  }
}

TEST_CASE("one good key among bad ones serves", "[attack-187]") {
  const std::string good = test::key_a().public_jwk();
  CHECK(accepts(reply(test::jwks_document({R"({"kty":"RSA","kid":"r","n":"garbage","e":"AQAB"})",
                                           R"({"kty":"AKP-X","kid":"x"})", "7", good,
                                           R"({"kty":"oct","kid":"o","k":"c2VjcmV0"})"}))));
}

TEST_CASE("the content type may say HTML only of HTML", "[attack-192]") {
  for (const std::string type : {"text/html", "text/html; charset=utf-8", "application/xhtml+xml"})
    CHECK(refuses(reply(test::good_keys(), typed(type)), ErrorReason::document_rejected));
  for (const std::string type : {"application/jwk-set+json", "application/json;charset=utf-8",
                                 "application/json", "text/plain", "application/octet-stream"})
    CHECK(accepts(reply(test::good_keys(), typed(type))));
  CHECK(accepts(reply(test::good_keys())));
}

TEST_CASE("a page for people is no key set, whatever it is called", "[attack-193]") {
  const std::string page = "<!DOCTYPE html><html><title>Sign in</title></html>";
  for (const std::string type : {"text/html", "application/json", "text/plain"})
    CHECK(refuses(reply(page, typed(type)), ErrorReason::document_rejected));
}

TEST_CASE("a status other than 200 brings no keys", "[attack-194]") {
  for (const std::string status :
       {"204 No Content", "206 Partial Content", "301 Moved", "304 Not Modified", "400 Bad Request",
        "401 Unauthorized", "403 Forbidden", "404 Not Found", "410 Gone", "500 Oops"}) {
    CAPTURE(status);
    // A body is not looked at.
    CHECK(refuses(reply(status[0] == '3' || status[1] == '0' ? "" : test::good_keys(), "", status),
                  ErrorReason::fetch_failed));
  }
}

TEST_CASE("an issuer that says when to come back is heeded", "[attack-194]") {
  for (const std::string status : {"429 Too Many Requests", "503 Service Unavailable"}) {
    const RawServer server(reply("", "Retry-After: 120\r\n", status));
    const auto verifier = jwks::JwksVerifier::create(test::options_for(server.url())).value();
    for (int i = 0; i < 3; ++i) {
      const auto result = verifier.verify(test::good_token());
      REQUIRE_FALSE(result);
      CHECK(result.error().code() == ErrorCode::keys_unavailable);
      REQUIRE(result.error().retry_after());
      CHECK(*result.error().retry_after() > seconds(100));
      CHECK(*result.error().retry_after() <= seconds(120));
    }
    CHECK(server.requests().size() == 1);
  }
}

TEST_CASE("a document of another issuer is refused", "[attack-199]") {
  DiscoveringIssuer issuer;
  const std::string origin = issuer.server.origin();
  const std::string member = ",\"jwks_uri\":\"" + origin + "/jwks\"";
  issuer.names(origin, member);
  CHECK(issuer.first_answer().code() == ErrorCode{});
  for (const std::string& other :
       {origin + "/", std::string("https://issuer.example"), std::string(), "x" + origin}) {
    issuer.names(other, member);
    const jwks::Error error = issuer.first_answer();
    CHECK(error.code() == ErrorCode::keys_unavailable);
    CHECK(error.reason() == ErrorReason::discovery_rejected);
  }
}

TEST_CASE("a jwks_uri that leads astray is refused", "[attack-200]") {
  DiscoveringIssuer issuer;
  const std::string origin = issuer.server.origin();
  const std::string authority = origin.substr(7);
  for (const std::string& uri :
       {std::string(), "http://user:word@" + authority + "/jwks", origin + "/jwks#keys",
        origin + "/jwks\\r\\nX: y", origin + "/jw\\u000aks",
        std::string("http://issuer.example/jwks"), std::string("file:///etc/hostname"),
        origin + "/" + std::string(10'000, 'a')}) {
    issuer.names(origin, uri.empty() ? "" : ",\"jwks_uri\":\"" + uri + "\"");
    const jwks::Error error = issuer.first_answer();
    CHECK(error.code() == ErrorCode::keys_unavailable);
    CHECK(error.reason() == ErrorReason::discovery_rejected);
    CHECK(error.subject() == "jwks_uri");
  }
}

TEST_CASE("an issuer that signs with nothing allowed is refused, and an event says so") {
  DiscoveringIssuer issuer;
  const std::string origin = issuer.server.origin();
  const std::string member =
      ",\"jwks_uri\":\"" + origin + "/jwks\"" + ",\"id_token_signing_alg_values_supported\":";
  const auto observer = std::make_shared<test::RecordingObserver>();
  issuer.names(origin, member + R"(["none","HS256"])");
  CHECK(issuer.first_answer(observer).reason() == ErrorReason::discovery_rejected);
  CHECK(issuer.server.requests().size() == 1);
  REQUIRE(
      test::eventually([&] { return observer->count(jwks::EventKind::document_rejected) == 1; }));
  const auto event = observer->events(jwks::EventKind::document_rejected).at(0);
  REQUIRE(event.error);
  CHECK(event.error->subject() == "id_token_signing_alg_values_supported");
  // It may list what is not allowed, and nothing of that is adopted.
  issuer.names(origin, member + R"(["none","HS256","ES256K","ES256"])");
  CHECK(issuer.first_answer().code() == ErrorCode{});
  issuer.names(origin, member + R"(["none","HS256","ES256K","RS256"])");
  CHECK(issuer.first_answer({}, {jwks::Algorithm::rs256}).code() == ErrorCode::alg_not_allowed);
}

TEST_CASE("cache headers are obeyed within bounds", "[attack-201]") {
  struct Case {
    std::string fields;
    seconds ttl;
  };
  const std::string huge(20, '9');
  for (const Case& each :
       {Case{"Cache-Control: max-age=0\r\n", seconds(60)},
        Case{"Cache-Control: max-age=31536000\r\n", seconds(3600)},
        Case{"Cache-Control: max-age=-1\r\n", seconds(300)},
        Case{"Cache-Control: max-age=" + huge + "\r\n", seconds(3600)},
        Case{"Cache-Control: no-store\r\n", seconds(60)},
        Case{"Cache-Control: no-store\r\nCache-Control: max-age=900\r\n", seconds(60)},
        Case{"Cache-Control: max-age=600\r\nAge: 100\r\n", seconds(500)},
        Case{"Cache-Control: max-age=600\r\nAge: 86400\r\n", seconds(60)},
        Case{"Cache-Control: max-age=600\r\nExpires: 0\r\n", seconds(600)}}) {
    CAPTURE(each.fields);
    const RawServer server(reply(test::good_keys(), each.fields));
    auto options = test::options_for(server.url());
    const auto clock = std::make_shared<test::FakeClock>(test::kNow);
    options.clock = clock;
    const auto verifier = jwks::JwksVerifier::create(options).value();
    REQUIRE(verifier.verify(test::token_of(test::key_a())));
    clock->advance(each.ttl - seconds(1));
    const auto before = verifier.health().state;
    CHECK((before == KeySetState::fresh || before == KeySetState::refresh_due));
    clock->advance(seconds(1));
    CHECK(verifier.health().state == KeySetState::stale_unproven);
  }
}

TEST_CASE("a huge key set is refused, and a large one costs a bounded number of tries",
          "[attack-204]") {
  using test::SigningKey;
  const auto now = std::chrono::system_clock::now();
  for (const std::string kid : {"same", ""}) {
    // The key that signs is the last of 128.
    std::vector<std::string> keys;
    std::optional<SigningKey> last;
    while (keys.size() < 128) {
      last = SigningKey::generate(jwks::Algorithm::es256, kid).value();
      keys.push_back(last->public_jwk());
    }
    const RawServer server(reply(test::jwks_document(keys)));
    auto options = test::options_for(server.url());
    const std::string token = test::token(*last)
                                  .header("kid", kid.empty() ? "" : test::json_quoted(kid))
                                  .claim("iat", now)
                                  .claim("exp", now + seconds(60))
                                  .build()
                                  .value();
    const auto answer_to_token = [&] {
      const auto result = jwks::JwksVerifier::create(options).value().verify(token);
      return result ? ErrorCode{} : result.error().code();
    };
    CHECK(answer_to_token() == ErrorCode::key_ambiguous);
    options.validation.key_selection = jwks::KeySelection::try_candidates;
    CHECK(answer_to_token() == ErrorCode::bad_signature);  // after 4 of 128

    keys.push_back(keys.front());
    CHECK(refuses(reply(test::jwks_document(keys)), ErrorReason::document_rejected));
    keys.resize(10'000, keys.front());
    CHECK(refuses(reply(test::jwks_document(keys)), ErrorReason::fetch_failed));
  }
}

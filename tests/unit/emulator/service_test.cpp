// What the emulator answers, without sockets: documents, control, journal.

#include "emulator/service.hpp"

#include <string>

#include "support/catch.hpp"
#include "unit/emulator/emulated.hpp"

namespace {

using namespace jwks::emulator;  // NOLINT(google-build-using-namespace)

constexpr auto kNow = test::kEmulatedNow;

/// `->` reaches the service, `.emulation` what is behind it.
struct Served : test::Emulated {
  using test::Emulated::Emulated;
  const Served* operator->() const { return this; }
  [[nodiscard]] const Issuer& issuer() const { return emulation->realms().root()->issuer; }
  [[nodiscard]] Journal& journal() const { return emulation->journal(); }
};

Served service(std::string identifier = "http://127.0.0.1:4100",
               std::function<std::chrono::system_clock::time_point()> clock = {}) {
  EmulatorOptions options = test::quick_options();
  options.issuer = std::move(identifier);
  if (clock) options.clock = std::move(clock);
  return Served(std::move(options));
}

HttpRequest request(std::string method, std::string path, std::string body = {}) {
  return {.method = std::move(method),
          .path = std::move(path),
          .headers = {{"host", "127.0.0.1:4100"}, {"content-type", "application/json"}},
          .body = std::move(body),
          .from_loopback = true};
}

HttpRequest with(HttpRequest request, std::string name, std::string value) {
  std::erase_if(request.headers, [&](const auto& each) { return each.first == name; });
  request.headers.emplace_back(std::move(name), std::move(value));
  return request;
}

/// A decoded segment of a token in an answer of `/_emulate/tokens`.
std::string segment(const HttpResponse& response, int which) {
  return test::segment_of(test::member_of(response.body, "token"), which);
}

constexpr const char* kOpenId = "/.well-known/openid-configuration";
constexpr const char* kOAuth = "/.well-known/oauth-authorization-server";

}  // namespace

TEST_CASE("both metadata documents name the issuer and endpoints that answer") {
  const auto idp = service();
  for (const char* path : {kOpenId, kOAuth}) {
    const auto response = idp->respond(request("GET", path));
    REQUIRE(response.status == 200);
    CHECK(test::header_of(response, "Content-Type") == "application/json");
    CHECK(test::member_of(response.body, "issuer") == "http://127.0.0.1:4100");
    CHECK(test::member_of(response.body, "id_token_signing_alg_values_supported") ==
          R"(["ES256","EdDSA"])");
    for (const char* name : {"jwks_uri", "token_endpoint"}) {
      const std::string url = test::member_of(response.body, name);
      REQUIRE(url.starts_with("http://127.0.0.1:4100/"));
      const std::string local = url.substr(std::string("http://127.0.0.1:4100").size());
      CHECK(idp->respond(request("GET", local)).status != 404);
    }
  }
}

TEST_CASE("an issuer with a path serves its documents where OIDC and RFC 8414 look for them") {
  const auto idp = service("http://127.0.0.1:4100/tenant/a");
  for (const std::string& path :
       {std::string("/tenant/a") + kOpenId, std::string("/tenant/a") + kOAuth,
        std::string(kOAuth) + "/tenant/a"}) {
    CAPTURE(path);
    const auto response = idp->respond(request("GET", path));
    REQUIRE(response.status == 200);
    CHECK(test::member_of(response.body, "issuer") == "http://127.0.0.1:4100/tenant/a");
    CHECK(test::member_of(response.body, "jwks_uri") ==
          "http://127.0.0.1:4100/tenant/a/.well-known/jwks.json");
  }
  CHECK(idp->respond(request("GET", "/tenant/a/.well-known/jwks.json")).status == 200);
  CHECK(idp->respond(request("GET", std::string(kOAuth) + "/tenant/b")).status == 404);
  CHECK(idp->respond(request("GET", "/tenant/ab/.well-known/jwks.json")).status == 404);
}

TEST_CASE("the issuer is served exactly as pinned, with its slash") {
  const auto idp = service("https://issuer.example/");
  const auto response = idp->respond(request("GET", kOpenId));
  CHECK(test::member_of(response.body, "issuer") == "https://issuer.example/");
  CHECK(test::member_of(response.body, "jwks_uri") ==
        "https://issuer.example/.well-known/jwks.json");
}

TEST_CASE("the JWK Set is the same under all its names and may be cached") {
  const auto idp = service();
  for (const char* path :
       {"/.well-known/jwks.json", "/oauth2/jwks", "/sso/jwks", "/sso/jwks/client_1"}) {
    CAPTURE(std::string(path));
    const auto response = idp->respond(request("GET", path));
    CHECK(response.status == 200);
    CHECK(response.body == idp->issuer().keyring().snapshot()->jwks);
    CHECK(test::header_of(response, "Cache-Control") == "public, max-age=300");
    CHECK(test::header_of(response, "ETag").size() == 24);
  }
  for (const char* path : {"/sso/jwks/", "/sso/jwks/a/b", "/jwks", "/oauth2/jwks/"}) {
    CHECK(idp->respond(request("GET", path)).status == 404);
  }
  CHECK(idp->respond(request("POST", "/oauth2/jwks")).status == 405);
}

TEST_CASE("a validator that still holds is answered with 304, one that does not with the keys") {
  const auto idp = service();
  const std::string etag = test::header_of(idp->respond(request("GET", "/oauth2/jwks")), "ETag");
  const auto ask = [&](const std::string& validator) {
    return idp->respond(with(request("GET", "/oauth2/jwks"), "if-none-match", validator));
  };
  for (const std::string& validator :
       {etag, "W/" + etag, std::string("*"), "\"other\", " + etag, "\"a\",W/\"b\" ,\t" + etag}) {
    CAPTURE(validator);
    const auto response = ask(validator);
    CHECK(response.status == 304);
    CHECK(response.body.empty());
    CHECK(test::header_of(response, "ETag") == etag);
    CHECK(test::header_of(response, "Cache-Control") == "public, max-age=300");
  }
  CHECK(ask("\"other\"").status == 200);
  CHECK(ask(etag.substr(1)).status == 200);

  REQUIRE(idp->issuer().keyring().rotate(Rotation::switch_to));
  const auto after = ask(etag);
  CHECK(after.status == 200);
  CHECK(test::header_of(after, "ETag") != etag);
}

TEST_CASE("health answers, and what does not exist does not") {
  const auto idp = service();
  CHECK(idp->respond(request("GET", "/health")).status == 200);
  CHECK(idp->respond(request("POST", "/health")).status == 405);
  CHECK(idp->respond(request("GET", "/")).status == 404);
  CHECK(idp->respond(request("GET", "/_emulate/nothing")).status == 404);
  CHECK(idp->respond(request("GET", "/_emulate")).status == 404);
}

TEST_CASE("minting over HTTP sets, replaces and removes what is asked") {
  const auto idp = service();
  const auto plain = idp->respond(request("POST", "/_emulate/tokens"));
  REQUIRE(plain.status == 200);
  CHECK(test::header_of(plain, "Cache-Control") == "no-store");
  CHECK(test::member_of(segment(plain, 0), "alg") == "ES256");
  CHECK(test::member_of(segment(plain, 0), "typ") == "at+jwt");
  CHECK(test::member_of(segment(plain, 1), "sub") == "user");
  CHECK(test::member_of(segment(plain, 1), "exp") == "1750003600");

  const auto odd = idp->respond(request("POST", "/_emulate/tokens", R"({
      "subject": "al\u0069ce", "audience": "api", "algorithm": "EdDSA", "expires_in": -60,
      "claims": {"nbf": "tomorrow", "cnf": {"jkt": "x"}, "iat": null, "big": 1e400},
      "header": {"typ": 1, "crit": ["x"]},
      "remove_claims": ["jti"], "remove_header": ["kid"]})"));
  REQUIRE(odd.status == 200);
  CHECK(segment(odd, 0) == R"({"alg":"EdDSA","typ":1,"crit":["x"]})");
  const std::string claims = segment(odd, 1);
  CHECK(test::member_of(claims, "sub") == "alice");
  CHECK(test::member_of(claims, "aud") == "api");
  CHECK(test::member_of(claims, "exp") == "1749999940");
  CHECK(test::member_of(claims, "nbf") == "tomorrow");
  CHECK(test::member_of(claims, "cnf") == R"({"jkt": "x"})");
  CHECK(test::member_of(claims, "iat") == "null");
  CHECK(test::member_of(claims, "big") == "1e400");
  CHECK(test::member_of(claims, "jti").empty());
}

TEST_CASE("a mint request that can't be met is refused, naming the member") {
  const auto idp = service();
  const std::pair<const char*, const char*> rows[] = {
      {R"({"subject":1})", "subject"},
      {R"({"audience":["a"]})", "audience"},
      {R"({"algorithm":"none"})", "algorithm"},
      {R"({"algorithm":"RS512"})", "algorithm"},
      {R"({"expires_in":1.5})", "expires_in"},
      {R"({"expires_in":9223372036854775807})", "expires_in"},
      {R"({"claims":[]})", "claims"},
      {R"({"remove_claims":"jti"})", "remove_claims"},
      {R"({"subjekt":"x"})", "subjekt"},
      {"[]", "bad_json"},
      {"{", "bad_json"},
  };
  for (const auto& [body, named] : rows) {
    CAPTURE(std::string(body));
    const auto response = idp->respond(request("POST", "/_emulate/tokens", body));
    CHECK(response.status == 400);
    CHECK(test::member_of(response.body, "message").find(named) != std::string::npos);
  }
  CHECK(idp->respond(request("GET", "/_emulate/tokens")).status == 405);
}

TEST_CASE("rotation over HTTP does what its mode says and tells the new state") {
  const auto idp = service();
  const auto rotate = [&](const std::string& body) {
    return idp->respond(request("POST", "/_emulate/keys/rotate", body));
  };
  const std::string before = idp->issuer().keyring().snapshot()->signer({})->key_id();
  CHECK(test::member_of(rotate(R"({"mode":"announce"})").body, "version") == "2");
  CHECK(idp->issuer().keyring().snapshot()->signer({})->key_id() == before);
  CHECK(test::member_of(rotate("").body, "version") == "3");
  CHECK(idp->issuer().keyring().snapshot()->signer({})->key_id() != before);
  CHECK(test::member_of(rotate(R"({"mode":"retire"})").body, "version") == "4");
  const auto hard = rotate(R"({"mode":"hard"})");
  CHECK(test::member_of(hard.body, "version") == "5");
  CHECK(hard.body == idp->respond(request("GET", "/_emulate/keys")).body);

  for (const char* body : {R"({"mode":"Hard"})", R"({"mode":1})", "nonsense"}) {
    CHECK(rotate(body).status == 400);
  }
  CHECK(idp->issuer().keyring().snapshot()->version == 5);
}

TEST_CASE("control answers programs on this machine and no web page") {
  const auto idp = service();
  const HttpRequest good = request("POST", "/_emulate/keys/rotate");
  for (const char* host : {"127.0.0.1:4100", "localhost:4100", "LOCALHOST", "[::1]:4100"}) {
    CHECK(idp->respond(with(good, "host", host)).status == 200);
  }
  CHECK(idp->respond(with(good, "origin", "http://127.0.0.1:4100")).status == 200);
  CHECK(idp->respond(with(good, "sec-fetch-site", "same-origin")).status == 200);
  const std::uint64_t version = idp->issuer().keyring().snapshot()->version;

  for (const char* host : {"evil.example", "evil.example:4100", "127.0.0.1.evil.example",
                           "localhost.evil.example:4100", "", "[::1", "127.0.0.2:4100"}) {
    CAPTURE(std::string(host));
    CHECK(idp->respond(with(good, "host", host)).status == 403);
  }
  for (const char* origin : {"http://evil.example", "null", "", "http://127.0.0.1:3000",
                             "https://127.0.0.1:4100", "http://127.0.0.1:4100.evil.example"}) {
    CAPTURE(std::string(origin));
    CHECK(idp->respond(with(good, "origin", origin)).status == 403);
  }
  for (const char* site : {"cross-site", "same-site", "anything"}) {
    CHECK(idp->respond(with(good, "sec-fetch-site", site)).status == 403);
  }
  HttpRequest twice = good;
  twice.headers.emplace_back("host", "127.0.0.1:4100");
  CHECK(idp->respond(twice).status == 403);
  HttpRequest none = good;
  none.headers.clear();
  CHECK(idp->respond(none).status == 403);
  HttpRequest remote = good;
  remote.from_loopback = false;
  CHECK(idp->respond(remote).status == 403);
  CHECK(idp->issuer().keyring().snapshot()->version == version);

  // The issuer's own documents are for everybody.
  HttpRequest keys = with(request("GET", "/oauth2/jwks"), "host", "issuer.example");
  keys.from_loopback = false;
  CHECK(idp->respond(keys).status == 200);
}

TEST_CASE("the journal counts each path, without its query, and keeps no credentials") {
  const auto idp = service();
  HttpRequest first = with(request("GET", "/oauth2/jwks"), "authorization", "Bearer secret-token");
  first.query = "x=1";
  CHECK(idp->respond(first).status == 200);
  CHECK(idp->respond(request("GET", "/oauth2/jwks")).status == 200);
  CHECK(idp->respond(request("GET", "/nothing")).status == 404);
  CHECK(idp->respond(request("GET", "/_emulate/keys")).status == 200);

  CHECK(idp->journal().count("/oauth2/jwks") == 2);
  CHECK(idp->journal().count("/nothing") == 1);
  CHECK(idp->journal().count("/_emulate/keys") == 0);
  CHECK(idp->journal().count("/oauth2") == 0);
  const auto entries = idp->journal().entries();
  REQUIRE(entries.size() == 3);
  CHECK(entries[0].query == "x=1");
  CHECK(entries[0].time == kNow);
  CHECK(entries[2].status == 404);

  const std::string json = idp->respond(request("GET", "/_emulate/journal")).body;
  CHECK(test::member_of(json, "total") == "3");
  CHECK(test::member_of(json, "counts") == R"({"/nothing":1,"/oauth2/jwks":2})");
  CHECK(json.find("secret-token") == std::string::npos);
  CHECK(json.find(R"("authorization":"Bearer")") != std::string::npos);

  CHECK(idp->respond(request("DELETE", "/_emulate/journal")).status == 204);
  CHECK(idp->journal().count("/oauth2/jwks") == 0);
  CHECK(idp->journal().entries().empty());
}

TEST_CASE("the journal stays bounded and readable whatever is asked") {
  const auto idp = service();
  for (int i = 0; i < 1500; ++i) {
    CHECK(idp->respond(request("GET", "/invented/" + std::to_string(i))).status == 404);
  }
  CHECK(idp->respond(with(request("GET", "/\xff\x80"), "x", "\xc3\x28\x01")).status == 404);
  CHECK(idp->journal().entries().size() == Journal::kMaxEntries);
  CHECK(idp->journal().count("/invented/999") == 1);
  CHECK(idp->journal().count("/invented/1000") == 0);
  const std::string json = idp->journal().to_json();
  CHECK(test::member_of(json.substr(0, json.find(',')) + "}", "total") == "1501");
  CHECK(json.find("\xff") == std::string::npos);
}

TEST_CASE("an emulated failure answers every path but control's, and is journaled") {
  const auto idp = service();
  REQUIRE(idp.emulation->hooks().add({.status = 503}));
  CHECK(idp->respond(request("GET", "/oauth2/jwks")).status == 503);
  CHECK(idp->respond(request("GET", "/health")).status == 503);
  CHECK(idp->respond(request("GET", "/_emulate/keys")).status == 200);
  idp.emulation->hooks().clear();
  CHECK(idp->respond(request("GET", "/oauth2/jwks")).status == 200);
  CHECK(idp->journal().entries().at(0).status == 503);
  CHECK(idp->journal().count("/oauth2/jwks") == 2);
}

TEST_CASE("a clock that throws does not end the emulator") {
  const auto idp =
      service("http://127.0.0.1:4100", []() -> std::chrono::system_clock::time_point { throw 1; });
  CHECK(idp->respond(request("POST", "/_emulate/tokens")).status == 200);
}

TEST_CASE("an issuer identifier is an http or https URL without query and fragment") {
  for (const char* good :
       {"https://issuer.example", "http://127.0.0.1:4100", "https://a/b/", "http://[::1]:80"}) {
    CHECK(issuer_problem(good).empty());
  }
  for (const char* bad : {"", "issuer.example", "ftp://a", "https://", "https:///x", "https://a?b",
                          "https://a#b", "https://a b", "https://a\n", "https://a\"b"}) {
    CAPTURE(std::string(bad));
    CHECK_FALSE(issuer_problem(bad).empty());
  }
}

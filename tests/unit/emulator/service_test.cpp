// What the emulator answers, without sockets: whose documents these are, and what hooks and faults
// make of them. The control endpoints are in control/.

#include "emulator/service.hpp"

#include <string>

#include "support/catch.hpp"
#include "unit/emulator/emulated.hpp"

namespace {

using namespace jwks::emulator;  // NOLINT(google-build-using-namespace)

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

TEST_CASE("a hook answers every path but control's, the key set included, and is journaled",
          "[emulator][known-defect]") {
  const auto idp = service();
  REQUIRE(idp.emulation->hooks().add({.status = 503}));
  for (const char* path : {"/oauth2/jwks", "/.well-known/jwks.json", "/sso/jwks/client_1", kOpenId,
                           "/oauth2/token", "/organizations", "/health", "/nothing"}) {
    CAPTURE(std::string(path));
    CHECK(idp->respond(request("GET", path)).status == 503);
  }
  CHECK(idp->respond(request("GET", "/_emulate/keys")).status == 200);
  idp.emulation->hooks().clear();
  CHECK(idp->respond(request("GET", "/oauth2/jwks")).status == 200);
  CHECK(idp->journal().entries().at(0).status == 503);
  CHECK(idp->journal().count("/oauth2/jwks") == 2);
}

TEST_CASE("a fault spoils what the endpoint answered, of further issuers too", "[emulator]") {
  EmulatorOptions options = test::quick_options();
  options.issuers = {{.name = "tenant"}};
  const Served idp(std::move(options));
  auto& faults = idp.emulation->faults();
  REQUIRE(faults.add({.kind = FaultKind::truncate, .path = "/tenant/oauth2/jwks"}, false));
  const auto whole = idp->respond(request("GET", "/oauth2/jwks"));
  CHECK_FALSE(whole.fault);
  const auto spoiled = idp->respond(request("GET", "/tenant/oauth2/jwks"));
  REQUIRE(spoiled.fault);
  CHECK(spoiled.fault->kind == FaultKind::truncate);
  CHECK(spoiled.fault->bytes == spoiled.body.size() / 2);

  faults.clear();
  REQUIRE(faults.add({.kind = FaultKind::html}, false));
  for (const char* path : {"/oauth2/jwks", "/tenant/oauth2/jwks", "/health", "/nothing"}) {
    const auto page = idp->respond(request("GET", path));
    CHECK(page.status == 200);
    CHECK(page.body.starts_with("<!DOCTYPE html>"));
    CHECK(idp->journal().entries().back().status == 200);
  }
  CHECK(idp->respond(request("GET", "/_emulate/keys")).body.starts_with("{"));
}

TEST_CASE("who has the key set already meets its faults too", "[emulator]") {
  const auto idp = service();
  const std::string etag = test::header_of(idp->respond(request("GET", "/oauth2/jwks")), "ETag");
  const auto ask = [&] {
    return idp->respond(with(request("GET", "/oauth2/jwks"), "if-none-match", etag));
  };
  REQUIRE(ask().status == 304);
  for (const FaultKind kind : {FaultKind::truncate, FaultKind::drip, FaultKind::empty_set}) {
    CAPTURE(to_string(kind));
    REQUIRE(idp.emulation->faults().add({.kind = kind, .count = 1}, false));
    const auto spoiled = ask();
    CHECK(spoiled.status == 200);
    CHECK_FALSE(spoiled.body.empty());
    CHECK(idp.emulation->faults().list().empty());
    CHECK(ask().status == 304);
  }
  CHECK(idp->journal().entries().at(2).headers.size() == 3);  // if-none-match is kept there
}

TEST_CASE("a faulty key set is for those who read it", "[emulator]") {
  const auto idp = service();
  REQUIRE(idp.emulation->faults().add({.kind = FaultKind::empty_set, .count = 2}, false));
  CHECK(idp->respond(request("POST", "/oauth2/jwks")).status == 405);
  CHECK(idp->respond(request("HEAD", "/oauth2/jwks")).body == R"({"keys":[]})");
  CHECK(idp->respond(request("GET", "/oauth2/jwks")).body == R"({"keys":[]})");
  CHECK(idp->respond(request("GET", "/oauth2/jwks")).body != R"({"keys":[]})");
}

TEST_CASE("a hook comes before a fault", "[emulator]") {
  const auto idp = service();
  REQUIRE(idp.emulation->hooks().add({.status = 503, .count = 1}));
  REQUIRE(idp.emulation->faults().add({.kind = FaultKind::html, .count = 1}, false));
  CHECK(idp->respond(request("GET", "/health")).status == 503);
  CHECK(idp->respond(request("GET", "/health")).body.starts_with("<!DOCTYPE"));
  CHECK(test::member_of(idp->respond(request("GET", "/health")).body, "status") == "ok");
}

TEST_CASE("faults of connections are taken when one is accepted", "[emulator]") {
  const auto idp = service();
  REQUIRE(idp.emulation->add_fault({.kind = FaultKind::stall_handshake, .count = 1}));
  CHECK(idp.service->greet() == ConnectionFault::stall);
  CHECK(idp.service->greet() == ConnectionFault::none);
}

TEST_CASE("no limit is hidden: a thousand requests in one moment are answered",
          "[emulator][known-defect]") {
  const auto idp = service();
  for (int i = 0; i < 1000; ++i) {
    REQUIRE(idp->respond(request("GET", "/oauth2/jwks")).status == 200);
    REQUIRE(idp->respond(request("GET", "/_emulate/clock")).status == 200);
  }
  CHECK(idp->journal().count("/oauth2/jwks") == 1000);
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

TEST_CASE("only what an issuer has brings one into being", "[emulator]") {
  EmulatorOptions options = test::quick_options();
  options.auto_issuers = true;
  const test::Emulated idp(std::move(options));
  for (const char* path : {"/a/b", "/a/health", "/a/organizations", "/a/.well-known", "/a/", "/a",
                           "/_emulate/keys?issuer=a"}) {
    CAPTURE(std::string(path));
    static_cast<void>(idp.respond("GET", path));
    CHECK(idp.emulation->realms().names().size() == 1);
  }
  CHECK(idp.respond("GET", "/a/oauth2/jwks").status == 200);
  CHECK(idp.respond("GET", "/.well-known/oauth-authorization-server/b").status == 200);
  CHECK(idp.emulation->realms().names() == std::vector<std::string>{"", "a", "b"});
  CHECK(idp.respond("GET", "/a/health").status == 200);
}

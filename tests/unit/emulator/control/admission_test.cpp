// Who may use the control endpoints.

#include "emulator/control/admission.hpp"

#include <string>

#include "support/catch.hpp"
#include "unit/emulator/emulated.hpp"

namespace {

using namespace jwks::emulator;  // NOLINT(google-build-using-namespace)

constexpr const char* kRotate = "/_emulate/keys/rotate";

HttpRequest local(HttpHeaders headers = {}) {
  return test::Emulated::request("POST", kRotate, "", std::move(headers));
}

HttpRequest remote(HttpHeaders headers = {}) {
  HttpRequest request = local(std::move(headers));
  request.from_loopback = false;
  return request;
}

/// Counts what got through: a request that is refused must change nothing.
struct Guarded : test::Emulated {
  Guarded() : Emulated(with_token()) {}
  static EmulatorOptions with_token() {
    EmulatorOptions options = test::quick_options();
    options.host = "Emulator.Example";
    options.control_token = "control-token";
    return options;
  }
  [[nodiscard]] int status(const HttpRequest& request) const {
    const std::uint64_t before = version();
    const auto response = respond(request);
    CHECK((version() > before) == (response.status == 200));
    if (response.status != 200) {
      CHECK(test::header_of(response, "Content-Type") == "application/json");
      CHECK_FALSE(test::member_of(response.body, "message").empty());
    }
    return response.status;
  }
  [[nodiscard]] std::uint64_t version() const {
    return emulation->realms().root()->issuer.keyring().snapshot()->version;
  }
};

}  // namespace

TEST_CASE("loopback peers need no key if they call a name of this machine", "[emulator]") {
  const Guarded idp;
  for (const char* host : {"127.0.0.1:4100", "localhost:4100", "LOCALHOST", "[::1]:4100", "[::1]",
                           "emulator.example:4100"}) {
    CAPTURE(std::string(host));
    CHECK(idp.status(local({{"host", host}})) == 200);
  }
  for (const char* host :
       {"evil.example", "evil.example:4100", "127.0.0.1.evil.example",
        "localhost.evil.example:4100", "", "[::1", "127.0.0.2:4100", "0.0.0.0",
        "localhost@evil.example", "evil.example#localhost", ":4100", "localhost:1@evil.example",
        "localhost:", "localhost:x", "[::1]x", "127.0.0.1:70000"}) {
    CAPTURE(std::string(host));
    CHECK(idp.status(local({{"host", host}})) == 403);
  }
  HttpRequest twice = local();
  twice.headers.emplace_back("host", "127.0.0.1:4100");
  CHECK(idp.status(twice) == 403);
  HttpRequest none = local();
  none.headers.clear();
  CHECK(idp.status(none) == 403);
}

TEST_CASE("an emulator that binds every address takes that for no name", "[emulator]") {
  EmulatorOptions options = test::quick_options();
  options.host = "0.0.0.0";
  const test::Emulated idp(std::move(options));
  CHECK(idp.respond(local({{"host", "0.0.0.0:4100"}})).status == 403);
  CHECK(idp.respond(local({{"host", "127.0.0.1:4100"}})).status == 200);
}

TEST_CASE("no web page may drive the emulator", "[emulator]") {
  const Guarded idp;
  CHECK(idp.status(local({{"origin", "http://127.0.0.1:4100"}})) == 200);
  for (const char* site : {"same-origin", "none"}) {
    CHECK(idp.status(local({{"sec-fetch-site", site}})) == 200);
  }
  for (const char* origin :
       {"http://evil.example", "null", "", "http://127.0.0.1:3000", "https://127.0.0.1:4100",
        "http://127.0.0.1:4100.evil.example", "http://localhost:4100"}) {
    CAPTURE(std::string(origin));
    CHECK(idp.status(local({{"origin", origin}})) == 403);
    CHECK(idp.status(local({{"origin", origin}, {"authorization", "Bearer control-token"}})) ==
          403);
  }
  for (const char* site : {"cross-site", "same-site", "anything", ""}) {
    CHECK(idp.status(local({{"sec-fetch-site", site}})) == 403);
  }
  HttpRequest twice = local({{"origin", "http://127.0.0.1:4100"}});
  twice.headers.emplace_back("origin", "http://127.0.0.1:4100");
  CHECK(idp.status(twice) == 403);
}

TEST_CASE("over TLS the own origin is https", "[emulator]") {
  const Guarded idp;
  HttpRequest request = local({{"origin", "https://127.0.0.1:4100"}});
  request.is_https = true;
  CHECK(idp.status(request) == 200);
  request = local({{"origin", "http://127.0.0.1:4100"}});
  request.is_https = true;
  CHECK(idp.status(request) == 403);
}

TEST_CASE("other peers need the control token, and may call any name", "[emulator]") {
  const Guarded idp;
  CHECK(idp.status(remote()) == 403);
  for (const char* given : {"Bearer control-token", "bearer control-token"}) {
    CHECK(idp.status(remote({{"authorization", given}})) == 200);
    CHECK(idp.status(remote({{"authorization", given}, {"host", "idp:4100"}})) == 200);
  }
  for (const char* given : {"", "Bearer", "Bearer ", "Bearer control-toke", "Bearer control-token ",
                            "Bearer control-tokenx", "Bearer Control-token", "control-token",
                            "Basic control-token", "Bearer  control-token"}) {
    CAPTURE(std::string(given));
    CHECK(idp.status(remote({{"authorization", given}})) == 403);
  }
  HttpRequest twice = remote({{"authorization", "Bearer control-token"}});
  twice.headers.emplace_back("authorization", "Bearer control-token");
  CHECK(idp.status(twice) == 403);
  CHECK(idp.status(remote({{"authorization", "Bearer control-token"},
                           {"origin", "http://evil.example"}})) == 403);
}

TEST_CASE("a control token is generated where none is given", "[emulator]") {
  const test::Emulated idp;
  const std::string token = idp.emulation->control_token();
  CHECK(token.size() >= 43);
  CHECK(idp.respond(remote({{"authorization", "Bearer " + token}})).status == 200);
  CHECK(idp.respond(remote({{"authorization", "Bearer "}})).status == 403);
  CHECK(test::Emulated().emulation->control_token() != token);
}

TEST_CASE("an empty token opens nothing", "[emulator]") {
  const Admission admission("localhost", "");
  CHECK_FALSE(admission.problem(remote({{"authorization", "Bearer "}})).empty());
  CHECK(admission.problem(local()).empty());
}

TEST_CASE("what a proxy on this machine passes on is not local", "[emulator]") {
  const Guarded idp;
  for (const char* name :
       {"forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto",
        "x-forwarded-anything", "x-real-ip", "via", "cf-connecting-ip", "true-client-ip",
        "x-client-ip", "x-cluster-client-ip", "fastly-client-ip"}) {
    CAPTURE(std::string(name));
    CHECK(idp.status(local({{name, "127.0.0.1"}})) == 403);
    CHECK(idp.status(local({{name, ""}})) == 403);
    CHECK(idp.status(local({{name, "127.0.0.1"}, {"authorization", "Bearer control-token"}})) ==
          200);
  }
}

TEST_CASE("a body is refused unless it is sent as JSON, which no form can", "[emulator]") {
  const Guarded idp;
  const auto posted = [&](HttpHeaders headers) {
    return idp.status(test::Emulated::request("POST", kRotate, "{}", std::move(headers)));
  };
  CHECK(posted({{"content-type", "application/json"}}) == 200);
  CHECK(posted({{"content-type", "Application/JSON; charset=utf-8"}}) == 200);
  for (const char* type : {"", "text/plain", "application/x-www-form-urlencoded",
                           "multipart/form-data", "application/jsonp", "text/json"}) {
    CAPTURE(std::string(type));
    CHECK(posted({{"content-type", type}}) == 415);
  }
}

TEST_CASE("every control endpoint is guarded but the document and the CA certificate",
          "[emulator]") {
  const test::Emulated idp;
  const Control control(*idp.emulation);
  for (const Router::Route& route : control.routes()) {
    std::string path = route.pattern;
    CAPTURE(route.method, path);
    CHECK(idp.respond(remote()).status == 403);
    HttpRequest request = remote();
    request.method = route.method;
    request.path = path;
    CHECK(idp.respond(request).status == 403);
    request.from_loopback = true;
    request.headers = {{"host", "evil.example"}};
    CHECK(idp.respond(request).status == 403);
  }
  CHECK(control.routes().size() > 15);
  for (const char* path : {"/_emulate/nothing", "/_emulate/", "/_emulate/openapi.json/"}) {
    HttpRequest request = remote();
    request.path = path;
    CHECK(idp.respond(request).status == 403);
  }

  HttpRequest open = remote({{"host", "idp.example"}});
  open.method = "GET";
  open.path = "/_emulate/openapi.json";
  CHECK(idp.respond(open).status == 200);
  open.path = "/_emulate/ca.pem";
  CHECK(idp.respond(open).status == 404);
}

TEST_CASE("the issuer's own documents are for everybody", "[emulator]") {
  const test::Emulated idp;
  HttpRequest request = remote({{"host", "issuer.example"}, {"origin", "http://evil.example"}});
  request.method = "GET";
  request.path = "/oauth2/jwks";
  CHECK(idp.respond(request).status == 200);
}

// Hooks: which requests they answer, with what, and how often.

#include "emulator/control/hooks.hpp"

#include <string>

#include "support/catch.hpp"
#include "unit/emulator/emulated.hpp"

namespace {

using namespace jwks::emulator;  // NOLINT(google-build-using-namespace)
using std::chrono::seconds;
using test::Emulated;

/// The clock stands where a test moves it.
struct Hooked {
  EmulatorClock clock{[] { return test::kEmulatedNow; }};
  Hooks hooks{{}, clock};

  std::optional<HttpResponse> ask(const std::string& method, const std::string& path) {
    return hooks.take(Emulated::request(method, path));
  }
};

std::string field_of_problem(const Hook& hook) {
  std::string field = "unset";
  const std::string problem = hook_problem(hook, field);
  CHECK(problem.empty() == field.empty());
  return field;
}

}  // namespace

TEST_CASE("a pattern is a path, everything below one, or everything", "[emulator]") {
  const struct {
    const char* pattern;
    const char* path;
    bool matches;
  } rows[] = {
      {"*", "/", true},
      {"*", "/oauth2/jwks", true},
      {"*", "/tenant/oauth2/jwks", true},
      {"*", "", true},
      {"/oauth2/jwks", "/oauth2/jwks", true},
      {"/oauth2/jwks", "/oauth2/jwks/", false},
      {"/oauth2/jwks", "/oauth2/JWKS", false},
      {"/oauth2/jwks", "/tenant/oauth2/jwks", false},
      {"/oauth2/*", "/oauth2/jwks", true},
      {"/oauth2/*", "/oauth2/a/b", true},
      {"/oauth2/*", "/oauth2/", true},
      {"/oauth2/*", "/oauth2", true},
      {"/oauth2/*", "/oauth2x", false},
      {"/oauth2/*", "/oauth", false},
      {"/*", "/anything", true},
      {"/*", "/", true},
      {"/tenant/*", "/tenant/oauth2/jwks", true},
      {"*", "/_emulate/hooks", false},
      {"/*", "/_emulate/hooks", false},
      {"*", "/_emulated", true},
  };
  for (const auto& row : rows) {
    CAPTURE(std::string(row.pattern), std::string(row.path));
    CHECK(matches_path(row.pattern, row.path) == row.matches);
  }
  CHECK(matches("*", "*", Emulated::request("GET", "/x")));
  CHECK(matches("GET", "*", Emulated::request("GET", "/x")));
  CHECK_FALSE(matches("GET", "*", Emulated::request("HEAD", "/x")));
  CHECK_FALSE(matches("POST", "/x", Emulated::request("GET", "/x")));
}

TEST_CASE("what is no pattern is refused and the field is named", "[emulator]") {
  for (const char* method : {"", "get", "G T", "GET\r\n", "**"}) {
    CHECK(field_of_problem({.method = method}) == "method");
  }
  for (const char* path : {"", "oauth2", "/a*", "/*/b", "**", "/a?b", "/a#b", "/a b", "/a\n",
                           "/_emulate/hooks", "/_emulate/*", "*/a"}) {
    CAPTURE(std::string(path));
    CHECK(field_of_problem({.path = path}) == "path");
  }
  for (const char* path : {"*", "/", "/*", "/a", "/a/*", "/a%20b", "/_emulated", "/\xc3\xa9"}) {
    CAPTURE(std::string(path));
    CHECK(field_of_problem({.path = path}).empty());
  }
}

TEST_CASE("every other field of a hook is checked too", "[emulator]") {
  CHECK(field_of_problem({.status = 199}) == "status");
  CHECK(field_of_problem({.status = 600}) == "status");
  CHECK(field_of_problem({.status = 204, .body = "x"}) == "body");
  for (const auto& [name, value] : StringMap{{"", "x"},
                                             {"A B", "x"},
                                             {"A:", "x"},
                                             {"A\r\nB", "x"},
                                             {"A", "x\r\nSet-Cookie: y"},
                                             {"A", "x\n"},
                                             {"A", std::string("\0", 1)},
                                             {"A", " x"},
                                             {"Content-Length", "5"},
                                             {"transfer-encoding", "chunked"},
                                             {"Connection", "close"}}) {
    CAPTURE(name, value);
    CHECK(field_of_problem({.headers = {{name, value}}}) == "headers");
  }
  CHECK(field_of_problem({.headers = {{"X-A", "a\tb \xc3\xa9"}, {"Retry-After", ""}}}).empty());
  CHECK(field_of_problem({.count = 0}) == "count");
  CHECK(field_of_problem({.rate_limit = {{.window = seconds(0)}}}) == "rate_limit");
  CHECK(field_of_problem({.rate_limit = {{.window = seconds(86401)}}}) == "rate_limit");

  Hooked idp;
  const auto refused = idp.hooks.add({.status = 42});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().subject() == "status");
  CHECK(idp.hooks.list().empty());
}

TEST_CASE("a hook answers with its status, body and headers", "[emulator]") {
  Hooked idp;
  REQUIRE(idp.hooks.add({.method = "GET",
                         .path = "/oauth2/jwks",
                         .status = 418,
                         .body = "teapot",
                         .headers = {{"content-type", "text/plain"}, {"X-A", "1"}}}));
  const auto response = idp.ask("GET", "/oauth2/jwks");
  REQUIRE(response);
  CHECK(response->status == 418);
  CHECK(response->body == "teapot");
  CHECK(response->headers == HttpHeaders{{"content-type", "text/plain"}, {"X-A", "1"}});
  CHECK_FALSE(idp.ask("POST", "/oauth2/jwks"));
  CHECK_FALSE(idp.ask("GET", "/health"));
  CHECK_FALSE(idp.ask("GET", "/_emulate/hooks"));
}

TEST_CASE("without a body a hook answers with an error that suits the status", "[emulator]") {
  const struct {
    int status;
    const char* body;
  } rows[] = {
      {500, R"({"message":"Internal server error","code":"internal_server_error"})"},
      {429, R"({"message":"Too many requests","code":"too_many_requests"})"},
      {404, R"({"message":"Not found","code":"not_found"})"},
      {451, R"({"message":"Told to fail","code":"emulated_failure"})"},
      {200, "{}"},
      {302, "{}"},
      {204, ""},
      {304, ""},
  };
  for (const auto& row : rows) {
    Hooked idp;
    REQUIRE(idp.hooks.add({.status = row.status}));
    const auto response = idp.ask("GET", "/").value();
    CAPTURE(row.status);
    CHECK(response.status == row.status);
    CHECK(response.body == row.body);
    CHECK(test::header_of(response, "Content-Type") ==
          (response.body.empty() ? "" : "application/json"));
  }
}

TEST_CASE("a hook with a count is gone after so many answers", "[emulator]") {
  Hooked idp;
  REQUIRE(idp.hooks.add({.path = "/a", .count = 2}));
  CHECK_FALSE(idp.ask("GET", "/b"));
  CHECK(idp.ask("GET", "/a"));
  REQUIRE(idp.hooks.list().size() == 1);
  CHECK(idp.hooks.list()[0].count == 1);
  CHECK(idp.ask("GET", "/a"));
  CHECK(idp.hooks.list().empty());
  CHECK_FALSE(idp.ask("GET", "/a"));
}

TEST_CASE("the oldest hook that matches answers, and can be removed", "[emulator]") {
  Hooked idp;
  const auto first = idp.hooks.add({.path = "/a", .status = 501}).value();
  REQUIRE(idp.hooks.add({.path = "*", .status = 502}));
  REQUIRE(idp.hooks.add({.path = "/a", .status = 503}));
  CHECK(idp.ask("GET", "/a")->status == 501);
  CHECK(idp.ask("GET", "/b")->status == 502);
  CHECK(idp.hooks.remove(first));
  CHECK_FALSE(idp.hooks.remove(first));
  CHECK(idp.ask("GET", "/a")->status == 502);
  idp.hooks.clear();
  CHECK_FALSE(idp.ask("GET", "/a"));
}

TEST_CASE("a rate limit lets requests of a window pass and answers the others", "[emulator]") {
  Hooked idp;
  REQUIRE(idp.hooks.add(
      {.path = "/t", .status = 429, .rate_limit = {{.requests = 2, .window = seconds(60)}}}));
  CHECK_FALSE(idp.ask("GET", "/t"));
  idp.clock.advance(std::chrono::milliseconds(10'500));
  CHECK_FALSE(idp.ask("GET", "/t"));
  CHECK_FALSE(idp.ask("GET", "/other"));
  const auto limited = idp.ask("GET", "/t").value();
  CHECK(limited.status == 429);
  CHECK(test::header_of(limited, "Retry-After") == "50");  // 49.5 s
  idp.clock.advance(std::chrono::milliseconds(49'499));
  CHECK(test::header_of(idp.ask("GET", "/t").value(), "Retry-After") == "1");
  idp.clock.advance(std::chrono::milliseconds(1));
  CHECK_FALSE(idp.ask("GET", "/t"));
  CHECK_FALSE(idp.ask("GET", "/t"));
  CHECK(idp.ask("GET", "/t"));
}

TEST_CASE("a rate limit survives a clock that jumps, and its headers can be set", "[emulator]") {
  Hooked idp;
  REQUIRE(idp.hooks.add({.status = 429,
                         .headers = {{"retry-after", "7"}},
                         .rate_limit = {{.requests = 1, .window = seconds(60)}}}));
  CHECK_FALSE(idp.ask("GET", "/"));
  const auto limited = idp.ask("GET", "/").value();
  CHECK(test::header_of(limited, "retry-after") == "7");
  CHECK(test::header_of(limited, "Retry-After").empty());
  idp.clock.advance(-std::chrono::hours(1));
  CHECK_FALSE(idp.ask("GET", "/"));  // set back: a new window
  idp.clock.set(EmulatorClock::Time::min(), true);
  CHECK_FALSE(idp.ask("GET", "/"));
  CHECK(idp.ask("GET", "/"));
  idp.clock.set(EmulatorClock::Time::max(), true);
  CHECK_FALSE(idp.ask("GET", "/"));
  CHECK(idp.ask("GET", "/"));
}

TEST_CASE("a rate limit that lets a request pass leaves it to the next hook", "[emulator]") {
  Hooked idp;
  REQUIRE(idp.hooks.add({.status = 429, .rate_limit = {{.requests = 1}}}));
  REQUIRE(idp.hooks.add({.status = 503}));
  CHECK(idp.ask("GET", "/")->status == 503);
  CHECK(idp.ask("GET", "/")->status == 429);
}

TEST_CASE("there are at most a thousand hooks", "[emulator]") {
  Hooked idp;
  for (std::size_t i = 0; i < Hooks::kMaxHooks; ++i) REQUIRE(idp.hooks.add({.path = "/x"}));
  const auto refused = idp.hooks.add({.path = "/x"});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().subject() == "hooks");
  CHECK(idp.hooks.remove(idp.hooks.list().front().id));
  CHECK(idp.hooks.add({.path = "/x"}));
}

TEST_CASE("resetting hooks brings back those of the options, counts and windows too",
          "[emulator][known-defect]") {
  EmulatorClock clock{[] { return test::kEmulatedNow; }};
  Hooks hooks({{.path = "/a", .status = 501, .count = 1},
               {.path = "/b", .status = 429, .rate_limit = {{.requests = 1}}}},
              clock);
  const auto ask = [&](const char* path) { return hooks.take(Emulated::request("GET", path)); };
  for (int round = 0; round < 2; ++round) {
    CHECK(ask("/a"));
    CHECK_FALSE(ask("/a"));
    CHECK_FALSE(ask("/b"));
    CHECK(ask("/b"));
    REQUIRE(hooks.add({.status = 503}));
    CHECK(ask("/c"));
    hooks.reset();
    CHECK_FALSE(ask("/c"));
    CHECK(hooks.list().size() == 2);
  }
}

#include "emulator/seed.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "unit/emulator/emulated.hpp"

namespace {

using namespace jwks::emulator;  // NOLINT(google-build-using-namespace)
using std::chrono::seconds;

/// Nothing is wrong with it.
EmulatorOptions fine() {
  EmulatorOptions options;
  options.issuer = "https://issuer.example";
  options.organizations = {{.name = "Acme",
                            .id = "org_acme",
                            .external_id = "1",
                            .metadata = {{"plan", "gold"}},
                            .domains = {"acme.example"}},
                           {.name = "Globex"}};
  options.applications = {{.name = "Billing",
                           .client_id = "billing",
                           .client_secret = "secret",
                           .organization = "Acme",
                           .scopes = {"read", "write:all"}},
                          {.name = "Web",
                           .client_id = "web",
                           .type = ApplicationType::oauth,
                           .redirect_uris = {"http://localhost:3000/callback?x=y",
                                             "com.example.app:/oauth", "https://[::1]/"}}};
  options.api_keys = {{.name = "CI", .organization = "org_acme", .value = "sk_ci"},
                      {.name = "Alice's", .organization = "Acme", .user_id = "alice"}};
  options.allowed_api_keys = {"sk_allowed"};
  options.users = {{.email = "alice@example.com", .id = "alice", .claims = {{"age", "42"}}}};
  options.issuers = {{.name = "tenant-1",
                      .keys = {{.algorithm = jwks::Algorithm::eddsa, .curve = "Ed448"}},
                      .token_lifetime = seconds(60)}};
  options.claims = {{"env", R"("test")"}};
  options.control_token = "0123456789abcdef";
  options.hooks = {{.path = "/oauth2/*", .status = 503, .count = 1}};
  options.faults = {{.kind = FaultKind::reset, .path = "/oauth2/jwks", .bytes = 10}};
  return options;
}

std::vector<std::string> problems_after(const std::function<void(EmulatorOptions&)>& change) {
  EmulatorOptions options = fine();
  change(options);
  std::vector<std::string> shown;
  for (const SeedProblem& each : problems_of(options)) {
    shown.push_back(each.path + ": " + each.message);
  }
  return shown;
}

}  // namespace

TEST_CASE("a seed without faults has no problems", "[emulator]") {
  CHECK(problems_after([](auto&) {}).empty());
  CHECK(problems_of(EmulatorOptions{}).empty());
}

TEST_CASE("each problem of a seed is told with its path and value", "[emulator]") {
  struct Case {
    std::function<void(EmulatorOptions&)> change;
    std::string problem;
  };
  const std::vector<Case> cases{
      {[](auto& o) { o.host = ""; }, "host: must not be empty"},
      {[](auto& o) { o.issuer = "issuer.example"; },
       "issuer: an issuer is an http or https URL: \"issuer.example\""},
      {[](auto& o) { o.claims = {{"exp", "1"}}; }, "claims.exp: is a claim that the emulator sets"},
      {[](auto& o) { o.organizations[1].name = ""; }, "organizations[1].name: is required"},
      {[](auto& o) { o.organizations[1].name = "  "; }, "organizations[1].name: is required"},
      {[](auto& o) { o.organizations[1].name = "Acme"; },
       "organizations[1].name: is taken: \"Acme\""},
      {[](auto& o) { o.organizations[1].name = "a\nb"; },
       "organizations[1].name: has control characters: \"a\\x0ab\""},
      {[](auto& o) { o.organizations[1].name = "\xFF"; },
       "organizations[1].name: is not UTF-8: \"\\xff\""},
      {[](auto& o) { o.organizations[1].id = "org_acme"; },
       "organizations[1].id: is taken: \"org_acme\""},
      {[](auto& o) { o.organizations[1].id = "a b"; },
       "organizations[1].id: may have letters, digits, _ and - only: \"a b\""},
      {[](auto& o) { o.organizations[0].domains = {"a b"}; },
       "organizations[0].domains[0]: is no domain name: \"a b\""},
      {[](auto& o) { o.organizations[0].metadata.emplace_back("plan", "tin"); },
       "organizations[0].metadata.plan: is there twice"},
      {[](auto& o) { o.applications[0].name = ""; }, "connectApplications[0].name: is required"},
      {[](auto& o) { o.applications[1].client_id = "billing"; },
       "connectApplications[1].client_id: is taken: \"billing\""},
      {[](auto& o) { o.applications[0].organization = "Initech"; },
       "connectApplications[0].organization: names no organization: \"Initech\""},
      {[](auto& o) { o.applications[0].scopes = {"read", "a b"}; },
       "connectApplications[0].scopes[1]: is no scope: \"a b\""},
      {[](auto& o) { o.applications[0].is_public = true; },
       "connectApplications[0].is_public: is for applications of type oauth"},
      {[](auto& o) { o.applications[0].redirect_uris = {"https://a.example/"}; },
       "connectApplications[0].redirect_uris: are for applications of type oauth"},
      {[](auto& o) {
         o.applications[1].is_public = true;
         o.applications[1].client_secret = "hush hush";
       },
       "connectApplications[1].client_secret: can't be kept by a public client"},
      {[](auto& o) { o.api_keys[1].value = "sk_ci"; }, "apiKeys[1].value: is taken"},
      {[](auto& o) { o.api_keys[0].value = "pk_ci"; },
       "apiKeys[0].value: must begin with sk_, and go on"},
      {[](auto& o) { o.api_keys[0].organization = ""; }, "apiKeys[0].organization: is required"},
      {[](auto& o) { o.api_keys[1].organization = ""; }, "apiKeys[1].organization: is required"},
      {[](auto& o) { o.api_keys[0].organization = "Initech"; },
       "apiKeys[0].organization: names no organization: \"Initech\""},
      {[](auto& o) { o.allowed_api_keys = {"allowed"}; },
       "apiKeys[0]: must begin with sk_, and go on"},
      {[](auto& o) { o.allowed_api_keys = {"sk_1", "sk_1"}; }, "apiKeys[1]: is there twice"},
      {[](auto& o) { o.users[0].email = "alice"; },
       "users[0].email: is no e-mail address: \"alice\""},
      {[](auto& o) { o.users.push_back({.email = "ALICE@example.com"}); },
       "users[1].email: is taken: \"ALICE@example.com\""},
      {[](auto& o) { o.users.push_back({.email = "b@example.com", .id = "alice"}); },
       "users[1].id: is taken: \"alice\""},
      {[](auto& o) { o.users[0].claims = {{"age", "forty"}}; },
       "users[0].claims.age: is not JSON: \"forty\""},
      {[](auto& o) { o.issuers[0].name = "oauth2"; },
       "issuers[0].name: is a path of the emulator's own: \"oauth2\""},
      {[](auto& o) { o.issuers.push_back(o.issuers[0]); },
       "issuers[1].name: is taken: \"tenant-1\""},
      {[](auto& o) { o.issuers[0].token_lifetime = seconds(0); },
       "issuers[0].token_lifetime: must be more than 0 s and at most 100 years"},
      {[](auto& o) { o.issuers[0].claims = {{"a", ""}}; },
       "issuers[0].claims.a: is not JSON: \"\""},
      {[](auto& o) { o.token_lifetime = seconds::max(); },
       "token_lifetime: must be more than 0 s and at most 100 years"},
      {[](auto& o) { o.jwks_max_age = seconds(-1); },
       "jwks_max_age: must be at least 0 s and at most 100 years"},
      {[](auto& o) { o.token_type = "a\tb"; }, "token_type: has control characters: \"a\\x09b\""},
      {[](auto& o) { o.claims.emplace_back("env", "1"); }, "claims.env: is there twice"},
      {[](auto& o) { o.control_token = "short"; },
       "control_token: must be 8 to 1000 characters of visible ASCII"},
      {[](auto& o) { o.faults[0].kind = FaultKind::refuse; },
       "faults[0].kind: refuse is done at once, and so not at the start"},
  };
  for (const Case& each : cases) {
    CAPTURE(each.problem);
    CHECK(problems_after(each.change) == std::vector<std::string>{each.problem});
  }
}

TEST_CASE("a redirect URI is absolute and leads somewhere else", "[emulator]") {
  for (const auto* const wrong :
       {"/callback", "callback", "https:", "https:/callback", "https://", "https:///x",
        "https://a.example/#fragment", "https://*.example/", "https://a example/", "1a:/x", ":x",
        "https://user@a.example/", "javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x",
        "file:///etc/passwd"}) {
    CAPTURE(wrong);
    const auto problems =
        problems_after([&](EmulatorOptions& o) { o.applications[1].redirect_uris = {wrong}; });
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].starts_with("connectApplications[1].redirect_uris[0]: "));
  }
}

TEST_CASE("a seed's signing keys have to be readable", "[emulator]") {
  const auto starts = [](const std::vector<std::string>& problems, const std::string& path) {
    return problems.size() == 1 && problems[0].starts_with(path + ": ") &&
           problems[0].size() > path.size() + 2;
  };
  CHECK(starts(problems_after([](auto& o) { o.keys = {{}, {.pem = "no PEM"}}; }), "keys[1]"));
  CHECK(starts(problems_after([](auto& o) { o.keys = {{.jwk = "{}"}}; }), "keys[0]"));
  CHECK(starts(problems_after([](auto& o) {
                 o.keys = {{.algorithm = jwks::Algorithm::rs256, .rsa_bits = 1024}};
               }),
               "keys[0]"));
  CHECK(starts(problems_after([](auto& o) { o.issuers[0].keys[0].curve = "P-256"; }),
               "issuers[0].keys[0]"));
  CHECK(starts(
      problems_after([](auto& o) { o.issuers[0].keys = {{.key_id = "one"}, {.key_id = "one"}}; }),
      "issuers[0].keys[1]"));
}

TEST_CASE("hooks and faults of a seed are looked at like those that are added later",
          "[emulator]") {
  const auto problems = problems_after([](auto& o) {
    o.hooks[0].status = 42;
    o.faults.push_back({.kind = FaultKind::tls_expired});  // without TLS
    o.faults.push_back({.kind = FaultKind::reset, .probability = 2});
  });
  REQUIRE(problems.size() == 3);
  CHECK(problems[0].starts_with("errorHooks[0].status: "));
  CHECK(problems[1].starts_with("faults[1].kind: "));
  CHECK(problems[2].starts_with("faults[2].probability: "));
}

TEST_CASE("all problems of a seed are told at once, in the order of the options", "[emulator]") {
  const auto problems = problems_after([](EmulatorOptions& o) {
    o.host = "";
    o.organizations[0].name = "";
    o.organizations[0].id = "?";
    o.applications[1].client_id = "billing";
    o.users[0].email = "";
    o.token_lifetime = seconds(0);
  });
  std::vector<std::string> paths;
  for (const std::string& each : problems) paths.push_back(each.substr(0, each.find(": ")));
  CHECK(paths == std::vector<std::string>{"host", "organizations[0].name", "organizations[0].id",
                                          "connectApplications[0].organization",
                                          "connectApplications[1].client_id",
                                          "apiKeys[0].organization", "apiKeys[1].organization",
                                          "users[0].email", "token_lifetime"});
}

TEST_CASE("an organization that is named has to be exactly one", "[emulator][known-defect]") {
  const auto problems = problems_after([](EmulatorOptions& o) {
    o.organizations[1].name = "org_acme";  // the id of the first
    o.applications[0].organization = "org_acme";
    o.api_keys.clear();
  });
  CHECK(problems == std::vector<std::string>{"connectApplications[0].organization: names more than "
                                             "one organization: \"org_acme\""});
}

TEST_CASE("no secret stands in a seed's problems", "[emulator]") {
  const std::string secret = "hush hush\n";
  const auto problems = problems_after([&](EmulatorOptions& o) {
    o.applications[0].client_secret = secret;
    o.api_keys[0].value = secret;
    o.api_keys[1].value = "sk_" + secret;
    o.allowed_api_keys = {secret, secret};
    o.users[0].password = secret;
    o.control_token = secret;
  });
  CHECK(problems.size() == 9);  // the values of keys are there twice as well
  for (const std::string& each : problems) {
    CAPTURE(each);
    CHECK(each.find("hush") == std::string::npos);
  }
}

TEST_CASE("an emulation is refused for the first problem of its options", "[emulator]") {
  EmulatorOptions options = fine();
  options.applications[0].organization = "Initech";
  options.control_token = "short";
  const auto made = Emulation::create(options, {.url = "http://127.0.0.1:4100"});
  REQUIRE_FALSE(made);
  CHECK(made.error().code() == jwks::ErrorCode::bad_config);
  CHECK(made.error().subject() == "connectApplications[0].organization");
}

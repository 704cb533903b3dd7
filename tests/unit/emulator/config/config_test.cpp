// The blocks that other emulators' files have: organizations, connectApplications, apiKeys, users.

#include <chrono>
#include <string>

#include "unit/emulator/config/configured.hpp"

namespace {

using jwks::emulator::ApplicationType;
using jwks::emulator::load_config;
using test::configured;
using test::has;
using test::lines;
using test::problem_of;

}  // namespace

TEST_CASE("a configuration seeds organizations and the applications that belong to them",
          "[emulator]") {
  const auto options = configured(R"(
organizations:
  - name: Acme
    id: org_acme
    external_id: "42"
    metadata: {tier: gold}
    domains: [acme.example]
  - name: Other
connectApplications:
  - name: Billing
    organization: Acme
    scopes: [read, "write"]
    audience: billing-api
    client_id: client_billing
    client_secret: s3cret
    description: sends bills
  - name: Reports
    type: m2m
    organization: Other
  - name: Web
    type: oauth
    public: true
    redirect_uris: ["http://localhost/cb"]
)");
  REQUIRE(options.organizations.size() == 2);
  CHECK(options.organizations[0] == jwks::emulator::Organization{.name = "Acme",
                                                                 .id = "org_acme",
                                                                 .external_id = "42",
                                                                 .metadata = {{"tier", "gold"}},
                                                                 .domains = {"acme.example"}});
  REQUIRE(options.applications.size() == 3);
  CHECK(options.applications[0] == jwks::emulator::Application{.name = "Billing",
                                                               .client_id = "client_billing",
                                                               .client_secret = "s3cret",
                                                               .organization = "Acme",
                                                               .audience = "billing-api",
                                                               .scopes = {"read", "write"},
                                                               .description = "sends bills"});
  CHECK(options.applications[1].organization == "Other");
  CHECK(options.applications[1].client_id.empty());
  CHECK(options.applications[2].type == ApplicationType::oauth);
  CHECK(options.applications[2].is_public);
  CHECK(options.applications[2].redirect_uris == std::vector<std::string>{"http://localhost/cb"});
}

TEST_CASE("API keys are resources in a list, and an allow-list in a map", "[emulator]") {
  const auto resources = configured(R"(
organizations: [{name: Acme}]
users: [{email: a@example.com, id: user_a}]
apiKeys:
  - {name: CI, organization: Acme, value: sk_test_ci, permissions: [read, write],
     expires_at: "2030-01-01T00:00:00.000Z", environment: staging}
  - {name: Own, organization: Acme, user_id: user_a, expires_at: null}
)");
  REQUIRE(resources.api_keys.size() == 2);
  CHECK(resources.api_keys[0] ==
        jwks::emulator::ApiKey{.name = "CI",
                               .organization = "Acme",
                               .value = "sk_test_ci",
                               .permissions = {"read", "write"},
                               .expires_at = std::chrono::sys_days(std::chrono::year(2030) / 1 / 1),
                               .environment = "staging"});
  CHECK(resources.api_keys[1].user_id == "user_a");
  CHECK_FALSE(resources.api_keys[1].expires_at.has_value());

  const auto allowed = configured("apiKeys: {sk_a: {environment: test}, sk_b: }");
  CHECK(allowed.api_keys.empty());
  CHECK(allowed.allowed_api_keys == std::vector<std::string>{"sk_a", "sk_b"});
}

TEST_CASE("an API key needs an owner, and one with a malformed expires_at is refused",
          "[emulator]") {
  const auto loaded = load_config(R"(
organizations: [{name: Acme}]
apiKeys:
  - {name: A}
  - {name: B, user_id: user_b}
  - {name: C, organization: Acme, expires_at: next tuesday}
  - {name: D, organization: Acme, expires_at: 2030-02-30T00:00:00Z}
  - {name: E, organization: Acme, expires_at: 1900000000}
  - {name: F, organization: Nobody}
  - {name: G, organization: Acme, value: pk_hidden}
  - {organization: Acme}
  - {name: I, organization: Acme, value: sk_hidden}
  - {name: J, organization: Acme, value: sk_hidden}
  - {name: K, organization: Acme, value: [sk_hidden]}
)");
  const auto& problems = loaded.problems;
  const auto all = lines(problems);
  CAPTURE(all);
  CHECK(has(problems, "apiKeys[0].organization", "is required"));
  CHECK(has(problems, "apiKeys[1].organization", "is required"));
  CHECK(has(problems, "apiKeys[2].expires_at", "\"next tuesday\""));
  CHECK(has(problems, "apiKeys[3].expires_at", "\"2030-02-30T00:00:00Z\""));
  CHECK(has(problems, "apiKeys[4].expires_at", "must be a string, is 1900000000"));
  CHECK(has(problems, "apiKeys[5].organization", "Nobody"));
  CHECK(has(problems, "apiKeys[6].value", "sk_"));
  CHECK(has(problems, "apiKeys[7].name", "is required"));
  CHECK(has(problems, "apiKeys[9].value", ""));
  CHECK(has(problems, "apiKeys[10].value", "must be a string"));
  for (const std::string& line : all) CHECK(line.find("hidden") == std::string::npos);
}

TEST_CASE("an allow-list shows no key when something is wrong with it") {
  const auto loaded = load_config(
      R"(apiKeys: {sk_hidden: {environment: 1}, sk_hidden: {}, pk_hidden: x, sk_b: {env: x}})");
  const auto all = lines(loaded.problems);
  CAPTURE(all);
  CHECK(has(loaded.problems, "apiKeys[0].environment", "must be a string, is 1"));
  CHECK(has(loaded.problems, "apiKeys[1]", "is there twice"));
  CHECK(has(loaded.problems, "apiKeys[2]", "must be a map"));
  CHECK(has(loaded.warnings, "apiKeys[3].env", "known are: environment"));
  for (const std::string& line : all) CHECK(line.find("hidden") == std::string::npos);
}

TEST_CASE("users are seeded with email, name, password and claims", "[emulator]") {
  const auto options = configured(R"(
users:
  - {email: alice@example.com, id: user_alice, first_name: Alice, last_name: Smith,
     password: "123", email_verified: true,
     claims: {groups: [a, 1, true, null, {deep: 1.5}], nick: "\u00e9"}}
  - {email: bob@example.com, name: Bob}
  - {email: carol@example.com, first_name: Carol}
)");
  REQUIRE(options.users.size() == 3);
  CHECK(options.users[0] ==
        jwks::emulator::User{.email = "alice@example.com",
                             .id = "user_alice",
                             .name = "Alice Smith",
                             .password = "123",
                             .claims = {{"groups", R"(["a",1,true,null,{"deep":1.5}])"},
                                        {"nick", "\"\u00e9\""},
                                        {"email_verified", "true"}}});
  CHECK(options.users[1].name == "Bob");
  CHECK(options.users[2].name == "Carol");
}

TEST_CASE("all problems are reported at once, each with its path and value", "[emulator]") {
  const auto loaded = load_config(R"(
organizations:
  - {name: Acme, id: "not an id"}
  - {name: Acme}
  - {id: org_1}
  - {name: Third, id: org_1}
  - just text
connectApplications:
  - {name: A}
  - {name: B, organization: Nobody}
  - {name: C, organization: Acme}
  - {name: D, organization: Third, type: robot}
  - {name: E, organization: Third, scopes: read}
  - {name: F, organization: Third, scopes: [read, 1, true]}
  - {organization: Third, client_id: same}
  - {name: H, organization: Third, client_id: same}
  - {name: 7, organization: Third}
  - {name: J, organization: Third, client_secret: [hidden-secret]}
  - {name: "", organization: Third}
  - {name: K, name: L, organization: Third}
users:
  - {email: u@example.com, password: 12345678}
  - {email: u@example.com}
  - {name: nobody}
token_lifetime: an hour
claims: [hidden]
issuers: [{name: "a/b", algorithms: [RS256, HS256]}]
faults: [{kind: explode}, {path: /x}]
errorHooks: [{status: 99}, {path: /x}]
interactive: yes
)");
  const auto& problems = loaded.problems;
  const auto all = lines(problems);
  CAPTURE(all);
  const std::pair<const char*, const char*> rows[] = {
      {"organizations[0].id", "not an id"},
      {"organizations[1].name", "\"Acme\""},
      {"organizations[2].name", "is required"},
      {"organizations[3].id", "org_1"},
      {"organizations[4]", "must be a map, is \"just text\""},
      {"connectApplications[0].organization", "is required"},
      {"connectApplications[1].organization", "Nobody"},
      {"connectApplications[3].type", "must be one of m2m, oauth; is \"robot\""},
      {"connectApplications[4].scopes", "must be a list, is \"read\""},
      {"connectApplications[5].scopes[1]", "must be a string, is 1"},
      {"connectApplications[5].scopes[2]", "must be a string, is true"},
      {"connectApplications[6].name", "is required"},
      {"connectApplications[7].client_id", "same"},
      {"connectApplications[8].name", "must be a string, is 7"},
      {"connectApplications[9].client_secret", "must be a string"},
      {"connectApplications[10].name", "must not be empty"},
      {"connectApplications[11].name", "is there twice"},
      {"users[0].password", "must be a string"},
      {"users[1].email", "u@example.com"},
      {"users[2].email", "is required"},
      {"token_lifetime", "must be a number of seconds, is \"an hour\""},
      {"claims", "must be a map, is a list"},
      {"issuers[0].name", "a/b"},
      {"issuers[0].algorithms[1]", "is \"HS256\""},
      {"faults[0].kind", "is \"explode\""},
      {"faults[1].kind", "is required"},
      {"errorHooks[0].status", "from 200 to 599, is 99"},
      {"errorHooks[1].status", "is required"},
      {"interactive", "must be true or false, is \"yes\""}};
  for (const auto& [path, part] : rows) {
    CAPTURE(path);
    CHECK(has(problems, path, part));
  }
  CHECK(problems.size() == std::size(rows));
  for (const std::string& line : all) {
    CHECK(line.find("hidden-secret") == std::string::npos);
    CHECK(line.find("12345678") == std::string::npos);
  }
}

TEST_CASE("an organization's name that is there twice binds nothing to the first of them",
          "[emulator][known-defect]") {
  const auto loaded = load_config(R"(
organizations: [{name: Acme, id: org_1}, {name: Acme, id: org_2}]
connectApplications: [{name: A, organization: Acme}]
)");
  CHECK(has(loaded.problems, "organizations[1].name", "Acme"));
  CHECK_FALSE(loaded.problems.empty());
}

TEST_CASE("a file of the WorkOS emulator is read as it is", "[emulator]") {
  const auto loaded = load_config(R"(
users:
  - email: alice@acme.com
    first_name: Alice
    password: test123
    email_verified: true
    oauth_provider: GoogleOAuth
organizations:
  - name: Acme Corp
    domains:
      - domain: acme.com
        state: verified
    memberships:
      - email: alice@acme.com
        role: admin
roles:
  - slug: admin
    name: Admin
permissions: []
webhookEndpoints: []
connections: []
connectApplications:
  - name: Backend Service
    organization: Acme Corp
    scopes: [posts:read, posts:write]
    client_id: client_local_backend
    client_secret: secret_local_backend
apiKeys:
  - name: CI Key
    organization: Acme Corp
    value: sk_test_ci_key
errorHooks:
  - method: GET
    path: /user_management/users
    status: 500
)");
  CHECK(lines(loaded.problems).empty());
  CHECK(lines(loaded.warnings) ==
        std::vector<std::string>{"organizations[0].memberships: is not emulated, and ignored",
                                 "users[0].oauth_provider: is not emulated, and ignored",
                                 "roles: is not emulated, and ignored",
                                 "permissions: is not emulated, and ignored",
                                 "webhookEndpoints: is not emulated, and ignored",
                                 "connections: is not emulated, and ignored"});
  CHECK(loaded.options.organizations.at(0).domains == std::vector<std::string>{"acme.com"});
  CHECK(loaded.options.applications.at(0).scopes ==
        std::vector<std::string>{"posts:read", "posts:write"});
}

TEST_CASE("what is unknown is warned about, with what is known, and does not make it invalid",
          "[emulator]") {
  const auto loaded = load_config(R"(
organizations: [{name: Acme, colour: red}]
organisations: []
)");
  CHECK(lines(loaded.problems).empty());
  CHECK(has(loaded.warnings, "organizations[0].colour",
            "unknown, and ignored; known are: name, id, external_id, metadata, domains"));
  CHECK(has(loaded.warnings, "organisations", "connectApplications"));
  CHECK(loaded.warnings.size() == 2);
}

TEST_CASE("a problem is reported once, though two would notice it") {
  CHECK(problem_of("organizations: [{id: org_1}]") == "organizations[0].name: is required");
  CHECK(problem_of("users: [1]") == "users[0]: must be a map, is 1");
  CHECK(problem_of("keys: [{pem: x}]").starts_with("keys[0].pem: is no unencrypted"));
}

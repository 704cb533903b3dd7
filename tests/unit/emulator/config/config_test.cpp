#include "emulator/config/config.hpp"

#include <algorithm>
#include <string>

#include "support/catch.hpp"

namespace {

using jwks::emulator::ApplicationType;
using jwks::emulator::load_config;
using jwks::emulator::SeedProblem;

std::vector<std::string> lines(const std::vector<SeedProblem>& findings) {
  std::vector<std::string> all;
  for (const SeedProblem& each : findings) all.push_back(jwks::emulator::to_string(each));
  return all;
}

bool has(const std::vector<SeedProblem>& findings, const std::string& path,
         const std::string& part) {
  return std::any_of(findings.begin(), findings.end(), [&](const SeedProblem& each) {
    return each.path == path && each.message.find(part) != std::string::npos;
  });
}

}  // namespace

TEST_CASE("a configuration seeds organizations and the applications that belong to them") {
  const auto loaded = load_config(R"(
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
    redirect_uris: ["http://localhost/cb"]
)");
  CHECK(lines(loaded.problems).empty());
  CHECK(lines(loaded.warnings).empty());
  REQUIRE(loaded.options.organizations.size() == 2);
  CHECK(loaded.options.organizations[1].id.substr(0, 4) == "org_");
  REQUIRE(loaded.options.applications.size() == 3);
  const auto& billing = loaded.options.applications[0];
  CHECK(billing.name == "Billing");
  CHECK(billing.organization == "org_acme");
  CHECK(billing.scopes == std::vector<std::string>{"read", "write"});
  CHECK(billing.audience == "billing-api");
  CHECK(billing.client_id == "client_billing");
  CHECK(billing.client_secret == "s3cret");
  CHECK(billing.type == ApplicationType::m2m);
  CHECK(loaded.options.applications[1].organization == loaded.options.organizations[1].id);
  CHECK(loaded.options.applications[2].type == ApplicationType::oauth);
}

TEST_CASE("JSON is read as well, and so is nothing") {
  const auto loaded = load_config(
      R"({"organizations": [{"name": "Acme"}],
          "connectApplications": [{"name": "B", "organization": "Acme", "client_id": "0123"}]})");
  CHECK(lines(loaded.problems).empty());
  REQUIRE(loaded.options.applications.size() == 1);
  CHECK(loaded.options.applications[0].client_id == "0123");
  CHECK(load_config("").problems.empty());
  CHECK(load_config("# only a comment\n").problems.empty());
  CHECK(load_config("organizations:\n").problems.empty());
}

TEST_CASE("all problems are reported at once, each with its path and value") {
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
)");
  const auto& problems = loaded.problems;
  CAPTURE(lines(problems));
  CHECK(has(problems, "organizations[0].id", "\"not an id\""));
  CHECK(has(problems, "organizations[1].name", "\"Acme\""));
  CHECK(has(problems, "organizations[2].name", "required"));
  CHECK(has(problems, "organizations[3].id", "org_1"));
  CHECK(has(problems, "organizations[4]", "must be a map, is \"just text\""));
  CHECK(has(problems, "connectApplications[0].organization", "required"));
  CHECK(has(problems, "connectApplications[1].organization", "names no organization: \"Nobody\""));
  CHECK(has(problems, "connectApplications[2].organization", "more than one"));
  CHECK(has(problems, "connectApplications[3].type", "\"robot\""));
  CHECK(has(problems, "connectApplications[4].scopes", "list of strings, is \"read\""));
  CHECK(has(problems, "connectApplications[5].scopes[1]", "\"1\""));
  CHECK(has(problems, "connectApplications[5].scopes[2]", "\"true\""));
  CHECK(has(problems, "connectApplications[6].name", "required"));
  CHECK(has(problems, "connectApplications[7].client_id", "\"same\""));
  CHECK(has(problems, "connectApplications[8].name", "must be a string, is \"7\""));
  CHECK(has(problems, "connectApplications[9].client_secret", "must be a string"));
  CHECK(has(problems, "connectApplications[10].name", "must not be empty"));
  CHECK(has(problems, "connectApplications[11].name", "is there twice"));
  CHECK(problems.size() == 18);
  for (const std::string& line : lines(problems)) {
    CHECK(line.find("hidden-secret") == std::string::npos);
  }
}

TEST_CASE("what is not used is warned about and does not make the file invalid") {
  const auto loaded = load_config(R"(
organizations: [{name: Acme, colour: red}]
users: []
errorHooks: []
organisations: []
)");
  CHECK(lines(loaded.problems).empty());
  CHECK(has(loaded.warnings, "organizations[0].colour", "not known"));
  CHECK(has(loaded.warnings, "users", "not supported"));
  CHECK(has(loaded.warnings, "errorHooks", "not supported"));
  CHECK(has(loaded.warnings, "organisations", "not known"));
  CHECK(loaded.warnings.size() == 4);
}

TEST_CASE("what is no configuration at all is one problem") {
  for (const char* text : {"[1, 2]", "just text", "a: [1", "\t- x", "a: *nothing"}) {
    CAPTURE(std::string(text));
    const auto loaded = load_config(text);
    CHECK(loaded.problems.size() == 1);
    CHECK(loaded.options.applications.empty());
  }
  CHECK(load_config("a: 1\nb: [").problems.at(0).path.substr(0, 5) == "line ");
}

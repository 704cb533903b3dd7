// What is wrong with environment variables, what is dangerous about them, and what a program may
// add.

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "support/temporary_directory.hpp"
#include "support/temporary_file.hpp"
#include "unit/auth/environment_fixture.hpp"

using namespace environment;

// --- What is wrong is an error ---

TEST_CASE("a public key that can't be used is an error that does not show it",
          "[smooth-operator]") {
  const std::string private_pem = rsa().private_pem().value();
  const std::string es256_pem = jwks::Jwk::parse(key_a().public_jwk()).value().to_pem().value();
  for (const std::string& pem :
       {std::string("garbage"), std::string("/etc/key.pem"), rsa_pem().substr(0, 100),
        rsa_pem() + rsa_pem(), es256_pem, private_pem, kSecret}) {
    const auto made = configure(
        {{"AUTH_JWT_RS256_PUBLIC_KEY", pem}, {"AUTH_JWT_ISSUER", std::string(test::kIssuer)}});
    CHECK(fault_of(made) == "AUTH_JWT_RS256_PUBLIC_KEY");
    if (!made) CHECK(made.error().message().find(pem.substr(pem.size() / 2)) == std::string::npos);
  }
  CHECK(fault_of({{"AUTH_JWT_RS256_PUBLIC_KEY", "  "}}) == "AUTH_JWT_RS256_PUBLIC_KEY");
  const auto made = configure({{"AUTH_JWT_RS256_PUBLIC_KEY", private_pem}});
  REQUIRE_FALSE(made);
  CHECK(made.error().detail() ==
        "it holds a private key, which has no business here; set the public key");
}

TEST_CASE("a short secret is an error, and so is the text of a key", "[smooth-operator]") {
  CHECK(fault_of({{"AUTH_JWT_HS256_SECRET", kSecret.substr(1)}}) == "AUTH_JWT_HS256_SECRET");
  CHECK(mode_of({{"AUTH_JWT_HS256_SECRET", kSecret}}) == "secret");
  const auto made = configure({{"AUTH_JWT_HS256_SECRET", rsa_pem()}});
  CHECK(fault_of(made) == "AUTH_JWT_HS256_SECRET");
  REQUIRE_FALSE(made);
  CHECK(made.error().detail() ==
        "the text of a key is no secret; a public key belongs into AUTH_JWT_RS256_PUBLIC_KEY");
}

TEST_CASE("a secret with white space around it is an error that says so") {
  for (const std::string& padded :
       {kSecret + "\n", kSecret + "\r\n", kSecret + " ", kSecret + "\t", " " + kSecret,
        "\n" + kSecret, std::string(32, ' '), std::string(32, '\n')}) {
    CAPTURE(padded);
    const auto made = configure({{"AUTH_JWT_HS256_SECRET", padded}});
    CHECK(fault_of(made) == "AUTH_JWT_HS256_SECRET");
    REQUIRE_FALSE(made);
    CHECK(made.error().detail() ==
          "it begins or ends with white space, line ends included; remove that");
  }
  // Inside of it a space is a byte as any other.
  CHECK(mode_of({{"AUTH_JWT_HS256_SECRET", kSecret + " " + kSecret}}) == "secret");
}

TEST_CASE("one byte, repeated, is no secret") {
  for (const char byte : {'x', '0', '\x7F'}) {
    for (const std::size_t bytes : {32U, 64U}) {
      const auto made = configure({{"AUTH_JWT_HS256_SECRET", std::string(bytes, byte)}});
      CHECK(fault_of(made) == "AUTH_JWT_HS256_SECRET");
      REQUIRE_FALSE(made);
      CHECK(made.error().detail() == "one byte, repeated, is no secret");
    }
  }
  CHECK(mode_of({{"AUTH_JWT_HS256_SECRET", std::string(31, 'x') + "y"}}) == "secret");
}

TEST_CASE("a bad URL is an error that names its variable", "[smooth-operator]") {
  for (const char* url : {"keys.example/set", "ftp://keys.example", "https://", "https://a b",
                          "https://u:p@keys.example/set", "http://keys.example/set",
                          "http://127.0.0.1/set", " https://keys.example/set"}) {
    CAPTURE(url);
    CHECK(fault_of({{"AUTH_JWT_JWKS_URL", url}}) == "AUTH_JWT_JWKS_URL");
    CHECK(fault_of({{"AUTH_JWT_ISSUER", url}}) == "AUTH_JWT_ISSUER");
    CHECK(fault_of({{"AUTH_JWT_ISSUER", "https://a.example"}, {"AUTH_JWT_JWKS_URL", url}}) ==
          "AUTH_JWT_JWKS_URL");
  }
  const auto made = configure({{"AUTH_JWT_JWKS_URL", "http://127.0.0.1:1/set"}});
  REQUIRE_FALSE(made);
  CHECK(made.error().detail() ==
        "the URL does not begin with https://; for tests on this machine set "
        "AUTH_ALLOW_LOOPBACK_HTTP=true");
}

TEST_CASE("an issuer that only looks right is an error, also beside static keys",
          "[smooth-operator]") {
  for (const char* issuer : {" https://a.example", "https://a.example\n", " ", "a b"}) {
    CAPTURE(issuer);
    CHECK(fault_of({{"AUTH_JWT_ISSUER", issuer}, {"AUTH_JWT_HS256_SECRET", kSecret}}) ==
          "AUTH_JWT_ISSUER");
  }
  // With static keys it is only a name.
  CHECK(mode_of({{"AUTH_JWT_ISSUER", "gateway"}, {"AUTH_JWT_HS256_SECRET", kSecret}}) == "secret");
}

TEST_CASE("plain http to this machine is allowed by name, and warned of", "[smooth-operator]") {
  for (const char* yes : {"true", "1", "TRUE", " True "}) {
    CAPTURE(yes);
    const World world{.variables = {{"AUTH_JWT_ISSUER", "http://127.0.0.1:8080"},
                                    {"AUTH_JWT_AUDIENCE", "orders-api"},
                                    {"AUTH_ALLOW_LOOPBACK_HTTP", yes}}};
    const auto made = world.configure();
    REQUIRE(made);
    CHECK(warnings_of(*made) == 1);
    CHECK(has_note(*made, "WARNING: AUTH_ALLOW_LOOPBACK_HTTP"));
  }
  for (const char* no : {"false", "0", "False", ""}) {
    CAPTURE(no);
    CHECK(fault_of({{"AUTH_JWT_ISSUER", "http://127.0.0.1:8080"},
                    {"AUTH_ALLOW_LOOPBACK_HTTP", no}}) == "AUTH_JWT_ISSUER");
  }
  for (const char* neither : {"yes", "on", "2", "truee", "-"}) {
    CAPTURE(neither);
    CHECK(fault_of({{"AUTH_JWT_ISSUER", "https://a.example"},
                    {"AUTH_ALLOW_LOOPBACK_HTTP", neither}}) == "AUTH_ALLOW_LOOPBACK_HTTP");
  }
  CHECK(fault_of({{"AUTH_JWT_ISSUER", "http://a.example"}, {"AUTH_ALLOW_LOOPBACK_HTTP", "1"}}) ==
        "AUTH_JWT_ISSUER");
}

TEST_CASE("a CA file that can't be read is an error", "[smooth-operator]") {
  const test::TemporaryFile garbage("no certificates");
  const test::TemporaryDirectory directory;
  for (const std::string& path :
       {std::string("/does/not/exist.pem"), garbage.path(), directory.path().string()}) {
    CAPTURE(path);
    World world{
        .variables = {{"AUTH_JWT_ISSUER", "https://a.example"}, {"AUTH_JWT_CA_FILE", path}}};
    auto environment = world.environment();
    environment.fetcher = nullptr;
    CHECK(fault_of(authenticator_from_env(environment)) == "AUTH_JWT_CA_FILE");
  }
}

TEST_CASE("what only fetched keys need is noted beside static ones", "[smooth-operator]") {
  const auto made = configure({{"AUTH_JWT_HS256_SECRET", kSecret},
                               {"AUTH_JWT_ISSUER", "gateway"},
                               {"AUTH_JWT_AUDIENCE", "orders-api"},
                               {"AUTH_JWT_CA_FILE", "/does/not/exist.pem"},
                               {"AUTH_ALLOW_LOOPBACK_HTTP", "1"},
                               {"AUTH_DEV_ORG_ID", "org"}});
  REQUIRE(made);
  CHECK(has_note(*made, "AUTH_JWT_CA_FILE is set and has no effect: no keys are fetched"));
  CHECK(has_note(*made, "AUTH_ALLOW_LOOPBACK_HTTP is set and has no effect"));
  CHECK(has_note(*made, "AUTH_DEV_ORG_ID is set and has no effect: it is for mode none"));
  CHECK(warnings_of(*made) == 0);
}

// --- Modes without verification ---

TEST_CASE("mode none is everybody, asked for by name and warned of", "[smooth-operator]") {
  auto made = configure({{"AUTH_MODE", "none"}});
  REQUIRE(made);
  const auto principal = made->authenticator->authenticate("");
  REQUIRE(principal);
  CHECK(principal->user_id == "dev-user");
  CHECK(principal->org_id == "dev-org");
  CHECK(principal->role.empty());
  CHECK_FALSE(principal->evidence.verified);
  REQUIRE(made->notes.size() == 1);
  CHECK(made->notes.front().starts_with("WARNING: AUTH_MODE=none: there is no authentication"));
}

TEST_CASE("mode none takes its organization from the variable and the highest role from the order",
          "[smooth-operator]") {
  auto environment =
      World{.variables = {{"AUTH_MODE", "none"}, {"AUTH_DEV_ORG_ID", "org_7"}}}.environment();
  environment.mapper = jwks::PrincipalMapper::create({.role_order = {"basic", "admin"}}).value();
  const auto made = authenticator_from_env(environment);
  REQUIRE(made);
  const auto principal = made->authenticator->authenticate("anything");
  REQUIRE(principal);
  CHECK(principal->org_id == "org_7");
  CHECK(principal->role == "admin");
  CHECK(principal->roles == std::vector<std::string>{"admin"});
}

TEST_CASE("modes that verify nothing note the variables that they ignore", "[smooth-operator]") {
  for (const char* mode : {"none", "trusted"}) {
    CAPTURE(mode);
    const auto made = configure({{"AUTH_MODE", mode},
                                 {"AUTH_JWT_RS256_PUBLIC_KEY", "garbage"},
                                 {"AUTH_JWT_HS256_SECRET", kSecret},
                                 {"AUTH_JWT_JWKS_URL", "garbage"},
                                 {"AUTH_JWT_ISSUER", "https://a.example"},
                                 {"AUTH_JWT_AUDIENCE", ","},
                                 {"AUTH_JWT_CA_FILE", "/does/not/exist"},
                                 {"AUTH_ALLOW_LOOPBACK_HTTP", "true"}});
    REQUIRE(made);
    CHECK(made->authenticator->mode() == mode);
    CHECK(warnings_of(*made) == 1);
    for (const char* name :
         {"AUTH_JWT_RS256_PUBLIC_KEY", "AUTH_JWT_HS256_SECRET", "AUTH_JWT_JWKS_URL",
          "AUTH_JWT_ISSUER", "AUTH_JWT_AUDIENCE", "AUTH_JWT_CA_FILE", "AUTH_ALLOW_LOOPBACK_HTTP"}) {
      CAPTURE(name);
      CHECK(has_note(*made, std::string(name) + " is set and has no effect: mode " + mode));
    }
  }
}

TEST_CASE("mode trusted believes what a proxy says, and warns", "[smooth-operator]") {
  const auto made = configure({{"AUTH_MODE", "trusted"}, {"AUTH_DEV_ORG_ID", "org"}});
  REQUIRE(made);
  CHECK(made->notes.front().starts_with("WARNING: AUTH_MODE=trusted: nothing is verified"));
  CHECK(has_note(*made, "AUTH_DEV_ORG_ID is set and has no effect"));
  CHECK(answer(*made, "eyJzdWIiOiJib2IifQ") == "bob");  // {"sub":"bob"}
  CHECK(answer(*made, test::token_of(key_a())).starts_with("bad_base64url"));
}

TEST_CASE("no mode but none and trusted lets a token without a signature pass",
          "[smooth-operator]") {
  for (const Map& variables :
       {Map{}, Map{{"AUTH_JWT_ISSUER", std::string(test::kIssuer)}},
        Map{{"AUTH_JWT_HS256_SECRET", kSecret}}, Map{{"AUTH_JWT_RS256_PUBLIC_KEY", rsa_pem()}},
        Map{{"AUTH_JWT_JWKS_URL", "https://keys.example/set"}}}) {
    const auto made = configure(variables);
    REQUIRE(made);
    CAPTURE(made->authenticator->mode());
    const std::string unsigned_token =
        test::lasting_token(key_a()).header("alg", R"("none")").signature("").build().value();
    for (const std::string& token :
         {std::string(), std::string("eyJzdWIiOiJib2IifQ"), unsigned_token})
      CHECK_FALSE(made->authenticator->authenticate(token));
  }
}

// --- The rest of AuthEnvironment ---

TEST_CASE("a prefix stands before every name, in errors and notes too", "[smooth-operator]") {
  World world{.variables = {{"ORDERS_AUTH_JWT_HS256_SECRET", kSecret},
                            {"ORDERS_AUTH_JWT_JWKS_URL", "https://keys.example/set"},
                            {"AUTH_MODE", "none"}}};
  const auto made = world.configure("ORDERS_");
  REQUIRE(made);
  CHECK(made->authenticator->mode() == "secret");
  CHECK(has_note(*made,
                 "ORDERS_AUTH_JWT_JWKS_URL is set and has no effect: "
                 "ORDERS_AUTH_JWT_HS256_SECRET"));
  world.variables["ORDERS_AUTH_MODE"] = "off";
  CHECK(fault_of(world.configure("ORDERS_")) == "ORDERS_AUTH_MODE");

  const std::string longest(20, 'X');
  world.variables = {{longest + "AUTH_JWT_RS256_PUBLIC_KEY", "garbage"}};
  CHECK(fault_of(world.configure(longest)) == longest + "AUTH_JWT_RS256_PUBLIC_KEY");
  for (const char* bad : {"XXXXXXXXXXXXXXXXXXXXX", "A-", "A ", "A=", "\xC3\xA4"}) {
    CAPTURE(bad);
    CHECK(fault_of(world.configure(bad)) == "prefix");
  }
}

TEST_CASE("what the variables decide is not decided elsewhere") {
  const auto with = [](auto change) {
    auto environment = World{.variables = {{"AUTH_JWT_HS256_SECRET", kSecret}}}.environment();
    change(environment.validation);
    return fault_of(authenticator_from_env(environment));
  };
  CHECK(with([](auto& v) { v.issuer = "https://a.example"; }) == "validation.issuer");
  CHECK(with([](auto& v) { v.audiences = {"a"}; }) == "validation.audiences");
  CHECK(with([](auto& v) { v.allow_any_issuer = true; }) == "validation.allow_any_issuer");
  CHECK(with([](auto& v) { v.allow_any_audience = true; }) == "validation.allow_any_audience");
  CHECK(with([](auto& v) { v.algorithms = {Algorithm::es256}; }) == "validation.algorithms");
  CHECK(with([](auto& v) { v.clock_skew = std::chrono::seconds(-1); }) == "clock_skew");
  CHECK(with([](auto& v) { v.profile = jwks::TokenProfile::id_token; }) == "AUTH_JWT_AUDIENCE");
}

TEST_CASE("what else tokens have to satisfy is the program's to say") {
  World world{.variables = {{"AUTH_JWT_HS256_SECRET", kSecret}}};
  auto environment = world.environment();
  environment.validation.required_claims = {"tenant"};
  const auto made = authenticator_from_env(environment);
  REQUIRE(made);
  CHECK(answer(*made, hmac_token().build().value()) == "missing_claim tenant");
}

TEST_CASE("every outcome is reported to the auditor") {
  class Recorder final : public jwks::Auditor {
   public:
    void on_authentication(const jwks::AuditRecord& record) override { records.push_back(record); }
    std::vector<jwks::AuditRecord> records;
  };
  const auto auditor = std::make_shared<Recorder>();
  World world{.variables = {{"AUTH_JWT_HS256_SECRET", kSecret}}};
  auto environment = world.environment();
  environment.auditor = auditor;
  const auto made = authenticator_from_env(environment);
  REQUIRE(made);
  CHECK(made->authenticator->mode() == "secret");
  CHECK(answer(*made, hmac_token().build().value()) == "alice");
  CHECK(answer(*made, "garbage") == "not_three_segments token");
  REQUIRE(auditor->records.size() == 2);
  CHECK(auditor->records[0].category == jwks::AuditCategory::accepted);
  CHECK(auditor->records[0].user_id == "alice");
  CHECK(auditor->records[1].category == jwks::AuditCategory::malformed);
}

TEST_CASE("notes and errors hold no value of any variable") {
  const std::string marker = "m4rk3r";
  const Map everything{{"AUTH_JWT_RS256_PUBLIC_KEY", rsa_pem()},
                       {"AUTH_JWT_HS256_SECRET", marker + kSecret},
                       {"AUTH_JWT_JWKS_URL", "https://keys.example/" + marker},
                       {"AUTH_JWT_ISSUER", "https://" + marker + ".example"},
                       {"AUTH_JWT_AUDIENCE", marker},
                       {"AUTH_JWT_CA_FILE", "/" + marker},
                       {"AUTH_DEV_ORG_ID", marker}};
  for (const char* mode : {"jwt", "smoo", "trusted", "none"}) {
    Map variables = everything;
    variables["AUTH_MODE"] = mode;
    const auto made = configure(variables);
    REQUIRE(made);
    CHECK_FALSE(made->notes.empty());
    CHECK_FALSE(has_note(*made, marker));
    for (const std::string& note : made->notes)
      CHECK(std::ranges::all_of(note, [](char c) { return c >= ' ' && c <= '~'; }));
  }
  for (const auto& [name, value] : everything) {
    CAPTURE(name);
    const auto made = configure({{"AUTH_MODE", marker}, {name, value}});
    REQUIRE_FALSE(made);
    CHECK(made.error().message().find(marker) == std::string::npos);
  }
}

TEST_CASE("without a seam the process's environment is read") {
  REQUIRE(setenv("JWKSTEST_AUTH_MODE", " None ", 1) == 0);
  REQUIRE(setenv("JWKSTEST_AUTH_DEV_ORG_ID", "org_env", 1) == 0);
  const auto made = authenticator_from_env("JWKSTEST_");
  REQUIRE(unsetenv("JWKSTEST_AUTH_MODE") == 0);
  REQUIRE(unsetenv("JWKSTEST_AUTH_DEV_ORG_ID") == 0);
  REQUIRE(made);
  const auto principal = made->authenticator->authenticate("");
  REQUIRE(principal);
  CHECK(principal->org_id == "org_env");
  CHECK(mode_of(authenticator_from_env("JWKSTEST_")) == "disabled");
}

TEST_CASE("a misspelt variable of the process is warned of by its escaped name") {
  const std::string odd = "JWKSTEST_AUTH_JWT_\nX";
  const auto set = [](const char* name, const char* value) {
    REQUIRE(setenv(name, value, 1) == 0);
  };
  set("JWKSTEST_AUTH_JWT_HS256_SECRET", kSecret.c_str());
  set("JWKSTEST_AUTH_JWT_AUDIENCES", "m4rk3r");
  set("JWKSTEST_AUTH_JWTX", "other");
  set("XJWKSTEST_AUTH_JWT_Y", "other");
  set(odd.c_str(), "m4rk3r");
  const auto made = authenticator_from_env("JWKSTEST_");
  // Who brings variables along has no names to be compared.
  World world{.variables = {{"JWKSTEST_AUTH_JWT_HS256_SECRET", kSecret}}};
  const auto with_seam = world.configure("JWKSTEST_");
  for (const char* name : {"JWKSTEST_AUTH_JWT_HS256_SECRET", "JWKSTEST_AUTH_JWT_AUDIENCES",
                           "JWKSTEST_AUTH_JWTX", "XJWKSTEST_AUTH_JWT_Y", odd.c_str()})
    REQUIRE(unsetenv(name) == 0);
  REQUIRE(made);
  CHECK(
      has_note(*made, "WARNING: JWKSTEST_AUTH_JWT_AUDIENCES is not a variable that is known here"));
  CHECK(has_note(*made, R"(WARNING: JWKSTEST_AUTH_JWT_\x0aX is not)"));
  CHECK(warnings_of(*made) == 4);  // and neither issuer nor audience is checked
  CHECK_FALSE(has_note(*made, "JWKSTEST_AUTH_JWTX"));
  CHECK_FALSE(has_note(*made, "JWT_Y"));
  CHECK_FALSE(has_note(*made, "m4rk3r"));
  REQUIRE(with_seam);
  CHECK_FALSE(has_note(*with_seam, "known here"));
}

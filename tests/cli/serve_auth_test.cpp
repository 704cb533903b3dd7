// `jwks serve-auth`: who may pass, and what a proxy learns of who it is.

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "cli/serve_auth.hpp"
#include "jwks/authenticator.hpp"
#include "jwks/verify.hpp"

namespace {

using namespace test;

constexpr const char* kBare = "Bearer realm=\"orders\"";
constexpr const char* kInvalid = "Bearer realm=\"orders\", error=\"invalid_token\"";
constexpr const char* kInsufficient = "Bearer realm=\"orders\", error=\"insufficient_scope\"";

constexpr const char* kIdentityFields[] = {
    "X-Auth-User-Id",   "X-Auth-Org-Id",    "X-Auth-Role",   "X-Auth-Roles",
    "X-Auth-Scopes",    "X-Auth-Groups",    "X-Auth-Email",  "X-Auth-Permissions",
    "X-Auth-Name",      "X-Auth-Client-Id", "X-Auth-Issuer", "X-Auth-Token-Id",
    "X-Auth-Principal", "X-Auth-Expires-At"};

TokenRequest with_claims(jwks::emulator::JsonMembers claims) {
  return {.subject = "alice", .claims = std::move(claims)};
}

TEST_CASE("serve-auth refuses whoever has no good token, and tells nobody why") {
  const World world;
  const ServeAuth auth(tokens_of(world.issuer, {"--realm", "orders"}));
  const std::string good = world.token();
  const std::string expired = world.token({.expires_in = std::chrono::hours(-1)});
  const std::string forged = world.token({.signature = {.unpublished = true}});
  const std::string misdirected = world.token({.audience = "another-api"});
  const std::pair<std::string, const char*> cases[] = {
      {"", kBare},
      {"Authorization: Basic YWxpY2U6c2VjcmV0\r\n", kBare},
      {"Authorization: DPoP " + good + "\r\n", kBare},
      {"Authorization: Bearer\r\n", kBare},
      {"Authorization: Bearer " + good + " " + good + "\r\n", kBare},
      {"Authorization: " + good + "\r\n", kBare},
      {bearer(good) + bearer(good), kBare},
      {bearer(good) + "Authorization: Basic YWxpY2U6c2VjcmV0\r\n", kBare},
      {"X-Authorization: Bearer " + good + "\r\n", kBare},
      {bearer("not.a.token"), kInvalid},
      {bearer(expired), kInvalid},
      {bearer(forged), kInvalid},
      {bearer(misdirected), kInvalid}};
  for (const auto& [fields, challenge] : cases) {
    CAPTURE(fields);
    const Reply reply = auth.ask("/auth", fields);
    CHECK(reply.status == 401);
    CHECK(field(reply.head, "WWW-Authenticate") == challenge);
    CHECK(reply.body.empty());
    CHECK(reply.head.find("X-Auth") == std::string::npos);
  }
  CHECK(auth.status("/auth", bearer(good)) == 200);
  CHECK(auth.status("/auth", "authorization: bEARER  " + good + "\r\n") == 200);
}

TEST_CASE("serve-auth names the caller in fields that are always all there") {
  const World world;
  const ServeAuth auth(tokens_of(world.issuer));
  const Reply full = auth.ask("/auth", bearer(world.token(with_claims({
                                           {"org_id", R"("acme")"},
                                           {"role", R"("admin")"},
                                           {"roles", R"(["admin","billing, EU"])"},
                                           {"permissions", R"(["orders:read","orders:write"])"},
                                           {"groups", R"(["100%","staff"])"},
                                           {"scope", R"("orders:read profile")"},
                                           {"email", R"("alice@example.com")"},
                                           {"name", R"("Zoë Ångström")"},
                                           {"client_id", R"("web")"},
                                           {"jti", R"("id-1")"},
                                           {"exp", "4102444800.25"},
                                       }))));
  CHECK(full.status == 200);
  CHECK(full.body.empty());
  CHECK(field(full.head, "X-Auth-User-Id") == "alice");
  CHECK(field(full.head, "X-Auth-Org-Id") == "acme");
  CHECK(field(full.head, "X-Auth-Role") == "admin");
  CHECK(field(full.head, "X-Auth-Roles") == "admin,billing%2C%20EU");
  CHECK(field(full.head, "X-Auth-Permissions") == "orders:read,orders:write");
  CHECK(field(full.head, "X-Auth-Scopes") == "orders:read profile");
  CHECK(field(full.head, "X-Auth-Groups") == "100%25,staff");
  CHECK(field(full.head, "X-Auth-Email") == "alice@example.com");
  CHECK(field(full.head, "X-Auth-Name") == "Zo%C3%AB%20%C3%85ngstr%C3%B6m");
  CHECK(field(full.head, "X-Auth-Client-Id") == "web");
  CHECK(field(full.head, "X-Auth-Issuer") == world.issuer.issuer());
  CHECK(field(full.head, "X-Auth-Token-Id") == "id-1");
  CHECK(field(full.head, "X-Auth-Expires-At") == "4102444800.250000000");
  CHECK(field(full.head, "Cache-Control") == "no-store");

  const Reply bare = auth.ask("/auth", bearer(world.token(with_claims({{"jti", ""}}))));
  CHECK(bare.status == 200);
  for (const char* const name : kIdentityFields) CHECK(field(bare.head, name) != "(none)");
  CHECK(field(bare.head, "X-Auth-Role").empty());
  CHECK(field(bare.head, "X-Auth-Token-Id").empty());
}

TEST_CASE("a trusting service reads the same caller from X-Auth-Principal") {
  const World world;
  const ServeAuth auth(tokens_of(world.issuer));
  const std::string token = world.token(with_claims({{"org_id", R"("acme")"},
                                                     {"role", R"("admin")"},
                                                     {"roles", R"(["admin","billing, EU"])"},
                                                     {"permissions", R"(["a b","c"])"},
                                                     {"groups", R"(["\"quoted\\"])"},
                                                     {"scope", R"("orders:read profile")"},
                                                     {"email", R"("alice@example.com")"},
                                                     {"name", R"("Zoë")"},
                                                     {"exp", "4102444800.25"}}));
  const auto verified =
      take(jwks::make_jwks_authenticator(options_for(world.issuer)))->authenticate(token);
  REQUIRE(verified.has_value());
  const std::string identity = field(auth.ask("/auth", bearer(token)).head, "X-Auth-Principal");
  const auto trusted = take(jwks::make_trusted_authenticator())->authenticate(identity);
  REQUIRE(trusted.has_value());
  CHECK(trusted->user_id == verified->user_id);
  CHECK(trusted->org_id == verified->org_id);
  CHECK(trusted->role == verified->role);
  CHECK(trusted->roles == verified->roles);
  CHECK(trusted->permissions == verified->permissions);
  CHECK(trusted->groups == verified->groups);
  CHECK(trusted->scopes == verified->scopes);
  CHECK(trusted->email == verified->email);
  CHECK(trusted->display_name == verified->display_name);
  CHECK(trusted->client_id == verified->client_id);
  CHECK(trusted->issuer == verified->issuer);
  CHECK(trusted->token_id == verified->token_id);
  CHECK(trusted->expires_at == verified->expires_at);
}

TEST_CASE("a caller who is more than a trusting service reads is refused, at the byte") {
  const World world;
  // One claim for two fields: else a token would be too large before that.
  const ServeAuth auth(tokens_of(world.issuer, {"--claim", "org_id=unit", "--claim", "role=unit"}));
  const std::string unit(3000, 'u');
  const auto ask = [&](std::size_t name_bytes) {
    return auth.ask(
        "/auth",
        bearer(world.token(with_claims({{"unit", '"' + unit + '"'},
                                        {"jti", R"("1")"},
                                        {"exp", "4102444800"},
                                        {"name", '"' + std::string(name_bytes, 'n') + '"'}}))));
  };
  const auto json_bytes = [](const Reply& reply) {
    return field(reply.head, "X-Auth-Principal").size() * 3 / 4;
  };
  const Reply small = ask(10);
  REQUIRE(small.status == 200);
  // A multiple of three, so that each byte of the encoded text counts.
  constexpr std::size_t kMost = jwks::kMaxTokenBytes / 4 * 3;
  REQUIRE(json_bytes(small) < kMost);
  const std::size_t fits = 10 + kMost - json_bytes(small);
  const Reply largest = ask(fits);
  CHECK(largest.status == 200);
  const std::string identity = field(largest.head, "X-Auth-Principal");
  CHECK(identity.size() == jwks::kMaxTokenBytes);
  CHECK(take(jwks::make_trusted_authenticator())->authenticate(identity).has_value());
  const Reply refused = ask(fits + 1);
  CHECK(refused.status == 500);
  CHECK(refused.head.find("X-Auth") == std::string::npos);
}

TEST_CASE("requirements stand in the query of /auth, and a mistake in them lets nobody pass") {
  const World world;
  const ServeAuth auth(tokens_of(world.issuer, {"--realm", "orders"}));
  const std::string fields = bearer(world.token(with_claims({{"scope", R"("read write")"},
                                                             {"role", R"("store manager")"},
                                                             {"permissions", R"(["a","b:c"])"}})));
  const std::pair<const char*, int> cases[] = {
      {"/auth?scope=read", 200},
      {"/auth?scope=read+write", 200},
      {"/auth?scope=read%20write&permission=a+b%3Ac&role=store+manager", 200},
      {"/auth?scope=admin", 403},
      {"/auth?scope=read+admin", 403},
      {"/auth?permission=d", 403},
      {"/auth?role=store", 403},
      {"/auth?scope=read&role=admin", 403},
      {"/auth?", 500},
      {"/auth?scope", 500},
      {"/auth?scope=", 500},
      {"/auth?=read", 500},
      {"/auth?scope=read&", 500},
      {"/auth?&scope=read", 500},
      {"/auth?scope=read&scope=write", 500},
      {"/auth?role=store+manager&role=store+manager", 500},
      {"/auth?permission=a&permission=a", 500},
      {"/auth?scopes=read", 500},
      {"/auth?Scope=read", 500},
      {"/auth?sc%6Fpe=read", 500},
      {"/auth?scope=read++write", 500},
      {"/auth?scope=+read", 500},
      {"/auth?scope=read%2", 500},
      {"/auth?scope=read%zz", 500},
      {"/auth?scope=read%+1", 500},
      {"/auth?scope=read%00", 500},
      {"/auth?scope=read%0A", 500},
      {"/auth?scope=read%7F", 500},
      {"/auth?scope=read;role=x", 403},
      {"/auth?scope=read?scope=read", 403}};
  for (const auto& [target, status] : cases) {
    CAPTURE(target);
    CHECK(auth.status(target, fields) == status);
    if (status == 500) CHECK(auth.status(target) == 500);
  }
  CHECK(field(auth.ask("/auth?scope=admin", fields).head, "WWW-Authenticate") == kInsufficient);
  CHECK(auth.status("/auth?scope=read") == 401);
}

TEST_CASE("paths that are not exactly an endpoint's are unknown") {
  const World world;
  const ServeAuth auth(tokens_of(world.issuer));
  const std::string fields = bearer(world.token());
  for (const char* const target :
       {"/", "/auth/", "/auth/x", "/AUTH", "//auth", "/./auth", "/x/../auth", "/%61uth",
        "/ext_authzz", "/ext_auth", "/healthz/", "/metrics/x", "http://127.0.0.1/auth", "*"}) {
    CAPTURE(target);
    const Reply reply = auth.ask(target, fields);
    CHECK(reply.status == 404);
    CHECK(reply.head.find("X-Auth") == std::string::npos);
  }
}

/// What Envoy sends for a request of its client: that method and path, behind the prefix.
Reply ask_as_envoy(const ServeAuth& auth, const std::string& method, const std::string& target,
                   const std::string& fields) {
  Connection connection(auth.port());
  connection.send(method + " /ext_authz" + target +
                  " HTTP/1.1\r\nhost: orders.example.com\r\ncontent-length: 0\r\n" + fields +
                  "x-envoy-internal: true\r\nx-forwarded-for: 10.0.0.7\r\n"
                  "x-envoy-expected-rq-timeout-ms: 4000\r\n\r\n");
  return connection.receive(method == "HEAD");
}

TEST_CASE("below its prefix Envoy asks the same of every method, path and query") {
  const World world;
  const ServeAuth auth(tokens_of(world.issuer, {"--realm", "orders"}));
  const std::string fields = "authorization: Bearer " + world.token({.subject = "alice"}) + "\r\n";
  for (const char* const method :
       {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "BREW"}) {
    for (const char* const target :
         {"", "/", "/orders/1", "/orders?scope=admin&role=x", "/auth?scope=admin", "/healthz",
          "/metrics", "/a/../../auth", "//evil", "/%2e%2e/auth", "/orders?", "?x=%zz"}) {
      CAPTURE(method, target);
      const Reply good = ask_as_envoy(auth, method, target, fields);
      CHECK(good.status == 200);
      CHECK(field(good.head, "X-Auth-User-Id") == "alice");
      CHECK(good.body.empty());
      const Reply anonymous = ask_as_envoy(auth, method, target, "");
      CHECK(anonymous.status == 401);
      CHECK(field(anonymous.head, "WWW-Authenticate") == kBare);
    }
  }
}

TEST_CASE("the prefix for Envoy can be another one, or none") {
  const World world;
  const std::string fields = bearer(world.token());
  const ServeAuth renamed(tokens_of(world.issuer, {"--ext-authz-prefix", "/check/v1"}));
  CHECK(renamed.status("/check/v1/orders", fields) == 200);
  CHECK(renamed.status("/check/v10/orders", fields) == 404);
  CHECK(renamed.status("/ext_authz/orders", fields) == 404);
  const ServeAuth none(tokens_of(world.issuer, {"--ext-authz-prefix", ""}));
  CHECK(none.status("/ext_authz/orders", fields) == 404);
  CHECK(none.status("/auth", fields) == 200);
}

TEST_CASE("a scope can be required of every token") {
  const World world;
  const ServeAuth auth(
      tokens_of(world.issuer, {"--realm", "orders", "--required-scope", "orders:read"}));
  const Reply refused = auth.ask("/ext_authz/", bearer(world.token()));
  CHECK(refused.status == 403);
  CHECK(field(refused.head, "WWW-Authenticate") == kInsufficient);
  CHECK(auth.status("/auth", bearer(world.token(with_claims({{"scope", R"("orders:read")"}})))) ==
        200);
}

TEST_CASE("options say which claims make a caller, and which it must have") {
  const World world;
  const ServeAuth auth(tokens_of(
      world.issuer, {"--claim", "org_id=https://example.com/tenant,tenant.id", "--claim",
                     "role=level", "--require", "org_id", "--role-order", "basic,curator,admin"}));
  const auto ask = [&](const std::string& target, jwks::emulator::JsonMembers claims) {
    return auth.ask(target, bearer(world.token(with_claims(std::move(claims)))));
  };
  CHECK(field(ask("/auth", {{"tenant", R"({"id":"acme"})"}}).head, "X-Auth-Org-Id") == "acme");
  CHECK(ask("/auth", {{"org", R"("acme")"}}).status == 401);

  const std::pair<std::string, std::string> tenant{"https://example.com/tenant", R"("acme")"};
  CHECK(ask("/auth?role=curator", {tenant, {"level", R"("admin")"}}).status == 200);
  CHECK(ask("/auth?role=curator", {tenant, {"level", R"("curator")"}}).status == 200);
  CHECK(ask("/auth?role=curator", {tenant, {"level", R"("basic")"}}).status == 403);
  CHECK(ask("/auth?role=curator", {tenant}).status == 403);
  CHECK(ask("/auth", {tenant, {"level", R"("root")"}}).status == 401);
  // A role that does not exist is the configuration's mistake.
  CHECK(ask("/auth?role=boss", {tenant, {"level", R"("admin")"}}).status == 500);
}

TEST_CASE("the environment can say what vouches for tokens") {
  const World world;
  ServeAuth auth({"--from-env", "--env-prefix", "ORDERS_"},
                 {"ORDERS_AUTH_JWT_ISSUER=" + world.issuer.issuer(),
                  "ORDERS_AUTH_JWT_AUDIENCE=" + std::string(kAudience),
                  "ORDERS_AUTH_ALLOW_LOOPBACK_HTTP=true"});
  CHECK(auth.status("/auth", bearer(world.token())) == 200);
  CHECK(auth.status("/auth") == 401);
  CHECK(auth.program().err().find("AUTH_ALLOW_LOOPBACK_HTTP") != std::string::npos);
}

TEST_CASE("without anything that vouches for tokens every one is refused") {
  const World world;
  const ServeAuth auth({"--from-env"});
  CHECK(auth.status("/auth", bearer(world.token())) == 401);
  CHECK(auth.status("/auth") == 401);
}

TEST_CASE("in development nobody needs a token") {
  const ServeAuth auth({"--from-env"}, {"AUTH_MODE=none"});
  const Reply anybody = auth.ask("/auth");
  CHECK(anybody.status == 200);
  CHECK(field(anybody.head, "X-Auth-Org-Id") == "dev-org");
}

}  // namespace

// Roles, their order, and what a caller may do.

#include <string>
#include <string_view>

#include "jwks/http.hpp"
#include "jwks/principal.hpp"
#include "support/catch.hpp"
#include "unit/auth/mapping.hpp"

namespace {

using jwks::ClaimMapping;
using jwks::Error;
using jwks::ErrorCode;
using jwks::Principal;
using jwks::Result;
using test::mapper_of;
using test::principal_of;
using test::refusal_of;

ClaimMapping ordered() { return {.role_order = {"basic", "curator", "admin"}}; }

ClaimMapping by_group() {
  ClaimMapping mapping = ordered();
  mapping.group_roles = {
      {"everybody", "basic"}, {"root", "admin"}, {"editors", "curator"}, {"staff", "basic"}};
  return mapping;
}

Principal with_role(std::string_view role) {
  return {.user_id = "alice", .role = std::string(role)};
}

/// A refusal that a client is told of as RFC 6750 §3.1 says.
void check_insufficient(const Result<void>& outcome, std::string_view subject,
                        std::string_view detail) {
  REQUIRE_FALSE(outcome);
  const Error& error = outcome.error();
  CHECK(error.code() == ErrorCode::insufficient_scope);
  CHECK(error.subject() == subject);
  CHECK(error.detail() == detail);
  CHECK(jwks::http_status(error) == 403);
  CHECK(jwks::www_authenticate(error) == R"(Bearer error="insufficient_scope")");
}

}  // namespace

TEST_CASE("an unknown role is refused, and never becomes the lowest", "[smooth-operator]") {
  for (const char* role : {R"("owner")", R"("Admin")", R"("admin ")", R"("basic,admin")"}) {
    CAPTURE(role);
    CHECK(refusal_of({{"role", role}}, ordered()) == "invalid_claim role");
  }
  for (const char* role : {"basic", "curator", "admin"})
    CHECK(principal_of({{"role", test::json_quoted(role)}}, ordered()).role == role);
  ClaimMapping fallback = ordered();
  fallback.role = {"role", "https://example.com/role"};
  CHECK(refusal_of({{"https://example.com/role", R"("owner")"}}, fallback) ==
        "invalid_claim https://example.com/role");
}

TEST_CASE("a caller without a role has none, and not the lowest", "[smooth-operator]") {
  CHECK(principal_of({}, ordered()).role.empty());
  CHECK(principal_of({{"role", R"(" ")"}}, ordered()).role.empty());
  ClaimMapping required = ordered();
  required.required = {"role"};
  CHECK(refusal_of({}, required) == "missing_claim role");
}

TEST_CASE("without an order any role is taken") {
  CHECK(principal_of({{"role", R"("owner")"}}).role == "owner");
}

TEST_CASE("the list of roles is not held to the order") {
  const Principal caller = principal_of({{"roles", R"(["owner","basic"])"}}, ordered());
  CHECK(caller.roles == std::vector<std::string>{"owner", "basic"});
  CHECK(caller.role.empty());
}

TEST_CASE("a caller without a role has the highest of the roles of its groups",
          "[smooth-operator]") {
  const auto role_of = [](const char* groups) {
    return principal_of({{"groups", groups}}, by_group()).role;
  };
  CHECK(role_of(R"(["staff"])") == "basic");
  CHECK(role_of(R"("editors")") == "curator");
  CHECK(role_of(R"(["everybody","editors"])") == "curator");
  CHECK(role_of(R"(["root","editors","everybody"])") == "admin");
  CHECK(role_of(R"(["strangers"])").empty());
  CHECK(role_of("[]").empty());
  CHECK(principal_of({{"groups", R"(["staff","x"])"}}, by_group()).groups ==
        std::vector<std::string>{"staff", "x"});
}

TEST_CASE("the role claim counts before groups, also where it is refused", "[smooth-operator]") {
  CHECK(principal_of({{"role", R"("basic")"}, {"groups", R"(["root"])"}}, by_group()).role ==
        "basic");
  CHECK(refusal_of({{"role", R"("owner")"}, {"groups", R"(["root"])"}}, by_group()) ==
        "invalid_claim role");
  CHECK(principal_of({{"role", R"("")"}, {"groups", R"(["root"])"}}, by_group()).role == "admin");
}

TEST_CASE("a role that comes of groups satisfies what is required") {
  ClaimMapping mapping = by_group();
  mapping.required = {"role"};
  CHECK(principal_of({{"groups", R"(["editors"])"}}, mapping).role == "curator");
  CHECK(refusal_of({{"groups", R"(["strangers"])"}}, mapping) == "missing_claim role");
}

TEST_CASE("a caller has its own role and the lower ones", "[smooth-operator]") {
  const auto mapper = mapper_of(ordered());
  const std::string_view roles[] = {"basic", "curator", "admin"};
  for (std::size_t held = 0; held < 3; ++held) {
    for (std::size_t wanted = 0; wanted < 3; ++wanted) {
      CAPTURE(roles[held], roles[wanted]);
      const auto may = mapper.require_role(with_role(roles[held]), roles[wanted]);
      if (wanted <= held)
        CHECK(may);
      else
        check_insufficient(may, "role", roles[wanted]);
    }
  }
}

TEST_CASE("a role outside of the order has no rank") {
  const auto mapper = mapper_of(ordered());
  check_insufficient(mapper.require_role(with_role(""), "basic"), "role", "basic");
  check_insufficient(mapper.require_role(with_role("owner"), "basic"), "role", "basic");
  Principal listed = with_role("");
  listed.roles = {"admin"};
  check_insufficient(mapper.require_role(listed, "basic"), "role", "basic");
}

TEST_CASE("asking for a role that does not exist is a fault of the program") {
  for (const char* role : {"", "owner"}) {
    CAPTURE(role);
    const auto may = mapper_of(ordered()).require_role(with_role("admin"), role);
    REQUIRE_FALSE(may);
    CHECK(may.error().code() == ErrorCode::bad_config);
    CHECK(jwks::http_status(may.error()) == 500);
  }
  CHECK(jwks::PrincipalMapper().require_role(with_role("admin"), "admin").error().code() ==
        ErrorCode::bad_config);
}

TEST_CASE("a scope, role or permission that is not there is 403 insufficient_scope",
          "[smooth-operator]") {
  const Principal caller{.role = "curator",
                         .roles = {"editor"},
                         .permissions = {"orders.cancel"},
                         .scopes = {"orders:read", "orders:write"}};
  CHECK(require_scope(caller, "orders:read"));
  CHECK(require_scope(caller, "orders:write"));
  check_insufficient(require_scope(caller, "orders"), "scope", "orders");
  check_insufficient(require_scope(caller, "orders:read orders:write"), "scope",
                     "orders:read orders:write");
  CHECK(require_role(caller, "curator"));
  CHECK(require_role(caller, "editor"));
  check_insufficient(require_role(caller, "admin"), "role", "admin");
  check_insufficient(require_role(caller, "Curator"), "role", "Curator");
  CHECK(require_permission(caller, "orders.cancel"));
  check_insufficient(require_permission(caller, "orders"), "permission", "orders");
  check_insufficient(require_permission(caller, "orders:read"), "permission", "orders:read");
}

TEST_CASE("nobody has what has no name") {
  check_insufficient(require_scope(Principal(), ""), "scope", "");
  check_insufficient(require_role(Principal(), ""), "role", "");
  check_insufficient(require_permission(Principal(), ""), "permission", "");
}

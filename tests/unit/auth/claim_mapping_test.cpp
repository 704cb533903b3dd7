// Mappings that make no sense fail when they are made.

#include <string>
#include <string_view>

#include "jwks/principal.hpp"
#include "support/catch.hpp"

namespace {

using jwks::ClaimMapping;
using jwks::ErrorCode;
using jwks::PrincipalMapper;

/// The subject of the refusal; throws if the mapping is accepted.
std::string fault_of(ClaimMapping mapping) {
  const auto mapper = PrincipalMapper::create(std::move(mapping));
  if (mapper) throw std::runtime_error("the mapping was accepted");
  CHECK(mapper.error().code() == ErrorCode::bad_config);
  CHECK_FALSE(mapper.error().detail().empty());
  return std::string(mapper.error().subject());
}

}  // namespace

TEST_CASE("the default mapping is a good one") {
  CHECK(PrincipalMapper::create({}));
  CHECK(PrincipalMapper().mapping().user_id == jwks::ClaimNames{"sub"});
  const auto copy = PrincipalMapper::create({.org_id = {"tenant"}});
  REQUIRE(copy);
  CHECK(copy->mapping().org_id == jwks::ClaimNames{"tenant"});
}

TEST_CASE("a name of a claim that leads nowhere is refused") {
  for (const char* name : {"", " ", ".", "a.", ".a", "a..b", "a. .b", "a\\", "a\\b", "a\\\\.b"}) {
    CAPTURE(name);
    CHECK(fault_of({.user_id = {name}}) == "user_id");
    CHECK(fault_of({.org_id = {"org", name}}) == "org_id");
    CHECK(fault_of({.role = {name}}) == "role");
    CHECK(fault_of({.roles = {name}}) == "roles");
    CHECK(fault_of({.permissions = {name}}) == "permissions");
    CHECK(fault_of({.groups = {name}}) == "groups");
    CHECK(fault_of({.scopes = {name}}) == "scopes");
    CHECK(fault_of({.email = {name}}) == "email");
    CHECK(fault_of({.display_name = {name}}) == "display_name");
    CHECK(fault_of({.client_id = {name}}) == "client_id");
  }
}

TEST_CASE("a field that is required needs a claim") {
  CHECK(fault_of({.user_id = {}}) == "user_id");
  CHECK(fault_of({.email = {}, .required = {"email"}}) == "email");
  CHECK(fault_of({.roles = {}, .required = {"roles"}}) == "roles");
}

TEST_CASE("what is required is a field, and not a claim") {
  for (const char* name : {"", "sub", "org", "scope", "Role", "issuer", "evidence"}) {
    CAPTURE(name);
    CHECK(fault_of({.required = {"org_id", name}}) == "required");
  }
}

TEST_CASE("roles have names, and each its one place") {
  CHECK(fault_of({.role_order = {"basic", ""}}) == "role_order");
  CHECK(fault_of({.role_order = {" "}}) == "role_order");
  CHECK(fault_of({.role_order = {"\xC2\xA0"}}) == "role_order");
  CHECK(fault_of({.role_order = {"basic", "admin", "basic"}}) == "role_order");
}

TEST_CASE("groups have roles of the order, and a claim") {
  CHECK(fault_of({.group_roles = {{"staff", "admin"}}}) == "group_roles");
  CHECK(fault_of({.role_order = {"basic"}, .group_roles = {{"staff", "admin"}}}) == "group_roles");
  CHECK(fault_of({.role_order = {"basic"}, .group_roles = {{"", "basic"}}}) == "group_roles");
  CHECK(fault_of({.groups = {}, .role_order = {"basic"}, .group_roles = {{"staff", "basic"}}}) ==
        "groups");
}

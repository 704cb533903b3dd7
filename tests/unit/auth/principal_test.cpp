// Which claims become which field of a caller, and which are refused.

#include "jwks/principal.hpp"

#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "unit/auth/mapping.hpp"

namespace {

using jwks::ClaimMapping;
using jwks::ClaimNames;
using jwks::Principal;
using test::ClaimTexts;
using test::map_claims;
using test::principal_of;
using test::refusal_of;

using Names = std::vector<std::string>;

/// An array of this many different names.
std::string array_of(int count) {
  std::string out = "[";
  for (int i = 0; i < count; ++i)
    out.append(i == 0 ? "" : ",").append("\"n").append(std::to_string(i)).append("\"");
  return out + "]";
}

/// A list of this many different words.
std::string words_of(int count) {
  std::string out = "\"";
  for (int i = 0; i < count; ++i)
    out.append(i == 0 ? "" : " ").append("w").append(std::to_string(i));
  return out + "\"";
}

}  // namespace

TEST_CASE("every field is fed by its claims of the default mapping") {
  const Principal caller = principal_of({{"org", R"("acme")"},
                                         {"role", R"("admin")"},
                                         {"roles", R"(["a","b"])"},
                                         {"permissions", R"(["read"])"},
                                         {"groups", R"(["staff"])"},
                                         {"scope", R"("orders:read orders:write")"},
                                         {"email", R"("alice@example.com")"},
                                         {"name", R"("Alice \u00c4")"},
                                         {"client_id", R"("shop")"},
                                         {"jti", R"("t-1")"}});
  CHECK(caller.user_id == "alice");
  CHECK(caller.org_id == "acme");
  CHECK(caller.role == "admin");
  CHECK(caller.roles == Names{"a", "b"});
  CHECK(caller.permissions == Names{"read"});
  CHECK(caller.groups == Names{"staff"});
  CHECK(caller.scopes == Names{"orders:read", "orders:write"});
  CHECK(caller.email == "alice@example.com");
  CHECK(caller.display_name == "Alice \xC3\x84");
  CHECK(caller.client_id == "shop");
  CHECK(caller.issuer == test::kIssuer);
  CHECK(caller.token_id == "t-1");
  REQUIRE(caller.expires_at);
  CHECK(caller.expires_at->floor() ==
        std::chrono::floor<std::chrono::seconds>(test::kNow) + std::chrono::seconds(300));
}

TEST_CASE("fields without claims are empty, and only the user is required by default") {
  const Principal caller = principal_of({});
  CHECK(caller.user_id == "alice");
  for (const auto* text : {&caller.org_id, &caller.role, &caller.email, &caller.display_name,
                           &caller.client_id, &caller.token_id})
    CHECK(text->empty());
  for (const auto* list : {&caller.roles, &caller.permissions, &caller.groups, &caller.scopes})
    CHECK(list->empty());
  CHECK(refusal_of({{"sub", ""}}) == "missing_claim sub");
  CHECK(refusal_of({{"sub", R"("")"}}) == "missing_claim sub");
  CHECK(refusal_of({{"sub", R"(" \t ")"}}) == "missing_claim sub");
}

TEST_CASE("the evidence says which key and algorithm the caller was established with") {
  const auto evidence = principal_of({}).evidence;
  CHECK(evidence.verified);
  CHECK(evidence.algorithm == jwks::Algorithm::es256);
  CHECK(evidence.key_id == "ES256-0");
  CHECK_FALSE(evidence.key_refreshed);
  CHECK_FALSE(evidence.stale_keys);
  CHECK_FALSE(Principal().evidence.verified);
}

TEST_CASE("the first claim that is there counts, in the order of the names", "[smooth-operator]") {
  const auto org_of = [](const ClaimTexts& claims) { return principal_of(claims).org_id; };
  CHECK(org_of({{"org", R"("a")"}, {"org_id", R"("b")"}}) == "a");
  CHECK(org_of({{"org_id", R"("b")"}}) == "b");
  CHECK(org_of({{"org", "null"}, {"org_id", R"("b")"}}) == "b");
  CHECK(org_of({{"org", R"("")"}, {"org_id", R"("b")"}}) == "b");
  CHECK(org_of({{"org", R"("  ")"}, {"org_id", R"("b")"}}) == "b");
  CHECK(org_of({{"org", R"("\n\r\t")"}, {"org_id", R"("b")"}}) == "b");
  CHECK(principal_of({{"preferred_username", R"("al")"}}).display_name == "al");
  CHECK(principal_of({{"azp", R"("app")"}}).client_id == "app");
}

TEST_CASE("a claim of a wrong type is refused, and the next name is not tried") {
  for (const char* wrong : {"1", "true", "[]", R"(["a"])", "{}", R"({"id":"a"})"}) {
    CAPTURE(wrong);
    CHECK(refusal_of({{"org", wrong}, {"org_id", R"("b")"}}) == "invalid_claim org");
    CHECK(refusal_of({{"org_id", wrong}}) == "invalid_claim org_id");
    CHECK(refusal_of({{"role", wrong}}) == "invalid_claim role");
    CHECK(refusal_of({{"email", wrong}}) == "invalid_claim email");
    CHECK(refusal_of({{"name", wrong}}) == "invalid_claim name");
    CHECK(refusal_of({{"client_id", wrong}}) == "invalid_claim client_id");
    CHECK(refusal_of({{"uid", wrong}}, {.user_id = {"uid", "sub"}}) == "invalid_claim uid");
  }
  for (const char* wrong : {"1", "true", "{}", "[1]", R"(["a",null])", R"([["a"]])", R"([{}])"}) {
    CAPTURE(wrong);
    CHECK(refusal_of({{"scope", wrong}, {"scp", R"("a")"}}) == "invalid_claim scope");
    for (const char* list : {"roles", "permissions", "groups", "scp"})
      CHECK(refusal_of({{list, wrong}}) == std::string("invalid_claim ") + list);
  }
}

TEST_CASE("a text is taken as the issuer wrote it") {
  CHECK(principal_of({{"org", R"(" acme ")"}}).org_id == " acme ");
  CHECK(principal_of({{"sub", R"("auth0|\"a\\b")"}}).user_id == R"(auth0|"a\b)");
}

TEST_CASE("a control character in any text is refused, for it ends in logs and header fields") {
  // C0, DEL and C1, of which U+009B begins an escape sequence of terminals.
  for (const char* wrong :
       {R"("a\u0000")", R"("a\nb")", R"("a\r\nX-Role: admin")", R"("a\tb")", R"("\u001b[2J")",
        R"("a\u007f")", R"("a\u0080")", R"("\u009b2J")", R"("a\u009f")"}) {
    CAPTURE(wrong);
    for (const char* name : {"sub", "org", "role", "email", "name", "client_id", "jti", "roles",
                             "permissions", "groups", "scope"}) {
      const std::string array = std::string("[") + wrong + "]";
      CHECK(refusal_of({{name, wrong}}) == std::string("invalid_claim ") + name);
      const bool list =
          std::string_view("roles permissions groups scope").find(name) != std::string_view::npos;
      if (list) CHECK(refusal_of({{name, array}}) == std::string("invalid_claim ") + name);
    }
  }
  CHECK(principal_of({{"org", R"("a\u00a0\u00c4~")"}}).org_id == "a\xC2\xA0\xC3\x84~");
}

TEST_CASE("line separators and marks of direction are refused as control characters are") {
  for (const char* wrong : {R"("a\u2028b")", R"("a\u2029")", R"("\u202aa")", R"("a\u202b")",
                            R"("a\u202c")", R"("a\u202d")", R"("nimda\u202e")", R"("a\u2066")",
                            R"("a\u2067")", R"("a\u2068")", R"("a\u2069")", "\"a\xE2\x80\xAE\""}) {
    CAPTURE(wrong);
    for (const char* name : {"sub", "org", "jti", "roles", "scope"})
      CHECK(refusal_of({{name, wrong}}) == std::string("invalid_claim ") + name);
    CHECK(refusal_of({{"groups", std::string("[") + wrong + "]"}}) == "invalid_claim groups");
  }
  // Their neighbours, and the same bytes elsewhere, are text.
  for (const char* text : {"a\xE2\x80\xA7", "a\xE2\x80\xAF", "a\xE2\x81\xA5", "a\xE2\x81\xAA",
                           "\xC3\x80", "\xE4\xBD\xA0\xE5\xA5\xBD", "\xF0\x9F\x98\x80"}) {
    CAPTURE(text);
    CHECK(principal_of({{"org", '"' + std::string(text) + '"'}}).org_id == text);
  }
}

TEST_CASE("a text that shows nothing is blank") {
  for (const char* blank :
       {R"("\u00a0")", R"("\u1680")", R"("\u2000")", R"("\u2007")", R"("\u200b")", R"("\u200d")",
        R"("\u200f")", R"("\u2028")", R"("\u2029")", R"("\u202e")", R"("\u202f")", R"("\u205f")",
        R"("\u2060")", R"("\u2064")", R"("\u2066")", R"("\u2069")", R"("\u3000")", R"("\ufeff")",
        R"(" \u00a0\t\u200b\u3000 ")"}) {
    CAPTURE(blank);
    CHECK(refusal_of({{"sub", blank}}) == "missing_claim sub");
    CHECK(principal_of({{"email", blank}}).email.empty());
    CHECK(principal_of({{"org", blank}, {"org_id", R"("b")"}}).org_id == "b");
    CHECK(refusal_of({{"roles", std::string(R"(["a",)") + blank + "]"}}) == "invalid_claim roles");
  }
  CHECK(refusal_of({{"scope", R"("a \u00a0 b")"}}) == "invalid_claim scope");
  for (const char* shown : {R"("\u00a0a")", R"("\u200b.")", R"("\u3001")", R"("\u00a1")"}) {
    CAPTURE(shown);
    CHECK(map_claims({{"sub", shown}}));
  }
}

TEST_CASE("dots are steps into objects") {
  const ClaimMapping mapping{.org_id = {"tenant.id"}, .roles = {"realm_access.roles"}};
  const Principal caller = principal_of({{"tenant", R"({"id":"acme","id.x":"no"})"},
                                         {"realm_access", R"({"roles":["a","b"]})"},
                                         {"tenant.id", R"("a claim of that name")"}},
                                        mapping);
  CHECK(caller.org_id == "acme");
  CHECK(caller.roles == Names{"a", "b"});
  CHECK(principal_of({{"a", R"({"b":{"c":"deep"}})"}}, {.org_id = {"a.b.c"}}).org_id == "deep");
}

TEST_CASE("a path whose steps are absent or null is an absent claim") {
  const ClaimMapping mapping{.org_id = {"a.b.c", "org"}};
  for (const char* value : {"", "null", "{}", R"({"b":null})", R"({"b":{}})", R"({"b":{"c":null}})",
                            R"({"b":{"c":" "}})"}) {
    CAPTURE(value);
    CHECK(principal_of({{"a", value}, {"org", R"("x")"}}, mapping).org_id == "x");
  }
}

TEST_CASE("a path through anything but an object is refused") {
  const ClaimMapping mapping{.org_id = {"a.b", "org"}};
  for (const char* value : {R"("text")", R"("")", "1", "true", "[]", R"([{"b":"x"}])"}) {
    CAPTURE(value);
    CHECK(refusal_of({{"a", value}, {"org", R"("x")"}}, mapping) == "invalid_claim a.b");
  }
}

TEST_CASE("a backslash makes a dot a part of the name") {
  const ClaimMapping mapping{.org_id = {R"(tenant\.id)"}, .role = {R"(a\.b.c\.d)"}};
  const Principal caller =
      principal_of({{"tenant.id", R"("acme")"}, {"a.b", R"({"c.d":"admin"})"}}, mapping);
  CHECK(caller.org_id == "acme");
  CHECK(caller.role == "admin");
  CHECK(refusal_of({{"tenant.id", "1"}}, mapping) == R"(invalid_claim tenant\x5c.id)");
}

TEST_CASE("a name with a scheme is taken literally, dots and all") {
  const ClaimMapping mapping{.org_id = {"https://example.com/claims.org"},
                             .role = {R"(https://example.com/a\.b)"}};
  const Principal caller = principal_of({{"https://example.com/claims.org", R"("acme")"},
                                         {R"(https://example.com/a\.b)", R"("admin")"}},
                                        mapping);
  CHECK(caller.org_id == "acme");
  CHECK(caller.role == "admin");
}

TEST_CASE("roles, permissions and groups are an array of names, or one name") {
  for (const char* name : {"roles", "permissions", "groups"}) {
    CAPTURE(name);
    const auto list_of = [name](const char* json) {
      const Principal caller = principal_of({{name, json}});
      return caller.roles.empty() ? caller.permissions.empty() ? caller.groups : caller.permissions
                                  : caller.roles;
    };
    CHECK(list_of(R"(["a","b c","a"])") == Names{"a", "b c"});
    CHECK(list_of(R"("a b")") == Names{"a b"});
    CHECK(list_of("[]").empty());
    CHECK(list_of("null").empty());
    CHECK(list_of(R"(" ")").empty());
  }
}

TEST_CASE("scopes are words separated by spaces, or an array of words") {
  const auto scopes_of = [](const ClaimTexts& claims) { return principal_of(claims).scopes; };
  CHECK(scopes_of({{"scope", R"("a b a")"}}) == Names{"a", "b"});
  CHECK(scopes_of({{"scope", R"(" a  b ")"}}) == Names{"a", "b"});
  CHECK(scopes_of({{"scp", R"(["a","b"])"}}) == Names{"a", "b"});
  CHECK(scopes_of({{"scp", R"("a b")"}}) == Names{"a", "b"});
  CHECK(scopes_of({{"scope", R"("a")"}, {"scp", R"("b")"}}) == Names{"a"});
  CHECK(scopes_of({{"scope", R"("")"}, {"scp", R"("b")"}}) == Names{"b"});
  // It is there and grants nothing; another claim must not grant more.
  CHECK(scopes_of({{"scope", "[]"}, {"scp", R"("b")"}}).empty());
  // Written as one text it would be two scopes.
  CHECK(refusal_of({{"scp", R"(["a b"])"}}) == "invalid_claim scp");
}

TEST_CASE("a blank item of an array is refused") {
  for (const char* name : {"roles", "permissions", "groups", "scope"}) {
    CAPTURE(name);
    CHECK(refusal_of({{name, R"(["a",""])"}}) == std::string("invalid_claim ") + name);
    CHECK(refusal_of({{name, R"(["  "])"}}) == std::string("invalid_claim ") + name);
  }
}

TEST_CASE("a list has at most 256 items") {
  for (const char* name : {"roles", "permissions", "groups", "scope"}) {
    CAPTURE(name);
    CHECK(map_claims({{name, array_of(256)}}));
    CHECK(refusal_of({{name, array_of(257)}}) == std::string("invalid_claim ") + name);
  }
  CHECK(principal_of({{"scope", words_of(256)}}).scopes.size() == 256);
  CHECK(refusal_of({{"scope", words_of(257)}}) == "invalid_claim scope");
}

TEST_CASE("a required field without a value is a missing claim, by the first of its names",
          "[smooth-operator]") {
  const Names fields{"org_id", "role",  "roles",        "permissions", "groups",
                     "scopes", "email", "display_name", "client_id"};
  const Names claims{"org",   "role",  "roles", "permissions", "groups",
                     "scope", "email", "name",  "client_id"};
  for (std::size_t i = 0; i < fields.size(); ++i) {
    CAPTURE(fields[i]);
    const ClaimMapping mapping{.required = {fields[i]}};
    CHECK(refusal_of({}, mapping) == "missing_claim " + claims[i]);
    CHECK(refusal_of({{claims[i], "null"}}, mapping) == "missing_claim " + claims[i]);
    CHECK(refusal_of({{claims[i], R"(" ")"}}, mapping) == "missing_claim " + claims[i]);
    CHECK(map_claims({{claims[i], R"("x")"}}, mapping));
  }
  CHECK(refusal_of({{"roles", "[]"}}, {.required = {"roles"}}) == "missing_claim roles");
  CHECK(map_claims({}, {.required = {"user_id"}}));
}

TEST_CASE("a field without names is never fed") {
  const Principal caller =
      principal_of({{"email", "1"}, {"roles", "1"}}, {.roles = {}, .email = {}});
  CHECK(caller.email.empty());
  CHECK(caller.roles.empty());
}

TEST_CASE("a blank e-mail is no e-mail", "[smooth-operator]") {
  for (const char* blank : {R"("")", R"("   ")", "null", ""}) {
    CAPTURE(blank);
    CHECK(principal_of({{"email", blank}}).email.empty());
    CHECK(refusal_of({{"email", blank}}, {.required = {"email"}}) == "missing_claim email");
  }
}

TEST_CASE("an e-mail that the issuer does not vouch for is dropped") {
  const auto email_of = [](const char* verified, bool required) {
    return principal_of({{"email", R"("a@b")"}, {"email_verified", verified}},
                        {.require_verified_email = required})
        .email;
  };
  for (const bool required : {false, true}) {
    CAPTURE(required);
    for (const char* yes : {"true", R"("true")"}) CHECK(email_of(yes, required) == "a@b");
    for (const char* no :
         {"false", R"("false")", R"("True")", R"("")", "1", "null", "[true]", "{}"}) {
      CAPTURE(no);
      CHECK(email_of(no, required).empty());
    }
  }
  CHECK(email_of("", false) == "a@b");
  CHECK(email_of("", true).empty());
  CHECK(refusal_of({{"email", R"("a@b")"}, {"email_verified", "false"}}, {.required = {"email"}}) ==
        "missing_claim email");
}

TEST_CASE("email_verified is looked for beside the e-mail and at the top, and either may say no") {
  const auto email_of = [](const std::string& beside, const char* at_top, bool required) {
    const std::string user = R"({"email":"a@b")" + beside + "}";
    return principal_of({{"user", user}, {"email_verified", at_top}},
                        {.email = {"user.email"}, .require_verified_email = required})
        .email;
  };
  for (const bool required : {false, true}) {
    CAPTURE(required);
    CHECK(email_of(R"(,"email_verified":true)", "", required) == "a@b");
    CHECK(email_of(R"(,"email_verified":"true")", "true", required) == "a@b");
    for (const char* no : {"false", R"("false")", "1", "null", "[true]", "{}"}) {
      CAPTURE(no);
      CHECK(email_of(std::string(R"(,"email_verified":)") + no, "", required).empty());
      CHECK(email_of(std::string(R"(,"email_verified":)") + no, "true", required).empty());
      CHECK(email_of(R"(,"email_verified":true)", no, required).empty());
      CHECK(email_of("", no, required).empty());
    }
  }
  CHECK(email_of("", "", false) == "a@b");
  CHECK(email_of("", "", true).empty());
  CHECK(email_of("", "true", true).empty());  // it stands beside another claim, if any
}

TEST_CASE("email_verified vouches for the claim email and no other") {
  const auto email_of = [](const ClaimTexts& claims, bool required) {
    return principal_of(
               claims, {.email = {"upn", "user.mail", "email"}, .require_verified_email = required})
        .email;
  };
  const ClaimTexts upn_first{
      {"upn", R"("victim@corp")"}, {"email", R"("me@evil")"}, {"email_verified", "true"}};
  CHECK(email_of(upn_first, true).empty());
  CHECK(email_of(upn_first, false) == "victim@corp");
  CHECK(email_of({{"user", R"({"mail":"victim@corp","email_verified":true})"}}, true).empty());
  CHECK(email_of({{"email", R"("a@b")"}, {"email_verified", "true"}}, true) == "a@b");
  CHECK(email_of({{"upn", R"("victim@corp")"}, {"email_verified", "false"}}, false).empty());
}

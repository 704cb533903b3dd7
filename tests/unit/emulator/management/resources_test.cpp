#include <chrono>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "unit/emulator/management/managed.hpp"

namespace {

using namespace jwks::emulator;  // NOLINT(google-build-using-namespace)
using Strings = std::vector<std::string>;
using test::at;
using test::each;
using test::Managed;

}  // namespace

TEST_CASE("an organization is made, shown, changed and deleted", "[emulator]") {
  const Managed idp;
  const HttpResponse made =
      idp.call("POST", "/organizations",
               R"({"name":"Zürich","external_id":"42","metadata":{"plan":"gold"},"unknown":[1],)"
               R"("domain_data":[{"domain":"zh.example","state":"pending"}]})");
  REQUIRE(made.status == 201);
  CHECK(at(made, "object") == "organization");
  CHECK(at(made, "id").starts_with("org_"));
  CHECK(at(made, "name") == "Zürich");
  CHECK(at(made, "external_id") == "42");
  CHECK(at(made, "metadata") == R"({"plan":"gold"})");
  CHECK(at(made, "domains.0.object") == "organization_domain");
  CHECK(at(made, "domains.0.id").starts_with("org_domain_"));
  CHECK(at(made, "domains.0.domain") == "zh.example");
  CHECK(at(made, "domains.0.organization_id") == at(made, "id"));
  CHECK(at(made, "created_at") == "2025-06-15T15:06:40.000Z");
  CHECK(at(made, "updated_at") == "2025-06-15T15:06:40.000Z");

  const std::string path = "/organizations/" + at(made, "id");
  CHECK(idp.call("GET", path).body == made.body);

  idp.emulation->clock().advance(std::chrono::seconds(1));
  const HttpResponse changed = idp.call("PUT", path, R"({"name":"Bern","external_id":null})");
  CHECK(changed.status == 200);
  CHECK(at(changed, "name") == "Bern");
  CHECK(at(changed, "external_id") == "null");
  CHECK(at(changed, "metadata") == R"({"plan":"gold"})");
  CHECK(at(changed, "domains.0.id") == at(made, "domains.0.id"));
  CHECK(at(changed, "created_at") == "2025-06-15T15:06:40.000Z");
  CHECK(at(changed, "updated_at") == "2025-06-15T15:06:41.000Z");

  CHECK(idp.call("DELETE", path).status == 204);
  CHECK(idp.call("DELETE", path).status == 404);
  const HttpResponse gone = idp.call("GET", path);
  CHECK(gone.status == 404);
  CHECK(gone.body == R"({"message":"Organization not found","code":"not_found"})");
  CHECK(idp.call("PUT", path, "{}").status == 404);
}

TEST_CASE("no two organizations have one name", "[emulator][known-defect]") {
  const Managed idp;
  const HttpResponse refused = idp.call("POST", "/organizations", R"({"name":"Acme"})");
  CHECK(refused.status == 422);
  CHECK(at(refused, "errors.0.field") == "name");
  CHECK(idp.call("PUT", "/organizations/org_globex", R"({"name":"Acme"})").status == 422);
  CHECK(idp.call("PUT", "/organizations/org_acme", R"({"name":"Acme"})").status == 200);
}

TEST_CASE("all that is wrong with an organization is told at once", "[emulator]") {
  const Managed idp;
  CHECK(at(idp.call("POST", "/organizations", "{}"), "errors") ==
        R"([{"field":"name","code":"required","message":"is required"}])");
  const HttpResponse types = idp.call("POST", "/organizations",
                                      R"({"name":1,"external_id":[],"metadata":{"a":1},)"
                                      R"("domains":"a.example"})");
  CHECK(types.status == 422);
  Strings fields;
  for (int i = 0; i < 4; ++i) {
    fields.push_back(at(types, "errors." + std::to_string(i) + ".field"));
  }
  CHECK(fields == Strings{"name", "external_id", "metadata.a", "domains"});
  const HttpResponse values =
      idp.call("PUT", "/organizations/org_acme", R"({"name":" ","domains":["ok.example","a b"]})");
  CHECK(values.status == 422);
  CHECK(at(values, "errors.0.field") == "name");
  CHECK(at(values, "errors.1.field") == "domains[1]");
}

TEST_CASE("an organization that goes takes applications, secrets and API keys along",
          "[emulator]") {
  const Managed idp;
  const HttpResponse secrets = idp.call("GET", "/connect/applications/billing/client_secrets");
  REQUIRE(idp.token_status("billing", "the billing secret") == 200);
  REQUIRE(idp.call("DELETE", "/organizations/org_acme").status == 204);
  CHECK(idp.token_status("billing", "the billing secret") == 401);
  CHECK(idp.call("GET", "/connect/applications/billing").status == 404);
  CHECK(idp.call("DELETE", "/connect/client_secrets/" + at(secrets, "0.id")).status == 404);
  CHECK(idp.call("GET", "/organizations", {}, "sk_live_acme_1234").status == 401);
  CHECK(idp.call("GET", "/organizations", {}, "sk_alice").status == 401);
  CHECK(idp.call("GET", "/organizations", {}, "sk_globex").status == 200);
}

TEST_CASE("an application of machines is made and gets tokens with its secret", "[emulator]") {
  const Managed idp;
  const HttpResponse made =
      idp.call("POST", "/connect/applications",
               R"({"name":"Robot","application_type":"m2m","organization_id":"org_globex",)"
               R"("scopes":["run"],"audience":"robots","description":null})");
  REQUIRE(made.status == 201);
  CHECK(at(made, "object") == "connect_application");
  CHECK(at(made, "id").starts_with("conn_app_"));
  CHECK(at(made, "client_id").starts_with("client_"));
  CHECK(at(made, "application_type") == "m2m");
  CHECK(at(made, "organization_id") == "org_globex");
  CHECK(at(made, "audience") == "robots");
  CHECK(at(made, "scopes") == R"(["run"])");
  CHECK(at(made, "description") == "null");
  CHECK(at(made, "redirect_uris") == "absent");
  CHECK(at(made, "created_at") == "2025-06-15T15:06:40.000Z");

  const std::string secrets = "/connect/applications/" + at(made, "id") + "/client_secrets";
  CHECK(idp.call("GET", secrets).body == "[]");
  const HttpResponse secret = idp.call("POST", secrets, "{}");
  REQUIRE(secret.status == 201);
  CHECK(at(secret, "object") == "connect_application_secret");
  CHECK(at(secret, "id").starts_with("secret_"));
  const std::string value = at(secret, "secret");
  CHECK(at(secret, "secret_hint") == value.substr(value.size() - 4));
  CHECK(at(secret, "last_used_at") == "null");
  CHECK(idp.token_status(at(made, "client_id"), value) == 200);

  const HttpResponse list = idp.call("GET", secrets);
  CHECK(at(list, "0.id") == at(secret, "id"));
  CHECK(at(list, "0.last_used_at") == "2025-06-15T15:06:40.000Z");
  CHECK(list.body.find(value) == std::string::npos);

  const std::string path = "/connect/client_secrets/" + at(secret, "id");
  CHECK(idp.call("DELETE", path).status == 204);
  CHECK(idp.call("DELETE", path).status == 404);
  CHECK(idp.token_status(at(made, "client_id"), value) == 401);
}

TEST_CASE("an application for users has redirect URIs, and is public if it uses PKCE only",
          "[emulator]") {
  const Managed idp;
  const HttpResponse made = idp.call(
      "POST", "/connect/applications",
      R"({"name":"Web","application_type":"oauth","uses_pkce":true,"client_id":"web",)"
      R"("redirect_uris":[{"uri":"https://a.example/cb","default":true},"http://localhost/cb"]})");
  REQUIRE(made.status == 201);
  CHECK(at(made, "client_id") == "web");
  CHECK(at(made, "redirect_uris") == R"([{"uri":"https://a.example/cb","default":true},)"
                                     R"({"uri":"http://localhost/cb","default":false}])");
  CHECK(at(made, "uses_pkce") == "true");
  CHECK(at(made, "organization_id") == "null");
  CHECK(idp.emulation->directory().client("web")->application.is_public);
  const HttpResponse secret = idp.call("POST", "/connect/applications/web/client_secrets");
  CHECK(secret.status == 422);
}

TEST_CASE("an application is changed in part, by its own id or its client's", "[emulator]") {
  const Managed idp;
  const HttpResponse before = idp.call("GET", "/connect/applications/billing");
  idp.emulation->clock().advance(std::chrono::seconds(1));
  // Null is how clients leave out what they don't change.
  const HttpResponse changed =
      idp.call("PUT", "/connect/applications/" + at(before, "id"),
               R"({"name":"Invoices","scopes":null,"organization_id":"org_globex"})");
  CHECK(changed.status == 200);
  CHECK(at(changed, "name") == "Invoices");
  CHECK(at(changed, "scopes") == R"(["read","write"])");
  CHECK(at(changed, "organization_id") == "org_acme");
  CHECK(at(changed, "updated_at") == "2025-06-15T15:06:41.000Z");
  CHECK(at(idp.call("PUT", "/connect/applications/billing", R"({"scopes":[]})"), "scopes") == "[]");
  CHECK(idp.call("PUT", "/connect/applications/billing",
                 R"({"redirect_uris":["https://a.example/"]})")
            .status == 422);
  CHECK(idp.call("PUT", "/connect/applications/none", "{}").status == 404);

  CHECK(idp.call("DELETE", "/connect/applications/billing").status == 204);
  CHECK(idp.call("DELETE", "/connect/applications/billing").status == 404);
  CHECK(idp.token_status("billing", "the billing secret") == 401);
}

TEST_CASE("an application that lacks something is refused, and the member is named", "[emulator]") {
  const Managed idp;
  const std::string m2m = R"("application_type":"m2m","organization_id":"org_acme")";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"{" + m2m + "}", "name"},
      {R"({"name":"x"})", "application_type"},
      {R"({"name":"x","application_type":"spa"})", "application_type"},
      {R"({"name":"x","application_type":"m2m"})", "organization_id"},
      {R"({"name":"x","application_type":"m2m","organization_id":"org_none"})", "organization_id"},
      {R"({"name":"x","application_type":"m2m","organization_id":"Acme"})", "organization_id"},
      {R"({"name":"x","application_type":"oauth","organization_id":"org_none"})",
       "organization_id"},
      {R"({"name":"x",)" + m2m + R"(,"scopes":"read"})", "scopes"},
      {R"({"name":"x",)" + m2m + R"(,"scopes":{"a":"b"}})", "scopes"},
      {R"({"name":"x",)" + m2m + R"(,"scopes":["read",1]})", "scopes[1]"},
      {R"({"name":"x",)" + m2m + R"(,"scopes":["a b"]})", "scopes[0]"},
      {R"({"name":"x",)" + m2m + R"(,"client_id":"billing"})", "client_id"},
      {R"({"name":"x",)" + m2m + R"(,"uses_pkce":true})", "uses_pkce"},
      {R"({"name":"x","application_type":"oauth","redirect_uris":["/cb"]})", "redirect_uris[0]"},
      {R"({"name":"x","application_type":"oauth","redirect_uris":[{"url":"https://a.example"}]})",
       "redirect_uris[0]"},
  };
  for (const auto& [body, field] : cases) {
    CAPTURE(body);
    const HttpResponse refused = idp.call("POST", "/connect/applications", body);
    CHECK(refused.status == 422);
    CHECK(at(refused, "errors.0.field") == field);
    CHECK(at(refused, "errors.1") == "absent");
  }
  CHECK(each(idp.call("GET", "/connect/applications"), "client_id") == Strings{"billing"});
}

TEST_CASE("applications are listed for all organizations or one", "[emulator]") {
  const Managed idp;
  REQUIRE(idp.call("POST", "/connect/applications",
                   R"({"name":"G","application_type":"m2m","organization_id":"org_globex"})")
              .status == 201);
  CHECK(each(idp.call("GET", "/connect/applications"), "name") == Strings{"G", "Billing"});
  CHECK(each(idp.call("GET", "/connect/applications?organization_id=org_acme"), "name") ==
        Strings{"Billing"});
  CHECK(each(idp.call("GET", "/connect/applications?organization_id=org_none"), "name").empty());
}

TEST_CASE("organizations are listed by domain, in each way that clients ask", "[emulator]") {
  const Managed idp;
  const std::string path = "/organizations?domains";
  for (const auto* const query : {"=acme.test", "[]=acme.test", "%5B%5D=acme.test",
                                  "=acme.example,acme.test", "=none.example&domains=acme.test"}) {
    CAPTURE(query);
    CHECK(each(idp.call("GET", path + query), "name") == Strings{"Acme"});
  }
  CHECK(each(idp.call("GET", path + "=acme.test,globex.example&order=asc"), "name") ==
        Strings{"Acme", "Globex"});
  CHECK(each(idp.call("GET", path + "=acme"), "name").empty());
}

TEST_CASE("lists come in pages that lead on and back", "[emulator]") {
  const Managed idp;
  for (char c = 'a'; c <= 'j'; ++c) {  // all at one moment
    REQUIRE(idp.call("POST", "/organizations", std::string(R"({"name":")") + c + R"("})").status ==
            201);
  }
  const auto get = [&](const std::string& query) {
    return idp.call("GET", "/organizations?" + query);
  };
  const HttpResponse first = idp.call("GET", "/organizations");
  CHECK(at(first, "object") == "list");
  CHECK(each(first, "name") == Strings{"j", "i", "h", "g", "f", "e", "d", "c", "b", "a"});
  CHECK(at(first, "list_metadata.before") == "null");
  CHECK(at(first, "list_metadata.after") == at(first, "data.9.id"));

  const HttpResponse last = get("after=" + at(first, "list_metadata.after"));
  CHECK(each(last, "name") == Strings{"Globex", "Acme"});
  CHECK(at(last, "list_metadata.before") == at(last, "data.0.id"));
  CHECK(at(last, "list_metadata.after") == "null");

  // Back: the page next to the cursor.
  const HttpResponse back = get("limit=3&before=" + at(last, "list_metadata.before"));
  CHECK(each(back, "name") == Strings{"c", "b", "a"});
  CHECK(at(back, "list_metadata.before") == at(back, "data.0.id"));
  CHECK(at(back, "list_metadata.after") == at(back, "data.2.id"));

  CHECK(each(get("order=asc&limit=3"), "name") == Strings{"Acme", "Globex", "a"});
  const std::string a = at(first, "data.9.id");
  CHECK(each(get("order=asc&limit=2&after=" + a), "name") == Strings{"b", "c"});
  CHECK(each(get("order=asc&limit=1&before=" + a), "name") == Strings{"Globex"});
  CHECK(each(get("after=" + at(first, "data.1.id") + "&before=" + at(first, "data.4.id")),
             "name") == Strings{"h", "g"});
  CHECK(each(get("limit=100"), "name").size() == 12);
  const HttpResponse nothing = get("after=org_acme");
  CHECK(nothing.body ==
        R"({"object":"list","data":[],"list_metadata":{"before":null,"after":null}})");
}

TEST_CASE("a list's parameters are checked", "[emulator]") {
  const Managed idp;
  for (const auto* const query :
       {"limit=0", "limit=101", "limit=-1", "limit=", "limit=ten", "limit=10x",
        "limit=99999999999999999999", "order=up", "order=", "before=org_none", "after=org_none"}) {
    CAPTURE(query);
    const HttpResponse refused = idp.call("GET", std::string("/organizations?") + query);
    CHECK(refused.status == 422);
    CHECK(at(refused, "errors.0.field") ==
          std::string(query).substr(0, std::string(query).find('=')));
  }
  CHECK(at(idp.call("GET", "/organizations?limit=0&order=up"), "errors.1.field") == "order");
  CHECK(idp.call("GET", "/organizations?unknown=1").status == 200);
  CHECK(idp.call("GET", "/connect/applications?limit=0").status == 422);
  CHECK(idp.call("GET", "/organizations/org_acme/api_keys?limit=0").status == 422);
}

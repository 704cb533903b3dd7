// The journal: what it keeps, and how much of it.

#include "emulator/control/journal.hpp"

#include <nlohmann/json.hpp>
#include <string>

#include "support/catch.hpp"
#include "unit/emulator/emulated.hpp"

namespace {

using namespace jwks::emulator;  // NOLINT(google-build-using-namespace)
using nlohmann::json;

json journal(const test::Emulated& idp, const std::string& query = "") {
  const auto response = idp.respond("GET", "/_emulate/journal" + query);
  REQUIRE(response.status == 200);
  return json::parse(response.body);
}

}  // namespace

TEST_CASE("the journal has method, path, query, status, time and headers of each request",
          "[emulator]") {
  const test::Emulated idp;
  CHECK(idp.respond("GET", "/oauth2/jwks?x=1&y=%20", "", {{"accept", "text/plain"}}).status == 200);
  CHECK(idp.respond("DELETE", "/nothing").status == 404);
  CHECK(idp.respond("GET", "/_emulate/keys").status == 200);

  const auto entries = idp.emulation->journal().entries();
  REQUIRE(entries.size() == 2);
  CHECK(entries[0].method == "GET");
  CHECK(entries[0].path == "/oauth2/jwks");
  CHECK(entries[0].query == "x=1&y=%20");
  CHECK(entries[0].status == 200);
  CHECK(entries[0].time == test::kEmulatedNow);
  CHECK(entries[1].method == "DELETE");
  CHECK(entries[1].status == 404);

  const json document = journal(idp);
  CHECK(document["total"] == 2);
  REQUIRE(document["requests"].size() == 2);
  const json& first = document["requests"][0];
  CHECK(first["path"] == "/oauth2/jwks");
  CHECK(first["query"] == "x=1&y=%20");
  CHECK(first["time"] == "2025-06-15T15:06:40.000Z");
  CHECK(first["time_ms"] == 1'750'000'000'000);
  CHECK(first["headers"] == json{{"accept", "text/plain"}, {"host", "127.0.0.1:4100"}});
}

TEST_CASE("the journal counts each path, without its query", "[emulator]") {
  const test::Emulated idp;
  for (const char* path : {"/oauth2/jwks", "/oauth2/jwks?x=1", "/nothing", "/_emulate/keys"}) {
    idp.respond("GET", path);
  }
  const Journal& kept = idp.emulation->journal();
  CHECK(kept.count("/oauth2/jwks") == 2);
  CHECK(kept.count("/nothing") == 1);
  CHECK(kept.count("/_emulate/keys") == 0);
  CHECK(kept.count("/oauth2") == 0);
  CHECK(journal(idp)["counts"] == json{{"/nothing", 1}, {"/oauth2/jwks", 2}});
}

TEST_CASE("the journal can be narrowed to paths and to the last requests", "[emulator]") {
  const test::Emulated idp;
  for (const char* path : {"/a/1", "/a/2", "/b", "/a/2"}) idp.respond("GET", path);
  CHECK(journal(idp, "?path=/a/2")["counts"] == json{{"/a/2", 2}});
  CHECK(journal(idp, "?path=/a/2")["requests"].size() == 2);
  CHECK(journal(idp, "?path=%2Fa%2F*")["counts"] == json{{"/a/1", 1}, {"/a/2", 2}});
  const json last = journal(idp, "?limit=1&path=/a/*");
  REQUIRE(last["requests"].size() == 1);
  CHECK(last["requests"][0]["path"] == "/a/2");
  CHECK(last["total"] == 4);
  CHECK(last["counts"].size() == 2);
  CHECK(journal(idp, "?limit=0")["requests"].empty());
  CHECK(journal(idp, "?limit=999")["requests"].size() == 4);
  for (const char* query : {"?limit=-1", "?limit=", "?limit=1.5", "?limit=9999999999",
                            "?limit=1&limit=1", "?path=a", "?path=", "?paht=/a"}) {
    CAPTURE(std::string(query));
    CHECK(idp.respond("GET", std::string("/_emulate/journal") + query).status == 400);
  }
}

TEST_CASE("the journal keeps no credentials", "[emulator]") {
  const test::Emulated idp;
  for (const char* value : {"Bearer secret-token", "Basic c2VjcmV0", "secret", ""}) {
    idp.respond("GET", "/health", "", {{"authorization", value}});
  }
  const json document = journal(idp);
  CHECK(document.dump().find("secret-token") == std::string::npos);
  CHECK(document["requests"][0]["headers"]["authorization"] == "Bearer");
  CHECK(document["requests"][1]["headers"]["authorization"] == "Basic");
  CHECK(document["requests"][2]["headers"]["authorization"] == "");
  CHECK(document["requests"][3]["headers"]["authorization"] == "");

  idp.respond("GET", "/health", "",
              {{"cookie", "a=1; session=2"}, {"proxy-authorization", "Basic c2VjcmV0"}});
  const json headers = journal(idp, "?limit=1")["requests"][0]["headers"];
  CHECK(headers["cookie"] == "");
  CHECK(headers["proxy-authorization"] == "Basic");
}

TEST_CASE("repeated header fields are joined, so that the journal has no duplicate member",
          "[emulator]") {
  const test::Emulated idp;
  HttpRequest request = test::Emulated::request("GET", "/health");
  request.headers = {{"host", "127.0.0.1:4100"}, {"accept", "a"}, {"cookie", "c"}, {"accept", "b"}};
  idp.respond(request);
  const std::string text = idp.respond("GET", "/_emulate/journal").body;
  CHECK(jwks::json::parse_object(text));
  CHECK(json::parse(text)["requests"][0]["headers"]["accept"] == "a, b");
}

TEST_CASE("the journal stays bounded whatever is asked", "[emulator]") {
  const test::Emulated idp;
  for (int i = 0; i < 1500; ++i) {
    CHECK(idp.respond("GET", "/invented/" + std::to_string(i)).status == 404);
  }
  const Journal& kept = idp.emulation->journal();
  const auto entries = kept.entries();
  CHECK(entries.size() == Journal::kMaxEntries);
  CHECK(entries.front().path == "/invented/500");
  CHECK(entries.back().path == "/invented/1499");
  CHECK(kept.count("/invented/999") == 1);
  CHECK(kept.count("/invented/1000") == 0);
  const json document = journal(idp);
  CHECK(document["total"] == 1500);
  CHECK(document["uncounted"] == 500);
}

TEST_CASE("large headers push out more of the journal than small ones", "[emulator]") {
  Journal kept;
  const std::string large(16 * 1024, 'x');
  for (int i = 0; i < 1000; ++i) {
    kept.record({.method = "GET", .path = "/" + std::to_string(i), .headers = {{"x", large}}});
  }
  const std::size_t shown = kept.entries().size();
  CHECK(shown < Journal::kMaxBytes / large.size());
  CHECK(shown > Journal::kMaxBytes / large.size() / 2);
  CHECK(kept.entries().back().path == "/999");
  CHECK(kept.count("/0") == 1);

  kept.record({.path = "/" + std::string(Journal::kMaxBytes, 'p')});
  CHECK(kept.entries().size() == 1);  // the last is kept in any case
  for (int i = 0; i < 10; ++i) kept.record({.path = "/1"});
  CHECK(kept.entries().size() == 10);
  CHECK(kept.count("/1") == 11);
}

TEST_CASE("a path that is too long is counted in the total only", "[emulator]") {
  Journal kept;
  const std::string path(Journal::kMaxPathLength + 1, 'p');
  kept.record({.path = path});
  CHECK(kept.count(path) == 0);
  CHECK(kept.entries().size() == 1);
}

TEST_CASE("the journal is readable whatever bytes were sent", "[emulator]") {
  const test::Emulated idp;
  for (const char* path : {"/\xff\x80", "/\\xff\\x80", "/\"", "/\xc3\x28"}) {
    idp.respond("GET", path, "", {{"x", "\xc3\x28\x01"}});
  }
  const std::string text = idp.respond("GET", "/_emulate/journal").body;
  REQUIRE(jwks::json::parse_object(text));  // strict: UTF-8, no duplicate member
  CHECK(json::parse(text)["counts"].size() == 4);
}

TEST_CASE("a cleared journal begins anew", "[emulator]") {
  const test::Emulated idp;
  idp.respond("GET", "/health");
  CHECK(idp.respond("DELETE", "/_emulate/journal").status == 204);
  CHECK(journal(idp) == json{{"total", 0},
                             {"uncounted", 0},
                             {"counts", json::object()},
                             {"requests", json::array()}});
  idp.respond("GET", "/health");
  CHECK(journal(idp)["total"] == 1);
}

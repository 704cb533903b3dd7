#include "emulator/http/router.hpp"

#include "support/catch.hpp"

namespace {

using namespace jwks::emulator;

Router::Handler says(std::string text) {
  return [text = std::move(text)](const HttpRequest&, PathValues values) {
    HttpResponse response{.body = text};
    for (const std::string& value : values) response.body += "|" + value;
    return response;
  };
}

Router library() {
  Router router;
  router.on("GET", "/books", says("list"));
  router.on("POST", "/books", says("add"));
  router.on("GET", "/books/{id}", says("one"));
  router.on("DELETE", "/books/{id}", says("drop"));
  router.on("GET", "/books/latest", says("latest"));
  router.on("GET", "/books/{id}/pages/{page}", says("page"));
  return router;
}

std::string body_of(const std::string& method, const std::string& path) {
  const auto response = library().respond({.method = method, .path = path}, path);
  return response ? response->body : "none";
}

}  // namespace

TEST_CASE("a route is found by its method and path") {
  CHECK(body_of("GET", "/books") == "list");
  CHECK(body_of("POST", "/books") == "add");
  CHECK(body_of("DELETE", "/books/7") == "drop|7");
}

TEST_CASE("segments in braces stand for one segment each, decoded") {
  CHECK(body_of("GET", "/books/7") == "one|7");
  CHECK(body_of("GET", "/books/a%2Fb%20c+d") == "one|a/b c+d");
  CHECK(body_of("GET", "/books/%7") == "one|%7");
  CHECK(body_of("GET", "/books/7/pages/9") == "page|7|9");
}

TEST_CASE("a segment in braces is never empty, nor more than one") {
  for (const char* path :
       {"/books/", "/books//pages/9", "/books/7/", "/books/7/pages", "/books/7/pages/",
        "/books/7/8", "books", "", "/", "/Books", "//books", "/books/7/pages/9/"}) {
    CAPTURE(std::string(path));
    CHECK(body_of("GET", path) == "none");
  }
}

TEST_CASE("what is written out wins over braces") {
  CHECK(body_of("GET", "/books/latest") == "latest");
  CHECK(body_of("DELETE", "/books/latest") == "drop|latest");
}

TEST_CASE("GET answers HEAD") { CHECK(body_of("HEAD", "/books/7") == "one|7"); }

TEST_CASE("another method is refused, naming what is allowed") {
  const auto response = library().respond({.method = "PATCH", .path = "/books"}, "/books");
  REQUIRE(response.has_value());
  CHECK(response->status == 405);
  CHECK(response->headers.back() ==
        std::pair<std::string, std::string>("Allow", "GET, HEAD, POST"));
  const auto lower = library().respond({.method = "get", .path = "/books"}, "/books");
  REQUIRE(lower.has_value());  // methods are case-sensitive (RFC 9110 §9.1)
  CHECK(lower->status == 405);
}

TEST_CASE("routes are listed in the order of their registration") {
  const Router router = library();
  REQUIRE(router.routes().size() == 6);
  CHECK(router.routes()[0].pattern == "/books");
  CHECK(router.routes()[5].pattern == "/books/{id}/pages/{page}");
}

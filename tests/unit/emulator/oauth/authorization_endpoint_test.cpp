#include "emulator/oauth/authorization_endpoint.hpp"

#include "unit/emulator/oauth/oauth_world.hpp"

namespace {

using test::header_of;
using test::kCallback;
using test::member_of;
using test::OAuthWorld;
using test::percent_encode;
using test::sent_back;
using test::web_request;

std::string redirect_target(const jwks::emulator::HttpResponse& response) {
  const std::string location = header_of(response, "Location");
  return location.substr(0, location.find('?'));
}

}  // namespace

TEST_CASE("the login page approves by itself unless it is interactive", "[emulator]") {
  const OAuthWorld world;
  const auto response = world.authorize(web_request("&state=a%20b%26c"));
  CHECK(response.status == 302);
  CHECK(redirect_target(response) == kCallback);
  CHECK(sent_back(response, "code").size() == 43);
  CHECK(sent_back(response, "state") == "a b&c");
  CHECK(sent_back(response, "iss") == test::kIssuer);
  CHECK(sent_back(response, "error").empty());
  CHECK(header_of(response, "Cache-Control") == "no-store");
  CHECK(header_of(response, "Referrer-Policy") == "no-referrer");
}

TEST_CASE("a request without a state gets none back") {
  const OAuthWorld world;
  CHECK(header_of(world.authorize(web_request()), "Location").find("state") == std::string::npos);
}

TEST_CASE("an authorization request may be posted, and is answered with another status") {
  const OAuthWorld world;
  const auto response = world.post("/oauth2/authorize", web_request());
  CHECK(response.status == 303);
  CHECK(sent_back(response, "code").size() == 43);
  CHECK(world.respond("POST", "/oauth2/authorize", "{}").status == 400);
  CHECK(world.respond("PUT", "/oauth2/authorize").status == 405);
}

TEST_CASE("parameters are added to the query that a redirect URI has") {
  const OAuthWorld world;
  const auto response = world.authorize("response_type=code&client_id=web&redirect_uri=" +
                                        percent_encode("https://web.example/other?x=1"));
  CHECK(header_of(response, "Location").starts_with("https://web.example/other?x=1&code="));
}

TEST_CASE("a client with a single redirect URI need not name it") {
  const OAuthWorld world;
  CHECK(redirect_target(world.authorize("response_type=code&client_id=other")) == kCallback);
  CHECK(world.authorize("response_type=code&client_id=web").status == 400);  // it has two
}

TEST_CASE("nobody is sent to a URI that is not registered, whatever else is wrong") {
  const OAuthWorld world;
  const std::string callback = percent_encode(kCallback);
  const std::string rows[] = {
      "response_type=code&redirect_uri=" + callback,
      "response_type=code&client_id=nobody&redirect_uri=" + callback,
      "response_type=code&client_id=web&client_id=web&redirect_uri=" + callback,
      "response_type=code&client_id=web%00&redirect_uri=" + callback,
      "response_type=code&client_id=api&redirect_uri=" + callback,  // has none
      "response_type=code&client_id=web&redirect_uri=",
      "response_type=code&client_id=web&redirect_uri=https%3A%2F%2Fevil.example%2F",
      "response_type=code&client_id=web&redirect_uri=" + callback + "%2F",
      "response_type=code&client_id=web&redirect_uri=" + callback + "%3Fx",
      "response_type=code&client_id=web&redirect_uri=" + callback + "%23x",
      "response_type=code&client_id=web&redirect_uri=" + callback + "%00",
      "response_type=code&client_id=web&redirect_uri=" + callback + "%0d%0aSet-Cookie:%20a=b",
      "response_type=code&client_id=web&redirect_uri=HTTPS%3A%2F%2Fweb.example%2Fcallback",
      "response_type=code&client_id=web&redirect_uri=%2F%2Fweb.example%2Fcallback",
      "response_type=code&client_id=web&redirect_uri=" + callback + "&redirect_uri=" + callback,
      "response_type=code&client_id=web&redirect_uri=" + callback +
          "&redirect_uri=https%3A%2F%2Fevil.example",
      "response_type=code&client_id=web&redirect_uri=javascript%3Aalert(1)",
      "response_type=code&client_id=web&redirect_uri=" + std::string(100'000, 'x'),
      "client_id=web&redirect_uri=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E",
  };
  for (const std::string& row : rows) {
    CAPTURE(row.substr(0, 300));
    const auto response = world.authorize(row);
    CHECK(response.status == 400);
    CHECK(header_of(response, "Location").empty());
    CHECK(header_of(response, "Content-Type") == "text/html; charset=utf-8");
    CHECK(header_of(response, "Content-Security-Policy").starts_with("default-src 'none'"));
    CHECK(response.body.find("evil") == std::string::npos);
    CHECK(response.body.find("<script") == std::string::npos);
    CHECK(response.body.size() < 1000);
  }
}

TEST_CASE("a registered URI with a fragment or control characters would not be redirected to") {
  for (const char* uri : {"https://web.example/#a", "https://web.example/\r\nA: b",
                          "https://web.example/ a", "https://web.example/\x7f"}) {
    CAPTURE(std::string(uri));
    CHECK_FALSE(jwks::emulator::is_redirectable(uri));
  }
  CHECK(jwks::emulator::is_redirectable("com.example.app:/callback?x=1"));
}

TEST_CASE("what is wrong with an authorization request decides the error of RFC 6749") {
  const OAuthWorld world;
  const std::string web = "client_id=web&redirect_uri=" + percent_encode(kCallback);
  const std::string code = "response_type=code&" + web;
  const std::string challenge = test::challenge_of(test::kVerifier);
  struct Row {
    const char* what;
    std::string query;
    const char* error;
  };
  const Row rows[] = {
      {"no response type", web, "invalid_request"},
      {"another response type", web + "&response_type=token", "unsupported_response_type"},
      {"a hybrid response type", web + "&response_type=code+id_token", "unsupported_response_type"},
      {"another response mode", code + "&response_mode=fragment", "invalid_request"},
      {"a parameter twice", code + "&nonce=a&nonce=b", "invalid_request"},
      {"no UTF-8", code + "&nonce=%ff", "invalid_request"},
      {"a NUL", code + "&nonce=a%00b", "invalid_request"},
      {"100 kB", code + "&nonce=" + std::string(100'000, 'a'), "invalid_request"},
      {"a request object", code + "&request=e30", "request_not_supported"},
      {"a request object elsewhere", code + "&request_uri=https%3A%2F%2Fa",
       "request_uri_not_supported"},
      {"a scope that is not the client's", code + "&scope=openid+admin", "invalid_scope"},
      {"two spaces", code + "&scope=read++write", "invalid_scope"},
      {"another age than a number", code + "&max_age=-1", "invalid_request"},
      {"a prompt of none and more", code + "&prompt=none+login", "invalid_request"},
      {"a login_hint that names nobody", code + "&login_hint=eve%40example.com", "access_denied"},
      {"the same without interaction", code + "&prompt=none&login_hint=eve", "login_required"},
      {"a method without a challenge", code + "&code_challenge_method=S256", "invalid_request"},
      {"an unknown method", code + "&code_challenge_method=S512&code_challenge=" + challenge,
       "invalid_request"},
      {"a method in the wrong case",
       code + "&code_challenge_method=s256&code_challenge=" + challenge, "invalid_request"},
      {"a plain challenge", code + "&code_challenge_method=plain&code_challenge=" + challenge,
       "invalid_request"},
      {"a challenge that is plain by default", code + "&code_challenge=" + challenge,
       "invalid_request"},
      {"a challenge that is too short", code + "&code_challenge_method=S256&code_challenge=abc",
       "invalid_request"},
      {"a challenge that is no base64url",
       code + "&code_challenge_method=S256&code_challenge=" + std::string(43, '!'),
       "invalid_request"},
      {"a public client without a challenge", "response_type=code&client_id=phone",
       "invalid_request"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.what));
    const auto response = world.authorize(row.query + "&state=xyz");
    CHECK(response.status == 302);
    CHECK(sent_back(response, "error") == row.error);
    CHECK(sent_back(response, "state") == "xyz");
    CHECK(sent_back(response, "iss") == test::kIssuer);
    CHECK(sent_back(response, "code").empty());
  }
}

TEST_CASE("a state goes back byte for byte or not at all, and ends no header line") {
  const OAuthWorld world;
  for (const std::string& state :
       {std::string("%0d%0aSet-Cookie:%20a=b"), std::string("%22%3Cb%3E&amp="),
        std::string("%C3%A4%F0%9F%98%80"), std::string(16 * 1024, 's')}) {
    CAPTURE(state.substr(0, 80));
    const auto response = world.authorize(web_request("&state=" + state));
    const std::string location = header_of(response, "Location");
    CHECK(sent_back(response, "state") ==
          jwks::emulator::form_url_decode(state.substr(0, state.find('&'))));
    CHECK(location.find_first_of("\r\n \"<>") == std::string::npos);
    CHECK_FALSE(sent_back(response, "code").empty());
  }
  for (const std::string& state : {std::string("%ff"), std::string("a%00"),
                                   std::string("a&state=b"), std::string(100'000, 's')}) {
    CAPTURE(state.substr(0, 80));
    const auto response = world.authorize(web_request("&state=" + state));
    CHECK(sent_back(response, "error") == "invalid_request");
    CHECK(header_of(response, "Location").find("state=") == std::string::npos);
  }
}

TEST_CASE("plain challenges are taken only where they are allowed, and never of public clients",
          "[emulator]") {
  auto options = test::oauth_options();
  options.allow_plain_pkce = true;
  const OAuthWorld world(std::move(options));
  const std::string plain = std::string("&code_challenge=") + test::kVerifier;
  for (const std::string& method : {std::string(), std::string("&code_challenge_method=plain")}) {
    const auto response = world.authorize("response_type=code&client_id=web&redirect_uri=" +
                                          percent_encode(kCallback) + plain + method);
    const std::string code = sent_back(response, "code");
    REQUIRE_FALSE(code.empty());
    CHECK(world.token(test::web_exchange(code)).status == 200);
    CHECK(sent_back(world.authorize("response_type=code&client_id=phone" + plain + method),
                    "error") == "invalid_request");
  }
  CHECK(sent_back(world.authorize("response_type=code&client_id=other&code_challenge=short"),
                  "error") == "invalid_request");
}

TEST_CASE("the login_hint says who is let in, or else it is the first user") {
  const OAuthWorld world;
  const auto subject = [&](const std::string& more) {
    return member_of(
        test::claims_of(world.token(test::web_exchange(world.code(web_request(more))))), "sub");
  };
  CHECK(subject("") == "user_alice");
  CHECK(subject("&login_hint=bob%40example.com") == "user_bob");
  CHECK(subject("&login_hint=BOB%40EXAMPLE.COM") == "user_bob");
  CHECK(subject("&prompt=none") == "user_alice");
  CHECK(subject("&prompt=login+consent&max_age=0") == "user_alice");
}

TEST_CASE("an interactive login page asks for address and password", "[emulator]") {
  auto options = test::oauth_options();
  options.interactive = true;
  const OAuthWorld world(std::move(options));
  const std::string request =
      web_request("&state=%22%3E%3Cscript%3Ex%3C%2Fscript%3E&nonce=n&login_hint=a%40b%22");

  const auto page = world.authorize(request);
  REQUIRE(page.status == 200);
  CHECK(header_of(page, "Location").empty());
  CHECK(header_of(page, "Content-Security-Policy").starts_with("default-src 'none'"));
  CHECK(header_of(page, "Cache-Control") == "no-store");
  CHECK(page.body.find("<script") == std::string::npos);
  CHECK(page.body.find("Sign in to Web &lt;App&gt;.") != std::string::npos);
  CHECK(page.body.find(R"(name="state" value="&quot;&gt;&lt;script&gt;x&lt;/script&gt;")") !=
        std::string::npos);
  CHECK(page.body.find(R"(name="email" value="a@b&quot;")") != std::string::npos);
  CHECK(page.body.find(R"(name="nonce" value="n")") != std::string::npos);

  const auto wrong =
      world.post("/oauth2/authorize", request + "&email=alice%40example.com&password=wrong");
  CHECK(wrong.status == 403);
  CHECK(header_of(wrong, "Location").empty());
  CHECK(wrong.body.find("password is wrong") != std::string::npos);
  CHECK(wrong.body.find(R"(name="email" value="alice@example.com")") != std::string::npos);
  CHECK(wrong.body.find(R"(value="wrong")") == std::string::npos);
  CHECK(world.post("/oauth2/authorize", request + "&email=eve%40example.com&password=x").status ==
        403);

  const auto right =
      world.post("/oauth2/authorize", request + "&email=alice%40example.com&password=wonder+land");
  CHECK(right.status == 303);
  CHECK(sent_back(right, "state") == "\"><script>x</script>");
  const auto tokens = world.token(test::web_exchange(sent_back(right, "code")));
  CHECK(member_of(test::claims_of(tokens), "sub") == "user_alice");
}

TEST_CASE("an interactive login can be cancelled, and prompt=none finds nobody logged in") {
  auto options = test::oauth_options();
  options.interactive = true;
  const OAuthWorld world(std::move(options));
  CHECK(sent_back(world.post("/oauth2/authorize", web_request("&cancel=1")), "error") ==
        "access_denied");
  CHECK(sent_back(world.authorize(web_request("&prompt=none")), "error") == "login_required");
  // Only the form logs in: no link can carry a password.
  CHECK(world.authorize(web_request("&email=alice%40example.com&password=wonder+land")).status ==
        200);
  // The form is no way around the checks.
  CHECK(sent_back(world.post("/oauth2/authorize",
                             web_request("&scope=admin&email=alice%40example.com&password=x")),
                  "error") == "invalid_scope");
}

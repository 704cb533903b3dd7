#include "emulator/realms.hpp"

#include <future>
#include <set>
#include <string>
#include <vector>

#include "unit/emulator/emulated.hpp"

namespace {

using namespace jwks::emulator;  // NOLINT(google-build-using-namespace)

EmulatorOptions options(bool automatic) {
  EmulatorOptions made = test::quick_options();
  made.keys = {{.algorithm = jwks::Algorithm::eddsa}};
  made.claims = {{"of", R"("root")"}};
  made.token_lifetime = std::chrono::seconds(600);
  made.auto_issuers = automatic;
  made.issuers = {{.name = "partner",
                   .keys = {{.algorithm = jwks::Algorithm::es256}},
                   .token_lifetime = std::chrono::seconds(60),
                   .claims = {{"of", R"("partner")"}}},
                  {.name = "plain"}};
  return made;
}

std::string claims(const test::Emulated& idp, const std::string& issuer) {
  TokenRequest request;
  request.issuer = issuer;
  return test::segment_of(idp.emulation->issue(request).value(), 1);
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a further issuer has its own keys, lifetimes and claims", "[emulator]") {
  const test::Emulated idp(options(false));
  CHECK(idp.emulation->realms().names() == Names{"", "partner", "plain"});
  std::set<std::string> kids;
  for (const std::string name : {"", "partner", "plain"}) {
    const auto keys = idp.emulation->realms().find(name)->issuer.keyring().snapshot();
    REQUIRE(keys->keys.size() == 1);
    kids.insert(keys->keys[0].key_id());
    CHECK(idp.respond("GET", (name.empty() ? "" : "/" + name) + "/oauth2/jwks").body == keys->jwks);
  }
  CHECK(kids.size() == 3);
  CHECK(test::member_of(claims(idp, ""), "exp") == "1750000600");
  CHECK(test::member_of(claims(idp, "partner"), "exp") == "1750000060");
  CHECK(test::member_of(claims(idp, "plain"), "exp") == "1750000600");
  CHECK(test::member_of(claims(idp, ""), "of") == "root");
  CHECK(test::member_of(claims(idp, "partner"), "of") == "partner");
  CHECK(test::member_of(claims(idp, "plain"), "of").empty());
}

TEST_CASE("an issuer that nobody configured comes into being on first use, if that is on",
          "[emulator]") {
  const std::string path = "/new/.well-known/openid-configuration";
  const test::Emulated off(options(false));
  CHECK(off.respond("GET", path).status == 404);
  CHECK(off.emulation->realms().names().size() == 3);

  const test::Emulated on(options(true));
  const auto document = on.respond("GET", path);
  REQUIRE(document.status == 200);
  CHECK(test::member_of(document.body, "issuer") == "http://127.0.0.1:4100/new");
  CHECK(on.emulation->realms().names() == Names{"", "new", "partner", "plain"});
  const std::string keys = on.respond("GET", "/new/oauth2/jwks").body;
  CHECK(on.respond("GET", "/new/oauth2/jwks").body == keys);
  CHECK(keys != on.respond("GET", "/oauth2/jwks").body);
}

TEST_CASE("names that are paths of the emulator, or no names, are no issuers", "[emulator]") {
  const test::Emulated idp(options(true));
  for (const std::string name : {"oauth2", "sso", "connect", "organizations", "api_keys", "health",
                                 ".well-known", "a.b", "a%20b", "a b", "\xC3\xA9"}) {
    CAPTURE(name);
    CHECK(idp.respond("GET", "/" + name + "/.well-known/jwks.json").status == 404);
    CHECK_FALSE(idp.emulation->realms().find_or_make(name));
  }
  CHECK_FALSE(idp.emulation->realms().find_or_make(std::string(101, 'a')));
  CHECK(idp.emulation->realms().find_or_make(std::string(100, 'a')));
}

TEST_CASE("issuers come into being up to a limit, and a reset takes them away", "[emulator]") {
  const test::Emulated idp(options(true));
  Realms& realms = idp.emulation->realms();
  for (std::size_t i = 0; i < Realms::kMaxAutomatic; ++i) {
    REQUIRE(realms.find_or_make("n" + std::to_string(i)));
  }
  CHECK_FALSE(realms.find_or_make("one-too-many"));
  CHECK(realms.find_or_make("partner"));
  const auto held = realms.find("n0");
  REQUIRE(idp.emulation->reset());
  CHECK(realms.names() == Names{"", "partner", "plain"});
  CHECK(held->issuer.identifier() == "http://127.0.0.1:4100/n0");  // whoever holds it may use it
  CHECK(realms.find_or_make("one-too-many"));
}

TEST_CASE("who waits for keys goes on with those that were found when the search is ended",
          "[emulator]") {
  EmulatorOptions made = options(true);
  const std::size_t wanted = 100;  // minutes
  made.issuers = {{.name = "slow",
                   .keys = std::vector<KeyOptions>(
                       wanted, {.algorithm = jwks::Algorithm::rs256, .rsa_bits = 4096})}};
  const test::Emulated idp(std::move(made));
  Realms& realms = idp.emulation->realms();
  auto waiting = std::async(std::launch::async, [&realms] {
    return realms.find("slow")->issuer.keyring().snapshot()->keys.size();
  });
  realms.stop_searching();
  CHECK(waiting.get() < wanted);
  CHECK(realms.find_or_make("new") == nullptr);
}

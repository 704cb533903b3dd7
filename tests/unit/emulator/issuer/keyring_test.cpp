#include "emulator/issuer/keyring.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <thread>
#include <vector>

#include "jwks/jwk_set.hpp"
#include "support/catch.hpp"

namespace {

using jwks::Algorithm;
using jwks::emulator::KeyOptions;
using jwks::emulator::Keyring;
using jwks::emulator::KeySnapshot;
using jwks::emulator::Rotation;

std::unique_ptr<Keyring> keyring(std::vector<KeyOptions> keys = {{.algorithm = Algorithm::es256},
                                                                 {.algorithm = Algorithm::eddsa}}) {
  return Keyring::create(keys).value();
}

/// The kids that a verifier reads from the served document.
std::vector<std::string> served(const Keyring& keys) {
  const auto set = jwks::JwkSet::parse(keys.snapshot()->jwks).value();
  REQUIRE(set.skipped().empty());
  std::vector<std::string> ids;
  for (const jwks::Jwk& key : set.keys()) ids.emplace_back(key.key_id());
  return ids;
}

std::string signer(const Keyring& keys, Algorithm algorithm) {
  return keys.snapshot()->signer(algorithm)->key_id();
}

bool contains(const std::vector<std::string>& ids, const std::string& id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

}  // namespace

TEST_CASE("a new keyring publishes one usable key per slot and signs with each") {
  const auto keys = keyring();
  CHECK(served(*keys) ==
        std::vector<std::string>{signer(*keys, Algorithm::es256), signer(*keys, Algorithm::eddsa)});
  CHECK(keys->snapshot()->version == 1);
  CHECK(keys->snapshot()->signer({})->algorithm() == Algorithm::es256);
  CHECK(keys->snapshot()->signer(Algorithm::rs256) == nullptr);
}

TEST_CASE("announce publishes a key that does not sign yet, and switch makes that very key sign") {
  const auto keys = keyring();
  const std::string before = signer(*keys, Algorithm::es256);
  REQUIRE(keys->rotate(Rotation::announce));
  CHECK(signer(*keys, Algorithm::es256) == before);
  const auto announced = served(*keys);
  REQUIRE(announced.size() == 4);
  CHECK(keys->snapshot()->version == 2);

  REQUIRE(keys->rotate(Rotation::switch_to));
  CHECK(signer(*keys, Algorithm::es256) == announced[2]);
  CHECK(signer(*keys, Algorithm::eddsa) == announced[3]);
  CHECK(served(*keys).size() == 4);
  CHECK(contains(served(*keys), before));
}

TEST_CASE("switch signs with a new key and goes on publishing the old one") {
  const auto keys = keyring();
  const auto before = served(*keys);
  REQUIRE(keys->rotate(Rotation::switch_to));
  const auto after = served(*keys);
  CHECK(after.size() == 4);
  for (const std::string& id : before) CHECK(contains(after, id));
  CHECK_FALSE(contains(before, signer(*keys, Algorithm::es256)));
  CHECK_FALSE(contains(before, signer(*keys, Algorithm::eddsa)));
}

TEST_CASE("hard leaves nothing of the old keys") {
  const auto keys = keyring();
  REQUIRE(keys->rotate(Rotation::switch_to));
  const auto before = served(*keys);
  REQUIRE(keys->rotate(Rotation::hard));
  const auto after = served(*keys);
  CHECK(after.size() == 2);
  for (const std::string& id : before) CHECK_FALSE(contains(after, id));
}

TEST_CASE("retire stops publishing what no longer signs and keeps the rest") {
  const auto keys = keyring();
  REQUIRE(keys->rotate(Rotation::switch_to));
  REQUIRE(keys->rotate(Rotation::announce));
  const std::string signing = signer(*keys, Algorithm::es256);
  REQUIRE(served(*keys).size() == 6);
  REQUIRE(keys->rotate(Rotation::retire));
  CHECK(served(*keys).size() == 4);  // two that sign, two that are announced
  CHECK(signer(*keys, Algorithm::es256) == signing);
}

TEST_CASE("every rotation changes the version, and the ETag with the document") {
  const auto keys = keyring();
  const auto first = keys->snapshot();
  for (const Rotation rotation : {Rotation::announce, Rotation::switch_to, Rotation::hard,
                                  Rotation::switch_to, Rotation::retire}) {
    const auto before = keys->snapshot();
    REQUIRE(keys->rotate(rotation));
    const auto after = keys->snapshot();
    CHECK(after->version == before->version + 1);
    // Announced keys keep being served when they begin to sign; only their place changes.
    CHECK(after->etag != before->etag);
    CHECK(after->jwks != before->jwks);
  }
  CHECK(first->version == 1);  // a snapshot that is held does not change
}

TEST_CASE("a pinned kid belongs to its key, and the key after it is known by its thumbprint") {
  const auto keys = keyring({{.algorithm = Algorithm::es256, .key_id = "pinned"}});
  CHECK(served(*keys) == std::vector<std::string>{"pinned"});
  REQUIRE(keys->rotate(Rotation::hard));
  CHECK(served(*keys) == std::vector<std::string>{keys->snapshot()->signer({})->thumbprint()});
}

TEST_CASE("a malformed key is refused and the option named") {
  const std::vector<KeyOptions> options{{.algorithm = Algorithm::es256},
                                        {.algorithm = Algorithm::es256, .pem = "no PEM"}};
  const auto keys = Keyring::create(options);
  REQUIRE_FALSE(keys);
  CHECK(keys.error().code() == jwks::ErrorCode::bad_config);
  CHECK(keys.error().subject() == "keys[1]");
}

TEST_CASE("rotations from several threads are all done, one after the other") {
  const auto keys = keyring({{.algorithm = Algorithm::eddsa}});
  std::array<bool, 4> done{};
  std::vector<std::thread> threads;
  for (bool& each : done) {
    threads.emplace_back([&each, &keys] {
      each = true;
      for (int i = 0; i < 20; ++i) {
        each = keys->rotate(Rotation::switch_to).has_value() && each;
        each = !keys->snapshot()->jwks.empty() && each;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(std::all_of(done.begin(), done.end(), [](bool each) { return each; }));
  CHECK(keys->snapshot()->version == 81);
  CHECK(served(*keys).size() == 81);
}

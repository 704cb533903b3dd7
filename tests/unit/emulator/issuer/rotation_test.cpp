// Rotations in any order: what always holds, whatever came before.

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "emulator/issuer/keyring.hpp"
#include "jwks/jwk_set.hpp"
#include "support/catch.hpp"

namespace {

using jwks::Algorithm;
using jwks::emulator::KeyOptions;
using jwks::emulator::Keyring;
using jwks::emulator::KeySlot;
using jwks::emulator::KeySnapshot;
using jwks::emulator::Rotation;
using jwks::emulator::SigningKey;

constexpr Rotation kAll[] = {Rotation::announce, Rotation::switch_to, Rotation::hard,
                             Rotation::retire,   Rotation::republish, Rotation::same_kid};

std::unique_ptr<Keyring> keyring(std::string key_id = {}) {
  const std::vector<KeyOptions> keys{{.algorithm = Algorithm::eddsa, .key_id = std::move(key_id)},
                                     {.algorithm = Algorithm::es256}};
  return Keyring::create(keys).value();
}

std::string signing_kid(const Keyring& keys) {
  return keys.snapshot()->slots.front().signing.key_id();
}

/// The kids that a verifier reads from the served document.
std::multiset<std::string> served(const KeySnapshot& snapshot) {
  const auto set = jwks::JwkSet::parse(snapshot.jwks).value();
  CHECK(set.skipped().empty());
  std::multiset<std::string> kids;
  for (const jwks::Jwk& key : set.keys()) kids.emplace(key.key_id());
  return kids;
}

std::set<std::string> thumbprints(const std::vector<SigningKey>& keys) {
  std::set<std::string> all;
  for (const SigningKey& key : keys) all.insert(key.thumbprint());
  return all;
}

/// What one rotation must have done to a slot.
void check_step(const KeySlot& before, const KeySlot& after, Rotation rotation) {
  const bool takes_new_kid = rotation == Rotation::switch_to || rotation == Rotation::hard;
  CHECK((after.signing.key_id() != before.signing.key_id()) == takes_new_kid);
  CHECK((after.signing.thumbprint() != before.signing.thumbprint()) ==
        (takes_new_kid || rotation == Rotation::same_kid));
  const auto retiring = thumbprints(after.retiring);
  const std::string& old = before.signing.thumbprint();
  switch (rotation) {
    case Rotation::announce:
      CHECK(after.announced.size() == before.announced.size() + 1);
      break;
    case Rotation::switch_to:
      CHECK(retiring.contains(old));
      if (!before.announced.empty()) {
        CHECK(after.signing.thumbprint() == before.announced.front().thumbprint());
      }
      break;
    case Rotation::hard:
      CHECK(after.withdrawn.back().thumbprint() == old);
      CHECK(retiring.empty());
      break;
    case Rotation::retire:
      CHECK(retiring.empty());
      CHECK(after.announced.size() == before.announced.size());
      break;
    case Rotation::republish:
      CHECK(retiring.contains(before.withdrawn.back().thumbprint()));
      CHECK(after.withdrawn.size() + 1 == before.withdrawn.size());
      break;
    case Rotation::same_kid:
      CHECK(retiring.empty());
      break;
  }
}

}  // namespace

TEST_CASE("random rotations keep the rules of the key set, whatever their order", "[emulator]") {
  for (unsigned seed = 1; seed <= 8; ++seed) {
    CAPTURE(seed);
    std::minstd_rand random(seed);
    const auto keys = keyring();
    for (int step = 0; step < 40; ++step) {
      const Rotation rotation = kAll[random() / 7 % std::size(kAll)];
      CAPTURE(step, to_string(rotation));
      const auto before = keys->snapshot();
      const bool possible =
          rotation != Rotation::republish || !before->slots.front().withdrawn.empty();
      REQUIRE(keys->rotate(rotation).has_value() == possible);
      const auto after = keys->snapshot();
      if (!possible) {
        CHECK(after == before);
        continue;
      }
      CHECK(after->version == before->version + 1);
      const auto kids = served(*after);
      CHECK(kids.size() == after->keys.size());
      CHECK(std::set(kids.begin(), kids.end()).size() == kids.size());  // all distinct
      for (std::size_t i = 0; i < after->slots.size(); ++i) {
        CHECK(kids.contains(after->slots[i].signing.key_id()));  // what signs is published
        check_step(before->slots[i], after->slots[i], rotation);
      }
      for (const KeySlot& slot : after->slots) {
        for (const SigningKey& key : slot.withdrawn) CHECK_FALSE(kids.contains(key.key_id()));
      }
    }
  }
}

TEST_CASE("a rotation changes the kid that is served, and no two of them give the same",
          "[emulator][known-defect]") {
  for (const Rotation rotation : {Rotation::switch_to, Rotation::hard}) {
    const auto keys = keyring("pinned");
    std::set<std::string> seen{signing_kid(*keys)};
    for (int i = 0; i < 5; ++i) {
      REQUIRE(keys->rotate(rotation));
      CHECK(seen.insert(signing_kid(*keys)).second);
      CHECK(served(*keys->snapshot()).contains(signing_kid(*keys)));
      // Never from a clock: it is the thumbprint.
      CHECK(signing_kid(*keys) == keys->snapshot()->slots.front().signing.thumbprint());
    }
  }
}

TEST_CASE("a slot publishes at most a hundred keys and keeps as many that were withdrawn",
          "[emulator]") {
  for (const Rotation more : {Rotation::announce, Rotation::switch_to}) {
    CAPTURE(to_string(more));
    const auto keys = keyring();
    REQUIRE(keys->rotate(Rotation::hard));  // something to publish again
    for (std::size_t i = 1; i < Keyring::kMaxKeys; ++i) REQUIRE(keys->rotate(more));
    const auto before = keys->snapshot();
    for (const Rotation each : {Rotation::announce, Rotation::republish}) {
      const auto refused = keys->rotate(each);
      REQUIRE_FALSE(refused);
      CHECK(refused.error().subject() == "mode");
    }
    // An announced key is published already.
    CHECK(keys->rotate(Rotation::switch_to).has_value() == (more == Rotation::announce));
    CHECK(keys->snapshot()->keys.size() == before->keys.size());
    CHECK(keys->rotate(Rotation::hard));
  }
  const auto keys = keyring();
  for (std::size_t i = 0; i < Keyring::kMaxKeys; ++i) REQUIRE(keys->rotate(Rotation::hard));
  const auto before = keys->snapshot();
  REQUIRE(keys->rotate(Rotation::hard));
  const KeySlot& after = keys->snapshot()->slots.front();
  CHECK(after.withdrawn.size() == Keyring::kMaxKeys);
  CHECK(after.withdrawn.back().thumbprint() == before->slots.front().signing.thumbprint());
}

TEST_CASE("republish brings back what was withdrawn last, without signing with it", "[emulator]") {
  const auto keys = keyring();
  CHECK_FALSE(keys->rotate(Rotation::republish));
  CHECK(keys->snapshot()->version == 1);
  const std::string first = signing_kid(*keys);
  REQUIRE(keys->rotate(Rotation::hard));
  const std::string second = signing_kid(*keys);
  REQUIRE(keys->rotate(Rotation::switch_to));
  REQUIRE(keys->rotate(Rotation::retire));
  const std::string third = signing_kid(*keys);

  REQUIRE(keys->rotate(Rotation::republish));
  CHECK(signing_kid(*keys) == third);
  CHECK(served(*keys->snapshot()).contains(second));
  CHECK_FALSE(served(*keys->snapshot()).contains(first));
  REQUIRE(keys->rotate(Rotation::republish));
  CHECK(served(*keys->snapshot()).contains(first));
  CHECK_FALSE(keys->rotate(Rotation::republish));
}

TEST_CASE("same_kid puts new key material under the old kid, and the old key is gone",
          "[emulator][attack-180]") {
  const auto keys = keyring("pinned");
  const auto before = keys->snapshot();
  REQUIRE(keys->rotate(Rotation::same_kid));
  const auto after = keys->snapshot();
  CHECK(signing_kid(*keys) == "pinned");
  CHECK(served(*after).count("pinned") == 1);
  CHECK(after->jwks.find(before->keys.front().thumbprint()) == std::string::npos);
  CHECK(after->keys.front().thumbprint() != before->keys.front().thumbprint());
  CHECK(after->etag != before->etag);
  CHECK_FALSE(keys->rotate(Rotation::republish));
}

TEST_CASE("reset gives the first keys back, under a version of its own", "[emulator]") {
  const auto keys = keyring("pinned");
  const auto first = keys->snapshot();
  for (const Rotation rotation : kAll) static_cast<void>(keys->rotate(rotation));
  const auto rotated = keys->snapshot();
  REQUIRE(rotated->jwks != first->jwks);
  REQUIRE(keys->reset());
  const auto last = keys->snapshot();
  CHECK(last->jwks == first->jwks);
  CHECK(last->etag == first->etag);
  CHECK(last->version == rotated->version + 1);
  CHECK_FALSE(keys->rotate(Rotation::republish));  // nothing was ever withdrawn
}

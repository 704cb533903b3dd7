// What a keyring is made of: keys to be generated, and pinned ones as PEM or JWK.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/base64url.hpp"
#include "emulator/issuer/keyring.hpp"
#include "jwks/jwk_set.hpp"
#include "support/catch.hpp"
#include "unit/emulator/no_threads.hpp"

namespace {

using jwks::Algorithm;
using jwks::emulator::KeyOptions;
using jwks::emulator::Keyring;
using jwks::emulator::Rotation;
using jwks::emulator::SigningKey;

// RFC 8037 A.1.
constexpr std::string_view kEd25519 =
    R"({"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",)"
    R"("x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
// RFC 7515 A.3.
constexpr std::string_view kP256 =
    R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
    R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",)"
    R"("d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"})";
// RFC 7515 A.2.
constexpr std::string_view kRsa =
    R"({"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB","d":"Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ","p":"4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc","q":"uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc","dp":"BwKfV3Akq5_MFZDFZCnW-wzl-CCo83WoZvnLQwCTeDv8uzluRSnm71I3QCLdhrqE2e9YkxvuxdBfpT_PI7Yz-FOKnu1R6HsJeDCjn12Sk3vmAktV2zb34MCdy7cpdTh_YVr7tss2u6vneTwrA86rZtu5Mbr1C1XsmvkxHQAdYo0","dq":"h_96-mK1R_7glhsum81dZxjTnYynPbZpHziZjeeHcXYsXaaMwkOlODsWa7I9xXDoRwbKgB719rrmI2oKr6N3Do9U0ajaHF-NKJnwgjMd2w9cjz3_-kyNlxAr2v4IKhGNpmM5iIgOS1VZnOZ68m6_pbLBSp3nssTdlqvd0tIiTHU","qi":"IYd7DHOhrWvxkwPQsRM2tOgrjbcrfvtQJipd-DlcxyVuuMCnm5_M2UEOoNoRxuGoYgTlgnUCVcUCCkWCDC3aKN4ZsrlfnWsmXOxqmYrvfw7iAvUmwzbhSs1lWUHCY1vDBhVgOIY2qtC1QElX0T6hkPxVZZ2PpwYs6eSkNYgmfKU"})";

std::string with(std::string_view jwk, std::string_view members) {
  return std::string(jwk.substr(0, jwk.size() - 1)) + "," + std::string(members) + "}";
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

jwks::Error refusal(const std::vector<KeyOptions>& options) {
  const auto keys = Keyring::create(options);
  REQUIRE_FALSE(keys);
  CHECK(keys.error().code() == jwks::ErrorCode::bad_config);
  return keys.error();
}

}  // namespace

TEST_CASE("a key is generated for every algorithm, size and curve that is offered", "[emulator]") {
  const std::vector<KeyOptions> options{{.algorithm = Algorithm::rs256},
                                        {.algorithm = Algorithm::rs384, .rsa_bits = 3072},
                                        {.algorithm = Algorithm::rs512},
                                        {.algorithm = Algorithm::ps256},
                                        {.algorithm = Algorithm::ps384},
                                        {.algorithm = Algorithm::ps512},
                                        {.algorithm = Algorithm::es256},
                                        {.algorithm = Algorithm::es384},
                                        {.algorithm = Algorithm::es512},
                                        {.algorithm = Algorithm::eddsa},
                                        {.algorithm = Algorithm::eddsa, .curve = "Ed448"},
                                        {.algorithm = Algorithm::ed25519},
                                        {.algorithm = Algorithm::ed448}};
  const auto keys = Keyring::create(options).value();
  const auto snapshot = keys->snapshot();
  const auto set = jwks::JwkSet::parse(snapshot->jwks).value();
  REQUIRE(set.skipped().empty());
  REQUIRE(set.keys().size() == options.size());
  for (std::size_t i = 0; i < options.size(); ++i) {
    CAPTURE(i);
    CHECK(set.keys()[i].algorithm() == options[i].algorithm);
    CHECK(set.keys()[i].key_id() == set.keys()[i].thumbprint());
    CHECK(snapshot->keys[i].sign("input").has_value());
  }
  CHECK(set.keys()[0].bits() == 2048);
  CHECK(set.keys()[1].bits() == 3072);
  CHECK(set.keys()[9].bits() == 256);
  CHECK(set.keys()[10].bits() == 448);
}

TEST_CASE("what a rotation generates is of the old key's size and curve") {
  const std::vector<KeyOptions> options{{.algorithm = Algorithm::rs256, .rsa_bits = 2304},
                                        {.algorithm = Algorithm::eddsa, .curve = "Ed448"}};
  const auto keys = Keyring::create(options).value();
  REQUIRE(keys->rotate(Rotation::hard));
  const auto set = jwks::JwkSet::parse(keys->snapshot()->jwks).value();
  REQUIRE(set.keys().size() == 2);
  CHECK(set.keys()[0].bits() == 2304);
  CHECK(set.keys()[1].bits() == 448);
}

TEST_CASE("keys are pinned by JWK, with the kid and the signatures of that very key",
          "[emulator]") {
  struct Row {
    std::string_view jwk;
    Algorithm algorithm;
  };
  for (const Row& row :
       {Row{kEd25519, Algorithm::eddsa}, {kP256, Algorithm::es256}, {kRsa, Algorithm::ps256}}) {
    CAPTURE(to_string(row.algorithm));
    const std::vector<KeyOptions> plain{{.algorithm = row.algorithm, .jwk = std::string(row.jwk)}};
    const auto snapshot = Keyring::create(plain).value()->snapshot();
    const auto set = jwks::JwkSet::parse(snapshot->jwks).value();
    REQUIRE(set.keys().size() == 1);
    CHECK(set.keys()[0].key_id() == set.keys()[0].thumbprint());
    // Its own kid counts, and one that is asked for counts more.
    const std::string named = with(row.jwk, R"("kid":"own")");
    const std::vector<KeyOptions> own{{.algorithm = row.algorithm, .jwk = named}};
    CHECK(Keyring::create(own).value()->snapshot()->keys[0].key_id() == "own");
    const std::vector<KeyOptions> asked{
        {.algorithm = row.algorithm, .key_id = "asked", .jwk = named}};
    CHECK(Keyring::create(asked).value()->snapshot()->keys[0].key_id() == "asked");
    // Its PEM is the same key.
    const std::vector<KeyOptions> pem{
        {.algorithm = row.algorithm, .pem = snapshot->keys[0].private_pem().value()}};
    CHECK(Keyring::create(pem).value()->snapshot()->jwks == snapshot->jwks);
  }
  // RFC 8037 A.3.
  const std::vector<KeyOptions> rfc{{.algorithm = Algorithm::eddsa, .jwk = std::string(kEd25519)}};
  CHECK(Keyring::create(rfc).value()->snapshot()->keys[0].key_id() ==
        "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

TEST_CASE("an RSA key may come without its primes") {
  const std::string bare(kRsa.substr(0, kRsa.find(R"(,"p":)")));
  const std::vector<KeyOptions> options{{.algorithm = Algorithm::rs256, .jwk = bare + "}"}};
  const auto keys = Keyring::create(options);
  REQUIRE(keys);
  CHECK((*keys)->snapshot()->keys[0].sign("input").has_value());
}

TEST_CASE("a pinned key and kid give the same document and ETag in every process", "[emulator]") {
  const std::vector<KeyOptions> options{
      {.algorithm = Algorithm::es256, .key_id = "stable", .jwk = std::string(kP256)}};
  const auto first = Keyring::create(options).value()->snapshot();
  const auto second = Keyring::create(options).value()->snapshot();
  CHECK(first->jwks == second->jwks);
  CHECK(first->etag == second->etag);
  // What no process may change.
  CHECK(first->jwks ==
        R"({"keys":[{"kid":"stable","use":"sig","alg":"ES256","crv":"P-256","kty":"EC",)"
        R"("x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
        R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})");
}

TEST_CASE("pinned keys that are none are refused at once, with their place", "[emulator]") {
  const std::string flipped = replaced(std::string(kP256), "jpsQ", "jpsR");
  const std::pair<Algorithm, std::string> rows[] = {
      {Algorithm::es256, "no JSON"},
      {Algorithm::es256, "{}"},
      {Algorithm::es256, with(kP256, R"("kty":"EC")")},
      {Algorithm::es256, with(kP256, R"("alg":"ES384")")},
      {Algorithm::es256, with(kP256, R"("alg":1)")},
      {Algorithm::es256, with(kP256, R"("kid":1)")},
      {Algorithm::es384, std::string(kP256)},
      {Algorithm::es256, flipped},
      {Algorithm::es256, replaced(std::string(kP256), "\"d\"", "\"e\"")},
      {Algorithm::es256, replaced(std::string(kP256), "P-256", "P-224")},
      {Algorithm::eddsa, replaced(std::string(kEd25519), "nWGx", "nWGy")},
      {Algorithm::eddsa, replaced(std::string(kEd25519), "Ed25519", "X25519")},
      {Algorithm::rs256, replaced(std::string(kRsa), "\"dq\"", "\"qd\"")},
      {Algorithm::hs256, R"({"kty":"oct","k":"c2VjcmV0"})"},
      {Algorithm::es256, R"({"kty":"oct","k":"c2VjcmV0"})"},
  };
  for (const auto& [algorithm, jwk] : rows) {
    CAPTURE(jwk.substr(0, 60), to_string(algorithm));
    const auto error =
        refusal({{.algorithm = Algorithm::es256}, {.algorithm = algorithm, .jwk = jwk}});
    CHECK(error.subject() == "keys[1]");
    CHECK(error.message().find("jps") == std::string::npos);  // no key material
  }
  CHECK(refusal({{.pem = "no PEM"}}).subject() == "keys[0]");
  CHECK(refusal({{.pem = "x", .jwk = std::string(kP256)}}).subject() == "keys[0]");
}

TEST_CASE("keys that can't be generated are refused at once, with their place", "[emulator]") {
  for (const KeyOptions& bad : {KeyOptions{.algorithm = Algorithm::rs256, .rsa_bits = 2047},
                                KeyOptions{.algorithm = Algorithm::rs256, .rsa_bits = 4097},
                                KeyOptions{.algorithm = Algorithm::eddsa, .curve = "X25519"},
                                KeyOptions{.algorithm = Algorithm::ed25519, .curve = "Ed448"},
                                KeyOptions{.algorithm = Algorithm::es256, .curve = "P-384"},
                                KeyOptions{.algorithm = Algorithm::hs256}}) {
    CAPTURE(to_string(bad.algorithm), bad.curve, bad.rsa_bits);
    CHECK(refusal({{.algorithm = Algorithm::es256}, bad}).subject() == "keys[1]");
  }
}

TEST_CASE("two keys of one type have no common kid", "[emulator]") {
  const KeyOptions rs256{.algorithm = Algorithm::rs256, .key_id = "k"};
  const KeyOptions ps256{.algorithm = Algorithm::ps256, .key_id = "k"};
  const KeyOptions es256{.algorithm = Algorithm::es256, .key_id = "k"};
  CHECK(refusal({rs256, es256, ps256}).subject() == "keys[2]");
  const KeyOptions pinned{.algorithm = Algorithm::es256, .jwk = std::string(kP256)};
  CHECK(refusal({pinned, pinned}).subject() == "keys[1]");
  const std::vector<KeyOptions> fine{es256, {.algorithm = Algorithm::eddsa, .key_id = "k"}};
  CHECK(Keyring::create(fine));
}

// Neither of these waits for a key: a thousand of this size would take longer than a test may.

TEST_CASE("a keyring that is still looking for its keys is given up at once", "[emulator]") {
  const std::vector<KeyOptions> options(8, {.algorithm = Algorithm::rs256, .rsa_bits = 4096});
  for (int i = 0; i < 100; ++i) {
    CHECK(Keyring::create(options, Keyring::Search::now));
    CHECK(Keyring::create(options, Keyring::Search::on_first_use));
  }
}

TEST_CASE("a keyring that nobody has asked yet is reset without a search") {
  const std::vector<KeyOptions> options(8, {.algorithm = Algorithm::rs256, .rsa_bits = 4096});
  for (int i = 0; i < 100; ++i) {
    const auto keys = Keyring::create(options, Keyring::Search::on_first_use).value();
    CHECK(keys->reset());
  }
}

TEST_CASE("keys are found also where no thread can be started", "[emulator]") {
  const test::NoThreads none;
  const std::vector<KeyOptions> keys{{.algorithm = Algorithm::es256},
                                     {.algorithm = Algorithm::eddsa}};
  for (const auto search : {Keyring::Search::now, Keyring::Search::on_first_use}) {
    const auto keyring = Keyring::create(keys, search);
    REQUIRE(keyring);
    CHECK((*keyring)->snapshot()->keys.size() == 2);
    CHECK((*keyring)->rotate(Rotation::hard));
  }
}

// keys, algorithms, issuers. The text of a key is never repeated in a message.

#include <array>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include "base/json.hpp"
#include "base/text.hpp"
#include "emulator/config/blocks.hpp"
#include "emulator/issuer/signing_key.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

constexpr std::array<std::pair<std::string_view, Algorithm>, 12> kAlgorithms{
    {{"RS256", Algorithm::rs256},
     {"RS384", Algorithm::rs384},
     {"RS512", Algorithm::rs512},
     {"PS256", Algorithm::ps256},
     {"PS384", Algorithm::ps384},
     {"PS512", Algorithm::ps512},
     {"ES256", Algorithm::es256},
     {"ES384", Algorithm::es384},
     {"ES512", Algorithm::es512},
     {"EdDSA", Algorithm::eddsa},
     {"Ed25519", Algorithm::ed25519},
     {"Ed448", Algorithm::ed448}}};
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kCurves{
    {{"Ed25519", "Ed25519"}, {"Ed448", "Ed448"}}};

/// By RFC 7517 §4.4 its "alg"; without one, what keys of its type are made for.
std::optional<Algorithm> algorithm_of_jwk(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, Algorithm>, 6> kByType{
      {{"RSA", Algorithm::rs256},
       {"P-256", Algorithm::es256},
       {"P-384", Algorithm::es384},
       {"P-521", Algorithm::es512},
       {"Ed25519", Algorithm::eddsa},
       {"Ed448", Algorithm::eddsa}}};
  const auto document = json::parse_object(text);
  if (!document) return std::nullopt;
  const auto member = [&](std::string_view name) {
    const auto value = document->root().find(name);
    return value ? value->as_string().value_or("") : std::string_view();
  };
  if (const auto named = algorithm_from_name(member("alg"))) return named;
  const std::string_view type = member("kty") == "RSA" ? "RSA" : member("crv");
  for (const auto& [each, algorithm] : kByType) {
    if (each == type) return algorithm;
  }
  return std::nullopt;
}

std::optional<std::string> read_key_file(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxConfigBytes, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || !file.eof()) return std::nullopt;
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

/// Puts the text into `pem` or `jwk`, whichever it is.
void adopt_key_file(MapReader& map, const std::filesystem::path& directory, KeyOptions& key) {
  const std::string name = map.string("file");
  if (name.empty()) return;
  auto text = read_key_file(directory / name);
  if (!text) return map.problem("file", "can't be read: " + shown(name));
  const std::size_t first = text->find_first_not_of(" \t\r\n");
  const bool is_jwk = first != std::string::npos && (*text)[first] == '{';
  (is_jwk ? key.jwk : key.pem) = std::move(*text);
}

std::string read_jwk(MapReader& map) {
  const ConfigValue* const value = map.find("jwk");
  if (value == nullptr) return {};
  if (value->is_map()) return to_json(*value, map.path_of("jwk"), map.findings());
  return map.string("jwk", Value::secret);
}

/// The algorithm that a given key is for; empty, and a problem unless `file` has one, if it is
/// none.
std::optional<Algorithm> suggested_algorithm(MapReader& map, const KeyOptions& key) {
  const auto suggested = key.pem.empty() ? algorithm_of_jwk(key.jwk) : algorithm_for_pem(key.pem);
  if (suggested) return suggested;
  const std::string_view member = map.has("file") ? "file" : key.pem.empty() ? "jwk" : "pem";
  map.problem(member, key.pem.empty()
                          ? "is no private RSA, EC or OKP key as a JWK"
                          : "is no unencrypted RSA, EC or Edwards private key in PEM (PKCS#8)");
  return std::nullopt;
}

KeyOptions read_key(MapReader& map, const std::filesystem::path& directory) {
  KeyOptions key{
      .pem = map.string("pem", Value::secret), .key_id = map.string("kid"), .jwk = read_jwk(map)};
  const int given = int{map.has("pem")} + int{map.has("jwk")} + int{map.has("file")};
  if (given > 1) map.findings().problem(map.path(), "may have one of pem, jwk and file");
  adopt_key_file(map, directory, key);
  const auto algorithm = map.choice<Algorithm>("algorithm", kAlgorithms);
  const bool is_pinned = !key.pem.empty() || !key.jwk.empty();
  if (algorithm) {
    key.algorithm = *algorithm;
  } else if (is_pinned && given == 1) {
    key.algorithm = suggested_algorithm(map, key).value_or(key.algorithm);
  } else if (given == 0 && !map.has("algorithm")) {
    map.problem("algorithm", "is required for a key that is to be generated");
  }
  key.rsa_bits = static_cast<unsigned>(map.integer("rsa_bits", 2048, 4096).value_or(key.rsa_bits));
  key.curve = map.choice<std::string_view>("curve", kCurves).value_or("");
  return key;
}

}  // namespace

std::vector<KeyOptions> read_keys(MapReader& issuer, const std::filesystem::path& directory) {
  std::vector<KeyOptions> keys;
  issuer.each_map("keys", [&](MapReader& map) {
    keys.push_back(read_key(map, directory));
    map.finish();
  });
  for (const Algorithm algorithm : issuer.choices<Algorithm>("algorithms", kAlgorithms)) {
    keys.push_back({.algorithm = algorithm});
  }
  return keys;
}

void read_issuers(MapReader& root, const std::filesystem::path& directory,
                  EmulatorOptions& options) {
  root.each_map("issuers", [&](MapReader& map) {
    options.issuers.push_back({.name = map.required_string("name"),
                               .keys = read_keys(map, directory),
                               .token_lifetime = map.seconds("token_lifetime"),
                               .jwks_max_age = map.seconds("jwks_max_age"),
                               .token_type = map.text("token_type"),
                               .claims = map.json_members("claims")});
    map.finish();
  });
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks

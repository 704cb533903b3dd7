#include "vectors/vectors.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>

#include "jose/jws.hpp"
#include "support/catch.hpp"

namespace vectors {
namespace {

using jwks::JsonValue;

std::filesystem::path path_of(std::string_view path) {
  return std::filesystem::path(JWKS_VECTORS_DIR) / path;
}

jwks::json::Document parsed(std::string_view text) {
  return jwks::json::Document::parse(text, {.depth = jwks::json::kMaxDepth}).value();
}

bool is_symmetric(JsonValue jwk) {
  const auto kty = jwk.find("kty");
  return kty && kty->as_string() == "oct";
}

}  // namespace

bool available(std::string_view folder) {
  if (std::filesystem::is_directory(path_of(folder))) return true;
#if JWKS_REQUIRE_VECTORS
  FAIL("no vectors in " << path_of(folder));
#else
  skip("no folder " + path_of(folder).string() +
       "; configure with -DJWKS_VECTORS_DIR=<the folder that holds the vectors>");
#endif
  return false;
}

void skip(std::string_view why) {
  std::cout << "SKIPPED: " << why << std::endl;
  SUCCEED("skipped, and said so");
}

std::string read(std::string_view path) {
  std::ifstream stream(path_of(path), std::ios::binary);
  if (!stream) throw std::runtime_error("can't read " + path_of(path).string());
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<std::string> names_in(std::string_view folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(path_of(folder))) {
    if (entry.is_regular_file()) names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

JsonText::JsonText(std::string text) : text_(std::move(text)), document_(parsed(text_)) {}

JsonValue member(JsonValue object, std::string_view name) {
  const auto found = object.find(name);
  if (!found) throw std::runtime_error("no member " + std::string(name));
  return *found;
}

std::string string_member(JsonValue object, std::string_view name) {
  return std::string(member(object, name).as_string().value());
}

std::size_t count_member(JsonValue object, std::string_view name) {
  return static_cast<std::size_t>(member(object, name).as_integer().value());
}

std::string from_hex(std::string_view hex) {
  std::string bytes;
  bytes.reserve(hex.size() / 2);
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    unsigned char byte = 0;
    const std::string_view digits = hex.substr(i, 2);
    const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16).ptr;
    if (digits.size() != 2 || end != digits.data() + 2) throw std::runtime_error("no hex");
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

std::string hex_member(JsonValue object, std::string_view name) {
  return from_hex(member(object, name).as_string().value());
}

std::string without(JsonValue object, std::initializer_list<std::string_view> names) {
  std::string text = "{";
  for (auto it = object.begin(), end = object.end(); it != end; ++it) {
    if (std::ranges::find(names, it.name()) != names.end()) continue;
    if (text.size() > 1) text += ',';
    text.append("\"").append(it.name()).append("\":").append((*it).text());
  }
  return text + "}";
}

std::string public_part(JsonValue jwk) {
  if (is_symmetric(jwk)) return std::string(jwk.text());
  return without(jwk, {"d", "p", "q", "dp", "dq", "qi", "oth", "priv"});
}

jwks::JwkSet trusted(JsonValue jwk_or_set) {
  std::vector<JsonValue> keys{jwk_or_set};
  if (const auto set = jwk_or_set.find("keys")) keys.assign(set->begin(), set->end());
  const bool secret = std::ranges::any_of(keys, is_symmetric);

  std::string text;
  for (const JsonValue key : keys) text.append(text.empty() ? "" : ",").append(public_part(key));
  text = "{\"keys\":[" + text + "]}";
  const auto set = secret ? jwks::JwkSet::parse_secrets(text) : jwks::JwkSet::parse(text);
  return set ? *set : jwks::JwkSet();
}

std::string answer(std::string_view token, const jwks::JwkSet& keys, std::string_view token_type) {
  jwks::jose::Jws jws;
  const jwks::jose::HeaderRules rules{
      .algorithms = kEveryAlgorithm, .profile = jwks::TokenProfile::jwt, .token_type = token_type};
  if (const auto decoded = jws.decode(token, rules); !decoded) {
    return std::string(to_string(decoded.error().code()));
  }
  const auto key = jws.check_signature(keys, jwks::KeySelection::single_candidate);
  return key ? "accepted" : std::string(to_string(key.error().code()));
}

std::vector<std::string> Tally::lines() const {
  std::vector<std::string> lines;
  for (const auto& [answer, times] : counts_) {
    if (times > 0) lines.push_back(std::to_string(times) + " × " + answer);
  }
  return lines;
}

}  // namespace vectors

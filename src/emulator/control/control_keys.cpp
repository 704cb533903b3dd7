// Tokens and keys over HTTP.

#include <algorithm>
#include <array>

#include "base/base64url.hpp"
#include "emulator/control/control.hpp"
#include "emulator/control/query_reader.hpp"
#include "emulator/issuer/token_request.hpp"
#include "emulator/json_text.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

std::optional<Rotation> rotation_from_name(std::string_view name) {
  constexpr std::array kAll{Rotation::announce, Rotation::switch_to, Rotation::hard,
                            Rotation::retire,   Rotation::republish, Rotation::same_kid};
  for (const Rotation each : kAll) {
    if (to_string(each) == name) return each;
  }
  return std::nullopt;
}

std::string key_json(const SigningKey& key, std::string_view state) {
  return JsonObject()
      .string("kid", key.key_id())
      .string("alg", to_string(key.algorithm()))
      .string("state", state)
      .text();
}

bool is_ascii(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string keys_json(const Issuer& issuer) {
  const auto snapshot = issuer.keyring().snapshot();
  std::vector<std::string> keys;
  for (const KeySlot& slot : snapshot->slots) {
    keys.push_back(key_json(slot.signing, "signing"));
    for (const SigningKey& key : slot.announced) keys.push_back(key_json(key, "announced"));
    for (const SigningKey& key : slot.retiring) keys.push_back(key_json(key, "retiring"));
  }
  return JsonObject()
      .string("issuer", issuer.identifier())
      .raw("version", std::to_string(snapshot->version))
      .raw("keys", array_of(keys))
      .text();
}

}  // namespace

HttpResponse Control::mint(const HttpRequest& request) const {
  const Result<TokenRequest> wanted = parse_token_request(request.body);
  if (!wanted) return bad_request(wanted.error());
  const Result<std::string> token = emulation_.issue(*wanted);
  if (!token) return bad_request(token.error());
  // What was spoiled may be no text, which JSON could not carry.
  JsonObject answer;
  if (is_ascii(*token)) {
    answer.string("token", *token);
  } else {
    answer.string("token_base64url", base64url::encode(*token));
  }
  return json_response(200, answer.text());
}

HttpResponse Control::show_keys(const HttpRequest& request) const {
  QueryReader query(request.query);
  const std::string name = query.string("issuer").value_or("");
  if (!query.finish()) return bad_request(query.problems());
  const auto realm = emulation_.realms().find(name);  // to look makes no issuer
  return realm ? json_response(200, keys_json(realm->issuer)) : no_such("issuer");
}

HttpResponse Control::rotate(const HttpRequest& request) const {
  return answer_object(request, [this](ObjectReader& members) -> std::optional<HttpResponse> {
    const auto rotation = rotation_from_name(
        members.string("mode").value_or(std::string(to_string(Rotation::switch_to))));
    if (!rotation) {
      members.refuse("mode", "must be announce, switch, hard, retire, republish or same_kid");
    }
    const std::string issuer = members.string("issuer").value_or("");
    if (!members.finish()) return std::nullopt;
    const auto rotated = emulation_.rotate(*rotation, issuer);
    if (!rotated) return bad_request(rotated.error());
    const auto realm = emulation_.realms().find(issuer);
    return realm ? json_response(200, keys_json(realm->issuer)) : no_such("issuer");
  });
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks

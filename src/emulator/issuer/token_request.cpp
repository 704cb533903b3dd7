#include "emulator/issuer/token_request.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/base64url.hpp"
#include "base/json.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

Error refused(std::string_view member, std::string_view why) {
  return Error(ErrorCode::bad_config).about(member).because(why);
}

// Each type of a member is read by an overload of `read`.

Result<void> read(std::string_view name, JsonValue value, std::string& into) {
  const auto text = value.as_string();
  if (!text) return refused(name, "must be a string");
  into = *text;
  return {};
}

Result<void> read(std::string_view name, JsonValue value, bool& into) {
  const auto boolean = value.as_boolean();
  if (!boolean) return refused(name, "must be true or false");
  into = *boolean;
  return {};
}

Result<void> read(std::string_view name, JsonValue value, std::int64_t& into) {
  const auto number = value.as_integer();
  if (!number) return refused(name, "must be a whole number");
  into = *number;
  return {};
}

Result<void> read(std::string_view name, JsonValue value, std::uint64_t& into) {
  const auto number = value.as_integer();
  if (!number || *number < 0) return refused(name, "must be a whole number, not negative");
  into = static_cast<std::uint64_t>(*number);
  return {};
}

Result<void> read(std::string_view name, JsonValue value, int& into) {
  const auto number = value.as_integer();
  if (!number || !std::in_range<int>(*number)) return refused(name, "must be a whole number");
  into = static_cast<int>(*number);
  return {};
}

Result<void> read(std::string_view name, JsonValue value, std::chrono::seconds& into) {
  const auto seconds = value.as_integer();
  if (!seconds) return refused(name, "must be whole seconds");
  into = std::chrono::seconds(*seconds);
  return {};
}

Result<void> read(std::string_view name, JsonValue value, Algorithm& into) {
  const auto algorithm = algorithm_from_name(value.as_string().value_or(""));
  if (!algorithm) return refused(name, "is none that the emulator signs with");
  into = *algorithm;
  return {};
}

/// The enumerators are 0, 1, 2, … in the order of `names`.
template <class Enum>
Result<void> read_name(std::string_view name, JsonValue value,
                       std::span<const std::string_view> names, Enum& into) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (value.as_string() != names[i]) continue;
    into = static_cast<Enum>(i);
    return {};
  }
  return refused(name, "is none of its values");
}

Result<void> read(std::string_view name, JsonValue value, PublicKeyText& into) {
  constexpr std::array<std::string_view, 5> kNames{"pem", "der", "jwk", "jwks", "raw"};
  return read_name(name, value, kNames, into);
}

Result<void> read(std::string_view name, JsonValue value, SignatureForm& into) {
  constexpr std::array<std::string_view, 3> kNames{"jws", "der", "equivalent"};
  return read_name(name, value, kNames, into);
}

Result<void> read(std::string_view name, JsonValue value, TokenPart& into) {
  constexpr std::array<std::string_view, 4> kNames{"token", "header", "payload", "signature"};
  return read_name(name, value, kNames, into);
}

Result<void> read(std::string_view name, JsonValue value, TokenSerialization& into) {
  constexpr std::array<std::string_view, 3> kNames{"compact", "flattened", "general"};
  return read_name(name, value, kNames, into);
}

Result<void> read(std::string_view name, JsonValue value, JsonMembers& into) {
  if (!value.is_object()) return refused(name, "must be an object");
  for (auto member = value.begin(); member != value.end(); ++member) {
    into.emplace_back(member.name(), (*member).text());
  }
  return {};
}

/// "text", or {"base64url": "…"}.
Result<void> read_bytes(std::string_view name, JsonValue value, std::string& into) {
  if (const auto text = value.as_string()) {
    into = *text;
    return {};
  }
  const auto encoded = value.size() == 1 ? value.find("base64url") : std::nullopt;
  const auto bytes = encoded ? base64url::decode(encoded->as_string().value_or("=")) : std::nullopt;
  if (!bytes) return refused(name, R"(must be a string, or {"base64url": "…"})");
  into = *bytes;
  return {};
}

Result<void> read_removals(std::string_view name, JsonValue value, JsonMembers& into) {
  if (!value.is_array()) return refused(name, "must be an array of strings");
  for (const JsonValue each : value) {
    const auto text = each.as_string();
    if (!text) return refused(name, "must be an array of strings");
    into.emplace_back(*text, "");
  }
  return {};
}

template <class T>
Result<void> read(std::string_view name, JsonValue value, std::optional<T>& into) {
  return read(name, value, into.emplace());
}

/// How the members of an object become those of a T.
template <class T>
struct Field {
  std::string_view name;
  Result<void> (*read_into)(std::string_view name, JsonValue value, T& into);
};

template <auto Member, class T>
Result<void> plain(std::string_view name, JsonValue value, T& into) {
  return read(name, value, into.*Member);
}

template <auto Member, class T>
Result<void> bytes(std::string_view name, JsonValue value, T& into) {
  std::string read;
  auto done = read_bytes(name, value, read);
  if (done) into.*Member = std::move(read);
  return done;
}

template <auto Member, class T>
Result<void> removals(std::string_view name, JsonValue value, T& into) {
  return read_removals(name, value, into.*Member);
}

template <class T>
Result<void> read_fields(JsonValue object, std::span<const Field<T>> fields, T& into) {
  for (auto member = object.begin(); member != object.end(); ++member) {
    const auto field = std::find_if(fields.begin(), fields.end(), [&](const Field<T>& each) {
      return each.name == member.name();
    });
    if (field == fields.end()) return refused(member.name(), "is no member of a token request");
    if (auto done = field->read_into(field->name, *member, into); !done) return done;
  }
  return {};
}

/// A PEM text, or a JWK as a string or as it is.
Result<void> read_key(std::string_view name, JsonValue value, TokenSignature& into) {
  if (!value.is_object()) return read(name, value, into.key);
  into.key = value.text();
  return {};
}

Result<void> read_signature(std::string_view name, JsonValue value, TokenRequest& into) {
  using S = TokenSignature;
  constexpr std::array<Field<S>, 12> kFields{{
      {"key_id", &plain<&S::key_id, S>},
      {"issuer", &plain<&S::issuer, S>},
      {"unpublished", &plain<&S::unpublished, S>},
      {"key", &read_key},
      {"secret", &bytes<&S::secret, S>},
      {"secret_of_key", &plain<&S::secret_of_key, S>},
      {"bytes", &bytes<&S::bytes, S>},
      {"algorithm", &plain<&S::algorithm, S>},
      {"digest", &plain<&S::digest, S>},
      {"salt_bytes", &plain<&S::salt_bytes, S>},
      {"form", &plain<&S::form, S>},
      {"embed_key", &plain<&S::embed_key, S>},
  }};
  if (!value.is_object()) return refused(name, "must be an object");
  return read_fields<S>(value, kFields, into.signature);
}

Result<void> read_edits(std::string_view name, JsonValue value, TokenRequest& into) {
  using E = TokenEdit;
  constexpr std::array<Field<E>, 7> kFields{{
      {"part", &plain<&E::part, E>},
      {"decoded", &plain<&E::decoded, E>},
      {"at", &plain<&E::at, E>},
      {"erase", &plain<&E::erase, E>},
      {"insert", &bytes<&E::insert, E>},
      {"times", &plain<&E::times, E>},
      {"flip_bit", &plain<&E::flip_bit, E>},
  }};
  if (!value.is_array()) return refused(name, "must be an array of objects");
  for (const JsonValue each : value) {
    if (!each.is_object()) return refused(name, "must be an array of objects");
    if (auto done = read_fields<E>(each, kFields, into.edits.emplace_back()); !done) return done;
  }
  return {};
}

}  // namespace

Result<TokenRequest> parse_token_request(std::string_view json) {
  using R = TokenRequest;
  constexpr std::array<Field<R>, 18> kFields{{
      {"subject", &plain<&R::subject, R>},
      {"audience", &plain<&R::audience, R>},
      {"algorithm", &plain<&R::algorithm, R>},
      {"expires_in", &plain<&R::expires_in, R>},
      {"claims", &plain<&R::claims, R>},
      {"header", &plain<&R::header, R>},
      {"issuer", &plain<&R::issuer, R>},
      {"remove_claims", &removals<&R::claims, R>},
      {"remove_header", &removals<&R::header, R>},
      {"duplicate_claims", &plain<&R::duplicate_claims, R>},
      {"duplicate_header", &plain<&R::duplicate_header, R>},
      {"raw_header", &bytes<&R::raw_header, R>},
      {"raw_payload", &bytes<&R::raw_payload, R>},
      {"header_segment", &bytes<&R::header_segment, R>},
      {"payload_segment", &bytes<&R::payload_segment, R>},
      {"signature", &read_signature},
      {"edits", &read_edits},
      {"serialization", &plain<&R::serialization, R>},
  }};
  TokenRequest request;
  if (json.empty()) return request;
  const auto document = json::parse_object(json);
  if (!document) return document.error();
  if (auto read = read_fields<R>(document->root(), kFields, request); !read) return read.error();
  return request;
}

Result<void> check_json(const TokenRequest& request) {
  for (const auto* members :
       {&request.header, &request.claims, &request.duplicate_header, &request.duplicate_claims}) {
    for (const auto& [name, json] : *members) {
      if (!json.empty() && !json::Document::parse(json)) {
        return refused(name, "the value is not JSON");
      }
    }
  }
  return {};
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks

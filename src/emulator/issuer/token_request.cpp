#include "emulator/issuer/token_request.hpp"

#include "base/json.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

Error refused(std::string_view member, std::string_view why) {
  return Error(ErrorCode::bad_config).about(member).because(why);
}

Result<void> read_overrides(JsonValue value, std::string_view name, JsonMembers& into) {
  if (!value.is_object()) return refused(name, "must be an object");
  for (auto member = value.begin(); member != value.end(); ++member) {
    into.emplace_back(member.name(), (*member).text());
  }
  return {};
}

Result<void> read_removals(JsonValue value, std::string_view name, JsonMembers& into) {
  if (!value.is_array()) return refused(name, "must be an array of strings");
  for (const JsonValue each : value) {
    const auto text = each.as_string();
    if (!text) return refused(name, "must be an array of strings");
    into.emplace_back(*text, "");
  }
  return {};
}

Result<void> read_member(std::string_view name, JsonValue value, TokenRequest& into) {
  if (name == "subject" || name == "audience") {
    const auto text = value.as_string();
    if (!text) return refused(name, "must be a string");
    (name == "subject" ? into.subject : into.audience) = *text;
    return {};
  }
  if (name == "algorithm") {
    into.algorithm = algorithm_from_name(value.as_string().value_or(""));
    if (!into.algorithm) return refused(name, "is none that the emulator signs with");
    return {};
  }
  if (name == "expires_in") {
    const auto seconds = value.as_integer();
    if (!seconds) return refused(name, "must be whole seconds");
    into.expires_in = std::chrono::seconds(*seconds);
    return {};
  }
  if (name == "claims") return read_overrides(value, name, into.claims);
  if (name == "header") return read_overrides(value, name, into.header);
  if (name == "remove_claims") return read_removals(value, name, into.claims);
  if (name == "remove_header") return read_removals(value, name, into.header);
  return refused(name, "is not a member of a token request");
}

}  // namespace

Result<TokenRequest> parse_token_request(std::string_view json) {
  TokenRequest request;
  if (json.empty()) return request;
  const auto document = json::parse_object(json);
  if (!document) return document.error();
  const JsonValue root = document->root();
  for (auto member = root.begin(); member != root.end(); ++member) {
    if (const auto read = read_member(member.name(), *member, request); !read) return read.error();
  }
  return request;
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
